// A script as the engine runs it: before each statement a view, names resolved through it, then a
// write. What a statement costs must not grow with the statements before it.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <ctime>

#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::OrThrow;
using test::TestStore;

double ThreadSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

TEST(ScriptSpeed, CostsNoMoreAtTheEndOfTwoThousandStatements) {
  TestStore store;
  for (int i = 0; i < 500; ++i) {
    store.Name(fmt::format("org/old-{}", i), fmt::format("Old supplier {}", i));
  }
  store.Predicate("supplies");
  store.Commit();

  int next = 0;
  const auto seconds_of = [&](int count) {
    const double start = ThreadSeconds();
    for (const int end = next + count; next < end; ++next) {
      const auto view = OrThrow(store.transaction().View());
      EXPECT_EQ(OrThrow(view->NodesNamed(fmt::format("Old supplier {}", next % 500),
                                         *view->default_scope()))
                    .size(),
                1u);
      store.Say("org/ap", fmt::format("org/new-{}", next), "supplies", "prod/optics",
                {.quote = "optical components"});
    }
    return ThreadSeconds() - start;
  };
  const double first = seconds_of(250);
  seconds_of(1500);
  const double last = seconds_of(250);
  // A cost that grows with what was written would make it fifteen times as much.
  EXPECT_LT(last, 5 * first);
  store.Commit();
  EXPECT_EQ(store.View()->default_scope()->size(), 2500u);
}

}  // namespace
}  // namespace sightline::storage
