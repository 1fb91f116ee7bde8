#include "server/daemon/idle_trim.h"

#include <algorithm>
#include <utility>

namespace sightline::server {

IdleTrim::IdleTrim(std::chrono::milliseconds interval, std::function<int64_t()> open,
                   std::function<void()> trim)
    : open_(std::move(open)), trim_(std::move(trim)), thread_(interval, [this] { Look(); }) {}

void IdleTrim::Look() {
  const int64_t now = open_();
  most_ = std::max(most_, now);
  // gRPC frees what a connection held a while after it has ended.
  const bool is_quiet = now >= std::exchange(before_, now);
  if (!is_quiet || most_ - now < kGoneMin) return;
  trim_();
  most_ = now;
}

}  // namespace sightline::server
