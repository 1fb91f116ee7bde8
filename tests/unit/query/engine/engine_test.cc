#include "query/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(QueryEngine, AnswersTheHeadlineQuestion) {
  test::TestStore store;
  FillSuppliers(store);
  const RunOutcome outcome = RunQuery(store, kHeadline);
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_THAT(outcome.columns, ElementsAre("s"));
  EXPECT_THAT(outcome.sorted_rows(), ElementsAre("org/hikvision", "org/wuhan-global"));
  EXPECT_EQ(outcome.summary.rows, 2u);
  EXPECT_EQ(outcome.summary.truncation, Truncation::kNone);
  EXPECT_FALSE(outcome.summary.committed_at.has_value());
  EXPECT_GT(outcome.summary.facts_touched, 0u);
}

TEST(QueryEngine, GivesNoRowsForAScriptOfCommentsOnly) {
  test::TestStore store;
  const RunOutcome outcome = RunQuery(store, "// nothing yet\n");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_THAT(outcome.columns, IsEmpty());
  EXPECT_THAT(outcome.rows, IsEmpty());
}

TEST(QueryEngine, TypesTheColumns) {
  test::TestStore store;
  FillSuppliers(store);
  QueryEngine engine(&*store, {});
  QueryRequest request;
  request.text =
      "MATCH (s:Company)-[r:supplies @st]->(p) RETURN s, r, st, count(*) AS n, 'x' AS t, true AS b";
  request.clearance = storage::Clearance::Unrestricted();
  auto cursor = engine.Execute(request);
  ASSERT_TRUE(cursor.ok()) << cursor.status();
  std::vector<ColumnType> types;
  for (const Column& column : (*cursor)->columns()) types.push_back(column.type);
  EXPECT_THAT(types, ElementsAre(ColumnType::kEntity, ColumnType::kAny, ColumnType::kStatement,
                                 ColumnType::kInteger, ColumnType::kText, ColumnType::kBoolean));
}

TEST(QueryEngine, ReadsAnEarlierRevision) {
  test::TestStore store;
  store.Say("org/desk", "org/hikvision", "supplies", "prod/lenses");
  const storage::Revision earlier = store.Commit();
  store.Say("org/desk", "org/iray", "supplies", "prod/lenses");
  store.Commit();
  QueryRequest request;
  request.text = "MATCH (s)-[:supplies]->(p) RETURN s";
  request.clearance = storage::Clearance::Unrestricted();
  EXPECT_EQ(RunRequest(&*store, request).rows.size(), 2u);
  request.read_at = earlier;
  const RunOutcome outcome = RunRequest(&*store, request);
  EXPECT_THAT(outcome.rows, ElementsAre("org/hikvision"));
  EXPECT_EQ(outcome.summary.read_at, earlier);
  request.read_at = storage::Revision{earlier.value + 1000};
  EXPECT_EQ(RunRequest(&*store, request).status.code(), StatusCode::kOutOfRange);
}

TEST(QueryEngine, BindsEveryStatementOfAScriptThatReads) {
  test::TestStore store;
  FillSuppliers(store);
  const RunOutcome wrong =
      RunQuery(store, "MATCH (s)-[:suplies]->(p) RETURN s;\nMATCH (s:Company) RETURN s");
  EXPECT_EQ(wrong.code(), "SL2012");
  const RunOutcome right = RunQuery(
      store, "MATCH (s)-[:supplies]->(p) RETURN p;\nMATCH (s:Company) RETURN count(s) AS n");
  ASSERT_TRUE(right.status.ok()) << right.status;
  EXPECT_THAT(right.rows, ElementsAre("4"));
}

TEST(QueryEngine, SaysWhereInTheScriptTheMistakeIs) {
  test::TestStore store;
  FillSuppliers(store);
  const RunOutcome outcome =
      RunQuery(store,
               "ASSERT (#org/a)-[:supplies]->(#prod/b) ACCORDING TO #org/desk;\n"
               "  ASSERT (#org/a)-[:supplies]->(#prod/b) ACCORDING TO #org/desk {credibility: 9};");
  ASSERT_EQ(outcome.code(), "SL6004");
  const Diagnostic diagnostic = DiagnosticsOf(outcome.status).front();
  EXPECT_EQ(diagnostic.span.line, 2u);
  EXPECT_GT(diagnostic.span.column, 50u);
}

TEST(QueryEngine, ShowsANodeByItsMostSpecificClassAndItsName) {
  test::TestStore store;
  store.DefineClass("Organization");
  store.DefineClass("Company", {"Organization"});
  store.Say("org/desk", "org/hikvision", "instanceOf", store.Entity("Organization"));
  store.Say("org/desk", "org/hikvision", "instanceOf", store.Entity("Company"));
  store.Name("org/hikvision", "Hikvision");
  store.Commit();
  QueryEngine engine(&*store, {});
  QueryRequest request;
  request.text = "MATCH (c:Company) RETURN c";
  request.clearance = storage::Clearance::Unrestricted();
  auto cursor = engine.Execute(request);
  ASSERT_TRUE(cursor.ok()) << cursor.status();
  ResultBatch batch;
  ASSERT_EQ(*(*cursor)->Next(&batch), 1u);
  const auto card = (*cursor)->CardOf(batch.columns[0][0].node());
  ASSERT_TRUE(card.ok()) << card.status();
  EXPECT_EQ(card->external_id, "org/hikvision");
  EXPECT_EQ(card->class_name, "Company");
  EXPECT_EQ(card->caption, "Hikvision");
}

TEST(QueryEngine, RefusesAQueryOfMoreStepsThanTheStackHolds) {
  test::TestStore store;
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "LET x" + std::to_string(i) + " = 1 ";
  EXPECT_EQ(RunQuery(store, text + "RETURN 1 AS one").code(), "SL1000");
}

TEST(QueryEngine, ReportsWarningsAndNoticesInTheOrderOfTheText) {
  test::TestStore store;
  FillSuppliers(store);
  const RunOutcome outcome = RunQuery(
      store,
      "MATCH (c:Company) WHERE NOT #terr/ru IN c.country MATCH (d NAMED \"Hikvison\") RETURN c");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  uint32_t last = 0;
  for (const Diagnostic& notice : outcome.summary.notices) {
    EXPECT_GE(notice.span.begin, last);
    last = notice.span.begin;
  }
}

}  // namespace
}  // namespace sightline::query
