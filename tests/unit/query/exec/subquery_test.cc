// EXISTS, COUNT, patterns as conditions and lists made of patterns while they run: how much they
// read, and what becomes of them at a limit.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

QueryRequest RequestOf(std::string_view text) {
  QueryRequest request;
  request.text = text;
  request.clearance = storage::Clearance::Unrestricted();
  return request;
}

class Subquery : public ::testing::Test {
 protected:
  // Ports, of which number i ships to i others; and one hub that ships to very many.
  Subquery() {
    store_.DefineClass("Port");
    for (int i = 0; i < 20; ++i) {
      const std::string from = "port/" + std::to_string(i);
      store_.Say("org/desk", from, "instanceOf", store_.Entity("Port"));
      for (int j = 0; j < i; ++j) {
        store_.Say("org/desk", from, "shipsTo", "port/" + std::to_string(j));
      }
    }
    store_.Say("org/desk", "hub", "knownAs", "hub/alias");
    for (int i = 0; i < 5000; ++i) {
      store_.Say("org/desk", "hub", "shipsTo", "stop/" + std::to_string(i));
    }
    store_.Commit();
  }

  RunOutcome Run(std::string_view text) { return RunQuery(store_, text); }

  test::TestStore store_;
};

TEST_F(Subquery, AnExistsReadsNoFurtherThanItsFirstRow) {
  for (const std::string_view text :
       {"MATCH (h)-[:knownAs]->() WHERE EXISTS { (h)-[:shipsTo]->() } RETURN h",
        "MATCH (h)-[:knownAs]->() WHERE EXISTS { MATCH (h)-[:shipsTo]->(x) RETURN DISTINCT x "
        "ORDER BY x } RETURN h",
        "MATCH (h)-[:knownAs]->() WHERE (h)-[:shipsTo]->() RETURN h",
        "MATCH (h)-[:knownAs]->() WHERE NOT NOT (h)-[:shipsTo]->() RETURN h"}) {
    const RunOutcome outcome = Run(text);
    ASSERT_TRUE(outcome.status.ok()) << text << outcome.status;
    EXPECT_THAT(outcome.rows, ElementsAre("hub")) << text;
    EXPECT_LT(outcome.summary.facts_touched, 200u) << text;  // A slice of them, of 5,000.
  }
}

TEST_F(Subquery, WithoutTheRuleItIsTheSame) {
  EngineOptions options;
  options.optimizer_rules_off = {"exists", "early-filters"};
  const std::string_view text =
      "MATCH (a:Port) WHERE EXISTS { MATCH (a)-[:shipsTo]->(x) WITH DISTINCT x ORDER BY x "
      "MATCH (x)-[:shipsTo]->(#port/3) RETURN DISTINCT x } RETURN a";
  const RunOutcome plain = RunQuery(store_, text, options);
  EXPECT_EQ(plain.rows.size(), 15u);
  EXPECT_EQ(plain.sorted_rows(), Run(text).sorted_rows());
}

TEST_F(Subquery, TheSameQuestionIsAskedOnce) {
  const RunOutcome once = Run("RETURN COUNT { (#hub)-[:shipsTo]->(x) } AS n");
  EXPECT_THAT(once.rows, ElementsAre("5000"));
  const RunOutcome often =
      Run("MATCH (a:Port) RETURN DISTINCT COUNT { (#hub)-[:shipsTo]->(x) } AS n");
  EXPECT_THAT(often.rows, ElementsAre("5000"));
  EXPECT_LT(often.summary.facts_touched, once.summary.facts_touched + 1000);
  // Another row, another answer.
  const RunOutcome counts = Run("MATCH (a:Port) RETURN COUNT { (a)-[:shipsTo]->(x) } AS n");
  EXPECT_EQ(counts.rows.size(), 20u);
  EXPECT_THAT(counts.rows, Contains("0"));
  EXPECT_THAT(counts.rows, Contains("19"));
}

TEST_F(Subquery, MoreValuesThanAreRememberedAreStillRight) {
  const RunOutcome outcome =
      Run("UNWIND range(1, 10000) AS i LET n = COUNT { UNWIND range(1, i % 3) AS j RETURN j } "
          "RETURN n, count(*) AS times ORDER BY n");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_THAT(outcome.rows, ElementsAre("0 | 3333", "1 | 3334", "2 | 3333"));
}

// No row that a larger limit would not give, whatever the limit.
TEST_F(Subquery, AtALimitRowsAreLeftOutAndNoneIsWrong) {
  for (const std::string_view text :
       {"MATCH (a:Port) WHERE NOT EXISTS { (a)-[:shipsTo]->(x)-[:shipsTo]->(#port/3) } RETURN a",
        "MATCH (a:Port) WHERE EXISTS { (a)-[:shipsTo]->(x) WHERE NOT (x)-[:shipsTo]->() } RETURN a",
        "MATCH (a:Port) WHERE NOT (a)-[:shipsTo]->(#port/7) RETURN a",
        "MATCH (a:Port) RETURN a, COUNT { (a)-[:shipsTo]->(x) } AS n",
        "MATCH (a:Port) LET n = COUNT { MATCH (a)-[:shipsTo]->(x) RETURN count(x) } RETURN a, n",
        "MATCH (a:Port) LET l = size([(a)-[:shipsTo]->(x) | x]) RETURN a, l"}) {
    QueryRequest request = RequestOf(text);
    const std::vector<std::string> all = RunRequest(&*store_, request).sorted_rows();
    size_t cut = 0;
    for (uint64_t steps = 1; steps < 400; steps += 7) {
      request.limits.steps_max = steps;
      const RunOutcome outcome = RunRequest(&*store_, request);
      ASSERT_TRUE(outcome.status.ok()) << text << " " << steps << outcome.status;
      for (const std::string& row : outcome.rows) {
        EXPECT_TRUE(std::binary_search(all.begin(), all.end(), row)) << text << steps << row;
      }
      if (outcome.rows.size() == all.size()) continue;
      ++cut;
      EXPECT_EQ(outcome.summary.truncation, Truncation::kSteps) << text << steps;
      EXPECT_THAT(outcome.notice_codes(), Contains("N5001")) << text << steps;
    }
    EXPECT_GT(cut, 0u) << text;
  }
  // What gathers rows says that it could not.
  QueryRequest request = RequestOf("MATCH (a:Port) RETURN sum(COUNT { (a)-[:shipsTo]->(x) }) AS n");
  request.limits.steps_max = 50;
  EXPECT_EQ(RunRequest(&*store_, request).code(), "SL5001");
}

TEST_F(Subquery, ListsCountAgainstTheMemory) {
  QueryRequest request =
      RequestOf("RETURN size([(#hub)-[:shipsTo]->(x) | 'a longer text ' + id(x)])");
  request.limits.memory_bytes_max = 100'000;
  EXPECT_EQ(RunRequest(&*store_, request).code(), "SL5005");
}

TEST_F(Subquery, ItsErrorsAreTheQuerys) {
  EXPECT_EQ(
      Run("MATCH (a:Port) WHERE EXISTS { (a)-[:shipsTo]->(x) WHERE 1 % 0 = 1 } RETURN a").code(),
      "SL5004");
  // None is missed because a condition beside it is tested earlier.
  EXPECT_EQ(
      Run("MATCH (a:Port)-[:shipsTo]->(b) WHERE EXISTS { (a)-[:shipsTo]->(x) WHERE 1 % 0 = 1 } "
          "AND a = b RETURN a")
          .code(),
      "SL5004");
}

}  // namespace
}  // namespace sightline::query
