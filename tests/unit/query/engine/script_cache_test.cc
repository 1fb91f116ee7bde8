#include "query/script_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/test_store.h"

namespace sightline::query {
namespace {

using test::OrThrow;

std::string QueryOf(size_t number, size_t bytes) {
  std::string text = "RETURN " + std::to_string(number) + " AS n /*";
  text.resize(bytes - 2, ' ');
  return text + "*/";
}

TEST(ScriptCache, ParsesATextOnce) {
  ScriptCache cache({});
  const auto first = OrThrow(cache.Parse("RETURN 1 AS n"));
  EXPECT_EQ(first->statements.size(), 1u);
  EXPECT_EQ(OrThrow(cache.Parse("RETURN 1 AS n")), first);
  EXPECT_NE(OrThrow(cache.Parse("RETURN 2 AS n")), first);
  EXPECT_FALSE(cache.Parse("RETURN RETURN").ok());
  EXPECT_FALSE(cache.Parse("RETURN RETURN").ok());
}

TEST(ScriptCache, ForgetsWhatWasNotUsedForLong) {
  ScriptCache cache({});
  const auto used = OrThrow(cache.Parse(QueryOf(0, 100)));
  const auto unused = OrThrow(cache.Parse(QueryOf(1, 100)));
  for (size_t number = 2; number < 200; ++number) {
    OrThrow(cache.Parse(QueryOf(number, 8 << 10)));
    EXPECT_EQ(OrThrow(cache.Parse(QueryOf(0, 100))), used);
  }
  EXPECT_NE(OrThrow(cache.Parse(QueryOf(1, 100))), unused);
}

TEST(ScriptCache, KeepsNoLongText) {
  ScriptCache cache({});
  const std::string text = QueryOf(1, 9 << 10);
  EXPECT_NE(OrThrow(cache.Parse(text)), OrThrow(cache.Parse(text)));
}

}  // namespace
}  // namespace sightline::query
