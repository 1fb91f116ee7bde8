// Paths across a hub of a million facts fit into what a query may hold by default.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

using ::testing::ElementsAre;

constexpr int kSpokes = 1'000'000;

class HubPaths : public ::testing::Test {
 protected:
  // hub -> each spoke -> rim, and on from there: start -> hub, rim -> end.
  static void SetUpTestSuite() {
    store_ = new test::TestStore();
    test::TestStore& store = *store_;
    store.Say("org/desk", "start", "links", "hub");
    store.Say("org/desk", "rim", "links", "end");
    store.Say("org/desk", "end", "links", "nowhere");
    constexpr int kFactsOfAStatement = 50'000;
    for (int i = 0; i < kSpokes; i += kFactsOfAStatement) {
      storage::StatementDraft draft =
          store.Draft(storage::Polarity::kAsserts, "org/desk", "hub", "links", store.Entity("hub"));
      draft.facts.clear();
      for (int spoke = i; spoke < i + kFactsOfAStatement; ++spoke) {
        const storage::TermId node = store.Entity("spoke/" + std::to_string(spoke));
        draft.facts.push_back({store.Entity("hub"), store.Predicate("links"), node});
        draft.facts.push_back({node, store.Predicate("links"), store.Entity("rim")});
      }
      store.Add(draft);
    }
    store.Commit();
  }
  static void TearDownTestSuite() { delete store_; }

  static RunOutcome Run(std::string_view text) {
    QueryRequest request;
    request.text = text;
    request.clearance = storage::Clearance::Unrestricted();
    return RunRequest(&**store_, request);
  }

  static test::TestStore* store_;
};
test::TestStore* HubPaths::store_ = nullptr;

TEST_F(HubPaths, OfTheShortest) {
  for (const char* text :
       {// From both ends.
        "MATCH p = SHORTEST (#start)-[:links*]->(#end) RETURN length(p) AS n",
        "MATCH p = SHORTEST (#start)-[:links*]-(#end) RETURN length(p) AS n",
        "MATCH p = SHORTEST TRAIL (#start)-[:links*]->(#end) RETURN length(p) AS n"}) {
    const RunOutcome outcome = Run(text);
    ASSERT_TRUE(outcome.status.ok()) << text << ": " << outcome.status;
    EXPECT_THAT(outcome.rows, ElementsAre("4")) << text;
  }
}

TEST_F(HubPaths, OfAllShortest) {
  for (const char* text :
       {"MATCH p = ALL SHORTEST (#start)-[:links*]->(#end) RETURN count(*) AS n",
        "MATCH p = ALL SHORTEST (#start)-[:links*]-(#end) RETURN count(*) AS n"}) {
    const RunOutcome outcome = Run(text);
    ASSERT_TRUE(outcome.status.ok()) << text << ": " << outcome.status;
    EXPECT_THAT(outcome.rows, ElementsAre(std::to_string(kSpokes))) << text;
  }
}

TEST_F(HubPaths, ToWhereverTheyLead) {
  const RunOutcome outcome =
      Run("MATCH p = SHORTEST (#start)-[:links*]->(x) RETURN count(*) AS n, max(length(p)) AS m");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_THAT(outcome.rows, ElementsAre(std::to_string(kSpokes + 4) + " | 5"));
}

}  // namespace
}  // namespace sightline::query
