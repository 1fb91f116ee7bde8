// A script as the engine runs it: before each statement a view, names resolved through it, then a
// write. It takes half a second unoptimised; the bound is twenty times that, to catch a cost that
// grows with the square of the script and not a slow machine.

#include <gtest/gtest.h>

#include <chrono>

#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::OrThrow;
using test::TestStore;

TEST(ScriptSpeed, ViewBeforeEachOfTwoThousandStatements) {
  TestStore store;
  for (int i = 0; i < 500; ++i) {
    store.Name(fmt::format("org/old-{}", i), fmt::format("Old supplier {}", i));
  }
  store.Predicate("supplies");
  store.Commit();

  const auto start = std::chrono::steady_clock::now();
  constexpr int kStatements = 2000;
  for (int i = 0; i < kStatements; ++i) {
    const auto view = OrThrow(store.transaction().View());
    EXPECT_EQ(
        OrThrow(view->NodesNamed(fmt::format("Old supplier {}", i % 500), *view->default_scope()))
            .size(),
        1u);
    store.Say("org/ap", fmt::format("org/new-{}", i), "supplies", "prod/optics",
              {.quote = "optical components"});
  }
  store.Commit();
  const auto elapsed = std::chrono::steady_clock::now() - start;
  const auto elapsed_ms = std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count();
  RecordProperty("elapsed_ms", static_cast<int>(elapsed_ms));
  std::printf("%d statements, each with a view and a look-up: %lld ms\n", kStatements,
              static_cast<long long>(elapsed_ms));
  EXPECT_LT(elapsed_ms, 10'000);
  EXPECT_EQ(store.View()->default_scope()->size(), 2500u);
}

}  // namespace
}  // namespace sightline::storage
