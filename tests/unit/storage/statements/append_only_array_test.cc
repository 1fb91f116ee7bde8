#include "storage/statements/append_only_array.h"

#include <gtest/gtest.h>

#include <vector>

namespace sightline::storage {
namespace {

TEST(AppendOnlyArray, KeepsRowsInPlaceOverManyBuckets) {
  AppendOnlyArray<uint64_t> array;
  std::vector<const uint64_t*> places;
  for (uint64_t i = 0; i < 100'000; ++i) {
    array.Append() = i * i;
    places.push_back(&array[i]);
  }
  EXPECT_EQ(array.size(), 100'000u);
  for (uint64_t i = 0; i < 100'000; ++i) {
    ASSERT_EQ(array[i], i * i);
    ASSERT_EQ(&array[i], places[i]);
  }
}

TEST(AppendOnlyArray, GivesForgottenRowsAgain) {
  AppendOnlyArray<uint64_t> array;
  for (uint64_t i = 0; i < 3000; ++i) array.Append() = i;
  array.Truncate(1023);
  EXPECT_EQ(array.size(), 1023u);
  array.Append() = 7;
  EXPECT_EQ(array[1023], 7u);
  EXPECT_EQ(array[1022], 1022u);
}

}  // namespace
}  // namespace sightline::storage
