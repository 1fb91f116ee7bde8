#include "server/operations/store_operations.h"

#include <chrono>
#include <utility>

#include "storage/base/periodic_thread.h"

namespace sightline::server {
namespace {

// More are counted and not listed: whoever wants all of them asks sightline-admin.
constexpr size_t kFindingsMax = 100;
// Of work that does not say by itself how far it is.
constexpr std::chrono::milliseconds kLookEvery{200};

}  // namespace

OperationRegistry::Work BackupWork(storage::Store* store, const BackupPlace& place) {
  return [store, place](OperationProgress* progress) -> StatusOr<OperationResult> {
    // How much of it earlier backups have is known at the end only.
    const uint64_t store_bytes = store->Statistics().disk_bytes;
    storage::BackupOptions options;
    options.keep = place.keep;
    options.cancellation = &progress->cancellation();
    options.progress = [&](uint64_t bytes) { progress->Report("copying", bytes, store_bytes); };
    SL_ASSIGN_OR_RETURN(const storage::BackupInfo backup, store->Backup(place.directory, options));
    return OperationResult(backup);
  };
}

OperationRegistry::Work VerifyBackupWork(const BackupPlace& place, std::optional<uint32_t> id) {
  return [place, id](OperationProgress* progress) -> StatusOr<OperationResult> {
    SL_RETURN_IF_ERROR(progress->cancellation().Check());
    SL_ASSIGN_OR_RETURN(const uint32_t verified, storage::VerifyBackup(place.directory, id));
    SL_ASSIGN_OR_RETURN(const auto backups, storage::ListBackups(place.directory));
    for (const storage::BackupInfo& backup : backups) {
      if (backup.id == verified) return OperationResult(backup);
    }
    return NotFound("There is no backup {} any more", verified);
  };
}

OperationRegistry::Work VerifyWork(storage::Store* store) {
  return [store](OperationProgress* progress) -> StatusOr<OperationResult> {
    storage::VerifyOptions options;
    options.findings_max = kFindingsMax;
    options.progress = [progress](const storage::VerifyProgress& now) {
      progress->Report(storage::VerifyPartName(now.part), now.done, now.total);
    };
    SL_ASSIGN_OR_RETURN(storage::VerifyResult result,
                        store->Verify(options, progress->cancellation()));
    return OperationResult(std::move(result));
  };
}

OperationRegistry::Work CompactionWork(storage::Store* store) {
  return [store](OperationProgress* progress) -> StatusOr<OperationResult> {
    {
      const storage::PeriodicThread watcher(kLookEvery, [store, progress] {
        const storage::CompactionStatistics now = store->Statistics().compaction;
        if (now.is_running) progress->Report("writing a run", now.rows_done, now.rows_total);
      });
      SL_RETURN_IF_ERROR(store->Compact(progress->cancellation()));
    }
    const storage::StoreStatistics statistics = store->Statistics();
    return OperationResult(CompactionResult{
        .quads = statistics.quads, .runs = statistics.runs, .run_bytes = statistics.run_bytes});
  };
}

}  // namespace sightline::server
