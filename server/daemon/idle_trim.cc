#include "server/daemon/idle_trim.h"

#include <algorithm>
#include <utility>

namespace sightline::server {

IdleTrim::IdleTrim(std::chrono::milliseconds interval, std::function<int64_t()> open,
                   std::function<void()> trim)
    : interval_(interval),
      open_(std::move(open)),
      trim_(std::move(trim)),
      thread_([this] { Run(); }) {}

IdleTrim::~IdleTrim() {
  {
    storage::MutexLock lock(&mutex_);
    stops_ = true;
    stop_.notify_all();
  }
  thread_.join();
}

void IdleTrim::Run() {
  int64_t most = 0, before = 0;
  while (true) {
    {
      storage::MutexLock lock(&mutex_);
      if (!stops_) stop_.wait_for(lock.native(), interval_);
      if (stops_) return;
    }
    const int64_t now = open_();
    most = std::max(most, now);
    // gRPC frees what a connection held a while after it has ended.
    const bool is_quiet = now >= std::exchange(before, now);
    if (!is_quiet || most - now < kGoneMin) continue;
    trim_();
    most = now;
  }
}

}  // namespace sightline::server
