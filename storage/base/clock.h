// Clock: where the store gets the time from. Tests hand in their own.
//
// Thread safety: implementations are safe to call from any thread.

#pragma once

#include <cstdint>

namespace sightline::storage {

class Clock {
 public:
  virtual ~Clock() = default;

  // Microseconds since 1970-01-01T00:00:00Z. May jump; the order of events comes from revisions.
  virtual int64_t NowMicros() = 0;

  // The machine's clock. Never null, never destroyed.
  static Clock* System();
};

}  // namespace sightline::storage
