// IdleTrim: gives the system back what many connections have left behind. The allocator keeps what
// is freed for the next ones, in pieces of all sizes: after a crowd that does not come back, for
// nothing.
//
// Thread safety: `open` is called by the trim's thread; all else on one thread.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "storage/base/periodic_thread.h"

namespace sightline::server {

class IdleTrim {
 public:
  // So many fewer than there were at most make it worth the while.
  static constexpr int64_t kGoneMin = 256;

  // While it lives, asks how many connections are open every `interval`; when many have gone, and
  // for one interval no more have, calls `trim`: malloc_trim, but for tests.
  IdleTrim(std::chrono::milliseconds interval, std::function<int64_t()> open,
           std::function<void()> trim);

 private:
  void Look();

  const std::function<int64_t()> open_;
  const std::function<void()> trim_;
  int64_t most_ = 0, before_ = 0;  // Since the last trim; when it last looked.
  storage::PeriodicThread thread_;
};

}  // namespace sightline::server
