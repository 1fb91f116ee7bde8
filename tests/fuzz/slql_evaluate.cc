// Runs arbitrary queries to their end, under small budgets, with the optimizer and without it.
// Holds the engine to: no crash; an error has diagnostics; both ways give as many rows where the
// query is answered whole.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "query/engine.h"
#include "query/optimizer/optimizer.h"
#include "storage/base/check.h"
#include "tests/fuzz/fuzz_world.h"

namespace sightline::query {
namespace {

// The number of rows; unset when the query failed or was cut short.
std::optional<uint64_t> RowsOf(QueryEngine* engine, const std::string& text) {
  QueryRequest request;
  request.text = text;
  request.clearance = storage::Clearance::Unrestricted();
  request.parameters = {
      {"n", Datum::OfInteger(2)}, {"name", Datum::OfText("Name 1")}, {"cursor", Datum()}};
  request.read_only = true;
  request.limits = {.rows_max = 2000, .memory_bytes_max = 8 << 20, .steps_max = 20'000};
  const auto fails = [](const Status& status) {
    SL_CHECK(status.code() != StatusCode::kInternal);
    SL_CHECK(!DiagnosticsOf(status).empty());
    return std::nullopt;
  };
  const auto cursor = engine->Execute(request);
  if (!cursor.ok()) return fails(cursor.status());
  ResultBatch batch;
  while (true) {
    const StatusOr<size_t> count = (*cursor)->Next(&batch);
    if (!count.ok()) return fails(count.status());
    if (*count == 0) break;
    for (const auto& column : batch.columns) SL_CHECK(column.size() == batch.row_count);
  }
  const QuerySummary& summary = (*cursor)->summary();
  if (summary.truncation != Truncation::kNone) return std::nullopt;
  return summary.rows;
}

void CheckText(const std::string& text) {
  static test::TestStore* const store = [] {
    auto* made = new test::TestStore();
    test::Fill(made);
    return made;
  }();
  EngineOptions plain;
  for (const std::string_view rule : OptimizerRules()) plain.optimizer_rules_off.emplace(rule);
  static auto* const engine = new QueryEngine(&**store, {});
  static auto* const engine_plain = new QueryEngine(&**store, plain);
  const std::optional<uint64_t> rows = RowsOf(engine, text);
  const std::optional<uint64_t> rows_plain = RowsOf(engine_plain, text);
  // What differs from one time to the next, or where the order of rows is open, may differ here.
  for (const char* word : {"rand", "RAND", "Rand", "now", "NOW", "LIMIT", "limit", "Limit", "SKIP",
                           "skip", "Skip", "collect", "SHOW", "EXPLAIN", "PROFILE"}) {
    if (text.find(word) != std::string::npos) return;
  }
  if (rows && rows_plain) SL_CHECK(*rows == *rows_plain);
}

}  // namespace
}  // namespace sightline::query

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sightline::query::CheckText(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
