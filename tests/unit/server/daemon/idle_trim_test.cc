#include "server/daemon/idle_trim.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace sightline::server {
namespace {

using std::chrono::milliseconds;

TEST(IdleTrim, TrimsOnceWhenManyHaveGoneAndNoMoreGo) {
  std::atomic<int64_t> open{1'000}, looks{0}, trims{0};
  const auto wait_for_looks = [&looks](int64_t count) {
    const int64_t end = looks.load() + count;
    while (looks.load() < end) std::this_thread::sleep_for(milliseconds(1));
  };
  IdleTrim trim(
      milliseconds(1),
      [&] {
        ++looks;
        return open.load();
      },
      [&] { ++trims; });
  wait_for_looks(3);
  EXPECT_EQ(trims.load(), 0);
  open.store(1'000 - IdleTrim::kGoneMin + 1);
  wait_for_looks(4);
  EXPECT_EQ(trims.load(), 0);
  open.store(10);
  wait_for_looks(4);
  EXPECT_EQ(trims.load(), 1);
  wait_for_looks(3);
  EXPECT_EQ(trims.load(), 1);
  open.store(500);
  wait_for_looks(3);
  open.store(0);
  wait_for_looks(4);
  EXPECT_EQ(trims.load(), 2);
}

}  // namespace
}  // namespace sightline::server
