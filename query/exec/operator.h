// PhysicalOperator: pulls batches of rows. One a file; the physical planner makes them from the
// logical plan.
//
// Thread safety: one thread at a time for all operators of a query.

#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "query/exec/long_run.h"
#include "query/exec/plan_profile.h"
#include "query/functions/batch.h"
#include "query/functions/expression.h"
#include "storage/base/cancellation.h"
#include "storage/base/memory_budget.h"
#include "storage/base/status.h"
#include "storage/txn/transaction.h"

namespace sightline::query {

struct LogicalFilter;
class NeighbourCache;
class WorkerPool;

// What the threads that work on one query may take together. Thread-safe.
struct SharedLimits {
  SharedLimits(uint64_t steps, uint64_t bytes, uint64_t spill_bytes)
      : steps_max(steps), steps_left(steps), memory(bytes), spilled(spill_bytes) {}

  const uint64_t steps_max;
  std::atomic<uint64_t> steps_left;
  storage::MemoryBudget memory;
  storage::MemoryBudget spilled;  // Of temporary files.
};

// When several threads work on one query (query/exec/exchange.h).
struct ParallelOptions {
  WorkerPool* pool = nullptr;   // Borrowed. Null: never.
  uint32_t threads_max = 1;     // That of the query included.
  uint64_t rows_min = 100'000;  // So many rows are expected of the work.
  uint32_t morsel_rows = 512;   // Rows that a thread takes at a time.
};

// What all operators of one query share that one thread runs. Borrowed by them; outlives them.
struct ExecutionContext {
  EvaluationContext evaluation;
  storage::Transaction* transaction = nullptr;  // For writes; null in a query that reads.
  const storage::CancellationToken* cancellation = nullptr;  // May be null.
  // Facts that this thread may touch: all that the query may, or what it has taken of the shared
  // ones so far.
  uint64_t steps_max = UINT64_MAX;
  uint64_t memory_bytes_max = UINT64_MAX;
  uint64_t memory_bytes = 0;  // Held by operators that keep rows.
  // Beyond so many bytes, an operator that can puts rows into a temporary file (spilled_rows.h).
  uint64_t spill_after_bytes = UINT64_MAX;
  std::string spill_directory;  // Must exist when anything is spilled.
  uint64_t spill_bytes_max = UINT64_MAX;
  uint64_t spilled_bytes = 0;          // In temporary files now ...
  uint64_t spilled_bytes_total = 0;    // ... and written so far, both by this thread.
  storage::MemoryShare shared_memory;  // Of what all queries may hold together.
  uint32_t batch_rows = 2048;
  // A sort of so many rows compares entities by their ranks (row_order.h).
  uint64_t ranked_rows_min = 4096;

  // What queries under a scope know of its nodes; null: nothing is kept. Borrowed.
  NeighbourCache* neighbours = nullptr;

  ParallelOptions parallel;
  std::shared_ptr<SharedLimits> shared_limits;  // Null while one thread works on the query.
  storage::MemoryShare query_memory;            // Of their memory.
  const std::atomic<bool>* stopped = nullptr;   // Whether what this thread does is still wanted.

  // Where others see how much memory the query holds; null when nobody looks. Borrowed.
  std::atomic<uint64_t>* memory_shown = nullptr;

  // Lowers the priority of the query's own thread when it runs long; null: never. Borrowed.
  LongRun* long_run = nullptr;

  // Set when a limit cut the result short: the rows given so far are right, and there may be more.
  bool out_of_steps = false;
  // Set when a limit kept a subquery's value from being known: the row that needs it is left out.
  bool value_unknown = false;

  // Where PROFILE keeps what each operator did; null when nobody asks. Borrowed.
  PlanProfile* profile = nullptr;

  uint64_t ticks = 0;

  // Rows that each filter has left out because its condition was unknown.
  std::map<const LogicalFilter*, uint64_t> rows_unknown;

  uint64_t statements_added = 0;
  uint64_t statements_existing = 0;
  uint64_t statements_retracted = 0;

  // What all its threads hold, into memory_shown.
  void ShowMemory() const {
    if (memory_shown == nullptr) return;
    memory_shown->store(
        shared_limits != nullptr ? shared_limits->memory.bytes_held() : memory_bytes,
        std::memory_order_relaxed);
  }
  // kCancelled or kDeadlineExceeded (SL5002). Asked once a batch and once some thousand facts;
  // shows the memory as well.
  Status CheckRunning() const;
  // CheckRunning once in a thousand calls. Called for every fact, and for every row of a product.
  Status Tick() { return (++ticks & 1023) == 0 ? CheckRunning() : OkStatus(); }
  // As that many calls.
  Status Tick(uint64_t pieces) {
    const uint64_t before = std::exchange(ticks, ticks + pieces);
    return before / 1024 != ticks / 1024 ? CheckRunning() : OkStatus();
  }
  // kResourceExhausted (SL5005) when the query's budget, or that of all queries, cannot hold
  // `bytes` more.
  Status Reserve(uint64_t bytes);
  // Whether an operator that can spill, and holds `held` bytes, is to keep `bytes` more in memory.
  // It may always try to hold something.
  bool HasRoom(uint64_t held, uint64_t bytes);
  // Whether an operator that can do without is to keep `bytes` more: a table that saves reading is
  // worth twice what rows may take before they spill.
  bool HasRoomForTable(uint64_t bytes);
  // Whether all limits allow `bytes` more.
  bool MayHold(uint64_t bytes);
  void Release(uint64_t bytes) {
    memory_bytes -= bytes < memory_bytes ? bytes : memory_bytes;
    query_memory.ShrinkTo(memory_bytes);
    shared_memory.ShrinkTo(memory_bytes);
  }
  // Whether the temporary files of the query may grow by so many bytes; then these count.
  bool TakeSpillSpace(uint64_t bytes);
  void ReturnSpillSpace(uint64_t bytes);
  // What EvaluationContext::may_go_on asks: CheckRunning, and SL5001 when evaluation has gone far
  // beyond steps_max. Rows that were found within it may be shown with their values, for as many
  // facts again and some thousand; a value that takes more is none.
  Status CheckEvaluation();
  // Of `wanted` facts, how many may be touched. Not counted as touched yet.
  uint64_t StepsFor(uint64_t wanted) {
    const uint64_t touched = evaluation.facts_touched;
    const bool has_them = touched <= steps_max && steps_max - touched >= wanted;
    return has_them ? wanted : TakeSteps(wanted);
  }
  // SL5001, for operators whose rows would be wrong rather than fewer when their input was cut
  // short.
  Status OutOfSteps(std::string_view what) const;

  // From now on several threads may work on the query, each with a context of its own.
  void ShareLimits();
  // Makes `thread` the context of another thread that works on the same query.
  void StartThread(ExecutionContext* thread) const;

 private:
  // StepsFor, when those that this thread has taken do not do.
  uint64_t TakeSteps(uint64_t wanted);
};

class PhysicalOperator {
 public:
  virtual ~PhysicalOperator() = default;

  // Replaces `*batch` with the next rows, at most context.batch_rows, in the columns of the
  // operator's frame; 0 is the end, for good. Errors are final.
  virtual StatusOr<size_t> Next(Batch* batch) = 0;

  // Starts over. Only operators below an optional match are asked to.
  virtual Status Reset() = 0;
};
using PhysicalOperatorPtr = std::unique_ptr<PhysicalOperator>;

}  // namespace sightline::query
