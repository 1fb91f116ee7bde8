// Scripts that write: one transaction, all or nothing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr std::string_view kSchema =
    "DEFINE CLASS Company; DEFINE PREDICATE supplies FROM % TO %; DEFINE PREDICATE turnover FROM % "
    "TO "
    "INTEGER;";

TEST(WriteScript, CommitsAndGivesTheRowsOfItsLastStatement) {
  test::TestStore store;
  const RunOutcome outcome = RunQuery(
      store,
      std::string(kSchema) +
          "ASSERT (#org/hikvision :Company)-[:supplies]->(#prod/lenses) ACCORDING TO #org/ap;"
          "MATCH (s:Company)-[:supplies]->(p) RETURN s, p");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_THAT(outcome.rows, ElementsAre("org/hikvision | prod/lenses"));
  EXPECT_EQ(outcome.summary.definitions, 3u);
  EXPECT_EQ(outcome.summary.statements_added, 1u);
  ASSERT_TRUE(outcome.summary.committed_at.has_value());
  EXPECT_EQ(outcome.summary.read_at, *outcome.summary.committed_at);
  EXPECT_EQ(store->revision(), *outcome.summary.committed_at);
  EXPECT_THAT(RunQuery(store, "MATCH (s)-[:supplies]->(p) RETURN s").rows,
              ElementsAre("org/hikvision"));
}

TEST(WriteScript, RollsBackWholeWhenOneStatementFails) {
  test::TestStore store;
  ASSERT_TRUE(RunQuery(store, kSchema).status.ok());
  const storage::Revision before = store->revision();
  const RunOutcome outcome =
      RunQuery(store,
               "ASSERT (#org/a)-[:supplies]->(#prod/b) ACCORDING TO #org/ap;\n"
               "ASSERT (#org/c)-[:supplies]->(#prod/d);");
  EXPECT_EQ(outcome.code(), "SL6001");
  EXPECT_EQ(store->revision(), before);
  EXPECT_THAT(RunQuery(store, "MATCH (s)-[:supplies]->(p) RETURN s").rows, IsEmpty());
}

TEST(WriteScript, RollsBackWhenALaterRowFails) {
  test::TestStore store;
  ASSERT_TRUE(RunQuery(store, kSchema).status.ok());
  const RunOutcome outcome = RunQuery(
      store, "UNWIND [1, 2, 'three'] AS n ASSERT (#org/a {turnover: n}) ACCORDING TO #org/ap");
  EXPECT_EQ(outcome.code(), "SL3022");
  EXPECT_THAT(RunQuery(store, "MATCH (x)-[:turnover]->(v) RETURN v").rows, IsEmpty());
}

TEST(WriteScript, NeverReadsItsOwnWrites) {
  // Each row asserts one more link of a chain: read while written, it would never end.
  test::TestStore store;
  ASSERT_TRUE(RunQuery(store, std::string(kSchema) +
                                  "ASSERT (#org/a)-[:supplies]->(#org/b) ACCORDING TO #org/ap")
                  .status.ok());
  const RunOutcome outcome = RunQuery(
      store, "MATCH (x)-[:supplies]->(y) ASSERT (y)-[:supplies]->(:Company) ACCORDING TO #org/ap");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.summary.statements_added, 1u);
  EXPECT_EQ(RunQuery(store, "MATCH (x)-[:supplies]->(y) RETURN y").rows.size(), 2u);
}

TEST(WriteScript, SeesTheWritesOfEarlierStatements) {
  test::TestStore store;
  const RunOutcome outcome = RunQuery(
      store, std::string(kSchema) +
                 "ASSERT (#org/a :Company) ACCORDING TO #org/ap;"
                 "MATCH (c:Company) ASSERT (c)-[:supplies]->(#prod/b) ACCORDING TO #org/ap;"
                 "MATCH (c)-[:supplies]->(p) RETURN c, p");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_THAT(outcome.rows, ElementsAre("org/a | prod/b"));
}

TEST(WriteScript, CountsWhatWasOnRecordAlready) {
  test::TestStore store;
  const std::string text =
      std::string(kSchema) + "ASSERT (#org/a)-[:supplies]->(#prod/b) ACCORDING TO #org/ap";
  EXPECT_EQ(RunQuery(store, text).summary.statements_added, 1u);
  const RunOutcome again = RunQuery(store, text);
  EXPECT_EQ(again.summary.statements_added, 0u);
  EXPECT_EQ(again.summary.statements_existing, 1u);
}

TEST(WriteScript, WritesForEveryRowWhateverTheLimits) {
  test::TestStore store;
  ASSERT_TRUE(RunQuery(store, kSchema).status.ok());
  QueryRequest request;
  request.text = "UNWIND range(1, 5000) AS n ASSERT (#org/a {turnover: n}) ACCORDING TO #org/ap";
  request.clearance = storage::Clearance::Unrestricted();
  request.limits.rows_max = 2;
  const RunOutcome outcome = RunRequest(&*store, request);
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.rows.size(), 2u);
  EXPECT_EQ(outcome.summary.truncation, Truncation::kRows);
  EXPECT_EQ(outcome.summary.statements_added, 5000u);
}

TEST(WriteScript, IsRefusedWhereOnlyReadingIsAllowed) {
  test::TestStore store;
  store.Commit();
  QueryRequest request;
  request.text = "DEFINE CLASS Company";
  request.clearance = storage::Clearance::Unrestricted();
  request.read_only = true;
  EXPECT_EQ(RunRequest(&*store, request).code(), "SL7001");
  request.read_only = false;
  request.read_at = store->revision();
  EXPECT_EQ(RunRequest(&*store, request).status.code(), StatusCode::kInvalidArgument);
}

TEST(WriteScript, RetractsOnceAndSaysWhy) {
  test::TestStore store;
  FillSuppliers(store);
  const RunOutcome outcome = RunQuery(
      store, "MATCH (#org/iray)-[:supplies @st]->(p) RETRACT st BECAUSE \"wrong company\"");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.summary.statements_retracted, 1u);
  EXPECT_THAT(RunQuery(store, "MATCH (#org/iray)-[:supplies]->(p) RETURN p").rows, IsEmpty());
}

TEST(WriteScript, IsCancelledBeforeItCommits) {
  test::TestStore store;
  const storage::Revision before = store.Commit();
  storage::CancellationToken token;
  token.Cancel();
  QueryRequest request;
  request.text = "DEFINE CLASS Company";
  request.clearance = storage::Clearance::Unrestricted();
  request.cancellation = &token;
  EXPECT_EQ(RunRequest(&*store, request).status.code(), StatusCode::kCancelled);
  EXPECT_EQ(store->revision(), before);
}

TEST(WriteScript, RefusesAMarkingAboveTheWritersClearance) {
  test::TestStore store;
  ASSERT_TRUE(RunQuery(store, kSchema).status.ok());
  const RunOutcome outcome = RunQuery(
      store, "ASSERT (#org/a)-[:supplies]->(#prod/b) ACCORDING TO #org/ap {marking: \"TLP:RED\"}",
      {}, test::ClearanceOf(storage::TlpLabel::kGreen));
  EXPECT_EQ(outcome.code(), "SL7002");
  EXPECT_EQ(outcome.status.code(), StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace sightline::query
