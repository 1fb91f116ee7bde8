// Searched paths on graphs of some size: against what is counted by hand here, and within budgets.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Paths : public ::testing::Test {
 protected:
  void Link(int from, int to) {
    if (!links_.emplace(from, to).second) return;
    store_.Say("org/desk", "n/" + std::to_string(from), "shipsTo", "n/" + std::to_string(to));
  }
  // A graph of `nodes` nodes and about `links` links, the same each time.
  void Fill(int nodes, int links, uint32_t seed) {
    std::mt19937 random(seed);
    for (int i = 0; i < links; ++i) {
      const int from = static_cast<int>(random() % static_cast<uint32_t>(nodes));
      Link(from, static_cast<int>(random() % static_cast<uint32_t>(nodes)));
    }
  }
  RunOutcome Run(std::string_view text, uint64_t steps_max = 100'000'000) {
    store_.Commit();
    QueryRequest request;
    request.text = text;
    request.clearance = storage::Clearance::Unrestricted();
    request.limits.steps_max = steps_max;
    return RunRequest(&*store_, request);
  }
  std::vector<std::string> Rows(std::string_view text) {
    const RunOutcome outcome = Run(text);
    EXPECT_TRUE(outcome.status.ok()) << text << ": " << outcome.status;
    return outcome.rows;
  }
  std::vector<std::string> Sorted(std::string_view text) {
    std::vector<std::string> rows = Rows(text);
    std::sort(rows.begin(), rows.end());
    return rows;
  }
  // How far it is from `start` to each node, and by how many shortest ways.
  std::map<int, std::pair<int, int>> Distances(int start) const {
    std::map<int, std::pair<int, int>> found = {{start, {0, 1}}};
    std::vector<int> level = {start};
    for (int distance = 1; !level.empty(); ++distance) {
      std::vector<int> next;
      for (const int from : level) {
        for (const auto& [a, b] : links_) {
          if (a != from) continue;
          const auto [at, is_new] = found.emplace(b, std::pair(distance, 0));
          if (is_new) next.push_back(b);
          if (at->second.first == distance) at->second.second += found.at(from).second;
        }
      }
      level = std::move(next);
    }
    return found;
  }
  // The lengths of all simple paths between two nodes, ascending.
  void ListSimple(std::vector<int>* path, int to, std::vector<int>* lengths) const {
    for (const auto& [a, b] : links_) {
      if (a != path->back() || std::find(path->begin(), path->end(), b) != path->end()) continue;
      if (b == to) {
        lengths->push_back(static_cast<int>(path->size()));
        continue;
      }
      path->push_back(b);
      ListSimple(path, to, lengths);
      path->pop_back();
    }
  }

  test::TestStore store_;
  std::set<std::pair<int, int>> links_;
};

TEST_F(Paths, AllShortestOnesBetweenTwoEndsAreAsManyAsCounted) {
  Fill(60, 160, 7);
  for (int from = 0; from < 5; ++from) {
    const auto distances = Distances(from);
    for (int to = 0; to < 60; to += 3) {
      if (to == from) continue;
      const std::string ends =
          "(#n/" + std::to_string(from) + ")-[:shipsTo*]->(#n/" + std::to_string(to) + ")";
      const std::vector<std::string> lengths =
          Rows("MATCH p = ALL SHORTEST " + ends + " RETURN length(p) AS n");
      const auto found = distances.find(to);
      if (found == distances.end()) {
        EXPECT_THAT(lengths, IsEmpty()) << ends;
        continue;
      }
      EXPECT_EQ(lengths, std::vector<std::string>(static_cast<size_t>(found->second.second),
                                                  std::to_string(found->second.first)))
          << ends;
      // One of them: the first, by whichever search.
      const auto one = Rows("MATCH p = SHORTEST " + ends + " RETURN p");
      const auto all = Rows("MATCH p = ALL SHORTEST " + ends + " RETURN p");
      EXPECT_THAT(one, ElementsAre(all.front())) << ends;
      EXPECT_THAT(Rows("MATCH p = SHORTEST (#n/" + std::to_string(from) +
                       ")-[:shipsTo*]->(x) WHERE x = #n/" + std::to_string(to) + " RETURN p"),
                  ElementsAre(all.front()))
          << ends;
      EXPECT_THAT(Rows("MATCH p = SHORTEST (x)-[:shipsTo*]->(#n/" + std::to_string(to) +
                       ") WHERE x = #n/" + std::to_string(from) + " RETURN p"),
                  ElementsAre(all.front()))
          << ends;
    }
  }
}

TEST_F(Paths, TheFirstKAreTheShortestOfAllSimpleOnes) {
  Fill(9, 30, 3);
  size_t several = 0;
  for (int to = 1; to < 9; ++to) {
    std::vector<int> path = {0}, lengths;
    ListSimple(&path, to, &lengths);
    std::sort(lengths.begin(), lengths.end());
    std::vector<std::string> wanted;
    for (const int length : lengths) wanted.push_back(std::to_string(length));
    const std::string ends = "(#n/0)-[r:shipsTo*]->(#n/" + std::to_string(to) + ")";
    EXPECT_EQ(Rows("MATCH p = SHORTEST 100000 " + ends + " RETURN length(p) AS n"), wanted);
    EXPECT_EQ(Rows("MATCH p = CHEAPEST 100000 " + ends + " COST 1 RETURN cost(p) AS n"), wanted);
    EXPECT_EQ(Sorted("MATCH p = ALL ACYCLIC (#n/0)-[:shipsTo*1..9]->(#n/" + std::to_string(to) +
                     ") RETURN p"),
              Sorted("MATCH p = SHORTEST 100000 " + ends + " RETURN p"));
    if (wanted.size() > 5) wanted.resize(5);
    EXPECT_EQ(Rows("MATCH p = SHORTEST 5 " + ends + " RETURN length(p) AS n"), wanted);
    several += lengths.size() > 5 ? 1 : 0;
  }
  EXPECT_GT(several, 0u);
}

// The only way leads past the entry to a part of the graph that leads nowhere but back: found
// without trying its paths.
TEST_F(Paths, KShortestDoNotLoseThemselvesWhereThereIsNoWayOut) {
  for (int i = 1; i <= 30; ++i) {
    for (int j = 1; j <= 30; ++j) {
      if (i != j) Link(i, j);
    }
  }
  Link(0, 1), Link(1, 0), Link(0, 99);
  const RunOutcome outcome =
      Run("MATCH p = SHORTEST 5 (#n/0)-[:shipsTo*]->(#n/99) RETURN p", 20'000);
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.rows.size(), 1u);
  EXPECT_EQ(outcome.summary.truncation, Truncation::kNone);
}

TEST_F(Paths, ASearchThatRanOutOfFactsClaimsNothingAndSaysSo) {
  for (int i = 0; i < 200; ++i) Link(0, 100 + i), Link(100 + i, 500 + i);
  Link(500, 999);
  const std::string shortest =
      "MATCH p = SHORTEST (#n/0)-[:shipsTo*]->(#n/999) RETURN length(p) AS n";
  const RunOutcome cut = Run(shortest, 2);
  ASSERT_TRUE(cut.status.ok()) << cut.status;
  EXPECT_THAT(cut.rows, IsEmpty());
  EXPECT_EQ(cut.summary.truncation, Truncation::kSteps);
  EXPECT_THAT(cut.notice_codes(), Contains("N5001"));
  EXPECT_THAT(Rows(shortest), ElementsAre("3"));
  EXPECT_EQ(Run("MATCH p = SHORTEST 3 (#n/0)-[:shipsTo*]->(#n/999) RETURN count(p) AS n", 2).code(),
            "SL5001");
}

TEST_F(Paths, AllTrailsOfADenseGraphComeOneByOne) {
  for (int i = 0; i < 12; ++i) {
    for (int j = 0; j < 12; ++j) {
      if (i != j) Link(i, j);
    }
  }
  const std::string trails =
      "MATCH p = ALL TRAIL (#n/0)-[:shipsTo*1..40]->(#n/1) RETURN length(p) AS n";
  const RunOutcome first = Run(trails + " LIMIT 5", 100'000);
  ASSERT_TRUE(first.status.ok()) << first.status;
  EXPECT_EQ(first.rows.size(), 5u);
  EXPECT_EQ(first.summary.truncation, Truncation::kNone);
  const RunOutcome cut = Run(trails, 50'000);
  ASSERT_TRUE(cut.status.ok()) << cut.status;
  EXPECT_GT(cut.rows.size(), 100u);
  EXPECT_EQ(cut.summary.truncation, Truncation::kSteps);
}

TEST_F(Paths, WhyTellsTheFactsOfThePathAndWhatItsNodesPassBy) {
  store_.DefineClass("Port");
  store_.Say("org/desk", "a", "shipsTo", "m");
  store_.Say("org/desk", "m", "shipsTo", "b");
  store_.Say("org/desk", "m", "instanceOf", "Port");
  const std::vector<std::string> rows =
      Rows("WHY MATCH p = SHORTEST (#a)-[:shipsTo]->(x:Port)-[:shipsTo]->(#b) RETURN x");
  ASSERT_EQ(rows.size(), 1u);
  for (const char* statement : {"s/1", "s/2", "s/3"}) {
    EXPECT_THAT(rows.front(), ::testing::HasSubstr(statement));
  }
}

}  // namespace
}  // namespace sightline::query
