// KvStore: the key-value store under everything, RocksDB behind our own words. The only module that
// includes RocksDB; it takes the file system from outside, so that tests can pass one that forgets.
//
// Thread safety: KvStore and KvSnapshot are safe from any thread; an iterator or a batch belongs to
// one thread at a time. Snapshots and iterators must go before the store does.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/cancellation.h"
#include "storage/base/status.h"
#include "storage/kv/kv_backup.h"

namespace rocksdb {
class Env;
}

namespace sightline::storage {

// One column family each. Part of the persistent format: never renumber, only add.
enum class ColumnFamily : uint8_t {
  kMeta = 0,               // "format", counters: small facts about the store itself.
  kTermToId = 1,           // Dictionary: tag + bytes -> number.
  kIdToTerm = 2,           // Dictionary: tag + number -> bytes.
  kQuads = 3,              // Run + permutation + last quad of a block -> block of quads.
  kStatements = 4,         // StatementId -> statement record.
  kRetractions = 5,        // StatementId -> retraction.
  kContexts = 6,           // Context number -> interned context.
  kCatalog = 7,            // Kind + name + revision -> definition.
  kNames = 8,              // Words of a name's form + string TermId -> "".
  kCommits = 9,            // Revision -> commit-log entry.
  kRequests = 10,          // Writer's request_id -> the reply given; the same by revision.
  kStatementColumns = 11,  // Segment number -> what scopes ask for of its statements, by column.
  kTermBlocks = 12,        // Tag + last number of a block -> front-coded terms.
  kTermIndex = 13,         // Tag + segment + where a block begins -> its first number.
  kNamePostings = 14,      // Names by number; trigram, consonant word -> numbers of names.
};
inline constexpr int kColumnFamilyCount = 15;

struct KvFamilyBytes {
  std::string_view name;      // As docs/file-format.md has it. Never freed.
  uint64_t disk_bytes = 0;    // Of its table files.
  uint64_t memory_bytes = 0;  // Not in table files yet; on disk it is in the log.
};

// How durable an acknowledged commit is.
enum class Durability : uint8_t {
  kSynced,  // On disk before the acknowledgement: survives power loss.
  // In the operating system: survives a crash of the process. When the machine stops, the last
  // relaxed commits may be lost: those after the last synced one.
  kRelaxed,
};

struct KvOptions {
  bool create_if_missing = true;
  // Borrowed; null is the machine's own. Tests pass an Env around a file system of theirs.
  rocksdb::Env* env = nullptr;
  uint64_t block_cache_bytes = 256ull << 20;
  // Of the files we are about to write; the marker file names it. A directory of another is
  // refused before anything in it is opened.
  uint32_t format_version = 3;
};

class KvSnapshot;
class KvIterator;
class KvBatch;
class KvFileWriter;

// A table file beside the store that KvStore::Ingest takes in.
struct KvFile {
  ColumnFamily family = ColumnFamily::kMeta;
  std::string path;
  uint64_t entry_count = 0;
  uint64_t bytes = 0;
};

class KvStore {
 public:
  // Errors: kNotFound when there is no store and none may be created; kFailedPrecondition when
  // `directory` holds something that is not ours, or another process has it open; kInvalidArgument
  // for an empty path; kDataLoss on damage; kUnavailable on I/O errors.
  static StatusOr<std::unique_ptr<KvStore>> Open(const std::string& directory,
                                                 const KvOptions& options);
  virtual ~KvStore() = default;

  // Reads at `snapshot`, or the newest state when null. kNotFound when the key is absent.
  virtual StatusOr<std::string> Get(ColumnFamily family, std::string_view key,
                                    const KvSnapshot* snapshot = nullptr) const = 0;
  // Iterates [lower, upper) in byte order; an empty `upper` has no end. Starts before the first
  // key: call Seek or SeekToFirst.
  virtual std::unique_ptr<KvIterator> NewIterator(ColumnFamily family, std::string_view lower,
                                                  std::string_view upper,
                                                  const KvSnapshot* snapshot = nullptr) const = 0;
  virtual std::shared_ptr<const KvSnapshot> TakeSnapshot() const = 0;

  // All of the batch or nothing. kSynced returns after the write-ahead log is on disk. After an
  // error nothing of the batch can be read, and Recover must come before the next write; only when
  // the store is opened anew without it, the batch may be there.
  virtual Status Write(const KvBatch& batch, Durability durability) = 0;

  // As Write, but the batch waits in the process until the next Write, FlushLog or SyncLog: those
  // who commit together give the system one call for all of them.
  virtual Status WriteBuffered(const KvBatch& batch) = 0;

  virtual std::unique_ptr<KvBatch> NewBatch() const = 0;

  // Hands every write that has returned to the system: it survives the end of the process. Errors
  // as SyncLog.
  virtual Status FlushLog() = 0;
  // Makes every write that has returned durable, relaxed ones included: one sync for many commits.
  // After an error what was written can be read; Recover makes it durable.
  virtual Status SyncLog() = 0;

  // OK, or what has gone wrong on the disk, so that nothing can be written until Recover. Reads go
  // on.
  virtual Status write_trouble() const = 0;
  // When the cause has gone, ends the trouble: all that can be read is durable, and no write that
  // has failed will ever appear. Tries the disk first, at little cost. Errors: kUnavailable when
  // the cause is still there, and all is as it was; kDataLoss for damage, which stays.
  virtual Status Recover() = 0;

  // A directory on the store's file system for what is being prepared. Empty when the store is
  // opened; files only.
  virtual std::string ScratchDirectory() const = 0;
  // Writes a table file at `path`, which must not exist, to be taken in by Ingest later. Nothing of
  // it is in the store before. Errors: kUnavailable.
  virtual StatusOr<std::unique_ptr<KvFileWriter>> NewFileWriter(ColumnFamily family,
                                                                const std::string& path) = 0;
  // Takes in files of NewFileWriter, all of them or none, as if their entries had been written now:
  // newer than what is there, seen by no earlier snapshot. Files of one family must not overlap.
  // Durable when it returns, and so is every write before. The files are moved: they must lie on
  // the store's file system. After an error that leaves it unknown how much was taken in, Recover
  // takes in the rest, or opening the store does.
  virtual Status Ingest(const std::vector<KvFile>& files) = 0;

  // Bytes on disk, all files.
  virtual uint64_t DiskBytes() const = 0;
  // What each column family takes, in their order.
  virtual std::vector<KvFamilyBytes> BytesByFamily() const = 0;

  // Reads every block of every table file and compares the checksums. Errors: kDataLoss, which
  // names the file; kUnavailable. Not to be cancelled: as long as it takes to read the store.
  virtual Status VerifyChecksums() const = 0;

  // A store of its own at `directory`, which must not exist: what has been written by now, the
  // table files shared by hard links. Without its marker file, which comes last, it is no store.
  // Errors: kFailedPrecondition when it exists; kUnavailable.
  virtual Status Checkpoint(const std::string& directory) = 0;
  // Adds what has been written by now to the backups in a directory, which is made when it is
  // missing, and keeps the newest. Files that an earlier backup has are not copied again. Errors:
  // kFailedPrecondition when the directory holds something else or is in use; kInvalidArgument when
  // none is to be kept; kCancelled, kDeadlineExceeded; kUnavailable, kDataLoss.
  virtual StatusOr<KvBackup> Backup(const std::string& backup_directory,
                                    const KvBackupOptions& options) = 0;
};

class KvSnapshot {
 public:
  virtual ~KvSnapshot() = default;
};

class KvIterator {
 public:
  virtual ~KvIterator() = default;
  virtual void SeekToFirst() = 0;
  virtual void Seek(std::string_view key) = 0;  // The first key at or after `key`.
  virtual void Next() = 0;                      // REQUIRES: Valid().
  virtual bool Valid() const = 0;
  // Valid until the next call on the iterator. REQUIRES: Valid().
  virtual std::string_view key() const = 0;
  virtual std::string_view value() const = 0;
  // Why the iteration ended, when it was not the end: kDataLoss, kUnavailable.
  virtual Status status() const = 0;
};

class KvBatch {
 public:
  virtual ~KvBatch() = default;
  virtual void Put(ColumnFamily family, std::string_view key, std::string_view value) = 0;
  virtual void Delete(ColumnFamily family, std::string_view key) = 0;
  // Deletes [lower, upper). REQUIRES: lower < upper.
  virtual void DeleteRange(ColumnFamily family, std::string_view lower, std::string_view upper) = 0;
  virtual uint64_t bytes() const = 0;
};

// Thread-compatible. Dropped before Finish, it leaves a file that nobody needs.
class KvFileWriter {
 public:
  virtual ~KvFileWriter() = default;
  // Keys ascend strictly. Errors: kInvalidArgument when they do not; kUnavailable.
  virtual Status Put(std::string_view key, std::string_view value) = 0;
  virtual uint64_t entry_count() const = 0;
  // Ends the file and syncs it. Errors: kUnavailable; kFailedPrecondition when it has no entries.
  virtual StatusOr<KvFile> Finish() = 0;
};

}  // namespace sightline::storage
