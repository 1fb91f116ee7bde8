#include "storage/text/edit_distance.h"

#include <gtest/gtest.h>

#include <string>

namespace sightline::storage {
namespace {

TEST(EditDistance, CountsEdits) {
  EXPECT_EQ(EditDistance("", "", 9), 0u);
  EXPECT_EQ(EditDistance("optics", "optics", 9), 0u);
  EXPECT_EQ(EditDistance("optics", "", 9), 6u);
  EXPECT_EQ(EditDistance("suplies", "supplies", 9), 1u);    // One missing.
  EXPECT_EQ(EditDistance("suppliees", "supplies", 9), 1u);  // One too many.
  EXPECT_EQ(EditDistance("supplies", "supplied", 9), 1u);   // One wrong.
  EXPECT_EQ(EditDistance("kitten", "sitting", 9), 3u);
}

TEST(EditDistance, CountsASwapOfNeighboursOnce) {
  EXPECT_EQ(EditDistance("suppleis", "supplies", 9), 1u);
  EXPECT_EQ(EditDistance("ab", "ba", 9), 1u);
  // Optimal string alignment: what was swapped is not edited again, as it would be in 2 steps.
  EXPECT_EQ(EditDistance("ca", "abc", 9), 3u);
}

TEST(EditDistance, CountsCodePointsNotBytes) {
  EXPECT_EQ(EditDistance("танк", "танки", 9), 1u);
  EXPECT_EQ(EditDistance("海康威视", "海康威士", 9), 1u);
  EXPECT_EQ(EditDistance("дб", "бд", 9), 1u);
  EXPECT_EQ(EditDistance("a\xFF", "a\xFE", 9), 0u);  // Both are U+FFFD.
}

TEST(EditDistance, GivesUpAboveTheLimit) {
  EXPECT_EQ(EditDistance("kitten", "sitting", 3), 3u);
  EXPECT_EQ(EditDistance("kitten", "sitting", 2), 3u);
  EXPECT_EQ(EditDistance("kitten", "sitting", 0), 1u);
  EXPECT_EQ(EditDistance("same", "same", 0), 0u);
  EXPECT_EQ(EditDistance("abcdefgh", "a", 3), 4u);
  EXPECT_EQ(EditDistance("ab", "ba", 1), 1u);
  EXPECT_EQ(EditDistance("xxxxxxba", "xxxxxxab", 1), 1u);
  EXPECT_EQ(EditDistance("a", "b", SIZE_MAX), 1u);
}

TEST(EditDistance, OfLongWordsWithALimitIsQuick) {
  // The whole table would have 10^12 cells.
  const std::string word(1'000'000, 'a');
  EXPECT_EQ(EditDistance(word + "b", word, 2), 1u);
  EXPECT_EQ(EditDistance(word, std::string(1'000'000, 'b'), 2), 3u);
}

}  // namespace
}  // namespace sightline::storage
