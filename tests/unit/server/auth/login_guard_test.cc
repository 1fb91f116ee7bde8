#include "server/auth/login_guard.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace sightline::server {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

LoginGuard::Clock::time_point now;  // NOLINT: of the fake clock below.

class LoginGuardTest : public ::testing::Test {
 protected:
  void SetUp() override { now = LoginGuard::Clock::time_point(hours(1'000)); }
  void Fail(const std::string& host, int times) {
    for (int i = 0; i < times; ++i) guard_.Fail(host);
  }

  LoginGuard guard_{{.failures_max = 5, .lock = seconds(30), .lock_max = seconds(100)},
                    [] { return now; }};
};

TEST_F(LoginGuardTest, LocksAfterSoManyInARowAndForTwiceAsLongEachTime) {
  Fail("a", 4);
  EXPECT_EQ(guard_.LockedFor("a"), milliseconds(0));
  Fail("a", 1);
  EXPECT_EQ(guard_.LockedFor("a"), seconds(30));
  EXPECT_EQ(guard_.locked_hosts(), 1);
  now += seconds(29);
  EXPECT_EQ(guard_.LockedFor("a"), seconds(1));
  now += seconds(1);
  EXPECT_EQ(guard_.LockedFor("a"), milliseconds(0));
  EXPECT_EQ(guard_.locked_hosts(), 0);
  Fail("a", 1);
  EXPECT_EQ(guard_.LockedFor("a"), seconds(60));
  Fail("a", 1);
  EXPECT_EQ(guard_.LockedFor("a"), seconds(100));
  Fail("a", 1'000);
  EXPECT_EQ(guard_.LockedFor("a"), seconds(100));
}

TEST_F(LoginGuardTest, OthersAreNotLockedOut) {
  Fail("a", 5);
  EXPECT_EQ(guard_.LockedFor("b"), milliseconds(0));
}

TEST_F(LoginGuardTest, ARightOneBeginsAnew) {
  Fail("a", 4);
  guard_.Succeed("a");
  Fail("a", 4);
  EXPECT_EQ(guard_.LockedFor("a"), milliseconds(0));
}

TEST_F(LoginGuardTest, AnHourOfQuietBeginsAnew) {
  Fail("a", 4);
  now += hours(1) + seconds(1);
  Fail("a", 4);
  EXPECT_EQ(guard_.LockedFor("a"), milliseconds(0));
}

TEST_F(LoginGuardTest, ManyAddressesDoNotFillTheMemoryNorForgetTheWorst) {
  for (int i = 0; i < 30'000; ++i) {
    now += milliseconds(1);
    Fail("host" + std::to_string(i), 1);
    if (i % 1'000 == 0) Fail("a", 1);
  }
  EXPECT_GT(guard_.LockedFor("a"), milliseconds(0));
}

}  // namespace
}  // namespace sightline::server
