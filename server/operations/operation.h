// Operation: work that a server does for longer than a caller should wait: who began it, how far it
// is, what came of it.
//
// Thread-compatible plain data.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "storage/base/status.h"
#include "storage/maintenance/backup.h"
#include "storage/maintenance/verifier.h"

namespace sightline::server {

enum class OperationKind : uint8_t { kBackup, kVerifyBackup, kVerify, kCompaction };
inline constexpr int kOperationKindCount = 4;
std::string_view OperationKindName(OperationKind kind);  // "backup", "backup verification", ...

enum class OperationState : uint8_t { kRunning, kSucceeded, kFailed, kCancelled };

struct CompactionResult {
  uint64_t quads = 0;
  uint64_t runs = 0;
  uint64_t run_bytes = 0;
};

// Of one that has succeeded.
using OperationResult =
    std::variant<std::monostate, storage::BackupInfo, storage::VerifyResult, CompactionResult>;

struct Operation {
  uint64_t number = 0;  // From 1, in the order of starting.
  OperationKind kind = OperationKind::kBackup;
  OperationState state = OperationState::kRunning;
  std::string user;  // Who started it.
  int64_t start_micros = 0;
  int64_t end_micros = 0;  // 0: it runs.
  // What it is doing, or was last: "quads". Empty where there is only one thing to do.
  std::string stage;
  // Of the stage; none when it is not known how much there is.
  std::optional<int> percent;
  Status error;  // Of one that has failed.
  OperationResult result;
};

}  // namespace sightline::server
