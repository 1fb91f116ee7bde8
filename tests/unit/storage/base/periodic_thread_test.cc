#include "storage/base/periodic_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace sightline::storage {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(PeriodicThread, WorksAgainAndAgain) {
  std::atomic<int> calls{0};
  const PeriodicThread thread(milliseconds(1), [&calls] { ++calls; });
  while (calls < 3) std::this_thread::yield();
}

TEST(PeriodicThread, EndsAtOnceWithoutACall) {
  int calls = 0;
  {
    const PeriodicThread thread(hours(1), [&calls] { ++calls; });
  }
  EXPECT_EQ(calls, 0);
}

TEST(PeriodicThread, WaitsForTheCallThatIsUnderWay) {
  std::atomic<bool> has_begun{false}, has_ended{false};
  {
    const PeriodicThread thread(milliseconds(1), [&] {
      has_begun = true;
      std::this_thread::sleep_for(milliseconds(20));
      has_ended = true;
    });
    while (!has_begun) std::this_thread::yield();
  }
  EXPECT_TRUE(has_ended);
}

}  // namespace
}  // namespace sightline::storage
