#include "server/service/result_call.h"

#include <gtest/gtest.h>

namespace sightline::server {
namespace {

TEST(EffectiveLimits, UnsetIsTheDefault) {
  const ServerLimits limits;
  const StatusOr<v1::QueryLimits> effective = EffectiveLimits({}, limits);
  ASSERT_TRUE(effective.ok());
  EXPECT_EQ(effective->max_rows(), limits.rows_max);
  EXPECT_EQ(effective->max_memory_bytes(), limits.memory_bytes_max);
  EXPECT_EQ(effective->max_steps(), limits.steps_max);
  EXPECT_EQ(effective->batch_rows(), limits.batch_rows_default);
  EXPECT_EQ(effective->max_time().seconds() * 1'000, limits.time_ms_default);
}

TEST(EffectiveLimits, MayOnlyLower) {
  v1::QueryLimits asked;
  asked.set_max_rows(10);
  asked.set_max_memory_bytes(INT64_MAX);
  asked.set_batch_rows(1'000'000);
  asked.mutable_max_time()->set_seconds(1'000'000);
  const ServerLimits limits;
  const StatusOr<v1::QueryLimits> effective = EffectiveLimits(asked, limits);
  ASSERT_TRUE(effective.ok());
  EXPECT_EQ(effective->max_rows(), 10);
  EXPECT_EQ(effective->max_memory_bytes(), limits.memory_bytes_max);
  EXPECT_EQ(effective->batch_rows(), limits.batch_rows_max);
  EXPECT_EQ(effective->max_time().seconds() * 1'000, limits.time_ms_max);
}

TEST(EffectiveLimits, LessThanAMillisecondIsNotUnset) {
  v1::QueryLimits asked;
  asked.mutable_max_time()->set_nanos(1);
  EXPECT_EQ(EffectiveLimits(asked, {})->max_time().nanos(), 1'000'000);
}

TEST(EffectiveLimits, RefusesNonsense) {
  for (int i = 0; i < 6; ++i) {
    v1::QueryLimits asked;
    if (i == 0) asked.set_max_rows(-1);
    if (i == 1) asked.set_max_memory_bytes(-1);
    if (i == 2) asked.set_max_steps(-1);
    if (i == 3) asked.set_batch_rows(-1);
    if (i == 4) asked.mutable_max_time()->set_seconds(-1);
    if (i == 5) asked.mutable_max_time()->set_seconds(INT64_MAX);
    EXPECT_EQ(EffectiveLimits(asked, {}).status().code(), StatusCode::kInvalidArgument) << i;
  }
}

}  // namespace
}  // namespace sightline::server
