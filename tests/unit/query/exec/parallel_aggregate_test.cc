// Several threads that group: the groups of one thread in its order, with any memory.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "query/functions/runtime_error.h"
#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

using ::testing::HasSubstr;

struct Setting {
  uint32_t threads = 1;
  uint32_t morsel_rows = 16;
  uint32_t batch_rows = 2048;
  std::optional<uint64_t> spill_after_bytes{};
  std::optional<uint64_t> memory_bytes_max{};
};

class ParallelAggregate : public ::testing::Test {
 protected:
  static constexpr int kNodes = 300;

  static std::string Node(int i) { return "n/" + std::to_string(i % kNodes); }
  static storage::Value Money(const char* amount, const char* currency, const char* comparator) {
    return storage::Value(storage::Money{test::OrThrow(storage::Decimal::Parse(amount)), currency},
                          *storage::ParseComparator(comparator));
  }

  // Each supplies three others, and most have figures; equal ones are written in several ways.
  void SetUp() override {
    storage::PredicateDefinition staff;
    staff.name = "staff";
    staff.range_types = {storage::ValueType::kInteger};
    staff.cardinality = storage::Cardinality::kOne;
    store_.Define(std::move(staff));
    storage::PredicateDefinition price;
    price.name = "price";
    price.cardinality = storage::Cardinality::kOne;
    store_.Define(std::move(price));
    for (int i = 0; i < kNodes; ++i) {
      const std::string from = Node(i);
      for (const int step : {1, 7, 31}) {
        store_.Say("org/desk", from, "supplies", Node(i * step + step));
      }
      if (i % 3 != 0) store_.Say("org/desk", from, "staff", storage::Value(int64_t{i} * 7 % 100));
      const int64_t worth = i * 5 % 13;
      const storage::Value forms[] = {storage::Value(worth),
                                      storage::Value(static_cast<double>(worth)),
                                      storage::Value(storage::Decimal{worth * 10 + 1, 1}),
                                      storage::Value(static_cast<double>(worth) + 0.1)};
      store_.Say("org/desk", from, "worth", forms[i % 4]);
      const char* const amounts[] = {"5", "0.25", "9000000000000000000", "7"};
      store_.Say("org/desk", from, "price",
                 Money(amounts[i % 4], i % 50 == 49 ? "EUR" : "USD", i % 7 == 0 ? ">" : "="));
    }
    store_.Commit();
  }

  static EngineOptions OptionsOf(const Setting& setting) {
    EngineOptions options;
    options.threads_max = setting.threads;
    options.parallel_rows_min = 0;
    options.morsel_rows = setting.morsel_rows;
    options.spill_after_bytes = setting.spill_after_bytes;
    if (setting.memory_bytes_max) options.limits.memory_bytes_max = *setting.memory_bytes_max;
    return options;
  }

  // The rows with the types of their cells; the error's code instead.
  std::vector<std::string> Run(const std::string& text, const Setting& setting,
                               std::vector<std::string>* notices = nullptr) {
    QueryRequest request;
    request.text = text;
    request.clearance = storage::Clearance::Unrestricted();
    request.limits.batch_rows = setting.batch_rows;
    QueryEngine engine(&*store_, OptionsOf(setting));
    std::vector<std::string> rows;
    const auto failed = [&](const Status& status) {
      rows.push_back(DiagnosticsOf(status).empty()
                         ? status.ToString()
                         : DiagnosticsOf(status)[0].code + " " + DiagnosticsOf(status)[0].message);
      return rows;
    };
    const auto cursor = engine.Execute(request);
    if (!cursor.ok()) return failed(cursor.status());
    ResultBatch batch;
    while (true) {
      const StatusOr<size_t> count = (*cursor)->Next(&batch);
      if (!count.ok()) return failed(count.status());
      if (*count == 0) break;
      for (size_t row = 0; row < *count; ++row) {
        std::string line;
        for (const auto& column : batch.columns) {
          line += std::string(DatumTypeName(column[row])) + " " + CellText(column[row], **cursor) +
                  " | ";
        }
        rows.push_back(std::move(line));
      }
    }
    if (notices == nullptr) return rows;
    for (const Diagnostic& notice : (*cursor)->summary().notices) {
      notices->push_back(fmt::format("{} {}", notice.code, notice.span.begin));
    }
    return rows;
  }

  void ExpectTheAnswerOfOne(const std::string& text) {
    for (const uint32_t batch_rows : {3u, 2048u}) {
      std::vector<std::string> notices;
      const std::vector<std::string> one = Run(text, {.batch_rows = batch_rows}, &notices);
      for (const uint32_t morsel_rows : {1u, 16u, 512u}) {
        for (const std::optional<uint64_t> bytes :
             {std::optional<uint64_t>(), std::optional<uint64_t>(5'000),
              std::optional<uint64_t>(50'000)}) {
          std::vector<std::string> told;
          EXPECT_EQ(Run(text, {4, morsel_rows, batch_rows, bytes}, &told), one)
              << text << "\nmorsels of " << morsel_rows << ", batches of " << batch_rows
              << ", memory of " << bytes.value_or(UINT64_MAX);
          EXPECT_EQ(told, notices) << text;
        }
      }
    }
  }

  // As PROFILE tells it.
  uint64_t SpilledBytes(const std::string& text, const Setting& setting) {
    uint64_t bytes = 0;
    for (const std::string& row : Run("PROFILE " + text, setting)) {
      const std::string cells = row.substr(0, row.rfind(" | "));
      bytes += std::stoull(cells.substr(cells.rfind(' ')));
    }
    return bytes;
  }

  test::TestStore store_;
};

TEST_F(ParallelAggregate, GivesTheGroupsOfOneThreadInItsOrder) {
  for (const char* text : {
           "MATCH (a)-[:supplies]->(b)-[:supplies]->(c) RETURN c, count(*) AS n, "
           "count(a.staff) AS k, sum(a.staff) AS s, avg(b.staff) AS m, min(a.staff) AS l, "
           "max(b.staff) AS h, count(DISTINCT b.staff) AS d, sum(DISTINCT b.staff) AS t",
           "MATCH (a)-[:supplies]->(b)-[:supplies]->(c) RETURN b.staff % 7 AS k, "
           "c.staff IS KNOWN AS l, min(a) AS f, max(c) AS g, count(DISTINCT a) AS d, "
           "min(DISTINCT b) AS e",
           "MATCH (a)-[:supplies]->(b)-[:supplies]->(c) RETURN [a.staff % 3, c] AS k, "
           "count(*) AS n",
           "MATCH (a)-[:supplies]->(b)-[:supplies]->(c) RETURN c, count(*) AS n LIMIT 5",
           // Forms of equal numbers: as a key, the first one's.
           "MATCH (a)-[:supplies]->(b)-[:worth]->(w) RETURN w, count(*) AS n, count(DISTINCT a) "
           "AS d",
           "MATCH (a)-[:supplies]->(b)-[:worth]->(w) RETURN a.staff % 5 AS k, sum(w) AS s, "
           "avg(w) AS m, min(w) AS l, max(w) AS h, sum(DISTINCT w) AS t, max(DISTINCT w) AS g",
           "MATCH (a)-[:supplies]->(b)-[:worth]->(w) RETURN sum(w) AS s, min(w) AS l, "
           "count(DISTINCT w) AS d, sum(DISTINCT w) AS t",
           // Sums that are known, open, of two currencies and too large.
           "MATCH (a)-[:supplies]->(b) WHERE b.staff < 4 RETURN a.staff % 2 AS k, sum(b.price) "
           "AS s, min(b.price) AS l, max(b.price) AS h",
           "MATCH (a)-[:supplies]->(b) RETURN b, sum(b.price) AS s, min(a.price) AS l, "
           "max(a.price) AS h LIMIT 40",
           "MATCH (a)-[:supplies]->(b) RETURN sum(b.price) AS s, min(b.price) AS l, "
           "max(b.price) AS h",
           // No rows.
           "MATCH (a)-[:supplies]->(b) WHERE b.staff > 1000 RETURN sum(b.staff) AS s, "
           "count(*) AS n, max(b) AS m",
           "MATCH (a)-[:supplies]->(b) WHERE b.staff > 1000 RETURN a, sum(b.staff) AS s",
           // One thread groups these.
           "MATCH (a)-[:supplies]->(b) RETURN b, max([a.staff, a]) AS m, collect(a) AS l",
           "MATCH (a)-[:supplies]->(b)-[:worth]->(w) RETURN a.staff % 5 AS k, min([w]) AS l, "
           "stDev(w) AS d, percentileDisc(w, 0.5) AS p",
       }) {
    ExpectTheAnswerOfOne(text);
  }
}

TEST_F(ParallelAggregate, FailsAsOneThreadDoes) {
  for (const char* text : {
           "MATCH (a)-[:supplies]->(b) RETURN b, sum(a) AS s",
           "MATCH (a)-[:supplies]->(b) RETURN sum(DISTINCT a) AS s",
           "MATCH (a)-[:supplies]->(b) RETURN b.staff % 2 AS k, sum(b.price) AS s",
           "MATCH (a)-[:supplies]->(b) WHERE b.staff > 0 RETURN 1 / (b.staff - 7) AS k, "
           "count(*) AS n",
           "MATCH (a)-[:supplies]->(b) RETURN b, sum(b.staff * 100000000000000000) AS s",
       }) {
    ExpectTheAnswerOfOne(text);
  }
}

TEST_F(ParallelAggregate, PutsRowsIntoFilesWhenThereIsNoRoom) {
  const std::string text =
      "MATCH (a)-[:supplies]->(b)-[:supplies]->(c) RETURN a, c, count(*) AS n, max(b.staff) AS m";
  EXPECT_EQ(SpilledBytes(text, {.threads = 4}), 0u);
  EXPECT_GT(SpilledBytes(text, {.threads = 4, .spill_after_bytes = 30'000}), 0u);
  // All files together count.
  QueryRequest request;
  request.text = text;
  request.clearance = storage::Clearance::Unrestricted();
  EngineOptions options = OptionsOf({.threads = 4, .spill_after_bytes = 0});
  options.spill_bytes_max = 100'000;
  const RunOutcome outcome = RunRequest(&*store_, request, options);
  EXPECT_EQ(outcome.code(), "SL5005");
  EXPECT_THAT(outcome.status.ToString(), HasSubstr("temporary files"));
}

// What each thread keeps of a group's data would be more than the query may hold.
TEST_F(ParallelAggregate, HoldsWhatOneThreadWould) {
  const std::string text =
      "MATCH (a)-[:supplies]->(b) UNWIND range(1, 400) AS i RETURN i % 1 AS k, count(DISTINCT \"" +
      std::string(200, 'x') + "\" + toString(b.staff * 1000 + i)) AS d, count(*) AS n";
  for (const uint32_t threads : {1u, 4u}) {
    const Setting setting = {.threads = threads, .memory_bytes_max = 17 << 20};
    EngineOptions options = OptionsOf(setting);
    storage::MemoryBudget all(uint64_t{1} << 30);
    options.memory_budget = &all;
    QueryRequest request;
    request.text = text;
    request.clearance = storage::Clearance::Unrestricted();
    const RunOutcome outcome = RunRequest(&*store_, request, options);
    EXPECT_TRUE(outcome.status.ok()) << threads << " threads: " << outcome.status;
    EXPECT_EQ(outcome.rows.size(), 1u);
    EXPECT_EQ(all.bytes_held(), 0u);
    // Threads stop when what they keep for themselves grows large.
    EXPECT_EQ(SpilledBytes(text, setting) > 0, threads > 1);
  }
}

TEST_F(ParallelAggregate, CountsNothingWhenFactsRunOut) {
  for (const uint64_t steps : {0, 1, 500, 800}) {
    QueryRequest request;
    request.text = "MATCH (a)-[:supplies]->(b)-[:supplies]->(c) RETURN c, count(*) AS n";
    request.clearance = storage::Clearance::Unrestricted();
    request.limits.steps_max = steps;
    EXPECT_EQ(RunRequest(&*store_, request, OptionsOf({.threads = 4})).code(), "SL5001");
  }
}

TEST_F(ParallelAggregate, EndsWhenItIsCancelled) {
  for (const std::optional<uint64_t> bytes : {std::optional<uint64_t>(), {100'000}}) {
    for (const int micros : {0, 100, 1000, 10'000, 50'000}) {
      QueryRequest request;
      request.text =
          "MATCH (a)-[:supplies]->(b)-[:supplies]->(c)-[:supplies]->(d) "
          "RETURN a, d, count(*) AS n, count(DISTINCT b) AS m";
      request.clearance = storage::Clearance::Unrestricted();
      storage::CancellationToken token;
      request.cancellation = &token;
      EngineOptions options = OptionsOf({.threads = 4, .spill_after_bytes = bytes});
      storage::MemoryBudget all(uint64_t{1} << 30);
      options.memory_budget = &all;
      std::thread canceller([&token, micros] {
        std::this_thread::sleep_for(std::chrono::microseconds(micros));
        token.Cancel();
      });
      const RunOutcome outcome = RunRequest(&*store_, request, options);
      canceller.join();
      EXPECT_TRUE(outcome.status.ok() || outcome.status.code() == StatusCode::kCancelled)
          << outcome.status;
      EXPECT_EQ(all.bytes_held(), 0u);
    }
  }
}

}  // namespace
}  // namespace sightline::query
