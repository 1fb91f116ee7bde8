#include "server/operations/operation_registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string>
#include <thread>

#include "tests/support/fake_clock.h"

namespace sightline::server {
namespace {

using ::testing::HasSubstr;

constexpr std::chrono::seconds kPatience{20};

class OperationRegistryTest : public ::testing::Test {
 protected:
  // Runs until it is released or cancelled.
  OperationRegistry::Work Waiting() {
    return [this](OperationProgress* progress) -> StatusOr<OperationResult> {
      progress->Report("waiting", 1, 4);
      while (release_.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) {
        SL_RETURN_IF_ERROR(progress->cancellation().Check());
      }
      return OperationResult(CompactionResult{.quads = 5, .runs = 1, .run_bytes = 9});
    };
  }
  Operation Started(OperationKind kind, OperationRegistry::Work work) {
    StatusOr<Operation> operation = registry_.Start(kind, "mia", std::move(work));
    EXPECT_TRUE(operation.ok()) << operation.status().ToString();
    return operation.value_or(Operation());
  }
  Operation WaitFor(uint64_t number) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (registry_.Find(number)->state == OperationState::kRunning &&
           std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return *registry_.Find(number);
  }

  std::promise<void> released_;
  std::shared_future<void> release_ = released_.get_future().share();
  test::FakeClock clock_;
  OperationRegistry registry_{&clock_};  // Last: its threads use the others.
};

TEST_F(OperationRegistryTest, TellsHowFarItIsAndWhatCameOfIt) {
  const Operation started = Started(OperationKind::kCompaction, Waiting());
  EXPECT_EQ(started.number, 1u);
  EXPECT_EQ(started.state, OperationState::kRunning);
  EXPECT_EQ(started.user, "mia");
  EXPECT_EQ(started.start_micros, test::FakeClock::kStartMicros);
  Operation now = *registry_.Find(1);
  while (now.stage.empty()) now = *registry_.Find(1);
  EXPECT_EQ(now.stage, "waiting");
  EXPECT_EQ(now.percent, 25);
  clock_.Advance(7);
  released_.set_value();
  const Operation ended = WaitFor(1);
  EXPECT_EQ(ended.state, OperationState::kSucceeded);
  EXPECT_EQ(ended.end_micros, test::FakeClock::kStartMicros + 7);
  EXPECT_EQ(std::get<CompactionResult>(ended.result).quads, 5u);
}

TEST_F(OperationRegistryTest, OfAKindOneRunsAtATime) {
  Started(OperationKind::kBackup, Waiting());
  for (const OperationKind kind : {OperationKind::kBackup, OperationKind::kVerifyBackup}) {
    const auto second = registry_.Start(kind, "mia", Waiting());
    EXPECT_EQ(second.status().code(), StatusCode::kFailedPrecondition);
    EXPECT_THAT(MessageOf(second.status()), HasSubstr("operations/1"));
  }
  EXPECT_EQ(Started(OperationKind::kVerify, Waiting()).number, 2u);
  released_.set_value();
  WaitFor(1);
  WaitFor(2);
  EXPECT_EQ(Started(OperationKind::kBackup, Waiting()).number, 3u);
}

TEST_F(OperationRegistryTest, WhatIsCancelledEndsAndIsNoFailure) {
  Started(OperationKind::kVerify, Waiting());
  EXPECT_TRUE(registry_.Cancel(1).ok());
  EXPECT_EQ(WaitFor(1).state, OperationState::kCancelled);
  EXPECT_TRUE(registry_.Cancel(1).ok());
  EXPECT_EQ(registry_.Cancel(2).status().code(), StatusCode::kNotFound);
}

TEST_F(OperationRegistryTest, WhatFailsSaysWhy) {
  Started(OperationKind::kVerify,
          [](OperationProgress*) -> StatusOr<OperationResult> { return DataLoss("a bit"); });
  const Operation ended = WaitFor(1);
  EXPECT_EQ(ended.state, OperationState::kFailed);
  EXPECT_EQ(ended.error.code(), StatusCode::kDataLoss);
  // Cancelled by nobody: a failure like others.
  Started(OperationKind::kVerify, [](OperationProgress*) -> StatusOr<OperationResult> {
    return MakeStatus(StatusCode::kCancelled, "by itself");
  });
  EXPECT_EQ(WaitFor(2).state, OperationState::kFailed);
}

TEST_F(OperationRegistryTest, RemembersTheLastOnes) {
  const auto nothing = [](OperationProgress*) -> StatusOr<OperationResult> {
    return OperationResult();
  };
  constexpr uint64_t kCount = OperationRegistry::kEndedMax + 5;
  Started(OperationKind::kCompaction, Waiting());  // Runs: not forgotten.
  for (uint64_t i = 2; i <= kCount; ++i) {
    Started(OperationKind::kVerify, nothing);
    WaitFor(i);
  }
  Started(OperationKind::kVerify, nothing);
  const auto list = registry_.List();
  EXPECT_EQ(list.size(), OperationRegistry::kEndedMax + 2);
  EXPECT_EQ(list.front().number, kCount + 1);
  EXPECT_EQ(list.back().number, 1u);
  EXPECT_EQ(registry_.Find(2).status().code(), StatusCode::kNotFound);
}

TEST_F(OperationRegistryTest, StopEndsWhatRunsAndLetsNothingBegin) {
  Started(OperationKind::kCompaction, Waiting());
  registry_.Stop();
  EXPECT_EQ(registry_.Find(1)->state, OperationState::kCancelled);
  EXPECT_EQ(registry_.Start(OperationKind::kVerify, "mia", Waiting()).status().code(),
            StatusCode::kUnavailable);
}

}  // namespace
}  // namespace sightline::server
