// WHY of what was not found: NOT EXISTS and COUNT { … } = 0 rest on what nobody has said.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class NotFoundTest : public testing::Test {
 protected:
  NotFoundTest() {
    store_.Say("org/desk", "org/a", "supplies", "prod/lens");
    store_.Say("org/desk", "org/a", "borders", "org/b", {.marking = kRed});
    store_.Commit();
  }
  std::string Evidence(std::string_view text, storage::TlpLabel tlp = storage::TlpLabel::kClear) {
    QueryRequest request;
    request.text = text;
    request.clearance = test::ClearanceOf(tlp);
    const RunOutcome outcome = RunRequest(&*store_, request);
    EXPECT_TRUE(outcome.status.ok()) << outcome.status;
    EXPECT_EQ(outcome.rows.size(), 1u);
    return outcome.rows.empty() ? "" : outcome.rows.front();
  }
  static inline const storage::Marking kRed{storage::TlpLabel::kRed, ""};
  test::TestStore store_;
};

TEST_F(NotFoundTest, NotExistsSaysWhatWasNotFoundAndAsOfWhen) {
  const std::string row =
      Evidence("WHY MATCH (a)-[:supplies]->() WHERE NOT EXISTS { (a)-[:borders]->() } RETURN a");
  EXPECT_THAT(row, HasSubstr("element: NOT EXISTS { (a)-[:borders]->() }, fact: null"));
  EXPECT_THAT(row, HasSubstr("statements: [], not_found: true, as_of: 20"));
}

TEST_F(NotFoundTest, ACountOfNothingAndAPatternSaySoToo) {
  EXPECT_THAT(
      Evidence("WHY MATCH (a)-[:supplies]->() WHERE COUNT { (a)-[:borders]->(x) } = 0 RETURN a"),
      HasSubstr("not_found: true"));
  EXPECT_THAT(Evidence("WHY MATCH (a)-[:supplies]->() WHERE NOT (a)-[:borders]->() RETURN a"),
              HasSubstr("not_found: true"));
}

TEST_F(NotFoundTest, WhatIsFoundIsNotCalledMissing) {
  EXPECT_THAT(
      Evidence("WHY MATCH (a)-[:supplies]->() WHERE EXISTS { (a)-[:supplies]->() } RETURN a"),
      Not(HasSubstr("not_found")));
  EXPECT_THAT(Evidence("WHY MATCH (a)-[:supplies]->() WHERE EXISTS { (a)-[:borders]->() } RETURN a",
                       storage::TlpLabel::kRed),
              Not(HasSubstr("not_found")));
}

// To whom it is hidden it is not there: the same row, and no more said.
TEST_F(NotFoundTest, HiddenIsNotFound) {
  const std::string text =
      "WHY MATCH (a)-[:supplies]->() WHERE NOT EXISTS { (a)-[:borders]->() } RETURN a";
  EXPECT_THAT(Evidence(text), HasSubstr("not_found: true"));
}

}  // namespace
}  // namespace sightline::query
