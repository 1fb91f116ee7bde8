#include "storage/base/memory_budget.h"

#include <gtest/gtest.h>

#include <thread>
#include <utility>
#include <vector>

namespace sightline::storage {
namespace {

constexpr uint64_t kMebibyte = 1 << 20;

TEST(MemoryShare, OfNoBudgetCoversAnything) {
  MemoryShare share;
  EXPECT_TRUE(share.Cover(UINT64_MAX));
}

TEST(MemoryShare, SharesOneBudgetAndGivesBackAtTheEnd) {
  MemoryBudget budget(kMebibyte);
  {
    MemoryShare first(&budget), second(&budget);
    EXPECT_TRUE(first.Cover(700 << 10));
    EXPECT_FALSE(second.Cover(400 << 10));
    EXPECT_TRUE(second.Cover(300 << 10));  // What is left, though no whole step.
    first.ShrinkTo(0);
    EXPECT_TRUE(second.Cover(900 << 10));
    EXPECT_LE(budget.bytes_held(), budget.bytes_max());
  }
  EXPECT_EQ(budget.bytes_held(), 0u);
}

TEST(MemoryShare, TheBudgetToTheLastByteAndNoneBeyond) {
  MemoryBudget budget(1000);
  MemoryShare share(&budget);
  EXPECT_TRUE(share.Cover(1000));
  EXPECT_FALSE(share.Cover(1001));
  EXPECT_EQ(budget.bytes_held(), 1000u);
}

TEST(MemoryShare, MovesWithWhatItHolds) {
  MemoryBudget budget(kMebibyte);
  MemoryShare kept;
  {
    MemoryShare share(&budget);
    ASSERT_TRUE(share.Cover(kMebibyte));
    kept = std::move(share);
  }
  EXPECT_EQ(budget.bytes_held(), kMebibyte);
  kept = MemoryShare();
  EXPECT_EQ(budget.bytes_held(), 0u);
}

TEST(MemoryBudget, IsNeverOverdrawnByManyThreads) {
  MemoryBudget budget(10 * kMebibyte);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&budget] {
      for (int round = 0; round < 1'000; ++round) {
        MemoryShare share(&budget);
        for (uint64_t bytes = kMebibyte; share.Cover(bytes); bytes += kMebibyte) {
          EXPECT_LE(budget.bytes_held(), budget.bytes_max());
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(budget.bytes_held(), 0u);
}

}  // namespace
}  // namespace sightline::storage
