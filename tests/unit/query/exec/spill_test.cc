// Sorting, DISTINCT and grouping whose rows do not fit into memory: the same rows in the same
// order, by way of temporary files.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "query/exec/row_encoding.h"
#include "query/functions/datum_order.h"
#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

using ::testing::HasSubstr;

class Spill : public ::testing::Test {
 protected:
  void FillDepots() {
    store_.DefineClass("Depot");
    for (int i = 0; i < 60; ++i) {
      const std::string from = "depot/" + std::to_string(i);
      store_.Say("org/desk", from, "instanceOf", store_.Entity("Depot"));
      store_.Say("org/desk", from, "tons", storage::Value(int64_t{i * 37 % 11}));
      if (i % 2 == 0) store_.Say("org/desk", from, "owns", "depot/" + std::to_string(i / 2));
      for (const int step : {1, 7}) {
        store_.Say("org/desk", from, "shipsTo", "depot/" + std::to_string((i + step) % 60));
      }
    }
    store_.Commit();
  }

  static EngineOptions SpillingAfter(uint64_t bytes) {
    EngineOptions options;
    options.spill_after_bytes = bytes;
    return options;
  }

  // Whatever the memory, the same; and the small ones did spill.
  std::vector<std::string> RowsWithAnyMemory(const std::string& text) {
    const RunOutcome wanted = RunQuery(store_, text);
    EXPECT_TRUE(wanted.status.ok()) << text << ": " << wanted.status;
    for (const uint64_t bytes : {0, 300, 2000}) {
      const RunOutcome outcome = RunQuery(store_, text, SpillingAfter(bytes));
      EXPECT_TRUE(outcome.status.ok()) << text << ": " << outcome.status;
      EXPECT_EQ(outcome.rows, wanted.rows) << text << " with " << bytes << " bytes";
      if (!text.starts_with("WHY")) {  // Which cannot be profiled.
        EXPECT_GT(SpilledBytes(text, SpillingAfter(bytes)), 0u) << text;
      }
    }
    if (!text.starts_with("WHY")) {
      EXPECT_EQ(SpilledBytes(text, {}), 0u) << text;
    }
    return wanted.rows;
  }

  // As PROFILE tells it.
  uint64_t SpilledBytes(const std::string& text, const EngineOptions& options) {
    const RunOutcome outcome = RunQuery(store_, "PROFILE " + text, options);
    EXPECT_TRUE(outcome.status.ok()) << text << ": " << outcome.status;
    uint64_t bytes = 0;
    for (const std::string& row : outcome.rows) bytes += std::stoull(row.substr(row.rfind(' ')));
    return bytes;
  }

  test::TestStore store_;
};

TEST_F(Spill, SortsTheSameInTemporaryFiles) {
  FillDepots();
  for (const char* text :
       {"MATCH (a:Depot)-[:shipsTo]->(b) RETURN a, b ORDER BY a.tons, b.tons DESC",
        "MATCH (a:Depot)-[:shipsTo]->(b) RETURN a.tons AS t, b ORDER BY t SKIP 50 LIMIT 40",
        "UNWIND range(1, 3000) AS i RETURN i, i % 7 AS k ORDER BY k DESC"}) {
    RowsWithAnyMemory(text);
  }
}

TEST_F(Spill, KeepsValuesOfEveryKind) {
  FillDepots();
  RowsWithAnyMemory(
      "MATCH p = (a:Depot)-[r:shipsTo]->(b) RETURN p, r, [a, [b.tons, null]] AS l, "
      "{tons: b.tons, at: [a]} AS m, 0.1 AS f, date(\"2023-Q4\") AS d ORDER BY b.tons");
  RowsWithAnyMemory("WHY MATCH (a:Depot)-[:shipsTo]->(b) RETURN a, b.tons AS t ORDER BY t");
  RowsWithAnyMemory("MATCH (a:Depot) OPTIONAL MATCH (a)-[:owns]->(c) RETURN a, c ORDER BY a.tons");
}

TEST_F(Spill, FindsTheSameDistinctRowsInTheSameOrder) {
  FillDepots();
  RowsWithAnyMemory("UNWIND range(1, 2000) AS i RETURN DISTINCT i % 500 AS k");
  RowsWithAnyMemory("MATCH (a:Depot)-[:shipsTo]->(b)-[:shipsTo]->(c) RETURN DISTINCT a, c");
  RowsWithAnyMemory("WHY MATCH (a:Depot)-[:shipsTo]->(b) RETURN DISTINCT b, b.tons AS t");
  RowsWithAnyMemory(
      "UNWIND range(1, 300) AS i RETURN i % 90 AS k UNION UNWIND range(1, 300) AS i "
      "RETURN i % 110 AS k");
}

TEST_F(Spill, GroupsTheSameInTheSameOrder) {
  FillDepots();
  RowsWithAnyMemory(
      "UNWIND range(1, 2000) AS i RETURN i % 300 AS k, count(*) AS n, sum(i) AS s, "
      "collect(i) AS l, count(DISTINCT i % 3) AS d");
  RowsWithAnyMemory("MATCH (a:Depot)-[:shipsTo]->(b) RETURN b, collect(a) AS l, max(a.tons) AS t");
  RowsWithAnyMemory(
      "MATCH (a:Depot)-[:shipsTo]->(b) RETURN b.tons AS k, a.owns IS KNOWN AS l, "
      "sum(size(b.tons) * 0.5) AS s, collect([a, b.tons]) AS c");
  RowsWithAnyMemory("WHY MATCH (a:Depot)-[:shipsTo]->(b) RETURN b, count(*) AS n");
  // One after the other.
  RowsWithAnyMemory(
      "MATCH (a:Depot)-[:shipsTo]->(b) WITH a, count(*) AS n ORDER BY a.tons "
      "RETURN DISTINCT a.tons AS t, n ORDER BY n, t");
}

TEST_F(Spill, LeavesNoFilesBehind) {
  const std::string directory = (*store_).ScratchDirectory();
  const auto files = [&] {
    return std::distance(std::filesystem::directory_iterator(directory), {});
  };
  QueryRequest request;
  request.text = "UNWIND range(1, 3000) AS i RETURN i ORDER BY i % 100";
  request.clearance = storage::Clearance::Unrestricted();
  request.limits.batch_rows = 100;
  storage::CancellationToken token;
  request.cancellation = &token;
  QueryEngine engine(&*store_, SpillingAfter(1000));
  auto cursor = test::OrThrow(engine.Execute(request));
  ResultBatch batch;
  EXPECT_EQ(test::OrThrow(cursor->Next(&batch)), 100u);
  EXPECT_EQ(files(), 0) << "a file has a name";
  token.Cancel();
  EXPECT_EQ(cursor->Next(&batch).status().code(), StatusCode::kCancelled);
  cursor = nullptr;
  EXPECT_EQ(files(), 0);
}

TEST_F(Spill, SaysWhyItCannot) {
  const std::string text = "UNWIND range(1, 3000) AS i RETURN i ORDER BY i % 100";
  EngineOptions nowhere = SpillingAfter(1000);
  nowhere.spill_directory = "/nowhere/at/all";
  RunOutcome outcome = RunQuery(store_, text, nowhere);
  EXPECT_EQ(outcome.code(), "SL5005");
  EXPECT_THAT(outcome.status.ToString(), HasSubstr("No such file"));
  EngineOptions little = SpillingAfter(1000);
  little.spill_bytes_max = 10'000;
  outcome = RunQuery(store_, text, little);
  EXPECT_EQ(outcome.code(), "SL5005");
  EXPECT_THAT(outcome.status.ToString(), HasSubstr("temporary files"));
}

TEST_F(Spill, MakesRoomForWhatDidNotFit) {
  // Some 40 MB of rows.
  const std::string text =
      "UNWIND range(1, 2000) AS i UNWIND range(1, 100) AS j "
      "WITH (i * 100 + j) * 7919 % 200003 AS k ORDER BY k "
      "RETURN count(DISTINCT k % 10) AS n, min(k) AS least, max(k) AS most";
  QueryRequest request;
  request.text = text;
  request.clearance = storage::Clearance::Unrestricted();
  request.limits.memory_bytes_max = 16 << 20;
  const RunOutcome outcome = RunRequest(&*store_, request);
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.rows, RunQuery(store_, text).rows);
}

TEST(RowEncoding, RefusesOtherBytes) {
  Batch batch, read;
  batch.columns.emplace_back(Vector::Kind::kData);
  batch.columns[0].data().push_back(Datum::OfText("optics"));
  batch.row_count = 1;
  read.columns.emplace_back(Vector::Kind::kData);
  std::string bytes;
  AppendRowBytes(batch, 0, &bytes);
  ASSERT_TRUE(ReadRowBytes(bytes, &read).ok());
  EXPECT_EQ(IdentityKey(read.columns[0].data()[0]), IdentityKey(batch.columns[0].data()[0]));
  EXPECT_EQ(ReadRowBytes(bytes.substr(0, bytes.size() - 1), &read).code(), StatusCode::kInternal);
  EXPECT_EQ(ReadRowBytes(bytes + "x", &read).code(), StatusCode::kInternal);
  EXPECT_EQ(ReadRowBytes("\x63", &read).code(), StatusCode::kInternal);
}

}  // namespace
}  // namespace sightline::query
