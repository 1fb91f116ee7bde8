// CallRegistry: the calls that are running, so that a stalled one can be cut and a shutdown can
// wait for the rest.
//
// Thread safety: safe from any thread.

#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "storage/base/mutex.h"

namespace sightline::server {

// One call. Its owner says when it waits for its client and when the client has moved.
//
// Thread safety: one thread at a time, except that the registry may cancel at any time.
class RegisteredCall {
 public:
  void WaitForClient();
  void ClientMoved();
  // Cancels it, from any thread. Whether it was not over, or cancelled, before.
  bool Cancel();
  // From here on it has a result open, of which there are so many (Admission).
  void OpenResult() { has_result_.store(true, std::memory_order_relaxed); }

 private:
  friend class CallRegistry;
  using Clock = std::chrono::steady_clock;

  // Recursive: cancelling a call may finish it at once, on the same thread.
  std::recursive_mutex mutex_;
  std::function<void()> cancel_;              // Empty once the call is over. Guarded by mutex_.
  std::atomic<Clock::rep> waiting_since_{0};  // 0: does not wait.
  std::atomic<bool> has_result_{false};
};

class CallRegistry {
 public:
  // Calls whose client has not moved for `stall_max` are cancelled. Looks every `interval`.
  CallRegistry(std::chrono::milliseconds stall_max, std::chrono::milliseconds interval);
  // REQUIRES: every call has been removed.
  ~CallRegistry();

  // `cancel` is called at most once, from any thread, and never after Remove.
  std::shared_ptr<RegisteredCall> Add(std::function<void()> cancel);
  void Remove(const std::shared_ptr<RegisteredCall>& call);

  // Cancels the one of the calls with a result whose client has not moved for longest, `at_least`
  // so long. Whether there was one.
  bool CutIdlestResult(std::chrono::milliseconds at_least);

  size_t running() const;
  uint64_t stalled() const { return stalled_.load(std::memory_order_relaxed); }  // Cut for it.
  // From now on draining() is true: new calls should be refused.
  void StartDraining() { draining_.store(true, std::memory_order_relaxed); }
  bool draining() const { return draining_.load(std::memory_order_relaxed); }
  // Waits until no call runs, or for `timeout`. Whether none runs.
  bool WaitIdle(std::chrono::milliseconds timeout);

 private:
  void Watch();

  const std::chrono::milliseconds stall_max_;
  const std::chrono::milliseconds interval_;
  std::atomic<bool> draining_{false};
  std::atomic<uint64_t> stalled_{0};
  mutable storage::Mutex mutex_;
  std::condition_variable changed_;
  std::set<std::shared_ptr<RegisteredCall>> calls_ SL_GUARDED_BY(mutex_);
  bool stopping_ SL_GUARDED_BY(mutex_) = false;
  std::thread watcher_;
};

}  // namespace sightline::server
