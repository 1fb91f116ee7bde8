// Backups of a store, many in one directory, which share their table files.
//
// RocksDB's backup engine keeps them: a file that an earlier backup has is not copied again, each
// has a checksum, and a backup counts once its list of files has been renamed into place. One
// process at a time works on a directory (BACKUPS.lock).
//
// Thread safety: safe from any thread.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "storage/base/cancellation.h"
#include "storage/base/status.h"

namespace rocksdb {
class DB;
class Env;
}  // namespace rocksdb

namespace sightline::storage {

struct KvBackup {
  uint32_t id = 0;      // Ascending in the order of making.
  int64_t seconds = 0;  // Since 1970, when it was made.
  uint64_t bytes = 0;   // Of its files; other backups may share them.
  uint32_t format_version = 0;
};

struct KvBackupOptions {
  // How many there are in the end, the newest; at least 1.
  uint32_t keep = 7;
  // Borrowed, may be null. What was copied until then goes with the next backup.
  const CancellationToken* cancellation = nullptr;
  // Called now and then with the bytes that have been copied so far, by a thread of RocksDB's; null
  // for nobody.
  std::function<void(uint64_t bytes)> progress = nullptr;
};

// Those that are complete, oldest first; also while another one is being made. `env` may be null:
// the machine's own; so below. Errors: kNotFound when there is no such directory;
// kFailedPrecondition when it is not one of backups; kUnavailable.
StatusOr<std::vector<KvBackup>> ListKvBackups(rocksdb::Env* env,
                                              const std::string& backup_directory);
// Reads all files of a backup and compares sizes and checksums. Errors: as above; kNotFound for an
// unknown id; kFailedPrecondition also when the directory is in use; kDataLoss.
Status VerifyKvBackup(rocksdb::Env* env, const std::string& backup_directory, uint32_t id);
// Makes a store of a backup, its files' checksums compared, at `target`: a directory that is empty
// or not there. Its marker file comes last: cut short, it is no store, and the directory must be
// emptied first. Errors: as above; kFailedPrecondition for another target, or a newer format than
// `format_version`.
Status RestoreKvBackup(rocksdb::Env* env, const std::string& backup_directory, uint32_t id,
                       const std::string& target, uint32_t format_version);

// --- For KvStore

Status CheckpointDatabase(rocksdb::DB* db, const std::string& directory, uint32_t format_version);
StatusOr<KvBackup> BackUpDatabase(rocksdb::DB* db, const std::string& backup_directory,
                                  const KvBackupOptions& options, uint32_t format_version);

}  // namespace sightline::storage
