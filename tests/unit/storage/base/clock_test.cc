#include "storage/base/clock.h"

#include <gtest/gtest.h>

namespace sightline::storage {
namespace {

TEST(SystemClock, CountsMicrosecondsSince1970) {
  // Between 2020 and 2100: neither seconds nor nanoseconds would be.
  const int64_t now = Clock::System()->NowMicros();
  EXPECT_GT(now, 1'577'836'800'000'000);
  EXPECT_LT(now, 4'102'444'800'000'000);
}

TEST(SystemClock, IsOne) { EXPECT_EQ(Clock::System(), Clock::System()); }

}  // namespace
}  // namespace sightline::storage
