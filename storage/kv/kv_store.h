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

#include "storage/base/status.h"

namespace rocksdb {
class Env;
}

namespace sightline::storage {

// One column family each. Part of the persistent format: never renumber, only add.
enum class ColumnFamily : uint8_t {
  kMeta = 0,         // "format", counters: small facts about the store itself.
  kTermToId = 1,     // Dictionary: tag + bytes -> number.
  kIdToTerm = 2,     // Dictionary: tag + number -> bytes.
  kQuads = 3,        // Permutation + four ids -> "".
  kStatements = 4,   // StatementId -> statement record.
  kRetractions = 5,  // StatementId -> retraction.
  kContexts = 6,     // Context number -> interned context.
  kCatalog = 7,      // Kind + name + revision -> definition.
  kNames = 8,        // Folded name + string TermId -> "".
  kCommits = 9,      // Revision -> commit-log entry.
  kRequests = 10,    // Writer's request_id -> the reply given; the same by revision.
};
inline constexpr int kColumnFamilyCount = 11;

// How durable an acknowledged commit is.
enum class Durability : uint8_t {
  kSynced,  // On disk before the acknowledgement: survives power loss.
  // In the operating system: survives a crash of the process. When the machine stops, relaxed
  // commits since the last synced one may be lost, and where the disk wrote them out of order, Open
  // takes that for damage (storage/kv/log_damage.h): for what can be made again.
  kRelaxed,
};

struct KvOptions {
  bool create_if_missing = true;
  // Borrowed; null is the machine's own. Tests pass an Env around a file system of theirs.
  rocksdb::Env* env = nullptr;
  uint64_t block_cache_bytes = 256ull << 20;
  // Of the files we are about to write; the marker file names it. A directory of a newer one is
  // refused before anything in it is opened.
  uint32_t format_version = 1;
};

class KvSnapshot;
class KvIterator;
class KvBatch;

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

  // All of the batch or nothing. kSynced returns after the write-ahead log is on disk.
  virtual Status Write(const KvBatch& batch, Durability durability) = 0;

  virtual std::unique_ptr<KvBatch> NewBatch() const = 0;
  // Bytes on disk, all files.
  virtual uint64_t DiskBytes() const = 0;
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
  virtual uint64_t bytes() const = 0;
};

}  // namespace sightline::storage
