// RunningQuery: a bound query with its operators, giving decoded rows within the limits.
//
// Thread safety: one thread at a time.

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "query/binder/binder.h"
#include "query/engine.h"
#include "query/exec/operator.h"

namespace sightline::query {

struct RunOptions {
  QueryLimits limits;
  const storage::CancellationToken* cancellation = nullptr;  // Borrowed; may be null.
  storage::MemoryBudget* memory_budget = nullptr;            // As above; of all queries together.
  std::atomic<uint64_t>* memory_shown = nullptr;             // As QueryRequest has it.
  std::string spill_directory;  // As EngineOptions has it, and the next two.
  uint64_t spill_bytes_max = UINT64_MAX;
  uint64_t spill_after_bytes = UINT64_MAX;
  int64_t now_micros = 0;
  // What is put in for the query's late parameters. Null: it has none.
  std::shared_ptr<const ParameterValues> parameters;
  ParallelOptions parallel;
  NeighbourCache* neighbours = nullptr;  // Borrowed; null: nothing is kept.
  uint64_t ranked_rows_min = 4096;
  PlanProfile* profile = nullptr;  // Borrowed; null unless the query is profiled.
};

// The type of a column of results whose cells are known to be of `type`.
ColumnType ColumnTypeOf(StaticType type);

class RunningQuery {
 public:
  // Others may run the same query. Borrows the transaction, which is null for a query that reads.
  static StatusOr<std::unique_ptr<RunningQuery>> Start(
      std::shared_ptr<const BoundQuery> query, std::shared_ptr<const storage::ReadView> view,
      storage::Transaction* transaction, const RunOptions& options);

  const std::vector<Column>& columns() const { return columns_; }
  // As ResultCursor::Next.
  StatusOr<size_t> Next(ResultBatch* batch);
  // Reads what is left, for its writes only.
  Status Drain();

  // As ResultCursor::PlanFingerprint.
  uint64_t PlanFingerprint() const;
  // Adds what the query did to the summary. Complete once Next has given 0.
  void AddTo(QuerySummary* summary) const;
  const ExecutionContext& context() const { return context_; }
  Status Reserve(uint64_t bytes) { return context_.Reserve(bytes); }
  // For rows that outlive the query. REQUIRES: it has ended.
  storage::MemoryShare TakeSharedMemory() { return std::move(context_.shared_memory); }

 private:
  RunningQuery() = default;
  StatusOr<Datum> Decode(size_t column, const Batch& batch, size_t row);

  std::shared_ptr<const BoundQuery> query_;
  std::shared_ptr<const storage::ReadView> view_;
  QueryLimits limits_;
  LongRun long_run_;
  ExecutionContext context_;
  PhysicalOperatorPtr root_;  // Borrows the four above; goes before them.
  std::vector<Column> columns_;
  Truncation truncation_ = Truncation::kNone;
  uint64_t rows_ = 0;
  bool ended_ = false;
};

}  // namespace sightline::query
