#include "server/admission/admission.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

namespace sightline::server {
namespace {

// Work that stays on its thread until it is let go.
class Gate {
 public:
  std::function<void()> Work() {
    return [this] {
      entered_.fetch_add(1);
      future_.wait();
    };
  }
  void Open() { promise_.set_value(); }
  void AwaitEntered(int count) {
    while (entered_.load() < count) std::this_thread::yield();
  }
  int entered() const { return entered_.load(); }

 private:
  std::atomic<int> entered_{0};
  std::promise<void> promise_;
  std::shared_future<void> future_ = promise_.get_future().share();
};

TEST(Admission, RunsAtMostSoManyQueriesAndQueuesTheRest) {
  Gate gate;
  std::atomic<int> ran{0};
  Admission admission({.running_max = 2, .queued_max = 3, .results_max = 100});
  ASSERT_TRUE(admission.Submit(Lane::kRead, false, gate.Work()).ok());
  ASSERT_TRUE(admission.Submit(Lane::kRead, false, gate.Work()).ok());
  gate.AwaitEntered(2);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(admission.Submit(Lane::kRead, false, [&ran] { ran.fetch_add(1); }).ok());
  }
  EXPECT_EQ(admission.Submit(Lane::kRead, false, [] {}).code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(ran.load(), 0);
  gate.Open();
  admission.Stop();
  EXPECT_EQ(ran.load(), 3);
}

TEST(Admission, WritersDoNotUseUpTheReadersThreads) {
  Gate writer;
  Admission admission({.running_max = 1, .queued_max = 8, .results_max = 100});
  ASSERT_TRUE(admission.Submit(Lane::kWrite, false, writer.Work()).ok());
  ASSERT_TRUE(admission.Submit(Lane::kWrite, false, writer.Work()).ok());
  writer.AwaitEntered(1);
  std::promise<void> read;
  ASSERT_TRUE(admission.Submit(Lane::kRead, false, [&read] { read.set_value(); }).ok());
  read.get_future().wait();
  EXPECT_EQ(writer.entered(), 1);  // One writer at a time.
  writer.Open();
}

TEST(Admission, BoundsOpenResultsUntilTheyAreClosed) {
  Admission admission({.running_max = 1, .queued_max = 8, .results_max = 2});
  ASSERT_TRUE(admission.Submit(Lane::kRead, true, [] {}).ok());
  ASSERT_TRUE(admission.Submit(Lane::kRead, true, [] {}).ok());
  EXPECT_EQ(admission.Submit(Lane::kRead, true, [] {}).code(), StatusCode::kResourceExhausted);
  EXPECT_TRUE(admission.Submit(Lane::kRead, false, [] {}).ok());
  admission.CloseResult();
  EXPECT_TRUE(admission.Submit(Lane::kRead, true, [] {}).ok());
}

TEST(Admission, AResultThatIsGivenUpCountsNoMore) {
  Admission admission({.running_max = 1, .queued_max = 8, .results_max = 2});
  ASSERT_TRUE(admission.Submit(Lane::kRead, true, [] {}).ok());
  EXPECT_FALSE(admission.IsFullOfResults());
  ASSERT_TRUE(admission.Submit(Lane::kRead, true, [] {}).ok());
  EXPECT_TRUE(admission.IsFullOfResults());
  admission.GiveUpResult();
  EXPECT_TRUE(admission.Submit(Lane::kRead, true, [] {}).ok());
  // Its end comes later, and frees nothing twice.
  admission.CloseResult();
  EXPECT_EQ(admission.Submit(Lane::kRead, true, [] {}).code(), StatusCode::kResourceExhausted);
  admission.CloseResult();
  EXPECT_TRUE(admission.Submit(Lane::kRead, true, [] {}).ok());
}

TEST(Admission, StepsAndNewWorkTakeTurns) {
  Gate gate;
  std::string order;  // Written by the one thread only.
  Admission admission({.running_max = 1, .queued_max = 8, .results_max = 8});
  ASSERT_TRUE(admission.Submit(Lane::kRead, false, gate.Work()).ok());
  gate.AwaitEntered(1);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(admission.Submit(Lane::kRead, false, [&order] { order += 'n'; }).ok());
    admission.Continue([&order] { order += 's'; });
  }
  gate.Open();
  admission.Stop();
  EXPECT_EQ(order, "snsnsn");
}

TEST(Admission, RefusesNewWorkAfterStopAndFinishesTheOld) {
  std::atomic<int> ran{0};
  Admission admission({.running_max = 1, .queued_max = 8, .results_max = 8});
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(admission.Submit(Lane::kRead, false, [&ran] { ran.fetch_add(1); }).ok());
  }
  admission.Stop();
  EXPECT_EQ(ran.load(), 5);
  EXPECT_EQ(admission.Submit(Lane::kRead, false, [] {}).code(), StatusCode::kUnavailable);
}

TEST(Admission, WorkThatNobodyWaitsForLeavesTheQueueAtOnce) {
  Gate gate;
  Admission admission({.running_max = 1, .queued_max = 2, .results_max = 8});
  for (const Lane lane : {Lane::kRead, Lane::kWrite}) {
    ASSERT_TRUE(admission.Submit(lane, false, gate.Work()).ok());
  }
  gate.AwaitEntered(2);
  // Behind work that does not end: one with a deadline, one that is cancelled, on either lane.
  for (const Lane lane : {Lane::kRead, Lane::kWrite}) {
    const storage::CancellationToken late(std::chrono::steady_clock::now() +
                                          std::chrono::milliseconds(30));
    storage::CancellationToken cancelled;
    std::promise<Status> late_says, cancelled_says;
    ASSERT_TRUE(admission
                    .Submit(
                        lane, false, [&] { late_says.set_value(late.Check()); }, &late)
                    .ok());
    ASSERT_TRUE(
        admission
            .Submit(
                lane, false, [&] { cancelled_says.set_value(cancelled.Check()); }, &cancelled)
            .ok());
    EXPECT_EQ(admission.Submit(lane, false, [] {}).code(), StatusCode::kResourceExhausted);
    EXPECT_EQ(late_says.get_future().get().code(), StatusCode::kDeadlineExceeded);
    cancelled.Cancel();
    EXPECT_EQ(cancelled_says.get_future().get().code(), StatusCode::kCancelled);
  }
  // Their places are free, and those behind them have not moved.
  std::atomic<int> ran{0};
  const storage::CancellationToken patient;
  ASSERT_TRUE(admission
                  .Submit(
                      Lane::kRead, false, [&ran] { ran.fetch_add(1); }, &patient)
                  .ok());
  ASSERT_TRUE(admission.Submit(Lane::kRead, false, [&ran] { ran.fetch_add(1); }).ok());
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(ran.load(), 0);
  gate.Open();
  admission.Stop();
  EXPECT_EQ(ran.load(), 2);
}

TEST(Admission, ALookUpBeginsAtOnceWhereNobodyWaits) {
  Gate gate;
  Admission admission({.running_max = 2, .queued_max = 8, .results_max = 8});
  ASSERT_TRUE(admission.TryBegin());
  EXPECT_EQ(admission.Statistics().lanes[0].running, 1u);
  EXPECT_EQ(admission.Statistics().results_open, 1u);
  ASSERT_TRUE(admission.TryBegin());
  EXPECT_FALSE(admission.TryBegin()) << "two may run";
  // Nor does a thread of the lane take what waits, before one has ended.
  std::atomic<int> ran{0};
  ASSERT_TRUE(admission.Submit(Lane::kRead, false, [&ran] { ran.fetch_add(1); }).ok());
  admission.Continue([&ran] { ran.fetch_add(1); });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  EXPECT_EQ(ran.load(), 0);
  admission.End();
  while (ran.load() < 2) std::this_thread::yield();
  admission.End();
  EXPECT_EQ(admission.Statistics().results_open, 2u) << "until they are closed";
  admission.CloseResult();
  admission.CloseResult();
}

TEST(Admission, ALookUpDoesNotOvertakeWhatWaits) {
  Gate gate;
  Admission admission({.running_max = 1, .queued_max = 8, .results_max = 1});
  ASSERT_TRUE(admission.Submit(Lane::kRead, false, gate.Work()).ok());
  gate.AwaitEntered(1);
  EXPECT_FALSE(admission.TryBegin()) << "one works";
  gate.Open();
  while (!admission.TryBegin()) std::this_thread::yield();
  admission.End();
  EXPECT_FALSE(admission.TryBegin()) << "a result is open";
  admission.CloseResult();
  admission.Stop();
  EXPECT_FALSE(admission.TryBegin());
}

}  // namespace
}  // namespace sightline::server
