#include "storage/kv/kv_store.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/statistics.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <sstream>
#include <utility>
#include <vector>

#include "storage/base/check.h"
#include "storage/base/mutex.h"
#include "storage/kv/engine_log.h"
#include "storage/kv/flush_gate.h"
#include "storage/kv/kv_activity.h"
#include "storage/kv/kv_backup.h"
#include "storage/kv/log_damage.h"
#include "storage/kv/rocks_status.h"
#include "storage/kv/store_directory.h"
#include "storage/kv/write_trouble.h"

namespace sightline::storage {
namespace {

// Part of the persistent format, in the order of ColumnFamily.
constexpr std::array<const char*, kColumnFamilyCount> kFamilyNames = {
    "meta",        "term_to_id",        "id_to_term",  "quads",      "statements",
    "retractions", "contexts",          "catalog",     "names",      "commits",
    "requests",    "statement_columns", "term_blocks", "term_index", "name_postings"};

// In kMeta: files in ingest/ that are being taken in, "family name" a line.
constexpr char kIngestKey[] = "ingest";

// In the order of ColumnFamily, and the default family behind them.
using FamilyHandles = std::array<rocksdb::ColumnFamilyHandle*, kColumnFamilyCount + 1>;

rocksdb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

rocksdb::DBOptions DatabaseOptions(rocksdb::Env* env, std::shared_ptr<WriteTrouble> trouble,
                                   std::shared_ptr<rocksdb::Statistics> counts) {
  rocksdb::DBOptions options;
  options.statistics = std::move(counts);
  options.env = env;
  options.create_if_missing = true;  // StoreDirectory has decided already.
  options.paranoid_checks = true;
  // The log is handed to the system by FlushLog and SyncLog, once for those who commit together: a
  // writer who appended to it by himself, in the gate, would wait for the sync of those before him.
  options.manual_wal_flush = true;
  // Refuses a log that is damaged before its end, where kPointInTimeRecovery would drop what
  // follows without a word, acknowledged commits included. (kAbsoluteConsistency would refuse even
  // a log that was cut off while it was written.) OpenDatabase looks closer when it refuses.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.max_open_files = 512;  // Not -1: descriptors are the server's scarcest resource.
  options.max_background_jobs = 2;
  options.max_total_wal_size = 128ull << 20;
  options.db_write_buffer_size = 96ull << 20;
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.keep_log_file_num = 2;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.listeners = {std::move(trouble)};
  options.max_bgerror_resume_count = 0;  // KvStore::Recover does it.
  // All that counts is in the log (Recover writes one entry that is not, and does not count).
  options.avoid_flush_during_shutdown = true;
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
  // Blocks of quads and columns are packed already: a general compressor would find a fifth more
  // and make reading what is not cached four times slower.
  const bool is_packed =
      family == ColumnFamily::kQuads || family == ColumnFamily::kStatementColumns;
  options.compression = is_packed ? rocksdb::kNoCompression : rocksdb::kLZ4Compression;
  // Front-coded terms: not much more than half of LZ4's bytes, for some 10 us where a block is not
  // cached (tests/bench/storage/dictionary_bench.cc).
  if (family == ColumnFamily::kTermBlocks) options.compression = rocksdb::kZSTD;
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
  void DeleteRange(ColumnFamily family, std::string_view lower, std::string_view upper) override {
    SL_CHECK(lower < upper);
    Keep(batch_.DeleteRange(Handle(family), ToSlice(lower), ToSlice(upper)));
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

class RocksFileWriter final : public KvFileWriter {
 public:
  RocksFileWriter(const rocksdb::Options& options, ColumnFamily family, std::string path)
      : family_(family), path_(std::move(path)), writer_(rocksdb::EnvOptions(), options) {}

  Status Open() { return Checked(writer_.Open(path_)); }

  Status Put(std::string_view key, std::string_view value) override {
    if (entry_count_ > 0 && !(last_key_ < key)) {
      return InvalidArgument("The keys of a table file must ascend");
    }
    SL_RETURN_IF_ERROR(Checked(writer_.Put(ToSlice(key), ToSlice(value))));
    last_key_ = key;
    ++entry_count_;
    return OkStatus();
  }

  uint64_t entry_count() const override { return entry_count_; }

  StatusOr<KvFile> Finish() override {
    if (entry_count_ == 0) return FailedPrecondition("A table file must have an entry");
    rocksdb::ExternalSstFileInfo info;
    SL_RETURN_IF_ERROR(Checked(writer_.Finish(&info)));
    return KvFile{family_, path_, entry_count_, info.file_size};
  }

 private:
  static Status Checked(const rocksdb::Status& status) {
    return FromRocks("Writing a table file", status);
  }

  const ColumnFamily family_;
  const std::string path_;
  rocksdb::SstFileWriter writer_;
  std::string last_key_;
  uint64_t entry_count_ = 0;
};

class RocksStore final : public KvStore {
 public:
  RocksStore(std::unique_ptr<StoreDirectory> directory, std::shared_ptr<rocksdb::Cache> cache,
             uint32_t format_version)
      : directory_(std::move(directory)),
        cache_(std::move(cache)),
        format_version_(format_version) {}

  ~RocksStore() override {
    if (db_ == nullptr) return;
    ClaimAll();
    flush_gate_->Open();
    for (rocksdb::ColumnFamilyHandle* family : families_) {
      // Null when their creation has failed.
      if (family != nullptr) db_->DestroyColumnFamilyHandle(family).PermitUncheckedError();
    }
    db_->Close().PermitUncheckedError();
  }

  Status OpenDatabase(rocksdb::Env* env) {
    flush_gate_ = std::make_unique<FlushGate>(env, trouble_);
    rocksdb::DBOptions options = DatabaseOptions(flush_gate_.get(), trouble_, counts_);
    options.info_log = MakeEngineLog(directory_->path());
    SL_RETURN_IF_ERROR(CheckCurrent(env));
    // What a process that died was preparing is of no use to anyone.
    SL_RETURN_IF_ERROR(EmptyDirectory(env, ScratchDirectory()));
    rocksdb::Status opened = TryOpen(options);
    if (opened.IsCorruption() && db_ == nullptr) {
      // Records torn by a power cut, with holes in them, were not acknowledged.
      SL_ASSIGN_OR_RETURN(const LogDamage damage, InspectLogs(env, directory_->path()));
      if (damage == LogDamage::kUnsynced) {
        options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
        opened = TryOpen(options);
      }
    }
    if (opened.IsInvalidArgument()) {
      // A column family that we do not know, or that has other options.
      return FailedPrecondition("The files are not those of a store this program knows: {}",
                                opened.ToString());
    }
    if (opened.ok()) opened = FillMemory();
    SL_RETURN_IF_ERROR(FromRocks("Opening the store", opened));
    flush_gate_->Close();
    return EndIngest();
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
    return WriteBatch(rocks_batch.batch(), durability);
  }

  Status WriteBuffered(const KvBatch& batch) override {
    const auto& rocks_batch = static_cast<const RocksBatch&>(batch);
    if (!rocks_batch.failure().ok()) return FromRocks("Writing the store", rocks_batch.failure());
    {
      MutexLock lock(&log_mutex_);
      if (unflushed_bytes_ + batch.bytes() <= kUnflushedBytesMax) {
        return AppendBatch(rocks_batch.batch(), /*sync=*/false);
      }
    }
    return WriteBatch(rocks_batch.batch(), Durability::kRelaxed);
  }

  std::unique_ptr<KvBatch> NewBatch() const override {
    return std::make_unique<RocksBatch>(&families_);
  }

  std::string ScratchDirectory() const override { return directory_->path() + "/scratch"; }

  Status FlushLog() override {
    MutexLock file_lock(&log_file_mutex_);
    MutexLock lock(&log_mutex_);
    return FlushBuffer();
  }

  Status SyncLog() override {
    MutexLock file_lock(&log_file_mutex_);
    LogPosition synced;
    {
      // Nobody appends meanwhile, so that the log ends between two records.
      MutexLock lock(&log_mutex_);
      SL_RETURN_IF_ERROR(FlushBuffer());
      synced = LogEnd();
    }
    // An earlier log may be the one that could not be written.
    SL_RETURN_IF_ERROR(trouble_->log_status());
    const auto begin = std::chrono::steady_clock::now();
    SL_RETURN_IF_ERROR(FromRocks("Syncing the log", db_->SyncWAL()));
    CountSync(begin);
    MutexLock lock(&log_mutex_);
    durable_ = std::max(durable_, synced);
    return OkStatus();
  }

  Status write_trouble() const override {
    const Status status = trouble_->status();
    if (!status.ok() || !ingest_has_failed_) return status;
    MutexLock lock(&log_mutex_);
    return ingest_failure_;
  }

  Status Recover() override {
    SL_RETURN_IF_ERROR(TryDisk());
    MutexLock file_lock(&log_file_mutex_);
    MutexLock lock(&log_mutex_);
    // All that is in memory goes into table files, and a new log begins: what is in the old one,
    // failed writes and what a failed sync has left of others, does not count any more. Where
    // Resume found nothing in memory it has kept a log that has failed, which says so when it is
    // asked to write; the next one finds the entry of FillMemory. Work in the background that
    // failed while the cause was there may end a Resume, too.
    constexpr int kAttempts = 4;
    rocksdb::Status status;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      status = ResumeRocks();
      if (status.ok()) status = FillMemory();
      if (status.ok()) status = db_->FlushWAL(/*sync=*/false);
      if (status.ok()) break;
    }
    // A log that can be written can be synced as well.
    rocksdb::WriteBatch probe;
    rocksdb::WriteOptions options;
    options.sync = true;
    if (status.ok()) status = probe.PutLogData(ToSlice(EncodeDurableClaim(durable_)));
    if (status.ok()) status = db_->Write(options, &probe);
    if (!status.ok()) return FromRocks("Taking up writing again", status);
    if (!ingest_failure_.ok()) {
      SL_RETURN_IF_ERROR(TakeEntriesIn(ingesting_));
      ingest_failure_ = OkStatus();
      ingest_has_failed_ = false;
    }
    trouble_->Clear();
    flush_gate_->Release();
    return OkStatus();
  }

  StatusOr<std::unique_ptr<KvFileWriter>> NewFileWriter(ColumnFamily family,
                                                        const std::string& path) override {
    const rocksdb::Options options(db_->GetDBOptions(), FamilyOptions(family, cache_));
    auto writer = std::make_unique<RocksFileWriter>(options, family, path);
    SL_RETURN_IF_ERROR(writer->Open());
    return std::unique_ptr<KvFileWriter>(std::move(writer));
  }

  Status Ingest(const std::vector<KvFile>& files) override {
    std::map<ColumnFamily, std::vector<std::string>> paths;
    for (const KvFile& file : files) paths[file.family].push_back(file.path);
    std::vector<rocksdb::IngestExternalFileArg> arguments;
    for (auto& [family, family_paths] : paths) {
      arguments.push_back(IngestArgument(family, std::move(family_paths)));
    }
    // What is taken in may refer to what was written before, and its durability is not the log's.
    SL_RETURN_IF_ERROR(SyncLog());
    SL_RETURN_IF_ERROR(trouble_->status());
    if (trouble_->has_occurred()) return IngestByHand(files);
    return FromRocks("Taking in table files", db_->IngestExternalFiles(arguments));
  }

  uint64_t DiskBytes() const override {
    rocksdb::Env* env = db_->GetEnv();
    std::vector<rocksdb::Env::FileAttributes> files;
    if (!env->GetChildrenFileAttributes(directory_->path(), &files).ok()) return 0;
    uint64_t bytes = 0;
    for (const auto& file : files) bytes += file.size_bytes;
    return bytes;
  }

  std::vector<KvFamilyBytes> BytesByFamily() const override {
    std::vector<KvFamilyBytes> families;
    for (int i = 0; i < kColumnFamilyCount; ++i) {
      KvFamilyBytes family{kFamilyNames[i], 0, 0};
      rocksdb::ColumnFamilyHandle* const handle = families_[i];
      db_->GetIntProperty(handle, rocksdb::DB::Properties::kLiveSstFilesSize, &family.disk_bytes);
      db_->GetIntProperty(handle, rocksdb::DB::Properties::kCurSizeAllMemTables,
                          &family.memory_bytes);
      families.push_back(family);
    }
    return families;
  }

  KvActivity Activity() const {
    KvActivity activity;
    activity.cache_hits = counts_->getTickerCount(rocksdb::BLOCK_CACHE_HIT);
    activity.cache_misses = counts_->getTickerCount(rocksdb::BLOCK_CACHE_MISS);
    activity.cache_bytes = cache_->GetUsage();
    activity.cache_bytes_max = cache_->GetCapacity();
    activity.log_bytes = counts_->getTickerCount(rocksdb::WAL_FILE_BYTES);
    activity.log_syncs = syncs_.load(std::memory_order_relaxed);
    activity.log_sync_micros = sync_micros_.load(std::memory_order_relaxed);
    return activity;
  }

  Status VerifyChecksums() const override {
    return FromRocks("Verifying the table files", db_->VerifyChecksum());
  }

  Status Checkpoint(const std::string& directory) override {
    SL_RETURN_IF_ERROR(FlushLog());
    return CheckpointDatabase(db_.get(), directory, format_version_);
  }

  StatusOr<KvBackup> Backup(const std::string& backup_directory,
                            const KvBackupOptions& options) override {
    SL_RETURN_IF_ERROR(FlushLog());
    return BackUpDatabase(db_.get(), backup_directory, options, format_version_);
  }

 private:
  // Of RocksDB's buffer of the log, which holds 1 MiB.
  static constexpr uint64_t kUnflushedBytesMax = 512 << 10;

  Status WriteBatch(rocksdb::WriteBatch* batch, Durability durability) {
    MutexLock file_lock(&log_file_mutex_);
    MutexLock lock(&log_mutex_);
    const bool sync = durability == Durability::kSynced;
    SL_RETURN_IF_ERROR(AppendBatch(batch, sync));
    return sync ? OkStatus() : FlushBuffer();
  }

  Status FlushBuffer() SL_REQUIRES(log_file_mutex_, log_mutex_) {
    SL_RETURN_IF_ERROR(FromRocks("Writing the log", db_->FlushWAL(/*sync=*/false)));
    unflushed_bytes_ = 0;
    return OkStatus();
  }

  Status AppendBatch(rocksdb::WriteBatch* batch, bool sync) SL_REQUIRES(log_mutex_) {
    rocksdb::WriteOptions options;
    options.sync = sync;
    rocksdb::Status status = batch->PutLogData(ToSlice(EncodeDurableClaim(durable_)));
    const auto begin = std::chrono::steady_clock::now();
    if (status.ok()) status = db_->Write(options, batch);
    if (!status.ok()) return FromRocks("Writing the store", status);
    has_written_ = true;
    unflushed_bytes_ = sync ? 0 : unflushed_bytes_ + batch->GetDataSize();
    if (sync) {
      CountSync(begin);
      durable_ = std::max(durable_, LogEnd());
    }
    return OkStatus();
  }

  void CountSync(std::chrono::steady_clock::time_point begin) {
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - begin);
    syncs_.fetch_add(1, std::memory_order_relaxed);
    sync_micros_.fetch_add(static_cast<uint64_t>(micros.count()), std::memory_order_relaxed);
  }

  // Counts only: histograms and timers would cost a reader some percents.
  static std::shared_ptr<rocksdb::Statistics> MakeCounts() {
    auto counts = rocksdb::CreateDBStatistics();
    counts->set_stats_level(rocksdb::StatsLevel::kExceptHistogramOrTimers);
    return counts;
  }

  // Where the log ends. Asked only while nobody writes: it must be between two records. It costs a
  // call of the system, so that it is asked once a sync and not once a write.
  LogPosition LogEnd() SL_REQUIRES(log_mutex_) {
    std::unique_ptr<rocksdb::LogFile> log;
    if (!db_->GetCurrentWalFile(&log).ok()) return {};
    return {log->LogNumber(), log->SizeFileBytes()};
  }

  // Claims for the last records, too, which nobody else will. What fails here fails no write.
  void ClaimAll() {
    {
      MutexLock lock(&log_mutex_);
      if (!has_written_) return;
    }
    if (!trouble_->status().ok() || !SyncLog().ok()) return;
    MutexLock lock(&log_mutex_);
    rocksdb::WriteBatch claim;
    if (!claim.PutLogData(ToSlice(EncodeDurableClaim(durable_))).ok()) return;
    db_->Write(rocksdb::WriteOptions(), &claim).PermitUncheckedError();
    db_->FlushWAL(/*sync=*/false).PermitUncheckedError();
  }

  // DB::Resume. RocksDB 7.8 asserts there that a manifest which could not be written has made it
  // keep all files; but a recovery that ends forgets such orders, and among them one that a failure
  // on another thread has given since. So it is given once more.
  rocksdb::Status ResumeRocks() {
    rocksdb::Status status = db_->DisableFileDeletions();
    if (!status.ok()) return status;
    flush_gate_->Open();
    status = db_->Resume();
    flush_gate_->Close();
    const rocksdb::Status enabled = db_->EnableFileDeletions(/*force=*/false);
    return status.ok() ? enabled : status;
  }

  // RocksDB gets rid of a log that has failed only when something is in memory that must be written
  // elsewhere. This is, and needs no log: an entry of the default family, which nobody reads.
  rocksdb::Status FillMemory() {
    rocksdb::WriteOptions options;
    options.disableWAL = true;
    return db_->Put(options, families_.back(), "memory", "");
  }

  // --- Ingest after trouble
  //
  // RocksDB 7.8 keeps a mark of trouble (ErrorHandler::is_db_stopped_) that Resume does not take
  // away, and when it is asked to take in files then, it stops the process (an assertion: it goes
  // on without having reserved a number for them). So their entries are written, as many as there
  // are, past the log. That all of them come or none is seen to by a note: the files are moved to
  // where they stay, the note says that they are to be taken in, and goes when all of them are.
  // Where it is found by Recover, or when the store is opened, it is done once more from the
  // beginning.

  std::string IngestDirectory() const { return directory_->path() + "/ingest"; }

  Status IngestByHand(const std::vector<KvFile>& files) {
    rocksdb::Env* const env = db_->GetEnv();
    SL_RETURN_IF_ERROR(EmptyDirectory(env, IngestDirectory()));
    MutexLock file_lock(&log_file_mutex_);
    MutexLock lock(&log_mutex_);
    std::vector<KvFile> moved = files;
    std::string note;
    for (KvFile& file : moved) {
      const std::string name = fmt::format("{}.sst", &file - moved.data());
      const std::string path = IngestDirectory() + "/" + name;
      SL_RETURN_IF_ERROR(FromRocks("Taking in table files", env->RenameFile(file.path, path)));
      file.path = path;
      note += fmt::format("{} {}\n", static_cast<int>(file.family), name);
    }
    // The names of the files, and that of their directory.
    SL_RETURN_IF_ERROR(SyncParentOf(env, moved.front().path));
    SL_RETURN_IF_ERROR(SyncParentOf(env, IngestDirectory()));
    rocksdb::WriteBatch batch;
    rocksdb::Status status = batch.Put(Handle(ColumnFamily::kMeta), kIngestKey, note);
    SL_RETURN_IF_ERROR(FromRocks("Taking in table files", status));
    SL_RETURN_IF_ERROR(AppendBatch(&batch, /*sync=*/true));
    const Status taken = TakeEntriesIn(moved);
    if (!taken.ok()) {
      ingesting_ = std::move(moved);
      ingest_failure_ = taken;
      ingest_has_failed_ = true;
    }
    return taken;
  }

  // Writes the entries of the files, which a note names, and takes the note away.
  Status TakeEntriesIn(const std::vector<KvFile>& files) SL_REQUIRES(log_mutex_) {
    constexpr uint64_t kPieceBytes = 256 << 10;
    for (const KvFile& file : files) {
      rocksdb::SstFileReader reader(
          rocksdb::Options(db_->GetDBOptions(), FamilyOptions(file.family, cache_)));
      SL_RETURN_IF_ERROR(FromRocks("Taking in table files", reader.Open(file.path)));
      rocksdb::ReadOptions options;
      options.verify_checksums = true;
      const std::unique_ptr<rocksdb::Iterator> iterator(reader.NewIterator(options));
      rocksdb::WriteBatch piece;
      for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
        const rocksdb::Status put =
            piece.Put(Handle(file.family), iterator->key(), iterator->value());
        SL_RETURN_IF_ERROR(FromRocks("Taking in table files", put));
        if (piece.GetDataSize() < kPieceBytes) continue;
        SL_RETURN_IF_ERROR(AppendBatch(&piece, /*sync=*/false));
        piece.Clear();
      }
      SL_RETURN_IF_ERROR(FromRocks("Taking in table files", iterator->status()));
      SL_RETURN_IF_ERROR(AppendBatch(&piece, /*sync=*/false));
    }
    // Syncs what is before it in the log, too.
    SL_RETURN_IF_ERROR(RemoveNote());
    for (const KvFile& file : files) db_->GetEnv()->DeleteFile(file.path).PermitUncheckedError();
    return OkStatus();
  }

  Status RemoveNote() SL_REQUIRES(log_mutex_) {
    rocksdb::WriteBatch batch;
    const rocksdb::Status status = batch.Delete(Handle(ColumnFamily::kMeta), kIngestKey);
    SL_RETURN_IF_ERROR(FromRocks("Taking in table files", status));
    return AppendBatch(&batch, /*sync=*/true);
  }

  // When the store is opened: ends what a process that died had begun.
  Status EndIngest() {
    rocksdb::Env* const env = db_->GetEnv();
    const StatusOr<std::string> note = Get(ColumnFamily::kMeta, kIngestKey, nullptr);
    if (!note.ok() && note.status().code() != StatusCode::kNotFound) return note.status();
    if (note.ok()) {
      std::map<int, std::vector<std::string>> paths;
      std::istringstream lines(*note);
      int family = 0;
      std::string name;
      while (lines >> family >> name) {
        if (family < 0 || family >= kColumnFamilyCount) {
          return DataLoss("The note of files to be taken in is damaged");
        }
        paths[family].push_back(IngestDirectory() + "/" + name);
      }
      // Files go when all has been done.
      const bool is_done = std::any_of(paths.begin(), paths.end(), [env](const auto& entry) {
        return std::any_of(entry.second.begin(), entry.second.end(),
                           [env](const auto& path) { return env->FileExists(path).IsNotFound(); });
      });
      if (!is_done) {
        std::vector<rocksdb::IngestExternalFileArg> arguments;
        for (auto& [number, family_paths] : paths) {
          arguments.push_back(IngestArgument(static_cast<ColumnFamily>(number), family_paths));
        }
        SL_RETURN_IF_ERROR(FromRocks("Taking in table files", db_->IngestExternalFiles(arguments)));
      }
      MutexLock lock(&log_mutex_);
      SL_RETURN_IF_ERROR(RemoveNote());
    }
    return env->FileExists(IngestDirectory()).ok() ? EmptyDirectory(env, IngestDirectory())
                                                   : OkStatus();
  }

  rocksdb::IngestExternalFileArg IngestArgument(ColumnFamily family,
                                                std::vector<std::string> paths) const {
    rocksdb::IngestExternalFileArg argument;
    argument.column_family = Handle(family);
    argument.external_files = std::move(paths);
    argument.options.move_files = true;
    // Else RocksDB would write into files that are complete and synced.
    argument.options.write_global_seqno = false;
    return argument;
  }

  // Whether the disk takes and syncs a file of some size.
  Status TryDisk() {
    constexpr size_t kTrialBytes = 1 << 20;
    rocksdb::Env* env = db_->GetEnv();
    const std::string path = ScratchDirectory() + "/trial";
    const rocksdb::Status written =
        rocksdb::WriteStringToFile(env, std::string(kTrialBytes, '\0'), path, /*should_sync=*/true);
    env->DeleteFile(path).PermitUncheckedError();
    return FromRocks("Trying the disk", written);
  }

  // Of files; makes it when it is missing.
  static Status EmptyDirectory(rocksdb::Env* env, const std::string& directory) {
    rocksdb::Status status = env->CreateDirIfMissing(directory);
    std::vector<std::string> names;
    if (status.ok()) status = env->GetChildren(directory, &names);
    for (const std::string& name : names) {
      if (status.ok()) status = env->DeleteFile(directory + "/" + name);
    }
    return FromRocks("Emptying a directory of the store", status);
  }

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
  const std::shared_ptr<WriteTrouble> trouble_ = std::make_shared<WriteTrouble>();
  const std::shared_ptr<rocksdb::Statistics> counts_ = MakeCounts();
  std::atomic<uint64_t> syncs_{0}, sync_micros_{0};
  const uint32_t format_version_;
  bool is_new_ = false;
  std::unique_ptr<FlushGate> flush_gate_;
  std::unique_ptr<rocksdb::DB> db_;
  FamilyHandles families_{};

  // Held by whoever writes to the file of the log or syncs it; taken before log_mutex_. RocksDB
  // stops the process (an assertion) when it is to sync a log that could not be written: so nobody
  // may fail to while a sync is on its way. Who only appends to the buffer goes on meanwhile.
  Mutex log_file_mutex_;
  mutable Mutex log_mutex_;
  uint64_t unflushed_bytes_ SL_GUARDED_BY(log_mutex_) = 0;  // In the log's buffer, about.
  bool has_written_ SL_GUARDED_BY(log_mutex_) = false;      // Since it was opened.
  LogPosition durable_ SL_GUARDED_BY(log_mutex_);  // Up to where it is known to be on disk.
  // Files that a note names and that have not been taken in, and why not.
  std::vector<KvFile> ingesting_ SL_GUARDED_BY(log_mutex_);
  Status ingest_failure_ SL_GUARDED_BY(log_mutex_);
  std::atomic<bool> ingest_has_failed_{false};  // Asked by every writer, who need not wait.
};

}  // namespace

KvActivity ActivityOf(const KvStore& store) {
  return static_cast<const RocksStore&>(store).Activity();
}

StatusOr<std::unique_ptr<KvStore>> KvStore::Open(const std::string& directory,
                                                 const KvOptions& options) {
  rocksdb::Env* env = options.env != nullptr ? options.env : rocksdb::Env::Default();
  SL_ASSIGN_OR_RETURN(auto locked, StoreDirectory::Open(env, directory, options.create_if_missing,
                                                        options.format_version));
  auto cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  auto store =
      std::make_unique<RocksStore>(std::move(locked), std::move(cache), options.format_version);
  SL_RETURN_IF_ERROR(store->OpenDatabase(env));
  return store;
}

}  // namespace sightline::storage
