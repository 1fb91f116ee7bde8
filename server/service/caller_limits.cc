#include "server/service/caller_limits.h"

#include <algorithm>

namespace sightline::server {

ServerLimits LimitsFor(const UsageLimits& usage, const ServerLimits& limits) {
  ServerLimits lowered = limits;
  const auto lower = [&lowered](int64_t ServerLimits::*member, int64_t value) {
    if (value > 0) lowered.*member = std::min(lowered.*member, value);
  };
  lower(&ServerLimits::time_ms_default, usage.time_ms);
  lower(&ServerLimits::time_ms_max, usage.time_ms);
  lower(&ServerLimits::write_time_ms_max, usage.time_ms);
  lower(&ServerLimits::rows_max, usage.rows);
  lower(&ServerLimits::memory_bytes_max, usage.memory_bytes);
  lower(&ServerLimits::steps_max, usage.steps);
  lower(&ServerLimits::queries_per_user_max, usage.queries);
  return lowered;
}

}  // namespace sightline::server
