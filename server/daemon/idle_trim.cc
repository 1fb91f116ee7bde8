#include "server/daemon/idle_trim.h"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace sightline::server {

int64_t UnusedHeapBytes() { return static_cast<int64_t>(::mallinfo2().fordblks); }

IdleTrim::IdleTrim(std::chrono::milliseconds interval, std::function<int64_t()> unused,
                   std::function<void()> trim)
    : unused_(std::move(unused)),
      trim_(std::move(trim)),
      least_(unused_()),
      thread_(interval, [this] { Look(); }) {}

void IdleTrim::Look() {
  const int64_t now = unused_();
  least_ = std::min(least_, now);
  const bool is_steady = std::abs(now - std::exchange(before_, now)) < kSteady;
  if (!is_steady || now - least_ < kUnusedMin) return;
  trim_();
  least_ = now;
}

}  // namespace sightline::server
