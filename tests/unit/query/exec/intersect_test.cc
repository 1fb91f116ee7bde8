// Cyclic patterns joined by intersecting neighbours: the same rows as joining edge after edge.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/optimizer/optimizer.h"
#include "query/optimizer/rule_multiway_join.h"
#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

class Intersect : public ::testing::Test {
 protected:
  Intersect() {
    for (const auto& [from, to] : {std::pair("a", "b"), std::pair("b", "c"), std::pair("a", "c"),
                                   std::pair("c", "d"), std::pair("d", "a"), std::pair("b", "d")}) {
      Ship(from, to);
    }
  }
  void Ship(const std::string& from, const std::string& to) {
    store_.Say("org/desk", "depot/" + from, "shipsTo", "depot/" + to);
  }

  // With the rule, without it, and with no other rule beside it.
  std::vector<std::string> RowsInAnyWay(std::string_view text) {
    EngineOptions without, alone;
    without.optimizer_rules_off.emplace(kRuleMultiwayJoin);
    for (const std::string_view rule : OptimizerRules()) {
      if (rule != kRuleMultiwayJoin) alone.optimizer_rules_off.emplace(rule);
    }
    const RunOutcome wanted = RunQuery(store_, text, without);
    EXPECT_TRUE(wanted.status.ok()) << text << ": " << wanted.status;
    for (const EngineOptions& options : {EngineOptions(), alone}) {
      const RunOutcome outcome = RunQuery(store_, text, options);
      EXPECT_TRUE(outcome.status.ok()) << text << ": " << outcome.status;
      EXPECT_EQ(outcome.sorted_rows(), wanted.sorted_rows()) << text;
    }
    return wanted.sorted_rows();
  }

  test::TestStore store_;
};

TEST_F(Intersect, FindsTriangles) {
  EXPECT_THAT(RowsInAnyWay("MATCH (a)-[:shipsTo]->(b)-[:shipsTo]->(c), (a)-[:shipsTo]->(c) "
                           "RETURN a, b, c"),
              ElementsAre("depot/a | depot/b | depot/c", "depot/b | depot/c | depot/d"));
}

TEST_F(Intersect, LeavesItsFactsToTheChainsThatMustGoAroundThem) {
  const std::string triangle = "MATCH (a)-[:shipsTo]->(b)-[:shipsTo]->(c), (a)-[:shipsTo]->(c), ";
  EXPECT_THAT(RowsInAnyWay(triangle + "(a)-[:shipsTo*1..3]->(d) RETURN a, b, c, d"), IsEmpty());
  EXPECT_THAT(RowsInAnyWay(triangle + "(c)-[:shipsTo*1..3]->(d) RETURN a, b, c, d"),
              Not(IsEmpty()));
  Ship("a", "e"), Ship("e", "b");
  EXPECT_THAT(RowsInAnyWay(triangle + "(a)-[:shipsTo*1..3]->(d) RETURN a, b, c, d"),
              Not(IsEmpty()));
}

TEST_F(Intersect, HoldsItsFactsForVariablesPathsAndEvidence) {
  EXPECT_THAT(RowsInAnyWay("MATCH (a)-[r:shipsTo]->(b)-[:shipsTo]->(c), (a)-[s:shipsTo]->(c) "
                           "RETURN r, s, c"),
              Not(IsEmpty()));
  EXPECT_THAT(RowsInAnyWay("MATCH p = (a)-[:shipsTo]->(b)-[:shipsTo]->(c), (a)-[:shipsTo]->(c) "
                           "RETURN p"),
              ElementsAre("depot/a -> depot/b -> depot/c", "depot/b -> depot/c -> depot/d"));
  EXPECT_THAT(RowsInAnyWay("WHY MATCH (a)-[:shipsTo]->(b)-[:shipsTo]->(c), (a)-[:shipsTo]->(c) "
                           "RETURN a, b, c"),
              Not(IsEmpty()));
}

// Each of 60 depots ships to 20 others: a query that may hold little keeps few neighbours at once.
TEST_F(Intersect, ReadsAllFactsOnceWhereNeighboursWouldBeReadAgainAndAgain) {
  for (int from = 0; from < 60; ++from) {
    for (int step = 1; step <= 20; ++step) {
      Ship(std::to_string(from), std::to_string((from * 7 + step * step) % 60));
    }
  }
  store_.Commit();
  QueryRequest request;
  request.text =
      "MATCH (a)-[:shipsTo]->(b)-[:shipsTo]->(c), (a)-[:shipsTo]->(c) RETURN count(*) AS n";
  request.clearance = storage::Clearance::Unrestricted();
  const RunOutcome wanted = RunRequest(&*store_, request);
  ASSERT_TRUE(wanted.status.ok()) << wanted.status;
  const auto with_memory = [&](uint64_t bytes) {
    request.limits.memory_bytes_max = bytes;
    const RunOutcome outcome = RunRequest(&*store_, request);
    EXPECT_TRUE(outcome.status.ok()) << bytes << ": " << outcome.status;
    EXPECT_EQ(outcome.rows, wanted.rows) << bytes;
    return outcome.summary.facts_touched;
  };
  const uint64_t table = with_memory(64 << 10), no_table = with_memory(16 << 10);
  EXPECT_LT(table, 2 * wanted.summary.facts_touched);
  EXPECT_GT(no_table, table);
}

}  // namespace
}  // namespace sightline::query
