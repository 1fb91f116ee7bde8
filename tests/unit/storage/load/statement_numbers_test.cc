#include "storage/load/statement_numbers.h"

#include <gtest/gtest.h>

#include "tests/unit/storage/load/load_fixture.h"

namespace sightline::storage {
namespace {

TEST(StatementNumbers, LeavesNoGapsForStatementsWithoutFacts) {
  test::Random random(11);
  for (const uint64_t opened : {1, 63, 64, 65, 1000}) {
    OrdinalSet with_facts;
    std::vector<bool> has(opened);
    for (uint32_t ordinal = 0; ordinal < opened; ++ordinal) {
      has[ordinal] = random.Below(3) != 0;
      if (has[ordinal]) with_facts.Insert(ordinal);
    }
    const StatementNumbers numbers(with_facts, opened, 40);
    uint64_t next = 41;
    for (uint32_t ordinal = 0; ordinal < opened; ++ordinal) {
      ASSERT_EQ(numbers.Has(ordinal), has[ordinal]);
      if (!has[ordinal]) continue;
      EXPECT_EQ(numbers.Of(ordinal).value, next++);
    }
    EXPECT_EQ(numbers.count(), next - 41);
  }
}

TEST(StatementNumbers, AreConsecutiveWhenAllHaveFacts) {
  OrdinalSet with_facts;
  for (uint32_t ordinal = 0; ordinal < 200; ++ordinal) with_facts.Insert(ordinal);
  const StatementNumbers numbers(with_facts, 200, 0);
  EXPECT_EQ(numbers.Of(0).value, 1u);
  EXPECT_EQ(numbers.Of(199).value, 200u);
}

}  // namespace
}  // namespace sightline::storage
