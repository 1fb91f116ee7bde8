// What sightlined's exit code says. docs/operations.md lists them; scripts rely on them.

#pragma once

#include "storage/base/status.h"

namespace sightline::server {

enum class ExitCode : int {
  kStopped = 0,         // On SIGTERM or SIGINT, after draining.
  kFailed = 1,          // Anything that is none of the others; the message says what.
  kUsage = 2,           // The command line, an address that is not loopback among it.
  kStoreRefused = 3,    // Not ours, of a newer format, in use by another process, or missing.
  kAddressRefused = 4,  // In use, or not ours to use.
  kStoreDamaged = 5,
};

// For a store that did not open.
inline ExitCode ExitCodeOfStoreError(const Status& status) {
  switch (status.code()) {
    case StatusCode::kFailedPrecondition:
    case StatusCode::kNotFound:
    case StatusCode::kInvalidArgument:
    case StatusCode::kPermissionDenied:
      return ExitCode::kStoreRefused;
    case StatusCode::kDataLoss:
      return ExitCode::kStoreDamaged;
    default:
      return ExitCode::kFailed;
  }
}

}  // namespace sightline::server
