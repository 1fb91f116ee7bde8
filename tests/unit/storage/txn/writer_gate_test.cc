#include "storage/txn/writer_gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "storage/store.h"
#include "tests/support/temp_directory.h"

namespace sightline::storage {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

TEST(WriterGate, GivesUpAtTheDeadline) {
  WriterGate gate;
  ASSERT_TRUE(gate.Enter().ok());
  const CancellationToken token(Clock::now() + milliseconds(50));
  const Status status = gate.Enter(&token);
  EXPECT_EQ(status.code(), StatusCode::kDeadlineExceeded);
  EXPECT_NE(MessageOf(status).find("another writer"), std::string::npos) << status;
  // The place is given up: the next one gets in.
  gate.Leave();
  EXPECT_TRUE(gate.Enter().ok());
  gate.Leave();
}

TEST(WriterGate, GivesUpWhenCancelled) {
  WriterGate gate;
  ASSERT_TRUE(gate.Enter().ok());
  CancellationToken token;
  Status status;
  std::thread waiter([&] { status = gate.Enter(&token); });
  std::this_thread::sleep_for(milliseconds(20));
  token.Cancel();
  waiter.join();
  EXPECT_EQ(status.code(), StatusCode::kCancelled);
  gate.Leave();
  EXPECT_TRUE(gate.Enter().ok());
  gate.Leave();
}

TEST(WriterGate, AFreeGateAsksNobody) {
  WriterGate gate;
  CancellationToken token;
  token.Cancel();
  EXPECT_TRUE(gate.Enter(&token).ok());
  gate.Leave();
}

TEST(WriterGate, ThoseBehindOneThatGaveUpKeepTheirOrder) {
  WriterGate gate;
  ASSERT_TRUE(gate.Enter().ok());
  constexpr int kWriters = 6;
  std::vector<CancellationToken> tokens(kWriters);
  std::vector<int> order;  // Written within the gate.
  std::atomic<int> gave_up{0};
  std::vector<std::thread> writers;
  for (int i = 0; i < kWriters; ++i) {
    writers.emplace_back([&, i] {
      if (!gate.Enter(&tokens[i]).ok()) {
        gave_up.fetch_add(1);
        return;
      }
      order.push_back(i);
      gate.Leave();
    });
    std::this_thread::sleep_for(milliseconds(20));
  }
  // The first, the last and two in the middle leave.
  for (const int i : {0, 2, 3, 5}) tokens[i].Cancel();
  while (gave_up.load() < 4) std::this_thread::yield();
  gate.Leave();
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(order, (std::vector<int>{1, 4}));
}

TEST(WriterGate, NobodyIsLostInACrowd) {
  WriterGate gate;
  constexpr int kThreads = 8, kRounds = 200;
  int inside = 0;  // Of one thread at a time; ThreadSanitizer sees it if not.
  std::atomic<int> entered{0}, gave_up{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < kRounds; ++round) {
        // Every other thread has so little time that it often gives up.
        const CancellationToken token(Clock::now() +
                                      (i % 2 == 0 ? milliseconds(60'000) : milliseconds(0)));
        if (!gate.Enter(&token).ok()) {
          gave_up.fetch_add(1);
          continue;
        }
        EXPECT_EQ(++inside, 1);
        std::this_thread::yield();  // So that others come and have to wait.
        --inside;
        entered.fetch_add(1);
        gate.Leave();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(entered.load() + gave_up.load(), kThreads * kRounds);
  EXPECT_GE(entered.load(), kThreads / 2 * kRounds);
}

// One who comes and goes as fast as he can finds the gate free again and again.
TEST(WriterGate, NobodyIsPassedByForLong) {
  WriterGate gate;
  std::atomic<bool> stop{false};
  std::vector<std::thread> greedy;
  for (int i = 0; i < 2; ++i) {
    greedy.emplace_back([&] {
      while (!stop) {
        EXPECT_TRUE(gate.Enter().ok());
        const auto end = Clock::now() + milliseconds(1);
        while (Clock::now() < end) continue;
        gate.Leave();
      }
    });
  }
  for (int i = 0; i < 20; ++i) {
    const CancellationToken token(Clock::now() + milliseconds(30'000));
    ASSERT_TRUE(gate.Enter(&token).ok()) << "entry " << i;
    gate.Leave();
  }
  stop = true;
  for (std::thread& thread : greedy) thread.join();
}

TEST(WriterGate, WhoHasNoPatienceLeftGoesBeforeWhoComesAnew) {
  WriterGate gate;
  ASSERT_TRUE(gate.Enter().ok());
  std::vector<int> order;  // Written within the gate.
  std::thread first([&] {
    EXPECT_TRUE(gate.Enter().ok());
    order.push_back(1);
    gate.Leave();
  });
  std::this_thread::sleep_for(milliseconds(300));
  gate.Leave();
  // Whether or not the first has been scheduled by now: it has waited long enough.
  ASSERT_TRUE(gate.Enter().ok());
  order.push_back(2);
  gate.Leave();
  first.join();
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST(BeginTransaction, GivesUpBehindAnotherWriterAndLeavesNothing) {
  const test::TempDirectory directory;
  auto store = *Store::Open(directory.Child("store"), {});
  auto first = *store->BeginTransaction({});
  const CancellationToken token(Clock::now() + milliseconds(30));
  EXPECT_EQ(store->BeginTransaction({}, &token).status().code(), StatusCode::kDeadlineExceeded);
  first = nullptr;
  EXPECT_TRUE(store->BeginTransaction({}, &token).ok());
}

}  // namespace
}  // namespace sightline::storage
