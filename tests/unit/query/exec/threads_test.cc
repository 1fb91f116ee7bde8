// Several threads at one query: the rows of one, within one budget, and none left behind.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

EngineOptions Threads(uint32_t threads_max, uint32_t morsel_rows = 16) {
  EngineOptions options;
  options.threads_max = threads_max;
  options.parallel_rows_min = 0;
  options.morsel_rows = morsel_rows;
  return options;
}

class ThreadsTest : public ::testing::Test {
 protected:
  static constexpr int kNodes = 600;

  // Each supplies four others; two in three have a figure.
  void SetUp() override {
    store_.DefineClass("Firm");
    storage::PredicateDefinition staff;
    staff.name = "staff";
    staff.range_types = {storage::ValueType::kInteger};
    staff.cardinality = storage::Cardinality::kOne;
    store_.Define(std::move(staff));
    for (int i = 0; i < kNodes; ++i) {
      const std::string from = Node(i);
      store_.Say("org/desk", from, "instanceOf", store_.Entity("Firm"));
      for (const int step : {1, 7, 31}) {
        store_.Say("org/desk", from, "supplies", Node((i * step + step) % kNodes));
      }
      store_.Say("org/desk", from, "supplies", Node((i + kNodes - 2) % kNodes));  // Triangles.
      if (i % 3 != 0) store_.Say("org/desk", from, "staff", storage::Value(int64_t{i} * 7 % 100));
    }
    store_.Commit();
  }
  static std::string Node(int i) { return "n/" + std::to_string(i); }

  RunOutcome Run(std::string_view text, const EngineOptions& options, uint64_t steps = UINT64_MAX) {
    QueryRequest request;
    request.text = text;
    request.clearance = storage::Clearance::Unrestricted();
    request.limits.steps_max = steps;
    return RunRequest(&*store_, request, options);
  }

  test::TestStore store_;
};

TEST_F(ThreadsTest, GiveTheRowsOfOneInItsOrder) {
  for (const char* text : {
           "MATCH (a)-[:supplies]->(b)-[:supplies]->(c) RETURN a, b, c",
           "MATCH (a)-[:supplies]->(b) MATCH (b)-[:supplies]->(c) RETURN a, c ORDER BY c",
           "MATCH (a)-[:supplies]->(b)-[:supplies]->(c) RETURN count(*) AS n, count(c.staff) AS f",
           "MATCH (a)-[:supplies]->(b)-[:supplies]->(c) RETURN count(DISTINCT c) AS n, "
           "count(DISTINCT c.staff) AS f, count(DISTINCT [c.staff]) AS l",
           "MATCH (a)-[:supplies]->(b)-[:supplies]->(c) RETURN c, count(*) AS n, collect(a) AS l",
           "MATCH (a)-[:supplies]->(b)-[:supplies]->(c) RETURN sum(c.staff) AS s, avg(a.staff) AS "
           "m",
           "MATCH (a)-[:supplies]->(b) RETURN b.staff % 7 AS k, sum(a.staff * 0.1) AS s, "
           "collect(a.staff) AS l, min(a.staff - b.staff) AS m, count(DISTINCT b.staff) AS d",
           "MATCH (a)-[:supplies]->(b) RETURN b, a.staff IS KNOWN AS k, count(*) AS n, "
           "percentileCont(a.staff, 0.5) AS p, max([a.staff, b]) AS m",
           "MATCH (a)-[:supplies]->(b)-[:supplies]->(c) "
           "RETURN max(COUNT { (c)-[:supplies]->(d) WHERE d.staff > 50 }) AS m",
           "MATCH (a)-[:supplies]->(b)-[:supplies]->(c)-[:supplies]->(a) RETURN a, b, c",
           "MATCH (a:Firm) WHERE a.staff > 50 OPTIONAL MATCH (a)-[:supplies]->(b {staff: 7}) "
           "RETURN a, b",
           "MATCH (a:Firm) WHERE EXISTS { (a)-[:supplies]->(b) WHERE b.staff = 14 } RETURN a",
           "MATCH (a:Firm) UNWIND [1, 2] AS i WITH a, i * a.staff AS x WHERE x > 90 RETURN a, x",
           "MATCH p = (a)-[:supplies]->(b)-[:supplies]->(c) WHERE a.staff = 7 RETURN p",
           "WHY MATCH (a)-[:supplies]->(b)-[:supplies]->(c) WHERE a.staff = 7 RETURN a, c",
           "WHY MATCH (a)-[:supplies]->(b) WHERE a.staff = 7 RETURN b, count(*) AS n",
           "WHY MATCH (a)-[:supplies]->(b) RETURN b.staff % 3 AS k, sum(a.staff + 1) AS n",
       }) {
    const RunOutcome one = Run(text, Threads(1));
    ASSERT_TRUE(one.status.ok()) << text << one.status;
    EXPECT_FALSE(one.rows.empty()) << text;
    for (const uint32_t morsel_rows : {1, 16, 512}) {
      const RunOutcome several = Run(text, Threads(4, morsel_rows));
      EXPECT_EQ(several.rows, one.rows) << text;
      EXPECT_EQ(several.notice_codes(), one.notice_codes()) << text;
      EXPECT_GE(several.summary.facts_touched, one.summary.facts_touched) << text;
    }
  }
}

TEST_F(ThreadsTest, CountWhatIsNotKnownTogether) {
  const std::string_view text =
      "MATCH (a)-[:supplies]->(b) WHERE b.staff > 50 RETURN count(*) AS n";
  const RunOutcome one = Run(text, Threads(1)), several = Run(text, Threads(4));
  EXPECT_EQ(several.rows, one.rows);
  ASSERT_EQ(several.summary.notices.size(), 1u);
  EXPECT_EQ(several.summary.notices, one.summary.notices);
  EXPECT_THAT(several.summary.notices[0].message, HasSubstr("rows were left out"));
}

TEST_F(ThreadsTest, StayWithinOneBudget) {
  const std::string_view count =
      "MATCH (a)-[:supplies]->(b)-[:supplies]->(c)-[:supplies]->(d) RETURN count(*) AS n";
  for (const uint64_t steps : {0, 1, 500, 1000}) {
    EXPECT_EQ(Run(count, Threads(4), steps).code(), "SL5001");
  }
  EXPECT_TRUE(Run(count, Threads(4), 100'000).status.ok());
  // Some of the rows, when rows are all that is asked for.
  const std::string_view rows =
      "MATCH (a)-[:supplies]->(b)-[:supplies]->(c)-[:supplies]->(d) RETURN a, b, c, d";
  const RunOutcome all = Run(rows, Threads(1));
  for (const uint64_t steps : {100, 500, 1000}) {
    const RunOutcome some = Run(rows, Threads(4), steps);
    ASSERT_TRUE(some.status.ok()) << some.status;
    EXPECT_EQ(some.summary.truncation, Truncation::kSteps);
    ASSERT_LT(some.rows.size(), all.rows.size());
    // In their order.
    auto at = all.rows.begin();
    for (const std::string& row : some.rows) {
      at = std::find(at, all.rows.end(), row);
      ASSERT_NE(at, all.rows.end()) << row;
      ++at;
    }
    EXPECT_LE(some.summary.facts_touched, steps);
  }
}

TEST_F(ThreadsTest, HoldNoMoreThanOneQueryMay) {
  EngineOptions options = Threads(4);
  options.limits.memory_bytes_max = 17 << 20;
  storage::MemoryBudget all(uint64_t{1} << 30);
  options.memory_budget = &all;
  // A list of each row's own, all of which are distinct.
  const RunOutcome outcome = Run(
      "MATCH (a)-[:supplies]->(b) RETURN count(DISTINCT [a, b] + range(1, 2000)) AS n", options);
  EXPECT_EQ(outcome.code(), "SL5005") << outcome.status;
  EXPECT_EQ(all.bytes_held(), 0u);
}

TEST_F(ThreadsTest, TellTheFirstMistake) {
  for (int i = 0; i < 20; ++i) {
    const RunOutcome outcome =
        Run("MATCH (a)-[:supplies]->(b) WHERE a.staff > 0 RETURN 1 / (a.staff - 7) AS x, "
            "count(*) AS n",
            Threads(4, 1));
    EXPECT_EQ(outcome.code(), "SL5004") << outcome.status;
  }
}

TEST_F(ThreadsTest, EndWhenNobodyWantsMore) {
  QueryRequest request;
  request.text = "MATCH (a)-[:supplies]->(b)-[:supplies]->(c)-[:supplies]->(d) RETURN a, b, c, d";
  request.clearance = storage::Clearance::Unrestricted();
  request.limits.batch_rows = 10;
  QueryEngine engine(&*store_, Threads(4));
  for (int batches = 0; batches < 5; ++batches) {
    const auto cursor = test::OrThrow(engine.Execute(request));
    ResultBatch batch;
    for (int i = 0; i < batches; ++i) test::OrThrow(cursor->Next(&batch));
  }
  // Cancelled while they are at it.
  for (const int micros : {0, 100, 1000, 3000, 10'000}) {
    storage::CancellationToken token;
    request.cancellation = &token;
    const auto cursor = test::OrThrow(engine.Execute(request));
    std::thread canceller([&token, micros] {
      std::this_thread::sleep_for(std::chrono::microseconds(micros));
      token.Cancel();
    });
    Status status;
    ResultBatch batch;
    while (status.ok()) {
      const auto count = cursor->Next(&batch);
      status = count.status();
      if (count.ok() && *count == 0) break;
    }
    EXPECT_TRUE(status.ok() || status.code() == StatusCode::kCancelled) << status;
    canceller.join();
  }
}

TEST_F(ThreadsTest, AreProfiledAsOne) {
  const std::string_view text =
      "PROFILE MATCH (a)-[:supplies]->(b)-[:supplies]->(c) WHERE c.staff > 3 RETURN a, c";
  const auto counts = [&](const EngineOptions& options) {
    QueryRequest request;
    request.text = text;
    request.clearance = storage::Clearance::Unrestricted();
    QueryEngine engine(&*store_, options);
    const auto cursor = test::OrThrow(engine.Execute(request));
    std::vector<std::string> rows;
    ResultBatch batch;
    while (test::OrThrow(cursor->Next(&batch)) > 0) {
      for (size_t row = 0; row < batch.row_count; ++row) {
        rows.push_back(CellText(batch.columns[0][row], *cursor) + " " +
                       CellText(batch.columns[3][row], *cursor));
      }
    }
    return rows;
  };
  EXPECT_EQ(counts(Threads(4)), counts(Threads(1)));
}

// Many clients at a time share the helpers.
TEST_F(ThreadsTest, ServeManyQueries) {
  QueryEngine engine(&*store_, Threads(4));
  std::vector<std::thread> clients;
  for (int client = 0; client < 6; ++client) {
    clients.emplace_back([&engine] {
      for (int i = 0; i < 5; ++i) {
        QueryRequest request;
        request.text =
            "MATCH (a)-[:supplies]->(b)-[:supplies]->(c)-[:supplies]->(d) RETURN count(*) AS n, "
            "count(DISTINCT d) AS m";
        request.clearance = storage::Clearance::Unrestricted();
        const auto cursor = test::OrThrow(engine.Execute(request));
        ResultBatch batch;
        EXPECT_EQ(test::OrThrow(cursor->Next(&batch)), 1u);
      }
    });
  }
  for (std::thread& client : clients) client.join();
}

}  // namespace
}  // namespace sightline::query
