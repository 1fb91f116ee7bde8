// The operations on a store: what OperationRegistry runs.
//
// Thread-safe: each borrows the store, which must outlive the registry that runs it.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "server/operations/operation_registry.h"
#include "storage/store.h"

namespace sightline::server {

// Where backups go. From the server's options, never from a request.
struct BackupPlace {
  std::string directory;  // Empty: nowhere.
  uint32_t keep = 7;      // The newest.
};

OperationRegistry::Work BackupWork(storage::Store* store, const BackupPlace& place);
// None given: the newest.
OperationRegistry::Work VerifyBackupWork(const BackupPlace& place, std::optional<uint32_t> id);
// The store as it is now; reads and writes go on.
OperationRegistry::Work VerifyWork(storage::Store* store);
OperationRegistry::Work CompactionWork(storage::Store* store);

}  // namespace sightline::server
