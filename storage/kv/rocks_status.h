// RocksStatus: RocksDB's status codes as ours. For storage/kv alone.

#pragma once

#include <rocksdb/status.h>

#include <string_view>

#include "storage/base/status.h"

namespace sightline::storage {

// kDataLoss for damage, kNotFound, kUnavailable for everything that a retry or a repair of the
// machine may cure. `action` says what was being done: "Reading the store".
inline Status FromRocks(std::string_view action, const rocksdb::Status& status) {
  if (status.ok()) return OkStatus();
  if (status.IsCorruption()) return DataLoss("{}: damaged data: {}", action, status.ToString());
  if (status.IsNotFound()) return NotFound("{}: no such key", action);
  return Unavailable("{}: {}", action, status.ToString());
}

}  // namespace sightline::storage
