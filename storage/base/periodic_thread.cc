#include "storage/base/periodic_thread.h"

#include <utility>

namespace sightline::storage {

PeriodicThread::PeriodicThread(std::chrono::milliseconds interval, std::function<void()> work)
    : interval_(interval), work_(std::move(work)), thread_([this] { Run(); }) {}

PeriodicThread::~PeriodicThread() {
  {
    MutexLock lock(&mutex_);
    stops_ = true;
    stop_.notify_all();
  }
  thread_.join();
}

bool PeriodicThread::Wait() {
  const auto until = std::chrono::steady_clock::now() + interval_;
  MutexLock lock(&mutex_);
  while (!stops_ && stop_.wait_until(lock.native(), until) == std::cv_status::no_timeout) {
  }
  return !stops_;
}

void PeriodicThread::Run() {
  while (Wait()) work_();
}

}  // namespace sightline::storage
