// Edges whose facts are read beside the rows: the same rows in the same order as look-ups give.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/optimizer/rule_hash_join.h"
#include "query/optimizer/rule_merge_join.h"
#include "query/optimizer/rule_multiway_join.h"
#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class MergeExpand : public ::testing::Test {
 protected:
  // Some with many facts, some with none.
  void FillDepots(int count) {
    store_.DefineClass("Depot");
    for (int i = 0; i < count; ++i) {
      const std::string from = "depot/" + std::to_string(i);
      store_.Say("org/desk", from, "instanceOf", store_.Entity("Depot"));
      for (int step = 1; step <= i % 7; ++step) {
        store_.Say("org/desk", from, "shipsTo", "depot/" + std::to_string((i + step) % count));
      }
      if (i % 2 == 0) store_.Say("org/desk", from, "owns", "depot/" + std::to_string(i / 2));
    }
    store_.Commit();
  }

  static EngineOptions LookUps() {
    EngineOptions options;
    options.optimizer_rules_off = {std::string(kRuleMergeJoin), std::string(kRuleHashJoin),
                                   std::string(kRuleMultiwayJoin)};
    return options;
  }
  static EngineOptions MergeJoins() {
    EngineOptions options;
    options.optimizer_rules_off = {std::string(kRuleHashJoin), std::string(kRuleMultiwayJoin)};
    options.optimizer_rules_forced.emplace(kRuleMergeJoin);
    return options;
  }

  // Also when a batch holds two rows, and when several threads take them.
  std::vector<std::string> RowsInAnyWay(const std::string& text) {
    const RunOutcome wanted = RunQuery(store_, text, LookUps());
    EXPECT_TRUE(wanted.status.ok()) << text << ": " << wanted.status;
    EngineOptions small_batches = MergeJoins(), threads = MergeJoins();
    small_batches.limits.batch_rows = 2;
    threads.threads_max = 3;
    threads.parallel_rows_min = 0;
    threads.morsel_rows = 4;
    for (const EngineOptions& options : {MergeJoins(), small_batches, threads}) {
      const RunOutcome outcome = RunQuery(store_, text, options);
      EXPECT_TRUE(outcome.status.ok()) << text << ": " << outcome.status;
      EXPECT_EQ(outcome.rows, wanted.rows) << text;
    }
    if (text.starts_with("WHY")) return wanted.rows;  // Which cannot be explained.
    EXPECT_THAT(RunQuery(store_, "EXPLAIN " + text, MergeJoins()).rows,
                Contains(HasSubstr("Merge")));
    EXPECT_THAT(RunQuery(store_, "EXPLAIN " + text, LookUps()).rows, Each(Not(HasSubstr("Merge"))));
    return wanted.rows;
  }

  test::TestStore store_;
};

TEST_F(MergeExpand, GivesWhatLookUpsGive) {
  FillDepots(60);
  for (const char* text :
       {"MATCH (a:Depot)-[:shipsTo]->(b) RETURN a, b",
        "MATCH (a)-[:shipsTo]->(b)-[:shipsTo]->(c) RETURN a, b, c",
        "MATCH (a)-[:shipsTo]->(b)<-[:owns]-(c:Depot) RETURN a, b, c",
        "MATCH (a)-[:owns]->(b), (a)-[:shipsTo]->(c) RETURN a, b, c",
        "MATCH (a)-[:shipsTo]->(b)-[:shipsTo]->(c)-[:owns]->(a) RETURN a, b, c",
        "MATCH (a)-[r:owns]->(b)-[s:shipsTo]->(c) RETURN r, s, c",
        "WHY MATCH (a)-[:owns]->(b)-[:shipsTo]->(c) RETURN a, c",
        "MATCH p = (a)-[:owns]->(b)-[:shipsTo]->(c) RETURN p",
        "MATCH (a:Depot) OPTIONAL MATCH (a)-[:owns]->(b)-[:shipsTo]->(c) RETURN a, b, c",
        "MATCH (a)-[:owns]->(b)-[:shipsTo]->(c)-[:shipsTo*1..2]->(d) RETURN a, d"}) {
    EXPECT_THAT(RowsInAnyWay(text), Not(IsEmpty())) << text;
  }
}

TEST_F(MergeExpand, IsChosenForRowsInOrderThatHitManyFacts) {
  FillDepots(1200);
  const auto plan = [&](const std::string& text) {
    return RunQuery(store_, "EXPLAIN " + text).rows;
  };
  EXPECT_THAT(plan("MATCH (a:Depot)-[:shipsTo]->(b) WHERE a.owns IS KNOWN RETURN count(*) AS n"),
              Contains(HasSubstr("Merge")));
  // In no order.
  EXPECT_THAT(plan("MATCH (a)-[:shipsTo]->(b)-[:owns]->(c) RETURN count(*) AS n"),
              Each(Not(HasSubstr("MergeExpand (b"))));
  // Wants few rows.
  EXPECT_THAT(plan("MATCH (a:Depot)-[:shipsTo]->(b) RETURN b LIMIT 5"),
              Each(Not(HasSubstr("Merge"))));
  // Has few rows.
  EXPECT_THAT(plan("MATCH (#depot/1)-[:shipsTo]->(b)-[:shipsTo]->(c) RETURN c"),
              Each(Not(HasSubstr("Merge"))));
}

TEST_F(MergeExpand, StopsAtTheLimitOfFacts) {
  FillDepots(60);
  QueryRequest request;
  request.text = "MATCH (a)-[:shipsTo]->(b)-[:shipsTo]->(c) RETURN a, b, c";
  request.clearance = storage::Clearance::Unrestricted();
  request.limits.steps_max = 400;
  const RunOutcome outcome = RunRequest(&*store_, request, MergeJoins());
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.summary.truncation, Truncation::kSteps);
  const RunOutcome all = RunQuery(store_, request.text, LookUps());
  EXPECT_LT(outcome.rows.size(), all.rows.size());
  for (const std::string& row : outcome.rows) EXPECT_THAT(all.rows, Contains(row));
}

}  // namespace
}  // namespace sightline::query
