#include "query/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr std::string_view kHeadline =
    "MATCH (s)-[:supplies]->(\"optics\") RETURN s ORDER BY s LIMIT 2";

TEST(Explain, ShowsThePlanFromTheResultDown) {
  test::TestStore store;
  FillSuppliers(store);
  const RunOutcome outcome = RunQuery(store, "EXPLAIN " + std::string(kHeadline));
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_THAT(outcome.columns, ElementsAre("operator", "details", "estimated_rows"));
  ASSERT_GE(outcome.rows.size(), 6u);
  EXPECT_EQ(outcome.rows[0], "SkipLimit | LIMIT 2 | 2");
  EXPECT_EQ(outcome.rows[1], "  TopN | s; first 2 | 2");
  EXPECT_THAT(outcome.rows[2], MatchesRegex("    Project \\| s \\| [0-9]+"));
  EXPECT_THAT(outcome.rows, Contains(MatchesRegex(" *ScanEdge .*-\\[:supplies\\]->.* \\| [0-9]+")));
  EXPECT_THAT(outcome.rows.back(), MatchesRegex(" *OneRow \\|  \\| 1"));
}

TEST(Explain, RunsNothing) {
  test::TestStore store;
  FillSuppliers(store);
  const storage::Revision before = store.Commit();
  const RunOutcome outcome =
      RunQuery(store, "EXPLAIN ASSERT (#org/iray)-[:supplies]->(#prod/new) ACCORDING TO #org/desk");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_THAT(outcome.rows.front(), HasSubstr("Assert | ASSERT (#org/iray)"));
  EXPECT_EQ(store->revision(), before);
  EXPECT_EQ(outcome.summary.facts_touched, 0u);
}

TEST(Explain, DependsOnWhatTheReaderSeesOnly) {
  test::TestStore open, secret;
  for (test::TestStore* store : {&open, &secret}) FillSuppliers(*store);
  for (int i = 0; i < 50; ++i) {
    secret.Say("org/desk", "org/hidden" + std::to_string(i), "supplies", "prod/lenses",
               {.marking = {storage::TlpLabel::kRed, ""}});
  }
  const storage::Clearance clear = test::ClearanceOf(storage::TlpLabel::kClear);
  const std::string text = "EXPLAIN " + std::string(kHeadline);
  const RunOutcome seen = RunQuery(open, text, {}, clear);
  ASSERT_TRUE(seen.status.ok()) << seen.status;
  EXPECT_EQ(RunQuery(secret, text, {}, clear).rows, seen.rows);
  EXPECT_NE(RunQuery(secret, text).rows, seen.rows);
}

TEST(Profile, TellsWhatEachOperatorDid) {
  test::TestStore store;
  FillSuppliers(store);
  const RunOutcome plain = RunQuery(store, kHeadline);
  const RunOutcome outcome = RunQuery(store, "PROFILE " + std::string(kHeadline));
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_THAT(outcome.columns,
              ElementsAre("operator", "details", "estimated_rows", "rows", "facts_touched",
                          "micros", "memory_bytes", "spilled_bytes"));
  EXPECT_THAT(outcome.rows.front(), HasSubstr("| LIMIT 2 | 2 | 2 | 0 |"));
  EXPECT_THAT(outcome.rows.back(), MatchesRegex(" *OneRow \\|  \\| 1 \\| 1 \\| 0 \\| .*"));
  // It ran: the facts are those of the query, and each is some operator's own.
  EXPECT_EQ(outcome.summary.facts_touched, plain.summary.facts_touched);
  EXPECT_EQ(outcome.summary.rows, outcome.rows.size());
}

TEST(Profile, WritesNothing) {
  test::TestStore store;
  FillSuppliers(store);
  const storage::Revision before = store.Commit();
  EXPECT_EQ(RunQuery(store, "PROFILE ASSERT (#a)-[:supplies]->(#b) ACCORDING TO #org/desk").code(),
            "SL4015");
  EXPECT_EQ(RunQuery(store,
                     "ASSERT (#a)-[:supplies]->(#b) ACCORDING TO #org/desk; PROFILE MATCH "
                     "(x)-[:supplies]->(y) RETURN x")
                .code(),
            "SL4015");
  EXPECT_EQ(store->revision(), before);
}

TEST(Explain, GoesIntoStoredQueriesAndDefinedEdges) {
  test::TestStore store;
  FillSuppliers(store);
  ASSERT_TRUE(RunQuery(store,
                       "DEFINE (a)-[:sells]->(b) AS MATCH (a)-[:supplies]->(b);"
                       "DEFINE QUERY sellers() AS MATCH (s)-[:sells]->(:Product) RETURN s")
                  .status.ok());
  const RunOutcome outcome = RunQuery(store, "EXPLAIN CALL sellers() YIELD s RETURN s.name");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_THAT(outcome.rows, Contains(MatchesRegex(" *Call \\| sellers\\(\\) .*")));
  EXPECT_THAT(outcome.rows, Contains(MatchesRegex(" *DefinedEdge \\| -\\[:sells\\]-> .*")));
  EXPECT_THAT(outcome.rows, Contains(HasSubstr("(a)-[:supplies]->(b)")));
}

}  // namespace
}  // namespace sightline::query
