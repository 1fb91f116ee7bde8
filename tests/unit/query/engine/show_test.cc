#include "query/show.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

TEST(Show, ListsClassesWithWhatTheyAreUnder) {
  test::TestStore store;
  store.DefineClass("Organization");
  store.DefineClass("Company", {"Organization"});
  const RunOutcome outcome = RunQuery(store, "SHOW CLASSES NAMED \"comp\"");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_THAT(outcome.columns, ElementsAre("name", "label", "under", "note"));
  EXPECT_THAT(outcome.rows, ElementsAre("Company | null | Organization | null"));
}

TEST(Show, ListsPredicatesBuiltInOnesToo) {
  test::TestStore store;
  store.Predicate("supplies");
  const RunOutcome outcome = RunQuery(store, "SHOW PREDICATES");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_THAT(outcome.rows, Contains(::testing::StartsWith("supplies |")));
  EXPECT_THAT(outcome.rows, Contains(::testing::StartsWith("broader |")));
}

TEST(Show, CountsTheStatementsOfEachSource) {
  test::TestStore store;
  store.Say("org/ap", "org/a", "supplies", "prod/b", {.document = "doc/1"});
  store.Say("org/ap", "org/a", "supplies", "prod/c", {.reliability = storage::Reliability::kB});
  store.Say("org/ap", "org/a", "supplies", "prod/d", {.marking = {storage::TlpLabel::kRed, ""}});
  const RunOutcome outcome =
      RunQuery(store, "SHOW SOURCES", {}, test::ClearanceOf(storage::TlpLabel::kClear));
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_THAT(outcome.rows, ElementsAre("org/ap | org/ap | claimant | 2 | B",
                                        "doc/1 | doc/1 | document | 1 | null"));
}

TEST(Show, SaysThatItsTimeIsOver) {
  test::TestStore store;
  for (int i = 0; i < 300; ++i) store.Say("org/ap", "org/a", "reading", storage::Value(int64_t{i}));
  store.Commit();
  BoundShow show;
  show.kind = ast::ShowStatement::Kind::kSources;
  const storage::CancellationToken token(std::chrono::steady_clock::now() -
                                         std::chrono::seconds(1));
  const Status status = Show(show, *store.View(), &token).status();
  EXPECT_EQ(status.code(), StatusCode::kDeadlineExceeded);
  ASSERT_EQ(DiagnosticsOf(status).size(), 1u) << status;
  EXPECT_EQ(DiagnosticsOf(status).front().code, "SL5002");
}

}  // namespace
}  // namespace sightline::query
