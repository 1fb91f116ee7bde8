// What benchmarks that ask an engine in process have in common: how large their store is, and
// asking.

#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string_view>

#include "query/engine.h"
#include "tests/bench/storage/figures.h"
#include "tests/support/test_store.h"

namespace sightline::query::bench {

// Of the store: SIGHTLINE_BENCH_STATEMENTS.
inline uint64_t StatementCount() {
  return storage::bench::FromEnvironment("SIGHTLINE_BENCH_STATEMENTS", 300'000);
}

// Asks, and takes all rows. Throws on an error.
inline QuerySummary TakeAll(QueryEngine* engine, const QueryRequest& request) {
  const auto cursor = test::OrThrow(engine->Execute(request));
  ResultBatch batch;
  while (test::OrThrow(cursor->Next(&batch)) > 0) benchmark::DoNotOptimize(batch.row_count);
  return cursor->summary();
}

// The same for one who sees everything.
inline QuerySummary TakeAll(QueryEngine* engine, std::string_view text) {
  QueryRequest request;
  request.text = text;
  request.clearance = storage::Clearance::Unrestricted();
  return TakeAll(engine, request);
}

}  // namespace sightline::query::bench
