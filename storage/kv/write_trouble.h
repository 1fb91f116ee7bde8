// WriteTrouble: hears from RocksDB what has gone wrong on the disk.
//
// RocksDB stops writing after such an error, and takes some for final that are not: a disk that
// could not be synced may be repaired or replaced under a running server. Recovery does not trust
// what is in the log then, but writes all that is in memory into new files and syncs those
// (KvStore::Recover). So every I/O error may be recovered from here; damaged data stays final.
//
// Thread safety: safe from any thread.

#pragma once

#include <rocksdb/listener.h>

#include "storage/base/mutex.h"
#include "storage/base/status.h"

namespace sightline::storage {

class WriteTrouble final : public rocksdb::EventListener {
 public:
  const char* Name() const override { return "sightline.WriteTrouble"; }

  // Of the error that stopped the writing; OK when nothing has.
  Status status() const SL_EXCLUDES(mutex_);
  // The same of the log alone: others keep nobody from syncing it.
  Status log_status() const SL_EXCLUDES(mutex_);
  void Clear() SL_EXCLUDES(mutex_);
  // Whether anything ever has.
  bool has_occurred() const SL_EXCLUDES(mutex_);

  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) override
      SL_EXCLUDES(mutex_);
  // Only Recover ends the trouble.
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* recovers_by_itself) override {
    *recovers_by_itself = false;
  }

 private:
  mutable Mutex mutex_;
  Status status_ SL_GUARDED_BY(mutex_);
  Status log_status_ SL_GUARDED_BY(mutex_);
  bool has_occurred_ SL_GUARDED_BY(mutex_) = false;
};

}  // namespace sightline::storage
