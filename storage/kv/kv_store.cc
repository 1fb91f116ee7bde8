#include "storage/kv/kv_store.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "storage/base/check.h"
#include "storage/kv/log_damage.h"
#include "storage/kv/rocks_status.h"
#include "storage/kv/store_directory.h"

namespace sightline::storage {
namespace {

// Part of the persistent format, in the order of ColumnFamily.
constexpr std::array<const char*, kColumnFamilyCount> kFamilyNames = {
    "meta",     "term_to_id", "id_to_term", "quads",   "statements", "retractions",
    "contexts", "catalog",    "names",      "commits", "requests"};

// In the order of ColumnFamily, and the default family behind them.
using FamilyHandles = std::array<rocksdb::ColumnFamilyHandle*, kColumnFamilyCount + 1>;

rocksdb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

rocksdb::DBOptions DatabaseOptions(rocksdb::Env* env) {
  rocksdb::DBOptions options;
  options.env = env;
  options.create_if_missing = true;  // StoreDirectory has decided already.
  options.paranoid_checks = true;
  options.manual_wal_flush = false;
  // Refuses a log that is damaged before its end, where kPointInTimeRecovery would drop what
  // follows without a word, acknowledged commits included. (kAbsoluteConsistency would refuse even
  // a log that was cut off while it was written.) OpenDatabase looks closer when it refuses.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.max_open_files = 512;  // Not -1: descriptors are the server's scarcest resource.
  options.max_background_jobs = 2;
  options.max_total_wal_size = 128ull << 20;
  options.db_write_buffer_size = 96ull << 20;
  // RocksDB's own log: enough to explain the last trouble, never a growing file.
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.keep_log_file_num = 2;
  options.max_log_file_size = 1 << 20;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

rocksdb::ColumnFamilyOptions FamilyOptions(ColumnFamily family,
                                           const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.block_size = family == ColumnFamily::kQuads ? 16 << 10 : 8 << 10;
  table.cache_index_and_filter_blocks = false;
  table.format_version = 5;
  const bool point_lookups = family == ColumnFamily::kTermToId || family == ColumnFamily::kRequests;
  if (point_lookups) table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.compression = rocksdb::kLZ4Compression;
  options.write_buffer_size = family == ColumnFamily::kQuads ? 32 << 20 : 16 << 20;
  return options;
}

class RocksSnapshot final : public KvSnapshot {
 public:
  explicit RocksSnapshot(rocksdb::DB* db) : db_(db), snapshot_(db->GetSnapshot()) {}
  ~RocksSnapshot() override { db_->ReleaseSnapshot(snapshot_); }

  const rocksdb::Snapshot* get() const { return snapshot_; }

 private:
  rocksdb::DB* const db_;
  const rocksdb::Snapshot* const snapshot_;
};

rocksdb::ReadOptions ReadOptionsAt(const KvSnapshot* snapshot) {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  if (snapshot != nullptr) options.snapshot = static_cast<const RocksSnapshot*>(snapshot)->get();
  return options;
}

class RocksIterator final : public KvIterator {
 public:
  RocksIterator(rocksdb::DB* db, rocksdb::ColumnFamilyHandle* family, std::string_view lower,
                std::string_view upper, const KvSnapshot* snapshot)
      : lower_(lower), upper_(upper), lower_slice_(lower_), upper_slice_(upper_) {
    rocksdb::ReadOptions options = ReadOptionsAt(snapshot);
    if (!lower_.empty()) options.iterate_lower_bound = &lower_slice_;
    if (!upper_.empty()) options.iterate_upper_bound = &upper_slice_;
    iterator_.reset(db->NewIterator(options, family));
  }

  void SeekToFirst() override { iterator_->SeekToFirst(); }
  void Seek(std::string_view key) override {
    // RocksDB asserts that a key lies within the bounds in some of its paths.
    iterator_->Seek(ToSlice(key < lower_ ? std::string_view(lower_) : key));
  }
  void Next() override {
    SL_CHECK(iterator_->Valid());
    iterator_->Next();
  }
  bool Valid() const override { return iterator_->Valid(); }
  std::string_view key() const override {
    SL_CHECK(iterator_->Valid());
    return ToView(iterator_->key());
  }
  std::string_view value() const override {
    SL_CHECK(iterator_->Valid());
    return ToView(iterator_->value());
  }
  Status status() const override { return FromRocks("Reading the store", iterator_->status()); }

 private:
  const std::string lower_;
  const std::string upper_;
  const rocksdb::Slice lower_slice_;  // RocksDB keeps pointers to these.
  const rocksdb::Slice upper_slice_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

class RocksBatch final : public KvBatch {
 public:
  explicit RocksBatch(const FamilyHandles* families) : families_(families) {}

  void Put(ColumnFamily family, std::string_view key, std::string_view value) override {
    Keep(batch_.Put(Handle(family), ToSlice(key), ToSlice(value)));
  }
  void Delete(ColumnFamily family, std::string_view key) override {
    Keep(batch_.Delete(Handle(family), ToSlice(key)));
  }
  uint64_t bytes() const override { return batch_.GetDataSize(); }

  rocksdb::WriteBatch* batch() const { return &batch_; }
  // The first refusal, e.g. of a key over 4 GiB: the batch must not be written then.
  const rocksdb::Status& failure() const { return failure_; }

 private:
  rocksdb::ColumnFamilyHandle* Handle(ColumnFamily family) const {
    return (*families_)[static_cast<size_t>(family)];
  }
  void Keep(const rocksdb::Status& status) {
    if (failure_.ok()) failure_ = status;
  }

  const FamilyHandles* const families_;
  mutable rocksdb::WriteBatch batch_;  // DB::Write takes it mutable and numbers it.
  rocksdb::Status failure_;
};

class RocksStore final : public KvStore {
 public:
  RocksStore(std::unique_ptr<StoreDirectory> directory, std::shared_ptr<rocksdb::Cache> cache)
      : directory_(std::move(directory)), cache_(std::move(cache)) {}

  ~RocksStore() override {
    if (db_ == nullptr) return;
    for (rocksdb::ColumnFamilyHandle* family : families_) {
      // Null when their creation has failed.
      if (family != nullptr) db_->DestroyColumnFamilyHandle(family).PermitUncheckedError();
    }
    db_->Close().PermitUncheckedError();
  }

  Status OpenDatabase(rocksdb::Env* env) {
    rocksdb::DBOptions options = DatabaseOptions(env);
    SL_RETURN_IF_ERROR(CheckCurrent(env));
    rocksdb::Status opened = TryOpen(options);
    if (opened.IsCorruption() && db_ == nullptr) {
      // A record torn by a power cut, with its end on disk and a hole in it, was not acknowledged.
      SL_ASSIGN_OR_RETURN(const LogDamage damage, InspectLogs(env, directory_->path()));
      if (damage == LogDamage::kLastRecord) {
        options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
        opened = TryOpen(options);
      }
    }
    if (opened.IsInvalidArgument()) {
      // A column family that we do not know, or that has other options.
      return FailedPrecondition("The files are not those of a store this program knows: {}",
                                opened.ToString());
    }
    return FromRocks("Opening the store", opened);
  }

  StatusOr<std::string> Get(ColumnFamily family, std::string_view key,
                            const KvSnapshot* snapshot) const override {
    rocksdb::PinnableSlice value;
    const rocksdb::Status status =
        db_->Get(ReadOptionsAt(snapshot), Handle(family), ToSlice(key), &value);
    if (!status.ok()) return FromRocks("Reading the store", status);
    return std::string(value.data(), value.size());
  }

  std::unique_ptr<KvIterator> NewIterator(ColumnFamily family, std::string_view lower,
                                          std::string_view upper,
                                          const KvSnapshot* snapshot) const override {
    return std::make_unique<RocksIterator>(db_.get(), Handle(family), lower, upper, snapshot);
  }

  std::shared_ptr<const KvSnapshot> TakeSnapshot() const override {
    return std::make_shared<RocksSnapshot>(db_.get());
  }

  Status Write(const KvBatch& batch, Durability durability) override {
    const auto& rocks_batch = static_cast<const RocksBatch&>(batch);
    if (!rocks_batch.failure().ok()) return FromRocks("Writing the store", rocks_batch.failure());
    rocksdb::WriteOptions options;
    options.sync = durability == Durability::kSynced;
    return FromRocks("Writing the store", db_->Write(options, rocks_batch.batch()));
  }

  std::unique_ptr<KvBatch> NewBatch() const override {
    return std::make_unique<RocksBatch>(&families_);
  }

  uint64_t DiskBytes() const override {
    rocksdb::Env* env = db_->GetEnv();
    std::vector<rocksdb::Env::FileAttributes> files;
    if (!env->GetChildrenFileAttributes(directory_->path(), &files).ok()) return 0;
    uint64_t bytes = 0;
    for (const auto& file : files) bytes += file.size_bytes;
    return bytes;
  }

 private:
  // Without its file CURRENT, RocksDB takes a directory for a new database and would start afresh
  // over our data. It writes CURRENT before any log or table.
  Status CheckCurrent(rocksdb::Env* env) {
    std::vector<std::string> names;
    if (const rocksdb::Status listed = env->GetChildren(directory_->path(), &names); !listed.ok()) {
      return FromRocks("Reading the directory of the store", listed);
    }
    is_new_ = std::find(names.begin(), names.end(), "CURRENT") == names.end();
    const bool has_data = std::any_of(names.begin(), names.end(), [](const std::string& name) {
      return name.ends_with(".log") || name.ends_with(".sst");
    });
    if (is_new_ && has_data) {
      return DataLoss("The store has lost its file CURRENT; restore it from a backup: {}",
                      directory_->path());
    }
    return OkStatus();
  }

  // Opens the families that there are, then creates those that are missing: all of them in a new
  // store, some where the creation was cut short or an older program created it. All in one call,
  // because each call syncs four times for the options alone.
  rocksdb::Status TryOpen(const rocksdb::DBOptions& options) {
    std::vector<std::string> present = {rocksdb::kDefaultColumnFamilyName};
    if (!is_new_) {
      const rocksdb::Status listed =
          rocksdb::DB::ListColumnFamilies(options, directory_->path(), &present);
      if (!listed.ok()) return listed;
    }
    std::vector<rocksdb::ColumnFamilyDescriptor> existing, missing;
    for (int i = 0; i < kColumnFamilyCount; ++i) {
      const bool exists =
          std::find(present.begin(), present.end(), kFamilyNames[i]) != present.end();
      (exists ? existing : missing)
          .emplace_back(kFamilyNames[i], FamilyOptions(static_cast<ColumnFamily>(i), cache_));
    }
    // The default family exists in every RocksDB database; we leave it empty.
    existing.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions());
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    rocksdb::Status status =
        rocksdb::DB::Open(options, directory_->path(), existing, &handles, &db);
    if (!status.ok()) return status;
    db_.reset(db);
    if (!missing.empty()) {
      std::vector<rocksdb::ColumnFamilyHandle*> created;
      status = db_->CreateColumnFamilies(missing, &created);
      handles.insert(handles.end(), created.begin(), created.end());
    }
    for (rocksdb::ColumnFamilyHandle* handle : handles) {
      const auto place = std::find(kFamilyNames.begin(), kFamilyNames.end(), handle->GetName());
      families_[static_cast<size_t>(place - kFamilyNames.begin())] = handle;
    }
    return status;
  }

  rocksdb::ColumnFamilyHandle* Handle(ColumnFamily family) const {
    return families_[static_cast<size_t>(family)];
  }

  // Order matters: the database goes before the cache and before the lock on the directory.
  const std::unique_ptr<StoreDirectory> directory_;
  const std::shared_ptr<rocksdb::Cache> cache_;
  bool is_new_ = false;
  std::unique_ptr<rocksdb::DB> db_;
  FamilyHandles families_{};
};

}  // namespace

StatusOr<std::unique_ptr<KvStore>> KvStore::Open(const std::string& directory,
                                                 const KvOptions& options) {
  rocksdb::Env* env = options.env != nullptr ? options.env : rocksdb::Env::Default();
  SL_ASSIGN_OR_RETURN(auto locked, StoreDirectory::Open(env, directory, options.create_if_missing,
                                                        options.format_version));
  auto cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  auto store = std::make_unique<RocksStore>(std::move(locked), std::move(cache));
  SL_RETURN_IF_ERROR(store->OpenDatabase(env));
  return store;
}

}  // namespace sightline::storage
