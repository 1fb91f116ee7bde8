// IdleTrim: gives the system back what many connections have left behind. The allocator keeps what
// is freed for the next ones, in pieces of all sizes: after a crowd that does not come back, for
// nothing.
//
// Thread safety: `open` is called by the trim's thread; all else on one thread.

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <thread>

#include "storage/base/mutex.h"

namespace sightline::server {

class IdleTrim {
 public:
  // So many fewer than there were at most make it worth the while.
  static constexpr int64_t kGoneMin = 256;

  // Asks how many connections are open every `interval`; when many have gone, and for one interval
  // no more have, calls `trim`: malloc_trim, but for tests.
  IdleTrim(std::chrono::milliseconds interval, std::function<int64_t()> open,
           std::function<void()> trim);
  // Stops.
  ~IdleTrim();
  IdleTrim(const IdleTrim&) = delete;
  IdleTrim& operator=(const IdleTrim&) = delete;

 private:
  void Run();

  const std::chrono::milliseconds interval_;
  const std::function<int64_t()> open_;
  const std::function<void()> trim_;
  storage::Mutex mutex_;
  std::condition_variable stop_;
  bool stops_ SL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace sightline::server
