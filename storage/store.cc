#include "storage/store.h"

#include <utility>

#include "storage/load/store_load.h"
#include "storage/maintenance/background_compaction.h"
#include "storage/maintenance/compactor.h"
#include "storage/maintenance/history.h"
#include "storage/txn/snapshot_view.h"
#include "storage/txn/store_state.h"
#include "storage/txn/store_transaction.h"

namespace sightline::storage {
namespace {

// In kMeta, before a record's name.
constexpr std::string_view kServerRecordPrefix = "server/";
constexpr std::string_view kServerRecordEnd = "server0";  // '0' follows '/'.

class OpenStore final : public Store {
 public:
  OpenStore(std::shared_ptr<StoreState> state, const StoreOptions& options)
      : state_(std::move(state)), compactor_(state_, options.compaction) {
    if (!options.compacts_in_background) return;
    background_ = std::make_unique<BackgroundCompaction>(&compactor_);
    state_->SetPublishListener([this] {
      if (compactor_.IsDue()) background_->Wake();
    });
  }
  ~OpenStore() override { state_->SetPublishListener(nullptr); }

  const IdCipher& ids() const override { return state_->ids(); }
  Revision revision() const override { return state_->published()->revision; }

  StatusOr<std::shared_ptr<const ReadView>> OpenReadView(std::optional<Revision> revision,
                                                         const Clearance& clearance) override {
    PublishedPtr published = state_->published();
    const Revision wanted = revision.value_or(published->revision);
    if (wanted > published->revision) {
      // Without numbers: how many commits there are is not for everybody.
      return OutOfRange("The revision has not been committed yet");
    }
    auto catalog =
        wanted == published->revision ? published->catalog : state_->catalogs().CatalogAt(wanted);
    return std::shared_ptr<const ReadView>(std::make_shared<SnapshotView>(
        state_, std::move(published), wanted, std::move(catalog),
        std::make_shared<const Clearance>(clearance), SnapshotView::Pending{}));
  }

  StatusOr<std::unique_ptr<Transaction>> BeginTransaction(
      const Clearance& clearance, const CancellationToken* cancellation) override {
    return StoreTransaction::Begin(state_, clearance, cancellation);
  }

  StatusOr<std::optional<RememberedReply>> FindRequest(std::string_view request_id) const override {
    return FindReply(state_->kv(), state_->published()->snapshot.get(), request_id);
  }

  StatusOr<std::unique_ptr<StoreLoad>> BeginBulkLoad(const Clearance& clearance,
                                                     const LoadOptions& options) override {
    return StoreLoad::Begin(state_, &compactor_, clearance, options);
  }

  Status Compact(const CancellationToken& cancellation) override {
    return compactor_.CompactAll(cancellation);
  }

  std::string ScratchDirectory() const override { return state_->kv().ScratchDirectory(); }

  StoreStatistics Statistics() const override {
    const PublishedPtr published = state_->published();
    StoreStatistics statistics;
    statistics.revision = published->revision;
    statistics.statements = published->statement_count;
    statistics.quads = published->counters.quads;
    statistics.terms = published->counters.dictionary.total();
    statistics.disk_bytes = state_->kv().DiskBytes();
    statistics.families = state_->kv().BytesByFamily();
    statistics.activity = ActivityOf(state_->kv());
    statistics.delta_quads = published->delta->quad_count();
    statistics.runs = published->runs->runs.size();
    for (const RunInfo& run : published->runs->runs) {
      statistics.run_bytes += run.bytes;
      statistics.run_blocks += run.block_count;
    }
    statistics.statements_folded = published->runs->folded_through.value;
    statistics.compaction = compactor_.Statistics();
    if (background_ != nullptr) statistics.compaction_status = background_->status();
    statistics.read_only_reason = MessageOf(state_->write_failure());
    return statistics;
  }

  Status write_failure() const override { return state_->write_failure(); }

  StatusOr<std::map<std::string, std::string>> ServerRecords() const override {
    std::map<std::string, std::string> records;
    const auto found = state_->kv().NewIterator(ColumnFamily::kMeta, kServerRecordPrefix,
                                                kServerRecordEnd, nullptr);
    for (found->SeekToFirst(); found->Valid(); found->Next()) {
      records.emplace(found->key().substr(kServerRecordPrefix.size()), found->value());
    }
    SL_RETURN_IF_ERROR(found->status());
    return records;
  }

  Status WriteServerRecords(
      const std::map<std::string, std::optional<std::string>>& changes) override {
    const auto batch = state_->kv().NewBatch();
    for (const auto& [name, value] : changes) {
      const std::string key = std::string(kServerRecordPrefix) + name;
      if (value) {
        batch->Put(ColumnFamily::kMeta, key, *value);
      } else {
        batch->Delete(ColumnFamily::kMeta, key);
      }
    }
    return state_->kv().Write(*batch, Durability::kSynced);
  }

  StatusOr<VerifyResult> Verify(const VerifyOptions& options,
                                const CancellationToken& cancellation) override {
    return VerifyStore(state_->kv(), state_->published()->snapshot, options, cancellation);
  }

  Status VisitHistory(const HistoryOptions& options, HistoryVisitor* visitor,
                      const CancellationToken& cancellation) override {
    return storage::VisitHistory(state_, options, visitor, cancellation);
  }

  Status Checkpoint(const std::string& directory) override {
    SL_ASSIGN_OR_RETURN(const auto change, RunChange::Take(state_, nullptr));
    return state_->kv().Checkpoint(directory);
  }

  StatusOr<BackupInfo> Backup(const std::string& backup_directory,
                              const BackupOptions& options) override {
    // The log is copied after the table files. No run may come between, which the log would name.
    SL_ASSIGN_OR_RETURN(const auto change, RunChange::Take(state_, options.cancellation));
    return state_->kv().Backup(backup_directory, options);
  }

 private:
  // Views and transactions share it, so that one that is dropped late does no harm.
  const std::shared_ptr<StoreState> state_;
  Compactor compactor_;
  std::unique_ptr<BackgroundCompaction> background_;  // Null when nobody is to work by himself.
};

}  // namespace

StatusOr<std::unique_ptr<Store>> Store::Open(const std::string& directory,
                                             const StoreOptions& options) {
  KvOptions kv_options = options.kv;
  kv_options.create_if_missing = options.create_if_missing && options.kv.create_if_missing;
  kv_options.format_version = kFormatVersion;
  SL_ASSIGN_OR_RETURN(auto kv, KvStore::Open(directory, kv_options));
  SL_ASSIGN_OR_RETURN(auto state, StoreState::Load(std::move(kv), options.clock, kFormatVersion,
                                                   options.hides_numbers));
  return std::make_unique<OpenStore>(std::move(state), options);
}

}  // namespace sightline::storage
