// Compactor: keeps the quads of a store in few runs.
//
// Folding writes the delta as a new run; merging makes one run of several. Both write table files
// beside the store, take them in, and then put a new manifest in place, in one durable batch:
// readers have the old runs or the new one, and so has whoever opens the store after a crash. A run
// that no manifest names is deleted when the store is opened.
//
// Memory: a block of each run and permutation, and the table file's index.
//
// Thread safety: safe from any thread; one changes the runs at a time, the others wait.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "storage/base/cancellation.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/index/quad_source.h"
#include "storage/maintenance/compaction_policy.h"
#include "storage/txn/store_state.h"

namespace sightline::storage {

class Compactor {
 public:
  Compactor(std::shared_ptr<StoreState> store, const CompactionOptions& options);

  // Does the one thing that is most due, at the background's pace; false when nothing is. Errors:
  // kCancelled; kDataLoss, kUnavailable from the store. After an error nothing has changed.
  StatusOr<bool> DoWhatIsDue(const CancellationToken& cancellation);

  // Folds the delta, if it has anything, at full speed. Errors: as above.
  Status Fold(const CancellationToken& cancellation);
  // Fold for one who has the RunChange and is in the writer gate: the delta is empty then, until he
  // leaves it.
  Status FoldAtGate(const CancellationToken& cancellation);
  // Folds the delta and merges all runs into one, at full speed. Errors: as above.
  Status CompactAll(const CancellationToken& cancellation);

  // Whether DoWhatIsDue would do something.
  bool IsDue() const;
  CompactionStatistics Statistics() const SL_EXCLUDES(statistics_mutex_);

 private:
  class Pace;
  using OpenSources =
      std::function<StatusOr<std::vector<std::unique_ptr<QuadSource>>>(Permutation permutation)>;

  enum class Gate : uint8_t { kToPass, kPassed };
  Status FoldDelta(Gate gate, const CancellationToken& cancellation, Pace* pace);
  Status MergeRuns(const std::vector<RunInfo>& runs, const CancellationToken& cancellation,
                   Pace* pace);
  // Writes the quads of the sources, `quad_count` of them, as a new run and takes it in. No
  // manifest names it yet.
  StatusOr<RunInfo> WriteRun(RunNumber number, uint64_t quad_count, const OpenSources& open_sources,
                             const CancellationToken& cancellation, Pace* pace);

  const std::shared_ptr<StoreState> store_;
  const CompactionOptions options_;

  std::atomic<uint64_t> rows_done_{0};  // CompactionStatistics::rows_done.
  mutable Mutex statistics_mutex_;
  CompactionStatistics statistics_ SL_GUARDED_BY(statistics_mutex_);
};

}  // namespace sightline::storage
