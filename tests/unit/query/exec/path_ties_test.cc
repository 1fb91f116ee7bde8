// Of paths that are as good, whoever may not see everything gets the one that is first by names:
// the same from a store in which hidden statements mentioned the nodes before, in another order.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

using ::testing::ElementsAre;

// Between a/start and z/end lie three layers of four nodes, each linked to all of the next.
class PathTies : public ::testing::Test {
 protected:
  void SetUp() override {
    // Numbers go up with names in one store, and down in the other.
    const std::vector<std::string> predicates = {"knows", "pays"};
    for (int layer = 3; layer >= 1; --layer) {
      for (int i = 3; i >= 0; --i) {
        high_.Say("org/hidden", Node(layer, i), "pays", "hidden/" + std::to_string(i),
                  {.marking = {storage::TlpLabel::kRed, "SECRET"}});
      }
    }
    high_.Say("org/hidden", "z/end", "knows", "a/start",
              {.marking = {storage::TlpLabel::kRed, "SECRET"}});
    for (test::TestStore* store : {&low_, &high_}) {
      for (const std::string& predicate : predicates) {
        for (int i = 0; i < 4; ++i) {
          store->Say("org/desk", "a/start", predicate, Node(1, i));
          for (int j = 0; j < 4; ++j) {
            store->Say("org/desk", Node(1, i), predicate, Node(2, j));
            store->Say("org/desk", Node(2, i), predicate, Node(3, j));
          }
          store->Say("org/desk", Node(3, i), predicate, "z/end");
        }
      }
      store->Commit();
    }
  }

  static std::string Node(int layer, int i) {
    return "m/" + std::to_string(layer) + std::string(1, static_cast<char>('a' + i));
  }

  static RunOutcome Run(const std::string& text, test::TestStore* store, uint64_t ranked_rows_min) {
    QueryRequest request;
    request.text = text;
    request.clearance.tlp_max = storage::TlpLabel::kRed;
    EngineOptions options;
    options.ranked_rows_min = ranked_rows_min;
    RunOutcome outcome = RunRequest(&**store, request, options);
    EXPECT_TRUE(outcome.status.ok()) << text << outcome.status;
    return outcome;
  }
  // What both stores say, by names and by ranks.
  static std::vector<std::string> Rows(const std::string& text, PathTies* test) {
    const RunOutcome first = Run(text, &test->low_, 4096);
    for (const uint64_t ranked_rows_min : {4096, 0}) {
      for (test::TestStore* store : {&test->low_, &test->high_}) {
        const RunOutcome other = Run(text, store, ranked_rows_min);
        EXPECT_EQ(other.rows, first.rows) << text;
        EXPECT_EQ(other.summary.facts_touched, first.summary.facts_touched) << text;
      }
    }
    return first.rows;
  }

  test::TestStore low_, high_;
};

constexpr char kFirst[] = "a/start -> m/1a -> m/2a -> m/3a -> z/end";

TEST_F(PathTies, TheFirstShortestIsKept) {
  for (const std::string selector :
       {"SHORTEST", "ANY SHORTEST", "ANY SHORTEST TRAIL", "SHORTEST 1 ACYCLIC", "CHEAPEST"}) {
    const std::string cost = selector == "CHEAPEST" ? " COST 1" : "";
    for (const std::string& ends : {"(a:#`a/start`)-[r:knows|pays*1..5]->(b:#`z/end`)" + cost,
                                    "(b:#`z/end`)<-[r:knows|pays*1..5]-(a:#`a/start`)" + cost}) {
      const auto rows = Rows("MATCH p = " + selector + " " + ends + " RETURN p.nodes", this);
      EXPECT_THAT(rows, ElementsAre(::testing::AnyOf("[a/start, m/1a, m/2a, m/3a, z/end]",
                                                     "[z/end, m/3a, m/2a, m/1a, a/start]")))
          << selector << ends;
    }
    const auto first_fact =
        Rows("MATCH p = " + selector + " (a:#`a/start`)-[r:pays|knows*1..5]->(b:#`z/end`)" + cost +
                 " RETURN p.facts[0]",
             this);
    EXPECT_THAT(first_fact, ElementsAre("(a/start knows m/1a)")) << selector;
  }
}

TEST_F(PathTies, TheFirstFewAreThoseOfNames) {
  EXPECT_THAT(Rows("MATCH p = SHORTEST 3 ACYCLIC (a:#`a/start`)-[:knows*1..5]->(b:#`z/end`) "
                   "RETURN p",
                   this),
              ElementsAre(kFirst, "a/start -> m/1a -> m/2a -> m/3b -> z/end",
                          "a/start -> m/1a -> m/2a -> m/3c -> z/end"));
  EXPECT_EQ(
      Rows("MATCH p = SHORTEST 5 (a:#`a/start`)-[:knows*1..5]->(b) RETURN p.nodes", this).size(),
      4u + 4 * 4 + 4 * 5 + 5);
  EXPECT_THAT(Rows("MATCH p = ALL SHORTEST (a:#`a/start`)-[:knows*1..5]->(b:#`z/end`) RETURN p "
                   "LIMIT 2",
                   this),
              ElementsAre(kFirst, "a/start -> m/1a -> m/2a -> m/3b -> z/end"));
}

TEST_F(PathTies, FromOneEndToAll) {
  EXPECT_THAT(
      Rows("MATCH p = SHORTEST (a:#`a/start`)-[:knows*]->(b:#`m/3b`|#`z/end`) RETURN p", this),
      ElementsAre("a/start -> m/1a -> m/2a -> m/3b", kFirst));
  EXPECT_THAT(
      Rows("MATCH p = SHORTEST (a)-[:knows*]->(b:#`m/3c`) RETURN p ORDER BY a LIMIT 2", this),
      ElementsAre("a/start -> m/1a -> m/2a -> m/3c", "m/1a -> m/2a -> m/3c"));
}

TEST_F(PathTies, TheChainOfAReachedNode) {
  for (const std::string hops : {"*", "*1..5", "*2..4", "*0.."}) {
    EXPECT_THAT(Rows("MATCH p = (a:#`a/start`)-[:knows" + hops + "]->(b:#`z/end`) RETURN p", this),
                ElementsAre(kFirst))
        << hops;
    EXPECT_THAT(Rows("MATCH p = (b:#`z/end`)<-[:knows" + hops +
                         "]-(a) WHERE a = #`a/start` "
                         "RETURN p.nodes[2]",
                     this),
                ElementsAre("m/2a"))
        << hops;
  }
  // Around the fact that another part of the pattern is.
  EXPECT_THAT(Rows("MATCH (a:#`a/start`)-[:knows]->(x:#`m/1a`), "
                   "p = (a)-[:knows*]->(b:#`z/end`) RETURN p",
                   this),
              ElementsAre("a/start -> m/1b -> m/2a -> m/3a -> z/end"));
}

TEST_F(PathTies, WhatWhyShows) {
  for (const std::string& text :
       {std::string("WHY MATCH (a:#`a/start`)-[:knows*]->(b:#`z/end`) RETURN b"),
        std::string("WHY MATCH (a:#`a/start`)-[:knows|pays*2..]->(b:#`z/end`) RETURN b"),
        std::string("WHY MATCH p = SHORTEST 2 (a:#`a/start`)-[:knows*]->(b:#`z/end`) RETURN b")}) {
    const RunOutcome low = Run(text, &low_, 4096), high = Run(text, &high_, 4096);
    ASSERT_FALSE(low.rows.empty());
    EXPECT_EQ(low.rows.size(), high.rows.size());
    for (size_t row = 0; row < low.rows.size(); ++row) {
      // Statements have other numbers where hidden ones came before.
      const auto facts = [](const std::string& text) {
        std::string facts;
        for (size_t at = text.find("fact: "); at != std::string::npos;
             at = text.find("fact: ", at + 1)) {
          facts += text.substr(at, text.find(')', at) - at);
        }
        return facts;
      };
      EXPECT_EQ(facts(low.rows[row]), facts(high.rows[row])) << text;
      EXPECT_NE(facts(low.rows[row]), "") << text;
    }
  }
}

}  // namespace
}  // namespace sightline::query
