#include "query/exec/long_run.h"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

namespace sightline::query {
namespace {

id_t ThisThread() { return static_cast<id_t>(gettid()); }

std::optional<int> Niceness() {
  errno = 0;
  const int niceness = getpriority(PRIO_PROCESS, ThisThread());
  return niceness == -1 && errno != 0 ? std::nullopt : std::optional(niceness);
}

bool SetNiceness(int niceness) { return setpriority(PRIO_PROCESS, ThisThread(), niceness) == 0; }

int64_t ProcessorNanos() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// Whether a niceness that was raised can be lowered again; tried on a thread of its own, once.
bool CanGiveBack() {
  static const bool can = [] {
    bool given_back = false;
    std::thread([&given_back] {
      const std::optional<int> niceness = Niceness();
      given_back = niceness && SetNiceness(*niceness + 1) && SetNiceness(*niceness);
    }).join();
    return given_back;
  }();
  return can;
}

}  // namespace

void LongRun::Ask() {
  if (niceness_) return;
  const int64_t now = ProcessorNanos();
  if (!asked_nanos_) asked_nanos_ = now;
  if (used_nanos_ + now - *asked_nanos_ < kLongNanos || !CanGiveBack()) return;
  const std::optional<int> niceness = Niceness();
  if (niceness && SetNiceness(*niceness + kNiceness)) niceness_ = niceness;
}

void LongRun::End() {
  is_on_ = false;
  if (asked_nanos_) {
    used_nanos_ += ProcessorNanos() - *asked_nanos_;
    asked_nanos_.reset();
  }
  if (niceness_) {
    SetNiceness(*niceness_);
    niceness_.reset();
  }
}

}  // namespace sightline::query
