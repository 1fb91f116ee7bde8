#include "server/service/caller_limits.h"

#include <gtest/gtest.h>

namespace sightline::server {
namespace {

TEST(LimitsFor, LowersAndNeverRaises) {
  const ServerLimits server;
  EXPECT_EQ(LimitsByName(LimitsFor({}, server)), LimitsByName(server));
  const ServerLimits lowered = LimitsFor({.time_ms = 5'000,
                                          .rows = server.rows_max + 1,
                                          .memory_bytes = 1 << 20,
                                          .steps = 7,
                                          .queries = 2},
                                         server);
  EXPECT_EQ(lowered.time_ms_default, 5'000);
  EXPECT_EQ(lowered.time_ms_max, 5'000);
  EXPECT_EQ(lowered.write_time_ms_max, 5'000);
  EXPECT_EQ(lowered.rows_max, server.rows_max);
  EXPECT_EQ(lowered.memory_bytes_max, 1 << 20);
  EXPECT_EQ(lowered.steps_max, 7);
  EXPECT_EQ(lowered.queries_per_user_max, 2);
  EXPECT_EQ(lowered.connections_max, server.connections_max);
}

}  // namespace
}  // namespace sightline::server
