// What holds for one caller: the server's limits, lowered by his.
//
// Thread-safe: a pure function.

#pragma once

#include "server/auth/usage_limits.h"
#include "server/service/limits.h"

namespace sightline::server {

ServerLimits LimitsFor(const UsageLimits& usage, const ServerLimits& limits);

}  // namespace sightline::server
