// WorkerPool: the threads that help queries, a fixed number for all of them together.
//
// A query runs on the thread of whoever asks for its rows; the pool adds to it what is idle, and
// nothing when all is busy: so one client's query cannot take more than what others leave. Helpers
// run at a lower priority than threads that answer calls.
//
// Thread-safe.

#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

#include "storage/base/mutex.h"

namespace sightline::query {

class WorkerPool {
 public:
  // Starts no thread before the first task.
  explicit WorkerPool(size_t thread_count) : thread_count_(thread_count) {}
  // REQUIRES: all tasks have ended.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  size_t thread_count() const { return thread_count_; }
  // Runs the task on an idle thread. False when there is none: then it is not run. It must not
  // throw.
  bool TryRun(std::function<void()> task) SL_EXCLUDES(mutex_);

 private:
  void RunTasks() SL_EXCLUDES(mutex_);

  const size_t thread_count_;
  storage::Mutex mutex_;
  std::condition_variable has_task_;
  std::vector<std::function<void()>> tasks_
      SL_GUARDED_BY(mutex_);               // As many threads wait for them.
  size_t idle_ SL_GUARDED_BY(mutex_) = 0;  // Beside those.
  bool ends_ SL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_ SL_GUARDED_BY(mutex_);
};

}  // namespace sightline::query
