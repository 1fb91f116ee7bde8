// Edges joined by a hash table of their facts: the same rows in the same order as look-ups give.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/optimizer/rule_hash_join.h"
#include "query/optimizer/rule_multiway_join.h"
#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class HashExpand : public ::testing::Test {
 protected:
  void FillDepots(int count) {
    store_.DefineClass("Depot");
    for (int i = 0; i < count; ++i) {
      const std::string from = "depot/" + std::to_string(i);
      if (i % 3 != 0) store_.Say("org/desk", from, "instanceOf", store_.Entity("Depot"));
      for (const int step : {1, 7, 31}) {
        store_.Say("org/desk", from, "shipsTo", "depot/" + std::to_string((i + step) % count));
      }
      if (i % 2 == 0) store_.Say("org/desk", from, "owns", "depot/" + std::to_string(i / 2));
    }
    store_.Commit();
  }

  static EngineOptions LookUps() {
    EngineOptions options;
    options.optimizer_rules_off = {std::string(kRuleHashJoin), std::string(kRuleMultiwayJoin)};
    return options;
  }
  static EngineOptions HashJoins() {
    EngineOptions options;
    options.optimizer_rules_off.emplace(kRuleMultiwayJoin);
    options.optimizer_rules_forced.emplace(kRuleHashJoin);
    return options;
  }

  // Also when a batch holds two rows, and when there is no room for the table.
  std::vector<std::string> RowsInAnyWay(const std::string& text) {
    const RunOutcome wanted = RunQuery(store_, text, LookUps());
    EXPECT_TRUE(wanted.status.ok()) << text << ": " << wanted.status;
    EngineOptions small_batches = HashJoins(), no_room = HashJoins();
    small_batches.limits.batch_rows = 2;
    no_room.spill_after_bytes = 1000;
    for (const EngineOptions& options : {HashJoins(), small_batches, no_room}) {
      const RunOutcome outcome = RunQuery(store_, text, options);
      EXPECT_TRUE(outcome.status.ok()) << text << ": " << outcome.status;
      EXPECT_EQ(outcome.rows, wanted.rows) << text;
    }
    if (text.starts_with("WHY")) return wanted.rows;  // Which cannot be explained.
    EXPECT_THAT(RunQuery(store_, "EXPLAIN " + text, HashJoins()).rows, Contains(HasSubstr("Hash")));
    EXPECT_THAT(RunQuery(store_, "EXPLAIN " + text, LookUps()).rows, Each(Not(HasSubstr("Hash"))));
    return wanted.rows;
  }

  test::TestStore store_;
};

TEST_F(HashExpand, GivesWhatLookUpsGive) {
  FillDepots(60);
  for (const char* text :
       {"MATCH (a)-[:shipsTo]->(b)-[:shipsTo]->(c) RETURN a, b, c",
        "MATCH (a)-[:shipsTo]->(b)<-[:owns]-(c:Depot) RETURN a, b, c",
        "MATCH (a)-[:shipsTo]->(b)-[:shipsTo]->(c)-[:owns]->(a) RETURN a, b, c",
        "MATCH (a)-[r:owns]->(b)-[s:shipsTo]->(c) RETURN r, s, c",
        "WHY MATCH (a)-[:owns]->(b)-[:shipsTo]->(c) RETURN a, c",
        "MATCH p = (a)-[:owns]->(b)-[:shipsTo]->(c) RETURN p",
        "MATCH (a)-[:owns]->(b)-[:shipsTo]->(c)-[:shipsTo*1..2]->(d) RETURN a, d"}) {
    EXPECT_THAT(RowsInAnyWay(text), Not(IsEmpty())) << text;
  }
}

TEST_F(HashExpand, KeepsItsTableForEachOuterRow) {
  FillDepots(60);
  EXPECT_THAT(RowsInAnyWay(
                  "MATCH (a:Depot) OPTIONAL MATCH (a)-[:owns]->(b)-[:shipsTo]->(c) RETURN a, b, c"),
              Not(IsEmpty()));
}

TEST_F(HashExpand, IsChosenForManyRowsInNoOrder) {
  FillDepots(1200);
  const auto plan = [&](const std::string& text) {
    return RunQuery(store_, "EXPLAIN " + text).rows;
  };
  EXPECT_THAT(plan("MATCH (a)-[:shipsTo]->(b)-[:shipsTo]->(c) RETURN count(*) AS n"),
              Contains(HasSubstr("HashExpand")));
  // Rows of an earlier clause.
  EXPECT_THAT(plan("MATCH (a)-[:shipsTo]->(b) WITH b, a MATCH (b)-[:shipsTo]->(c) "
                   "RETURN count(*) AS n"),
              Contains(HasSubstr("HashExpand")));
  // Wants few rows.
  EXPECT_THAT(plan("MATCH (a)-[:shipsTo]->(b)-[:shipsTo]->(c) RETURN c LIMIT 5"),
              Each(Not(HasSubstr("Hash"))));
  // Has few rows.
  EXPECT_THAT(plan("MATCH (#depot/1)-[:shipsTo]->(b)-[:shipsTo]->(c) RETURN c"),
              Each(Not(HasSubstr("Hash"))));
}

TEST_F(HashExpand, StopsAtTheLimitOfFacts) {
  FillDepots(60);
  QueryRequest request;
  request.text = "MATCH (a)-[:shipsTo]->(b)-[:shipsTo]->(c) RETURN a, b, c";
  request.clearance = storage::Clearance::Unrestricted();
  request.limits.steps_max = 100;
  const RunOutcome outcome = RunRequest(&*store_, request, HashJoins());
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.summary.truncation, Truncation::kSteps);
  const RunOutcome all = RunQuery(store_, request.text, LookUps());
  for (const std::string& row : outcome.rows) EXPECT_THAT(all.rows, Contains(row));
}

}  // namespace
}  // namespace sightline::query
