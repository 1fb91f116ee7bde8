#include "query/exec/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

namespace sightline::query {
namespace {

TEST(WorkerPool, RunsNoMoreThanItHasThreadsFor) {
  WorkerPool pool(2);
  std::promise<void> go_on;
  const std::shared_future<void> may_go_on = go_on.get_future().share();
  std::atomic<int> ran{0};
  const auto task = [&] {
    may_go_on.wait();
    ++ran;
  };
  EXPECT_TRUE(pool.TryRun(task));
  EXPECT_TRUE(pool.TryRun(task));
  EXPECT_FALSE(pool.TryRun(task));
  go_on.set_value();
  // An idle thread is used again.
  while (!pool.TryRun(task)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  while (ran < 3) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

TEST(WorkerPool, OfNoThreadsRunsNothing) {
  WorkerPool pool(0);
  EXPECT_FALSE(pool.TryRun([] { FAIL(); }));
}

}  // namespace
}  // namespace sightline::query
