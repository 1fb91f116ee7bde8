#include "server/daemon/idle_trim.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

namespace sightline::server {
namespace {

using std::chrono::milliseconds;

TEST(IdleTrim, TrimsOnceWhenMuchIsUnusedAndNoMoreIsFreed) {
  constexpr int64_t kLittle = 100, kMuch = IdleTrim::kUnusedMin + kLittle;
  std::atomic<int64_t> unused{kLittle}, looks{0}, trims{0};
  const auto wait_for_looks = [&looks](int64_t count) {
    const int64_t end = looks.load() + count;
    while (looks.load() < end) std::this_thread::sleep_for(milliseconds(1));
  };
  IdleTrim trim(
      milliseconds(1),
      [&] {
        ++looks;
        return unused.load();
      },
      [&] { ++trims; });
  wait_for_looks(3);
  EXPECT_EQ(trims.load(), 0);
  unused.store(kMuch - 1);
  wait_for_looks(4);
  EXPECT_EQ(trims.load(), 0);
  unused.store(kMuch);
  wait_for_looks(4);
  EXPECT_EQ(trims.load(), 1);
  // What was trimmed counts as unused, too.
  wait_for_looks(3);
  EXPECT_EQ(trims.load(), 1);
  unused.store(kLittle);
  wait_for_looks(3);
  unused.store(kMuch);
  wait_for_looks(4);
  EXPECT_EQ(trims.load(), 2);
}

TEST(IdleTrim, WaitsWhileMoreIsFreed) {
  std::atomic<int64_t> looks{0}, trims{0};
  const IdleTrim trim(
      milliseconds(1), [&] { return ++looks * IdleTrim::kUnusedMin; }, [&] { ++trims; });
  while (looks.load() < 5) std::this_thread::sleep_for(milliseconds(1));
  EXPECT_EQ(trims.load(), 0);
}

TEST(IdleTrim, SeesWhatTheAllocatorHolds) {
  const int64_t before = UnusedHeapBytes();
  // Pieces that are not given back one by one.
  std::vector<std::unique_ptr<char[]>> pieces(10'000);
  for (auto& piece : pieces) piece = std::make_unique<char[]>(4'000);
  const auto last = std::make_unique<char[]>(4'000);
  pieces.clear();
  EXPECT_GT(UnusedHeapBytes(), before + 30'000'000);
}

}  // namespace
}  // namespace sightline::server
