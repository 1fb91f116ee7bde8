// Chains of variable length: reachability with one shortest witness.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Reachability : public ::testing::Test {
 protected:
  void Ship(std::string_view from, std::string_view to) {
    store_.Say("org/desk", "depot/" + std::string(from), "shipsTo", "depot/" + std::string(to));
  }
  std::vector<std::string> Rows(std::string_view text) {
    const RunOutcome outcome = RunQuery(store_, text);
    EXPECT_TRUE(outcome.status.ok()) << text << ": " << outcome.status;
    return outcome.sorted_rows();
  }

  test::TestStore store_;
};

TEST_F(Reachability, EndsOnCycles) {
  Ship("a", "b"), Ship("b", "c"), Ship("c", "a");
  EXPECT_THAT(Rows("MATCH (#depot/a)-[:shipsTo*]->(x) RETURN x"),
              ElementsAre("depot/a", "depot/b", "depot/c"));
  EXPECT_THAT(Rows("MATCH (#depot/a)-[:shipsTo*0..]->(x) RETURN x"),
              ElementsAre("depot/a", "depot/b", "depot/c"));
}

TEST_F(Reachability, KeepsToTheBounds) {
  Ship("a", "b"), Ship("b", "c"), Ship("c", "d"), Ship("d", "e");
  EXPECT_THAT(Rows("MATCH (#depot/a)-[:shipsTo*2..3]->(x) RETURN x"),
              ElementsAre("depot/c", "depot/d"));
  EXPECT_THAT(Rows("MATCH (#depot/a)-[:shipsTo*3..]->(x) RETURN x"),
              ElementsAre("depot/d", "depot/e"));
  EXPECT_THAT(Rows("MATCH (#depot/a)-[:shipsTo]->{0,1}(x) RETURN x"),
              ElementsAre("depot/a", "depot/b"));
  EXPECT_THAT(Rows("MATCH (#depot/a)-[:shipsTo*7..9]->(x) RETURN x"), IsEmpty());
}

TEST_F(Reachability, AMinimumMayTakeALongerWay) {
  // b is one step from a, but also three.
  Ship("a", "b"), Ship("a", "c"), Ship("c", "d"), Ship("d", "b");
  EXPECT_THAT(Rows("MATCH (#depot/a)-[:shipsTo*3..3]->(x) RETURN x"), ElementsAre("depot/b"));
}

TEST_F(Reachability, ShowsOneShortestChainForEachPairOfEnds) {
  Ship("a", "b"), Ship("b", "d"), Ship("a", "c"), Ship("c", "d"), Ship("a", "e"), Ship("e", "f"),
      Ship("f", "d");
  EXPECT_THAT(Rows("MATCH p = (#depot/a)-[:shipsTo*]->(#depot/d) RETURN p"),
              ElementsAre("depot/a -> depot/b -> depot/d"));
  EXPECT_THAT(Rows("MATCH (#depot/a)-[r:shipsTo*]->(#depot/d) RETURN r"),
              ElementsAre("[(depot/a shipsTo depot/b), (depot/b shipsTo depot/d)]"));
}

TEST_F(Reachability, GoesAgainstTheArrowsToo) {
  Ship("a", "b"), Ship("b", "c");
  EXPECT_THAT(Rows("MATCH (#depot/c)<-[:shipsTo*]-(x) RETURN x"),
              ElementsAre("depot/a", "depot/b"));
  EXPECT_THAT(Rows("MATCH p = (#depot/c)<-[:shipsTo*]-(x) RETURN p"),
              ElementsAre("depot/c -> depot/b", "depot/c -> depot/b -> depot/a"));
}

// Whatever the order in which the elements are found.
class ReachabilityAroundFacts : public Reachability {
 protected:
  std::vector<std::string> RowsInAnyOrder(std::string_view text) {
    const std::vector<std::string> rows = Rows(text);
    EngineOptions options;
    options.optimizer_rules_off = {"pattern-order", "early-filters"};
    EXPECT_EQ(RunQuery(store_, text, options).sorted_rows(), rows) << text;
    return rows;
  }
};

TEST_F(ReachabilityAroundFacts, PassesNoFactThatASingleEdgeHas) {
  Ship("a", "k");
  EXPECT_THAT(RowsInAnyOrder("MATCH (k)-[:shipsTo]-()-[*1..2]-(v) RETURN v"), IsEmpty());
  EXPECT_THAT(RowsInAnyOrder("MATCH (v)-[*1..2]-()-[:shipsTo]-(k) RETURN v"), IsEmpty());
  EXPECT_THAT(RowsInAnyOrder("MATCH (v)-[*1..2]-(x)-[r]-(k) RETURN v"), IsEmpty());
  EXPECT_THAT(RowsInAnyOrder("MATCH (v)-[*1..2]-(x)-[:shipsTo @st]-(k) RETURN v"), IsEmpty());
  // No facts at all are none of the single edge's.
  EXPECT_THAT(RowsInAnyOrder("MATCH (#depot/a)-[:shipsTo]-(x)-[*0..2]-(v) RETURN v"),
              ElementsAre("depot/k"));
  Ship("k", "b");
  EXPECT_THAT(RowsInAnyOrder("MATCH (#depot/a)-[:shipsTo]->(x)-[*1..2]-(v) RETURN x, v"),
              ElementsAre("depot/k | depot/b", "depot/k | depot/k"));
  // A second fact between the same ends is another.
  store_.Say("org/desk", "depot/a", "owns", "depot/k");
  EXPECT_THAT(RowsInAnyOrder("MATCH (#depot/a)-[]->(x)-[*1..1]-(v) RETURN x, v"),
              ElementsAre("depot/k | depot/a", "depot/k | depot/b"));
  EXPECT_THAT(RowsInAnyOrder("MATCH (#depot/a)-[*1..1]-(x), (#depot/a)-[]->(x) RETURN x"),
              ElementsAre("depot/k"));
}

TEST_F(ReachabilityAroundFacts, TwoChainsMayPassTheSame) {
  Ship("a", "b");
  EXPECT_THAT(RowsInAnyOrder("MATCH (#depot/a)-[:shipsTo*1..2]-(x)-[:shipsTo*1..2]-(y) "
                             "RETURN x, y"),
              ElementsAre("depot/a | depot/a", "depot/a | depot/b", "depot/b | depot/a",
                          "depot/b | depot/b"));
}

TEST_F(ReachabilityAroundFacts, ShowsAndTestsTheChainThatGoesAround) {
  Ship("a", "d"), Ship("a", "b"), Ship("b", "c"), Ship("c", "d");
  // Without (b, c) and (a, d) each the shorter way is closed.
  EXPECT_THAT(RowsInAnyOrder("MATCH p = (#depot/a)-[:shipsTo*]-(#depot/d), "
                             "(#depot/a)-[:shipsTo]->(x) RETURN x, p"),
              ElementsAre("depot/b | depot/a -> depot/d",
                          "depot/d | depot/a -> depot/b -> depot/c -> depot/d"));
  // A condition on the chain is one on the chain that is shown.
  EXPECT_THAT(RowsInAnyOrder("MATCH (#depot/a)-[r:shipsTo*]-(#depot/d), "
                             "(#depot/a)-[:shipsTo]->(x) WHERE size(r) > 1 RETURN x"),
              ElementsAre("depot/d"));
  const RunOutcome why = RunQuery(store_,
                                  "WHY MATCH (#depot/a)-[:shipsTo*]-(#depot/d), "
                                  "(#depot/a)-[:shipsTo]->(#depot/d) RETURN 1 AS one");
  ASSERT_EQ(why.rows.size(), 1u) << why.status;
  EXPECT_NE(why.rows[0].find("depot/b shipsTo depot/c"), std::string::npos) << why.rows[0];
}

TEST_F(ReachabilityAroundFacts, AgreesWithANaiveSearchOnRandomGraphs) {
  constexpr int kDepots = 6;
  for (uint32_t seed = 1; seed <= 4; ++seed) {
    std::mt19937 random(seed);
    test::TestStore store;
    std::set<std::pair<int, int>> facts;
    for (int i = 0; i < 9; ++i) {
      facts.insert({static_cast<int>(random() % kDepots), static_cast<int>(random() % kDepots)});
    }
    for (const auto& [from, to] : facts) {
      store.Say("org/desk", "depot/" + std::to_string(from), "shipsTo",
                "depot/" + std::to_string(to));
    }
    for (const auto& [hops_min, hops_max] :
         {std::pair(0, 2), std::pair(1, 2), std::pair(2, 3), std::pair(1, 9)}) {
      for (const bool both_ways : {true, false}) {
        // (x)-[:shipsTo]->(y) with a chain from y to z around that fact, and its length.
        std::vector<std::string> expected;
        for (const auto& fact : facts) {
          std::map<int, int> length;
          std::set<int> at = {fact.second};
          for (int hop = 0; hop <= hops_max; ++hop) {
            std::set<int> next;
            for (const int node : at) {
              if (hop >= hops_min) length.emplace(node, hop);
              for (const auto& other : facts) {
                if (other == fact) continue;
                if (other.first == node) next.insert(other.second);
                if (both_ways && other.second == node) next.insert(other.first);
              }
            }
            at = next;
          }
          for (const auto& [end, hops] : length) {
            expected.push_back("depot/" + std::to_string(fact.first) + " | depot/" +
                               std::to_string(fact.second) + " | depot/" + std::to_string(end) +
                               " | " + std::to_string(hops));
          }
        }
        std::sort(expected.begin(), expected.end());
        const std::string hops = std::to_string(hops_min) + ".." + std::to_string(hops_max);
        const std::string forwards =
            "(y)-[r:shipsTo*" + hops + "]-" + (both_ways ? "" : ">") + "(z)";
        const std::string backwards =
            "(z)" + std::string(both_ways ? "" : "<") + "-[r:shipsTo*" + hops + "]-(y)";
        const std::string back = " RETURN x, y, z, size(r) AS hops";
        for (const std::string& pattern :
             {"(x)-[:shipsTo]->" + forwards, backwards + "<-[:shipsTo]-(x)",
              forwards + ", (x)-[:shipsTo]->(y)", backwards + ", (x)-[s:shipsTo]->(y)"}) {
          for (const auto& off : {std::set<std::string, std::less<>>{},
                                  std::set<std::string, std::less<>>{"pattern-order"}}) {
            EngineOptions options;
            options.optimizer_rules_off = off;
            EXPECT_EQ(RunQuery(store, "MATCH " + pattern + back, options).sorted_rows(), expected)
                << seed << ": " << pattern;
          }
        }
      }
    }
  }
}

// Leaves that hang by the single edge's fact are seen to be so from there: without searching
// everything around them again for each.
TEST_F(ReachabilityAroundFacts, CostsNoNewSearchForEachLeaf) {
  constexpr int kLeaves = 200;
  for (int i = 0; i < kLeaves; ++i) Ship("hub", std::to_string(i)), Ship("start", "hub");
  QueryRequest request;
  request.text = "MATCH (#depot/start)-[:shipsTo*1..3]-(x)<-[:shipsTo]-(y) RETURN x, y";
  request.clearance = storage::Clearance::Unrestricted();
  store_.Commit();
  const RunOutcome outcome = RunRequest(&*store_, request);
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_THAT(outcome.rows, IsEmpty());
  EXPECT_LT(outcome.summary.facts_touched, 20u * kLeaves);
}

// Differential: against a search that is written down in a few lines.
TEST_F(Reachability, AgreesWithANaiveSearchOnRandomGraphs) {
  std::mt19937 random(20240415);
  constexpr int kDepots = 9;
  bool edge[kDepots][kDepots] = {};
  for (int i = 0; i < 18; ++i) {
    const int from = static_cast<int>(random() % kDepots),
              to = static_cast<int>(random() % kDepots);
    edge[from][to] = true;
    Ship(std::to_string(from), std::to_string(to));
  }
  for (const auto& [hops_min, hops_max] :
       {std::pair(0, 2), std::pair(1, 3), std::pair(2, 2), std::pair(2, 4), std::pair(3, 20)}) {
    std::vector<std::string> expected;
    for (int start = 0; start < kDepots; ++start) {
      std::set<int> at = {start}, reached;
      for (int hop = 0; hop <= hops_max; ++hop) {
        if (hop >= hops_min) reached.insert(at.begin(), at.end());
        std::set<int> next;
        for (const int from : at) {
          for (int to = 0; to < kDepots; ++to) {
            if (edge[from][to]) next.insert(to);
          }
        }
        at = next;
      }
      // A depot without any fact is no node.
      for (const int end : reached) {
        expected.push_back("depot/" + std::to_string(start) + " | depot/" + std::to_string(end));
      }
    }
    std::sort(expected.begin(), expected.end());
    const std::string hops = std::to_string(hops_min) + ".." + std::to_string(hops_max);
    for (const auto& off : {std::set<std::string, std::less<>>{},
                            std::set<std::string, std::less<>>{"pattern-order"}}) {
      EngineOptions options;
      options.optimizer_rules_off = off;
      const RunOutcome outcome =
          RunQuery(store_,
                   "MATCH (x)-[:shipsTo]-() WITH DISTINCT x MATCH (x)-[:shipsTo*" + hops +
                       "]->(y) RETURN x, y",
                   options);
      ASSERT_TRUE(outcome.status.ok()) << outcome.status;
      std::vector<std::string> isolated_out;
      for (const std::string& row : expected) {
        const std::string first = row.substr(0, row.find(' '));
        const int depot = std::stoi(first.substr(6));
        bool known = false;
        for (int other = 0; other < kDepots; ++other) {
          known |= edge[depot][other] || edge[other][depot];
        }
        if (known) isolated_out.push_back(row);
      }
      EXPECT_EQ(outcome.sorted_rows(), isolated_out) << hops;
    }
  }
}

}  // namespace
}  // namespace sightline::query
