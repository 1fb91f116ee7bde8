// Store: an embedded knowledge-graph store in one directory. Start here.
//
//   auto store = Store::Open("/var/lib/sightline", {});
//   auto transaction = (*store)->BeginTransaction(clearance);   // write
//   auto view = (*store)->OpenReadView(std::nullopt, clearance); // read
//
// Thread safety: safe from any thread. One process at a time may have a directory open.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/cancellation.h"
#include "storage/base/clock.h"
#include "storage/base/id_cipher.h"
#include "storage/base/ids.h"
#include "storage/base/status.h"
#include "storage/kv/kv_activity.h"
#include "storage/kv/kv_store.h"
#include "storage/maintenance/backup.h"
#include "storage/maintenance/compaction_policy.h"
#include "storage/maintenance/verifier.h"
#include "storage/model/marking.h"
#include "storage/txn/read_view.h"
#include "storage/txn/request_log.h"
#include "storage/txn/transaction.h"

namespace sightline::storage {

// Of the files on disk. A store of another version is refused, naming both numbers.
inline constexpr uint32_t kFormatVersion = 3;

struct StoreOptions {
  bool create_if_missing = true;
  // A new store gives statements, unnamed entities and revisions numbers outside that tell nothing
  // of what lies between two of them (storage/base/id_cipher.h). One that is there already stays as
  // it was made.
  bool hides_numbers = false;
  KvOptions kv{};
  Clock* clock = Clock::System();  // Borrowed; must outlive the store.
  // Quads are folded and runs merged by a thread of the store; else only by Compact.
  bool compacts_in_background = true;
  CompactionOptions compaction{};
};

// Counts of the whole store, above anyone's clearance: for the administrator only.
struct StoreStatistics {
  Revision revision;
  uint64_t statements = 0;
  uint64_t quads = 0;
  uint64_t terms = 0;
  uint64_t disk_bytes = 0;
  std::vector<KvFamilyBytes> families;
  KvActivity activity;

  uint64_t delta_quads = 0;  // Of quads, those that are not in runs yet.
  uint64_t runs = 0;
  uint64_t run_bytes = 0;          // Of all runs, in all permutations.
  uint64_t run_blocks = 0;         // As above.
  uint64_t statements_folded = 0;  // Of statements, those whose quads are in runs.
  CompactionStatistics compaction;
  Status compaction_status;  // Why the store is not being compacted at present, or OK.

  // Why the store takes no writes at present, and what to do; empty when it does. Each attempt to
  // write tries whether the cause has gone.
  std::string read_only_reason;
};

// Bulk load: storage/load/store_load.h.
class StoreLoad;
struct LoadOptions;
// Reading everything in the order of recording: storage/maintenance/history.h.
class HistoryVisitor;
struct HistoryOptions;

class Store {
 public:
  // Errors: as KvStore::Open; also kFailedPrecondition when the directory holds files that are not
  // a store of ours, or a store of another format version.
  static StatusOr<std::unique_ptr<Store>> Open(const std::string& directory,
                                               const StoreOptions& options);
  virtual ~Store() = default;

  // The newest committed revision.
  virtual Revision revision() const = 0;
  // Between numbers and how they are shown.
  virtual const IdCipher& ids() const = 0;

  // The store at `revision` (unset: the newest) for a reader of this clearance. Errors: kOutOfRange
  // for a revision that has not been committed yet.
  virtual StatusOr<std::shared_ptr<const ReadView>> OpenReadView(std::optional<Revision> revision,
                                                                 const Clearance& clearance) = 0;

  // Waits for the running transaction, if any, and for the writers who came before. `clearance` is
  // the writer's: it bounds what he may mark and retract. `cancellation` bounds the wait alone; it
  // may be null. Errors: kDeadlineExceeded and kCancelled when it says so before the writer's turn
  // has come; kUnavailable when an earlier commit has failed.
  virtual StatusOr<std::unique_ptr<Transaction>> BeginTransaction(
      const Clearance& clearance, const CancellationToken* cancellation = nullptr) = 0;

  // What a transaction or a load has remembered under this id (Transaction::RememberRequest,
  // LoadOptions::request_id), when it has been committed by now. Errors: kDataLoss, kUnavailable.
  virtual StatusOr<std::optional<RememberedReply>> FindRequest(
      std::string_view request_id) const = 0;

  // A bulk load: the quick way in for more than some thousand statements. Waits for the running
  // transaction; other writers wait for it.
  virtual StatusOr<std::unique_ptr<StoreLoad>> BeginBulkLoad(const Clearance& clearance,
                                                             const LoadOptions& options) = 0;

  // Folds all quads into one run, at full speed. Reads and writes go on. Errors: kCancelled,
  // kDeadlineExceeded; kDataLoss, kUnavailable. After an error the store has what it had.
  virtual Status Compact(const CancellationToken& cancellation) = 0;

  // Looks whether everything in the store agrees with everything else, as of now; reads and writes
  // go on. Errors: those of `cancellation`; kUnavailable. What is wrong is in the findings.
  virtual StatusOr<VerifyResult> Verify(const VerifyOptions& options,
                                        const CancellationToken& cancellation) = 0;

  // A store of its own at `directory`, which must not exist, on the same file system: hard links,
  // so that it takes a moment. It waits for a load or a compaction that is running, and Backup too:
  // those wait for it. Errors: kFailedPrecondition, kUnavailable.
  virtual Status Checkpoint(const std::string& directory) = 0;
  // Adds the store as of now to the backups in a directory and keeps the newest
  // (storage/maintenance/backup.h). Reads and writes go on. Errors: as KvStore::Backup.
  virtual StatusOr<BackupInfo> Backup(const std::string& backup_directory,
                                      const BackupOptions& options) = 0;

  // Tells `visitor` everything that has been recorded up to now, whatever its marking, in the order
  // of recording; reads and writes go on. Errors: the visitor's, those of `cancellation`;
  // kDataLoss, kUnavailable.
  virtual Status VisitHistory(const HistoryOptions& options, HistoryVisitor* visitor,
                              const CancellationToken& cancellation) = 0;

  virtual StoreStatistics Statistics() const = 0;

  // Small records of whoever serves the store, which are no facts: accounts and the like. They are
  // in backups and checkpoints, not in dumps, and have no revisions. Names are free.
  //
  // Errors: kDataLoss, kUnavailable.
  virtual StatusOr<std::map<std::string, std::string>> ServerRecords() const = 0;
  // Sets what has a value and removes what has none: all of it or nothing, durable when it returns.
  virtual Status WriteServerRecords(
      const std::map<std::string, std::optional<std::string>>& changes) = 0;

  // A directory on the store's file system for what is being prepared for it. Emptied when the
  // store is opened; files only.
  virtual std::string ScratchDirectory() const = 0;

  // OK, or why the store takes no writes at present (StoreStatistics::read_only_reason), without
  // collecting all the rest: for who looks often. kUnavailable, or kDataLoss.
  virtual Status write_failure() const = 0;
};

}  // namespace sightline::storage
