// Budgets, deadlines and cancellation: what stops a query, and that it never stops silently.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

using ::testing::Contains;
using ::testing::Not;

QueryRequest RequestOf(std::string_view text) {
  QueryRequest request;
  request.text = text;
  request.clearance = storage::Clearance::Unrestricted();
  return request;
}

// A ring of depots with chords, in which everything reaches everything.
void FillRing(test::TestStore& store, int count) {
  for (int i = 0; i < count; ++i) {
    const std::string from = "depot/" + std::to_string(i);
    store.Say("org/desk", from, "shipsTo", "depot/" + std::to_string((i + 1) % count));
    store.Say("org/desk", from, "shipsTo", "depot/" + std::to_string((i + 7) % count));
  }
  store.Commit();
}

TEST(QueryLimits, CutsRowsAndSaysSo) {
  test::TestStore store;
  FillSuppliers(store);
  QueryRequest request = RequestOf("MATCH (c:Company) RETURN c");
  request.limits.rows_max = 3;
  const RunOutcome cut = RunRequest(&*store, request);
  EXPECT_EQ(cut.rows.size(), 3u);
  EXPECT_EQ(cut.summary.truncation, Truncation::kRows);
  EXPECT_THAT(cut.notice_codes(), Contains("N5001"));
  request.limits.rows_max = 4;  // As many as there are: nothing was cut.
  const RunOutcome whole = RunRequest(&*store, request);
  EXPECT_EQ(whole.rows.size(), 4u);
  EXPECT_EQ(whole.summary.truncation, Truncation::kNone);
  EXPECT_THAT(whole.notice_codes(), Not(Contains("N5001")));
}

// A list of ids of which most name nothing.
TEST(QueryLimits, SaysTheSameOfManyPlacesInFewNotices) {
  test::TestStore store;
  FillSuppliers(store);
  std::string ids = "#org/iray";
  for (int i = 0; i < 500; ++i) ids += ", #no/" + std::to_string(i);
  const RunOutcome outcome =
      RunRequest(&*store, RequestOf("MATCH (c:Company) WHERE c IN [" + ids + "] RETURN c"));
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.rows, std::vector<std::string>{"org/iray"});
  ASSERT_EQ(outcome.summary.notices.size(), 20u);
  EXPECT_THAT(outcome.notice_codes(), testing::Each("N1004"));
  EXPECT_THAT(outcome.summary.notices.back().help,
              testing::ElementsAre("480 more like this are not shown"));
}

TEST(QueryLimits, TheEngineOptionsAreTheMostARequestGets) {
  test::TestStore store;
  FillSuppliers(store);
  EngineOptions options;
  options.limits.rows_max = 2;
  EXPECT_EQ(RunQuery(store, "MATCH (c:Company) RETURN c", options).rows.size(), 2u);
}

TEST(QueryLimits, GivesBatchesNoLargerThanAsked) {
  test::TestStore store;
  FillSuppliers(store);
  QueryEngine engine(&*store, {});
  QueryRequest request = RequestOf("UNWIND range(1, 10) AS i RETURN i");
  request.limits.batch_rows = 4;
  auto cursor = engine.Execute(request);
  ASSERT_TRUE(cursor.ok()) << cursor.status();
  ResultBatch batch;
  size_t total = 0;
  while (true) {
    const size_t count = *(*cursor)->Next(&batch);
    if (count == 0) break;
    EXPECT_LE(count, 4u);
    total += count;
  }
  EXPECT_EQ(total, 10u);
  EXPECT_EQ(*(*cursor)->Next(&batch), 0u);  // The end, for good.
}

TEST(QueryLimits, StopsAtTheFactsItMayTouchAndSaysSo) {
  test::TestStore store;
  FillRing(store, 100);
  QueryRequest request = RequestOf("MATCH (a)-[:shipsTo]->(b)-[:shipsTo]->(c) RETURN a, b, c");
  const RunOutcome whole = RunRequest(&*store, request);
  ASSERT_TRUE(whole.status.ok()) << whole.status;
  EXPECT_EQ(whole.rows.size(), 400u);
  request.limits.steps_max = 150;
  const RunOutcome cut = RunRequest(&*store, request);
  ASSERT_TRUE(cut.status.ok()) << cut.status;
  EXPECT_LT(cut.rows.size(), 400u);
  EXPECT_EQ(cut.summary.truncation, Truncation::kSteps);
  EXPECT_THAT(cut.notice_codes(), Contains("N5001"));
  const std::vector<std::string> all = whole.sorted_rows();
  for (const std::string& row : cut.rows) {
    EXPECT_TRUE(std::binary_search(all.begin(), all.end(), row)) << row;
  }
}

TEST(QueryLimits, FailsRatherThanCountsWrong) {
  test::TestStore store;
  FillRing(store, 100);
  QueryRequest request = RequestOf("MATCH (a)-[:shipsTo]->(b) RETURN count(*) AS n");
  request.limits.steps_max = 50;
  EXPECT_EQ(RunRequest(&*store, request).code(), "SL5001");
  request.text = "MATCH (a)-[:shipsTo]->(b) RETURN a ORDER BY a.name LIMIT 1";
  EXPECT_EQ(RunRequest(&*store, request).code(), "SL5001");
}

TEST(QueryLimits, GivesNoUnmatchedRowWhenNobodyLookedToTheEnd) {
  test::TestStore store;
  FillRing(store, 50);
  QueryRequest request =
      RequestOf("MATCH (a)-[:shipsTo]->(b) OPTIONAL MATCH (b)-[:shipsTo]->(c) RETURN a, b, c");
  for (const uint64_t steps : {1, 20, 60, 90, 120}) {
    request.limits.steps_max = steps;
    const RunOutcome outcome = RunRequest(&*store, request);
    ASSERT_TRUE(outcome.status.ok()) << outcome.status;
    for (const std::string& row : outcome.rows) {
      EXPECT_EQ(row.find("null"), std::string::npos) << steps << ": " << row;
    }
  }
}

TEST(QueryLimits, FailsWhenTheRowsItKeepsOutgrowTheMemory) {
  test::TestStore store;
  QueryRequest request = RequestOf("UNWIND range(1, 100000) AS i RETURN i ORDER BY i DESC");
  request.limits.memory_bytes_max = 100'000;
  EXPECT_EQ(RunRequest(&*store, request).code(), "SL5005");
}

TEST(QueryLimits, ForgetsNoMemoryBetweenGroupsOfAnOptionalMatch) {
  // Each outer row fills and empties what the inner operators keep: the sum is far over the budget.
  test::TestStore store;
  FillRing(store, 100);
  QueryRequest request = RequestOf(
      "MATCH (a)-[:shipsTo]->(b) OPTIONAL MATCH (b)-[:shipsTo]->()-[:shipsTo]->(c) "
      "RETURN count(c) AS n");
  request.limits.memory_bytes_max = 60'000;
  const RunOutcome outcome = RunRequest(&*store, request);
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
}

// Runs the query, which would take minutes, on a token that ends it after some milliseconds.
void ExpectStops(storage::Store* store, std::string_view text) {
  for (const bool by_deadline : {true, false}) {
    const auto started = std::chrono::steady_clock::now();
    const auto stop = started + std::chrono::milliseconds(100);
    storage::CancellationToken deadline(stop);
    storage::CancellationToken cancelled;
    std::thread canceller([&] {
      std::this_thread::sleep_until(stop);
      cancelled.Cancel();
    });
    QueryRequest request = RequestOf(text);
    request.cancellation = by_deadline ? &deadline : &cancelled;
    const RunOutcome outcome = RunRequest(store, request);
    const auto late = std::chrono::steady_clock::now() - stop;
    canceller.join();
    EXPECT_EQ(outcome.status.code(),
              by_deadline ? StatusCode::kDeadlineExceeded : StatusCode::kCancelled)
        << text << ": " << outcome.status;
    if (by_deadline) {
      EXPECT_EQ(outcome.code(), "SL5002");
    }
    // 50 ms is the promise; the rest is for a loaded machine that runs sanitizers.
    EXPECT_LT(late, std::chrono::milliseconds(1500)) << text;
  }
}

TEST(QueryLimits, StopsACartesianProductAtItsDeadlineOrWhenCancelled) {
  test::TestStore store;
  FillRing(store, 300);
  ExpectStops(&*store,
              "MATCH (a)-[:shipsTo]->(), (b)-[:shipsTo]->(), (c)-[:shipsTo]->(), "
              "(d)-[:shipsTo]->() RETURN count(*) AS n");
}

TEST(QueryLimits, StopsALongReachabilitySearch) {
  test::TestStore store;
  FillRing(store, 300);
  ExpectStops(&*store,
              "MATCH (a)-[:shipsTo*300..]->(b)-[:shipsTo*300..]->(c)-[:shipsTo*300..]->(d) "
              "RETURN count(*) AS n");
}

TEST(QueryLimits, StopsAProductOfLists) {
  test::TestStore store;
  ExpectStops(&*store,
              "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a, b "
              "FILTER a + b < 0 RETURN count(*) AS n");
}

TEST(QueryLimits, StopsLoopsInsideOneExpression) {
  test::TestStore store;
  for (const char* text :
       {"RETURN all(x IN range(1, 100000) WHERE all(y IN range(1, 100000) WHERE x + y > 0)) AS ok",
        "RETURN size([x IN range(1, 100000) | size(range(1, 10000))]) AS n",
        "RETURN any(x IN range(1, 100000) WHERE -x IN range(1, 1000)) AS ok",
        "RETURN 1 AS n LIMIT size([x IN range(1, 100000) | size(range(1, 10000))])"}) {
    ExpectStops(&*store, text);
  }
}

TEST(QueryLimits, RefusesListsThatShareTheirWayToAnyLength) {
  test::TestStore store;
  std::string text = "LET a0 = 1";
  for (int i = 1; i <= 30; ++i) {
    const std::string before = "a" + std::to_string(i - 1);
    text += ", a" + std::to_string(i) + " = [" + before + ", " + before + "]";
  }
  EXPECT_EQ(RunQuery(store, text + " RETURN size(a30) AS n").code(), "SL5005");
  EXPECT_EQ(RunQuery(store, "RETURN size([x IN range(1, 100000) | range(1, 100000)]) AS n").code(),
            "SL5005");
  EXPECT_EQ(RunQuery(store, "UNWIND range(1, 20) AS i RETURN size(collect(range(1, 100000))) AS n")
                .code(),
            "SL5005");
  EXPECT_EQ(RunQuery(store, "RETURN size([x IN range(1, 100000) WHERE x > 0]) AS n").rows,
            std::vector<std::string>{"100000"});
}

TEST(QueryLimits, CountsTheValuesOfABatch) {
  test::TestStore store;
  QueryRequest request =
      RequestOf("UNWIND range(1, 100) AS i LET a = range(1, 1000) RETURN size(a) AS n");
  request.limits.memory_bytes_max = 1 << 20;  // Not all of them at a time, but some.
  const RunOutcome outcome = RunRequest(&*store, request);
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.rows.size(), 100u);
  request.text = "LET a = range(1, 100000) RETURN size(a) AS n";
  EXPECT_EQ(RunRequest(&*store, request).code(), "SL5005");
}

TEST(QueryLimits, RefusesScriptsAndPatternsOfTooManyParts) {
  test::TestStore store;
  std::string script, pattern = "MATCH (a)", classes = "MATCH (a:Company";
  for (int i = 0; i < 10'001; ++i) script += "RETURN 1 AS n;";
  for (int i = 0; i < 257; ++i) pattern += "-->()";
  for (int i = 0; i < 1000; ++i) classes += "|Company";
  EXPECT_EQ(RunQuery(store, script).code(), "SL1000");
  EXPECT_EQ(RunQuery(store, pattern + " RETURN a").code(), "SL1000");
  EXPECT_EQ(RunQuery(store, classes + ") RETURN a").code(), "SL1000");
}

TEST(QueryLimits, AnErrorIsFinal) {
  test::TestStore store;
  QueryEngine engine(&*store, {});
  const QueryRequest request = RequestOf("UNWIND [1, 0] AS i RETURN 1 / i AS x ORDER BY x");
  auto cursor = engine.Execute(request);
  ASSERT_TRUE(cursor.ok()) << cursor.status();
  ResultBatch batch;
  const StatusOr<size_t> first = (*cursor)->Next(&batch);
  ASSERT_FALSE(first.ok());
  EXPECT_EQ((*cursor)->Next(&batch).status(), first.status());
}

}  // namespace
}  // namespace sightline::query
