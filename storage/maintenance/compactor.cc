#include "storage/maintenance/compactor.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "storage/index/quad_merge.h"
#include "storage/index/run_writer.h"

namespace sightline::storage {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Table files of this size: one that is cut short costs little to write again, and RocksDB moves
// them without rewriting.
constexpr uint64_t kFileBytes = 256ull << 20;

// The blocks of one run, in as many table files as they need.
class RunFiles {
 public:
  RunFiles(KvStore* kv, RunNumber run) : kv_(kv), run_(run) {}

  Status Put(std::string_view key, std::string_view value) {
    if (writer_ == nullptr) {
      SL_ASSIGN_OR_RETURN(
          writer_, kv_->NewFileWriter(ColumnFamily::kQuads,
                                      fmt::format("{}/run-{}-{}.sst", kv_->ScratchDirectory(),
                                                  run_.value, files_.size())));
      bytes_ = 0;
    }
    bytes_ += key.size() + value.size();
    SL_RETURN_IF_ERROR(writer_->Put(key, value));
    return bytes_ < kFileBytes ? OkStatus() : Close();
  }

  Status TakeIn() {
    if (writer_ != nullptr) SL_RETURN_IF_ERROR(Close());
    return kv_->Ingest(files_);
  }

 private:
  Status Close() {
    SL_ASSIGN_OR_RETURN(KvFile file, writer_->Finish());
    files_.push_back(std::move(file));
    writer_.reset();
    return OkStatus();
  }

  KvStore* const kv_;
  const RunNumber run_;
  std::unique_ptr<KvFileWriter> writer_;
  uint64_t bytes_ = 0;
  std::vector<KvFile> files_;
};

}  // namespace

// Works a few milliseconds, then rests as long as the share asks for.
class Compactor::Pace {
 public:
  explicit Pace(double share) : share_(share), began_(SteadyClock::now()) {}

  void Rest() {
    if (share_ >= 1) return;
    const auto worked = SteadyClock::now() - began_;
    if (worked < kWork) return;
    std::this_thread::sleep_for(worked * ((1 - share_) / share_));
    began_ = SteadyClock::now();
  }

 private:
  static constexpr std::chrono::milliseconds kWork{4};

  const double share_;
  SteadyClock::time_point began_;
};

Compactor::Compactor(std::shared_ptr<StoreState> store, const CompactionOptions& options)
    : store_(std::move(store)), options_(options) {}

bool Compactor::IsDue() const {
  const PublishedPtr published = store_->published();
  return published->delta->quad_count() >= options_.fold_quads ||
         !RunsToMerge(*published->runs, options_).empty();
}

StatusOr<bool> Compactor::DoWhatIsDue(const CancellationToken& cancellation) {
  SL_ASSIGN_OR_RETURN(const auto change, RunChange::Take(store_, &cancellation));
  Pace pace(options_.background_share);
  const PublishedPtr published = store_->published();
  if (published->delta->quad_count() >= options_.fold_quads) {
    SL_RETURN_IF_ERROR(FoldDelta(Gate::kToPass, cancellation, &pace));
    return true;
  }
  const std::vector<RunInfo> runs = RunsToMerge(*published->runs, options_);
  if (runs.empty()) return false;
  SL_RETURN_IF_ERROR(MergeRuns(runs, cancellation, &pace));
  return true;
}

Status Compactor::Fold(const CancellationToken& cancellation) {
  SL_ASSIGN_OR_RETURN(const auto change, RunChange::Take(store_, &cancellation));
  Pace pace(1);
  return FoldDelta(Gate::kToPass, cancellation, &pace);
}

Status Compactor::FoldAtGate(const CancellationToken& cancellation) {
  SL_RETURN_IF_ERROR(store_->Publish(store_->written()->revision));
  Pace pace(1);
  return FoldDelta(Gate::kPassed, cancellation, &pace);
}

Status Compactor::CompactAll(const CancellationToken& cancellation) {
  SL_ASSIGN_OR_RETURN(const auto change, RunChange::Take(store_, &cancellation));
  Pace pace(1);
  SL_RETURN_IF_ERROR(FoldDelta(Gate::kToPass, cancellation, &pace));
  const std::vector<RunInfo> runs = store_->published()->runs->runs;
  return runs.size() < 2 ? OkStatus() : MergeRuns(runs, cancellation, &pace);
}

Status Compactor::FoldDelta(Gate gate, const CancellationToken& cancellation, Pace* pace) {
  const PublishedPtr published = store_->published();
  if (published->delta->quad_count() == 0) return OkStatus();
  const auto sources = [&](Permutation permutation) {
    std::vector<std::unique_ptr<QuadSource>> parts;
    for (const auto& part : published->delta->PartsOf(permutation)) {
      parts.push_back(MakeMemorySource(part->rows(), {}));
    }
    parts.push_back(MakeUnsortedSource(published->delta->recent(), permutation, {}));
    return parts;
  };
  RunManifest manifest = *published->runs;
  SL_ASSIGN_OR_RETURN(const RunInfo run, WriteRun(manifest.next, published->delta->quad_count(),
                                                  sources, cancellation, pace));
  manifest.runs.push_back(run);
  ++manifest.next.value;
  manifest.folded_through = StatementId{published->statement_count};
  SL_RETURN_IF_ERROR(gate == Gate::kPassed ? store_->InstallRunsAtGate(manifest, {})
                                           : store_->InstallRuns(manifest, {}));
  MutexLock lock(&statistics_mutex_);
  ++statistics_.folds;
  return OkStatus();
}

Status Compactor::MergeRuns(const std::vector<RunInfo>& runs, const CancellationToken& cancellation,
                            Pace* pace) {
  const PublishedPtr published = store_->published();
  const auto sources =
      [&](Permutation permutation) -> StatusOr<std::vector<std::unique_ptr<QuadSource>>> {
    std::vector<std::unique_ptr<QuadSource>> opened;
    for (const RunInfo& run : runs) {
      SL_ASSIGN_OR_RETURN(auto source, OpenRunSource(published->blocks, run.number, permutation, {},
                                                     /*scope=*/nullptr));
      opened.push_back(std::move(source));
    }
    return opened;
  };
  RunManifest manifest = *published->runs;
  std::vector<RunNumber> replaced;
  uint64_t quad_count = 0;
  for (const RunInfo& run : runs) {
    replaced.push_back(run.number);
    quad_count += run.quad_count;
    std::erase(manifest.runs, run);
  }
  SL_ASSIGN_OR_RETURN(const RunInfo merged,
                      WriteRun(manifest.next, quad_count, sources, cancellation, pace));
  // No quad is in two runs: a statement's quads come into the store together.
  if (merged.quad_count != quad_count) {
    return DataLoss("The runs have {} quads, and the store's list of them names {}",
                    merged.quad_count, quad_count);
  }
  manifest.runs.push_back(merged);
  ++manifest.next.value;
  SL_RETURN_IF_ERROR(store_->InstallRuns(manifest, replaced));
  MutexLock lock(&statistics_mutex_);
  ++statistics_.merges;
  return OkStatus();
}

StatusOr<RunInfo> Compactor::WriteRun(RunNumber number, uint64_t quad_count,
                                      const OpenSources& open_sources,
                                      const CancellationToken& cancellation, Pace* pace) {
  const auto began = SteadyClock::now();
  {
    MutexLock lock(&statistics_mutex_);
    statistics_.is_running = true;
    statistics_.rows_total = quad_count * kPermutationCount;
    rows_done_.store(0, std::memory_order_relaxed);
  }
  RunInfo run{.number = number};
  const auto write = [&]() -> Status {
    SL_RETURN_IF_ERROR(store_->ClearRun(number));
    RunFiles files(&store_->kv(), number);
    for (const Permutation permutation : kPermutations) {
      SL_ASSIGN_OR_RETURN(auto sources, open_sources(permutation));
      QuadMerge merge(std::move(sources));
      RunWriter writer(
          number, permutation,
          [&](std::string_view key, std::string_view value) {
            pace->Rest();
            SL_RETURN_IF_ERROR(cancellation.Check());
            return files.Put(key, value);
          },
          options_.block_rows);
      while (merge.head().row_count > 0) {
        SL_RETURN_IF_ERROR(writer.Add(merge.head()));
        rows_done_.fetch_add(merge.head().row_count, std::memory_order_relaxed);
        SL_RETURN_IF_ERROR(merge.Advance(merge.head().row_count));
      }
      SL_RETURN_IF_ERROR(writer.Finish());
      if (permutation == kPermutations.front()) run.quad_count = writer.quad_count();
      if (writer.quad_count() != run.quad_count) {
        return DataLoss("The permutations of a run differ: {} has {} quads, {} has {}",
                        PermutationName(kPermutations.front()), run.quad_count,
                        PermutationName(permutation), writer.quad_count());
      }
      run.block_count += writer.block_count();
      run.bytes += writer.bytes();
    }
    return files.TakeIn();
  };
  const Status written = write();
  MutexLock lock(&statistics_mutex_);
  statistics_.is_running = false;
  statistics_.last_micros = static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - began).count());
  statistics_.micros += statistics_.last_micros;
  if (!written.ok()) return written;
  statistics_.quads_written += run.quad_count;
  statistics_.bytes_written += run.bytes;
  return run;
}

CompactionStatistics Compactor::Statistics() const {
  const PublishedPtr published = store_->published();
  MutexLock lock(&statistics_mutex_);
  CompactionStatistics statistics = statistics_;
  statistics.rows_done = rows_done_.load(std::memory_order_relaxed);
  statistics.fold_at = options_.fold_quads;
  statistics.runs_to_merge = RunsToMerge(*published->runs, options_).size();
  return statistics;
}

}  // namespace sightline::storage
