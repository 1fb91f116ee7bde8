#include "storage/kv/write_trouble.h"

#include <string_view>

#include "storage/kv/rocks_status.h"

namespace sightline::storage {
namespace {

std::string_view ActionOf(rocksdb::BackgroundErrorReason reason) {
  switch (reason) {
    case rocksdb::BackgroundErrorReason::kFlush:
    case rocksdb::BackgroundErrorReason::kFlushNoWAL:
      return "Writing a table file";
    case rocksdb::BackgroundErrorReason::kCompaction:
      return "Merging table files";
    case rocksdb::BackgroundErrorReason::kManifestWrite:
    case rocksdb::BackgroundErrorReason::kManifestWriteNoWAL:
      return "Writing the list of files";
    default:
      return "Writing the log";
  }
}

}  // namespace

Status WriteTrouble::status() const {
  MutexLock lock(&mutex_);
  return status_;
}

bool WriteTrouble::has_occurred() const {
  MutexLock lock(&mutex_);
  return has_occurred_;
}

void WriteTrouble::Clear() {
  MutexLock lock(&mutex_);
  status_ = OkStatus();
}

void WriteTrouble::OnBackgroundError(rocksdb::BackgroundErrorReason reason,
                                     rocksdb::Status* error) {
  // Merging is tried again by itself, and writing goes on meanwhile.
  if (error->severity() < rocksdb::Status::Severity::kHardError) return;
  {
    MutexLock lock(&mutex_);
    if (status_.ok()) status_ = FromRocks(ActionOf(reason), *error);
    has_occurred_ = true;
  }
  if (error->IsIOError()) {
    *error = rocksdb::Status(*error, rocksdb::Status::Severity::kHardError);
  }
}

}  // namespace sightline::storage
