#include "query/exec/long_run.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <thread>

#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

int Niceness() { return getpriority(PRIO_PROCESS, static_cast<id_t>(gettid())); }

int64_t ProcessorMillis() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000;
}

// Works, and asks as operators do.
void Work(LongRun* run, int64_t millis) {
  const int64_t end = ProcessorMillis() + millis;
  while (ProcessorMillis() < end) run->Check();
}

// On a thread of its own, whose priority may stay as it is where it cannot be given back.
void OnThread(const std::function<void()>& test) { std::thread(test).join(); }

bool CanGiveBack() {
  bool can = false;
  OnThread([&can] {
    const int niceness = Niceness();
    const auto self = static_cast<id_t>(gettid());
    can = setpriority(PRIO_PROCESS, self, niceness + 1) == 0 &&
          setpriority(PRIO_PROCESS, self, niceness) == 0;
  });
  return can;
}

TEST(LongRun, StepsBackAfterATenthOfASecondAndGivesBack) {
  OnThread([] {
    const int own = Niceness();
    LongRun run;
    {
      const LongRun::Stretch stretch(&run);
      Work(&run, 50);
      EXPECT_EQ(Niceness(), own);
      Work(&run, 120);
      EXPECT_EQ(Niceness(), CanGiveBack() ? own + LongRun::kNiceness : own);
    }
    EXPECT_EQ(Niceness(), own);
  });
}

TEST(LongRun, CountsAllStretchesOnWhateverThread) {
  if (!CanGiveBack()) GTEST_SKIP() << "this process may not lower a niceness again";
  LongRun run;
  for (const bool is_long : {false, false, true}) {
    OnThread([&run, is_long] {
      const int own = Niceness();
      const LongRun::Stretch stretch(&run);
      Work(&run, 10);
      EXPECT_EQ(Niceness(), is_long ? own + LongRun::kNiceness : own);
      if (!is_long) Work(&run, 50);
    });
  }
}

TEST(LongRun, LeavesTheThreadAloneOutsideAStretch) {
  OnThread([] {
    const int own = Niceness();
    LongRun run;
    Work(&run, 150);
    EXPECT_EQ(Niceness(), own);
    const LongRun::Stretch none(nullptr);
  });
}

TEST(LongRun, IsHowQueriesRun) {
  OnThread([] {
    const int own = Niceness();
    test::TestStore store;
    const RunOutcome outcome =
        RunQuery(store, "UNWIND range(1, 1000000) AS i WITH i WHERE i % 3 = 0 RETURN sum(i) AS s");
    EXPECT_TRUE(outcome.status.ok()) << outcome.status;
    EXPECT_EQ(Niceness(), own);
  });
}

}  // namespace
}  // namespace sightline::query
