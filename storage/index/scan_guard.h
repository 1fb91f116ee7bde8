// ScanGuard: asked by scans that hold rows of their own: whether they may, and whether anybody
// still waits for them.

#pragma once

#include <cstdint>

#include "storage/base/status.h"

namespace sightline::storage {

// Thread-safe: scans of several threads may ask one.
class ScanGuard {
 public:
  virtual ~ScanGuard() = default;

  // A scan that has held `before` bytes is to hold `bytes`. Asked as it reads, at least once in
  // some thousand rows, and when it is to hold no more, which is no error's affair. An error ends
  // the scan, which holds what it has held until it goes.
  virtual Status Hold(uint64_t before, uint64_t bytes) = 0;
};

}  // namespace sightline::storage
