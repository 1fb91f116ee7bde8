#include "storage/base/id_cipher.h"

#include <gtest/gtest.h>

#include <set>

namespace sightline::storage {
namespace {

TEST(IdCipher, WithoutAKeyLeavesNumbersAsTheyAre) {
  const IdCipher none;
  for (const uint64_t number : {uint64_t{0}, uint64_t{17}, ~uint64_t{0}}) {
    EXPECT_EQ(none.Hide(number, 64), number);
    EXPECT_EQ(none.Show(number, 64), number);
  }
}

TEST(IdCipher, IsAPermutation) {
  const IdCipher cipher = IdCipher::Random();
  std::set<uint64_t> images;
  for (uint64_t number = 0; number < 256; ++number) images.insert(cipher.Hide(number, 8));
  EXPECT_EQ(images.size(), 256u);
  EXPECT_EQ(*images.rbegin(), 255u);
}

TEST(IdCipher, ShowsWhatItHid) {
  const IdCipher cipher = IdCipher::Random();
  for (const int bits : {40, 60, 64}) {
    for (uint64_t number = 1; number < (uint64_t{1} << 39); number = number * 3 + 1) {
      EXPECT_EQ(cipher.Show(cipher.Hide(number, bits), bits), number) << bits;
    }
  }
  // Too large for the width.
  EXPECT_EQ(cipher.Hide(uint64_t{1} << 40, 40), uint64_t{1} << 40);
}

// Neither how far apart two numbers are nor which is the greater shows.
TEST(IdCipher, NeighboursLieAnywhere) {
  const IdCipher cipher = IdCipher::Random();
  int ascending = 0, near = 0;
  for (uint64_t number = 0; number < 1000; ++number) {
    const uint64_t a = cipher.Hide(number, 40), b = cipher.Hide(number + 1, 40);
    ascending += a < b ? 1 : 0;
    near += (a < b ? b - a : a - b) < (uint64_t{1} << 30) ? 1 : 0;
  }
  EXPECT_GT(ascending, 400);
  EXPECT_LT(ascending, 600);
  EXPECT_LT(near, 20);
}

TEST(IdCipher, AKeyIsWrittenAndRead) {
  const IdCipher cipher = IdCipher::Random();
  const StatusOr<IdCipher> read = IdCipher::FromBytes(cipher.ToBytes());
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->Hide(12345, 40), cipher.Hide(12345, 40));
  EXPECT_NE(IdCipher::Random().Hide(12345, 40), cipher.Hide(12345, 40));
  EXPECT_EQ(IdCipher::FromBytes("short").status().code(), StatusCode::kDataLoss);
}

}  // namespace
}  // namespace sightline::storage
