// Stored queries and defined edges: who sees them, and with whose eyes they are run.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class StoredDefinitionTest : public testing::Test {
 protected:
  StoredDefinitionTest() {
    store_.Say("org/desk", "org/open", "supplies", "prod/lens");
    store_.Say("org/desk", "org/hidden", "supplies", "prod/lens", {.marking = kRed});
    store_.Commit();
  }

  RunOutcome Run(std::string_view text, const storage::Clearance& clearance) {
    QueryRequest request;
    request.text = text;
    request.clearance = clearance;
    return RunRequest(&*store_, request);
  }

  static inline const storage::Marking kRed{storage::TlpLabel::kRed, ""};
  const storage::Clearance high_ = test::ClearanceOf(storage::TlpLabel::kRed);
  const storage::Clearance low_ = test::ClearanceOf(storage::TlpLabel::kClear);
  test::TestStore store_;
};

TEST_F(StoredDefinitionTest, RunsWithTheCallersEyes) {
  ASSERT_TRUE(Run("DEFINE QUERY q() AS MATCH (s)-[:supplies]->(x) RETURN s;"
                  "DEFINE (a)-[:sells]->(b) AS MATCH (a)-[:supplies]->(b)",
                  high_)
                  .status.ok());
  EXPECT_THAT(Run("CALL q()", high_).sorted_rows(), ElementsAre("org/hidden", "org/open"));
  EXPECT_THAT(Run("CALL q()", low_).rows, ElementsAre("org/open"));
  EXPECT_THAT(Run("MATCH (s)-[:sells]->(x) RETURN s", low_).rows, ElementsAre("org/open"));
}

TEST_F(StoredDefinitionTest, MarkedOnesAreForThoseWhoMaySeeThem) {
  ASSERT_TRUE(Run("DEFINE QUERY q() {marking: 'TLP:RED'} AS RETURN 'secret' AS text;"
                  "DEFINE (a)-[:sells]->(b) {marking: 'TLP:RED'} AS MATCH (a)-[:supplies]->(b)",
                  high_)
                  .status.ok());
  EXPECT_THAT(Run("CALL q()", high_).rows, ElementsAre("secret"));
  EXPECT_THAT(Run("SHOW QUERIES", high_).rows, SizeIs(1));
  EXPECT_THAT(Run("SHOW QUERIES", low_).rows, IsEmpty());
  EXPECT_THAT(Run("SHOW EDGES", low_).rows, IsEmpty());
  // As if there were none: the same code as for a name that nobody has used.
  for (const char* name : {"q", "nobody"}) {
    EXPECT_EQ(Run("CALL " + std::string(name) + "()", low_).code(), "SL2020");
    EXPECT_EQ(Run("DROP QUERY " + std::string(name), low_).code(), "SL2020");
    EXPECT_EQ(Run("DESCRIBE QUERY " + std::string(name), low_).code(), "SL2020");
  }
  EXPECT_EQ(Run("MATCH (s)-[:sells]->(x) RETURN s", low_).code(), "SL2012");
}

TEST_F(StoredDefinitionTest, OneOfTheSameNameNeitherShowsNorHarmsTheOther) {
  ASSERT_TRUE(
      Run("DEFINE QUERY q() {marking: 'TLP:RED'} AS RETURN 'secret' AS text", high_).status.ok());
  ASSERT_TRUE(Run("DEFINE QUERY q() AS RETURN 'open' AS text", low_).status.ok());
  EXPECT_THAT(Run("CALL q()", low_).rows, ElementsAre("open"));
  EXPECT_THAT(Run("CALL q()", high_).rows, ElementsAre("open"));  // The newer.
  ASSERT_TRUE(Run("DROP QUERY q", low_).status.ok());
  EXPECT_THAT(Run("CALL q()", high_).rows, ElementsAre("secret"));
  EXPECT_EQ(Run("CALL q()", low_).code(), "SL2020");
}

TEST_F(StoredDefinitionTest, NobodyMarksAboveTheirOwnClearance) {
  const RunOutcome outcome = Run("DEFINE QUERY q() {marking: 'TLP:RED'} AS RETURN 1 AS one", low_);
  EXPECT_EQ(outcome.status.code(), StatusCode::kPermissionDenied) << outcome.status;
}

TEST_F(StoredDefinitionTest, AnEarlierRevisionHasItsOwnDefinitions) {
  ASSERT_TRUE(Run("DEFINE QUERY q() AS RETURN 'old' AS text", low_).status.ok());
  const storage::Revision old = store_->revision();
  ASSERT_TRUE(Run("DEFINE QUERY q() AS RETURN 'new' AS text", low_).status.ok());
  ASSERT_TRUE(Run("DROP QUERY q", low_).status.ok());
  QueryRequest request;
  request.text = "CALL q()";
  request.clearance = low_;
  request.read_at = old;
  EXPECT_THAT(RunRequest(&*store_, request).rows, ElementsAre("old"));
}

// The number of a dropped definition is given again; each revision has its own all the same, also
// when the store is opened anew.
TEST_F(StoredDefinitionTest, ANumberThatIsGivenAgainConfusesNoRevisions) {
  ASSERT_TRUE(Run("DEFINE QUERY q() AS RETURN 'first' AS text", low_).status.ok());
  const storage::Revision first = store_->revision();
  ASSERT_TRUE(Run("DROP QUERY q", low_).status.ok());
  const storage::Revision dropped = store_->revision();
  ASSERT_TRUE(Run("DEFINE QUERY r() AS RETURN 'second' AS text", low_).status.ok());
  const auto at = [&](std::string_view text, std::optional<storage::Revision> revision) {
    QueryRequest request;
    request.text = text;
    request.clearance = low_;
    request.read_at = revision;
    return RunRequest(&*store_, request);
  };
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(at("CALL q()", first).rows, ElementsAre("first"));
    EXPECT_EQ(at("CALL r()", first).code(), "SL2020");
    EXPECT_EQ(at("CALL q()", dropped).code(), "SL2020");
    EXPECT_EQ(at("CALL q()", {}).code(), "SL2020");
    EXPECT_THAT(at("CALL r()", {}).rows, ElementsAre("second"));
    store_.Reopen();
  }
}

TEST_F(StoredDefinitionTest, TowersOfDefinitionsEnd) {
  // Each calls the one before twice: 2^20 of them, if nobody counted.
  ASSERT_TRUE(Run("DEFINE QUERY q0() AS RETURN 1 AS x", low_).status.ok());
  std::string last;
  for (int i = 1; i <= 20; ++i) {
    const std::string before = "q" + std::to_string(i - 1) + "()";
    const RunOutcome outcome =
        Run("DEFINE QUERY q" + std::to_string(i) + "() AS CALL " + before + " YIELD x CALL " +
                before + " YIELD x AS y RETURN x + y AS x",
            low_);
    if (!outcome.status.ok()) {
      last = outcome.code();
      break;
    }
  }
  EXPECT_EQ(last, "SL1000");
}

TEST_F(StoredDefinitionTest, WhatGoesWrongInsideIsSaidOfTheCall) {
  ASSERT_TRUE(
      Run("DEFINE QUERY q($n) AS UNWIND [1, 0] AS d RETURN div($n, d) AS x", low_).status.ok());
  const std::string text = "CALL q(4) YIELD x RETURN x";
  const RunOutcome outcome = Run(text, low_);
  const std::vector<Diagnostic> diagnostics = DiagnosticsOf(outcome.status);
  ASSERT_THAT(diagnostics, SizeIs(1)) << outcome.status;
  EXPECT_LE(diagnostics.front().span.end, text.size());
  EXPECT_EQ(diagnostics.front().span.column, 1u);
}

TEST_F(StoredDefinitionTest, IsRefusedWithoutTheRightToWrite) {
  QueryRequest request;
  request.clearance = low_;
  request.read_only = true;
  for (const char* text : {"DEFINE QUERY q() AS RETURN 1 AS one", "DROP QUERY q",
                           "DEFINE (a)-[:sells]->(b) AS MATCH (a)-[:supplies]->(b)"}) {
    request.text = text;
    EXPECT_EQ(RunRequest(&*store_, request).code(), "SL7001") << text;
  }
}

}  // namespace
}  // namespace sightline::query
