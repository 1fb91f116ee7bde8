// StoreDirectory: makes sure that a directory is ours before RocksDB touches it, and that we are
// the only ones who have it open.
//
// A store's directory holds a marker file, SIGHTLINE, that names the format version in plain text.
// It is written first and read first, so that a foreign directory, or one of a newer version, is
// refused as it was found. The lock is a file of its own (SIGHTLINE.lock): closing any descriptor
// of a file drops a POSIX lock on it, so the marker itself cannot carry the lock.

#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "storage/base/status.h"

namespace rocksdb {
class Env;
class FileLock;
}  // namespace rocksdb

namespace sightline::storage {

// Makes the directory's own name durable.
Status SyncParentOf(rocksdb::Env* env, const std::string& path);
// Makes the directory when it is missing. Errors: kFailedPrecondition when it holds anything or is
// none; kUnavailable.
Status MakeEmptyDirectory(rocksdb::Env* env, const std::string& path);
// Makes a store of a directory that has all else. Durable, and so are the names in the directory.
Status WriteMarker(rocksdb::Env* env, const std::string& path, uint32_t format_version);

class StoreDirectory {
 public:
  // Checks, locks and, where there is no store yet and one may be created, marks the directory.
  // The lock is held until the object goes. Errors: as KvStore::Open.
  static StatusOr<std::unique_ptr<StoreDirectory>> Open(rocksdb::Env* env, const std::string& path,
                                                        bool create_if_missing,
                                                        uint32_t format_version);
  ~StoreDirectory();
  StoreDirectory(const StoreDirectory&) = delete;
  StoreDirectory& operator=(const StoreDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  StoreDirectory(rocksdb::Env* env, std::string path) : env_(env), path_(std::move(path)) {}

  rocksdb::Env* const env_;
  const std::string path_;
  rocksdb::FileLock* lock_ = nullptr;
};

}  // namespace sightline::storage
