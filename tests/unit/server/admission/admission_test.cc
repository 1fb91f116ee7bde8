#include "server/admission/admission.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>
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

}  // namespace
}  // namespace sightline::server
