// PeriodicThread: does something again and again while it lives, on a thread of its own.
//
// Thread safety: `work` is called by that thread alone. Make it the last member of its owner, so
// that it ends before what `work` uses does.

#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <thread>

#include "storage/base/mutex.h"

namespace sightline::storage {

class PeriodicThread {
 public:
  // Calls `work` each time `interval` has passed since it last returned; for the first time when it
  // has passed once.
  PeriodicThread(std::chrono::milliseconds interval, std::function<void()> work);
  // Waits for a call that is under way; there is none after it.
  ~PeriodicThread();
  PeriodicThread(const PeriodicThread&) = delete;
  PeriodicThread& operator=(const PeriodicThread&) = delete;

 private:
  void Run();
  // Whether the time has passed, and it is not to stop.
  bool Wait() SL_EXCLUDES(mutex_);

  const std::chrono::milliseconds interval_;
  const std::function<void()> work_;
  Mutex mutex_;
  std::condition_variable stop_;
  bool stops_ SL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // Last: it uses all the others.
};

}  // namespace sightline::storage
