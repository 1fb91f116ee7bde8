#include "query/exec/worker_pool.h"

#include <sys/resource.h>
#include <unistd.h>

#include <utility>

namespace sightline::query {
namespace {

// Added to the process's own niceness: helpers take what those leave who answer calls.
constexpr int kNiceness = 5;

void LowerPriority() {
  // On Linux a thread has a priority of its own. Where it cannot be set, all are equal.
  const auto thread = static_cast<id_t>(gettid());
  setpriority(PRIO_PROCESS, thread, getpriority(PRIO_PROCESS, thread) + kNiceness);
}

}  // namespace

WorkerPool::~WorkerPool() {
  std::vector<std::thread> threads;
  {
    storage::MutexLock lock(&mutex_);
    ends_ = true;
    threads.swap(threads_);
  }
  has_task_.notify_all();
  for (std::thread& thread : threads) thread.join();
}

bool WorkerPool::TryRun(std::function<void()> task) {
  {
    storage::MutexLock lock(&mutex_);
    if (idle_ > 0) {
      --idle_;
    } else if (threads_.size() < thread_count_) {
      threads_.emplace_back([this] { RunTasks(); });
    } else {
      return false;
    }
    tasks_.push_back(std::move(task));
  }
  has_task_.notify_one();
  return true;
}

void WorkerPool::RunTasks() {
  LowerPriority();
  while (true) {
    std::function<void()> task;
    {
      storage::MutexLock lock(&mutex_);
      while (tasks_.empty() && !ends_) has_task_.wait(lock.native());
      if (tasks_.empty()) return;
      task = std::move(tasks_.back());
      tasks_.pop_back();
    }
    task();
    // What it holds goes before the thread is said to be idle.
    task = nullptr;
    storage::MutexLock lock(&mutex_);
    ++idle_;
  }
}

}  // namespace sightline::query
