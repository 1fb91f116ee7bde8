#include "server/auth/read_only_switch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/support/test_store.h"

namespace sightline::server {
namespace {

using test::OrThrow;
using ::testing::HasSubstr;

class ReadOnlySwitchTest : public ::testing::Test {
 protected:
  std::unique_ptr<ReadOnlySwitch> Open(bool is_fixed = false) {
    return OrThrow(ReadOnlySwitch::Open(&*store_, &store_.clock(), is_fixed));
  }
  test::TestStore store_;
};

TEST_F(ReadOnlySwitchTest, IsOffUntilSomebodyTurnsIt) {
  const auto read_only = Open();
  EXPECT_FALSE(read_only->is_on());
  EXPECT_TRUE(read_only->Check().ok());
  EXPECT_EQ(read_only->state().changed_micros, 0);
}

TEST_F(ReadOnlySwitchTest, TellsWriterWhy) {
  const auto read_only = Open();
  test::ThrowIfError(read_only->Set(true, "the disk is being replaced", "mia"));
  const Status status = read_only->Check();
  EXPECT_EQ(status.code(), StatusCode::kPermissionDenied);
  EXPECT_TRUE(IsReadOnly(status));
  EXPECT_THAT(MessageOf(status), HasSubstr("the disk is being replaced"));
  test::ThrowIfError(read_only->Set(false, "", "bob"));
  EXPECT_TRUE(read_only->Check().ok());
  EXPECT_EQ(read_only->state().user, "bob");
  EXPECT_EQ(read_only->state().reason, "");
}

TEST_F(ReadOnlySwitchTest, StaysAsItWasTurned) {
  test::ThrowIfError(Open()->Set(true, "incident 7", "mia"));
  store_.clock().Advance(1'000'000);
  store_.Reopen();
  const ReadOnlySwitch::State state = Open()->state();
  EXPECT_TRUE(state.is_on);
  EXPECT_EQ(state.reason, "incident 7");
  EXPECT_EQ(state.user, "mia");
  EXPECT_EQ(state.changed_micros, test::FakeClock::kStartMicros);
  test::ThrowIfError(Open()->Set(false, "", "mia"));
  EXPECT_FALSE(Open()->is_on());
}

TEST_F(ReadOnlySwitchTest, OfAServerThatWasStartedSoIsNotTurned) {
  const auto fixed = Open(/*is_fixed=*/true);
  EXPECT_TRUE(fixed->is_on());
  EXPECT_EQ(fixed->Set(false, "", "mia").code(), StatusCode::kFailedPrecondition);
  EXPECT_TRUE(fixed->is_on());
  // And leaves nothing behind.
  EXPECT_FALSE(Open()->is_on());
}

TEST_F(ReadOnlySwitchTest, RefusesReasonsThatAreNone) {
  const auto read_only = Open();
  EXPECT_EQ(read_only->Set(true, std::string(501, 'x'), "mia").code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(read_only->Set(true, "\xff", "mia").code(), StatusCode::kInvalidArgument);
  EXPECT_FALSE(read_only->is_on());
}

}  // namespace
}  // namespace sightline::server
