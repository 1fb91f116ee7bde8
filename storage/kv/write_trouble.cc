#include "storage/kv/write_trouble.h"

#include <string_view>

#include "storage/kv/rocks_status.h"

namespace sightline::storage {
namespace {

constexpr std::string_view kWritingTheLog = "Writing the log";

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
      return kWritingTheLog;
  }
}

}  // namespace

Status WriteTrouble::status() const {
  MutexLock lock(&mutex_);
  return status_;
}

Status WriteTrouble::log_status() const {
  MutexLock lock(&mutex_);
  return log_status_;
}

bool WriteTrouble::has_occurred() const {
  MutexLock lock(&mutex_);
  return has_occurred_;
}

void WriteTrouble::Clear() {
  MutexLock lock(&mutex_);
  status_ = OkStatus();
  log_status_ = OkStatus();
}

void WriteTrouble::OnBackgroundError(rocksdb::BackgroundErrorReason reason,
                                     rocksdb::Status* error) {
  // Merging is tried again by itself, and writing goes on meanwhile.
  if (error->severity() < rocksdb::Status::Severity::kHardError) return;
  {
    MutexLock lock(&mutex_);
    const std::string_view action = ActionOf(reason);
    if (status_.ok()) status_ = FromRocks(action, *error);
    if (log_status_.ok() && action == kWritingTheLog) log_status_ = FromRocks(action, *error);
    has_occurred_ = true;
  }
  if (error->IsIOError()) {
    *error = rocksdb::Status(*error, rocksdb::Status::Severity::kHardError);
  }
}

}  // namespace sightline::storage
