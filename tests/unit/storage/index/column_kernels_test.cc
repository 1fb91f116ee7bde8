#include "storage/index/column_kernels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <utility>
#include <vector>

namespace sightline::storage {
namespace {

using ::testing::ElementsAre;

class ColumnKernels : public ::testing::TestWithParam<VectorPath> {
 protected:
  // Counts with and without a rest beside whole vectors.
  static std::vector<size_t> Counts() {
    return {1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 253, 254, 255, 256};
  }
  std::mt19937_64 random_{1};
};

std::vector<VectorPath> PathsOfThisMachine() {
  std::vector<VectorPath> paths = {VectorPath::kBaseline};
  if (BestVectorPath() != VectorPath::kBaseline) paths.push_back(BestVectorPath());
  return paths;
}
INSTANTIATE_TEST_SUITE_P(Paths, ColumnKernels, ::testing::ValuesIn(PathsOfThisMachine()),
                         [](const auto& path) {
                           return path.param == VectorPath::kAvx2 ? "Avx2" : "Baseline";
                         });

TEST_P(ColumnKernels, SumDeltasAddsToTheNumberFourBack) {
  std::vector<uint64_t> numbers = {0, 1, 2, 3, 10, 10, 10, 10, 1, 2};
  SumDeltas(100, numbers.size(), GetParam(), numbers.data());
  EXPECT_THAT(numbers, ElementsAre(100, 101, 102, 103, 110, 111, 112, 113, 111, 113));
  for (const size_t count : Counts()) {
    std::vector<uint64_t> expected(count);
    for (uint64_t& number : expected) number = random_();
    std::vector<uint64_t> sums(count);
    for (size_t i = 0; i < count; ++i) sums[i] = expected[i] - (i < 4 ? 77 : expected[i - 4]);
    SumDeltas(77, count, GetParam(), sums.data());
    EXPECT_EQ(sums, expected);
  }
}

TEST_P(ColumnKernels, AddReferencesTakesTheLowBitsAsIndex) {
  References references;
  for (uint64_t& reference : references) reference = random_();
  for (unsigned index_bits = 1; index_bits <= 4; ++index_bits) {
    for (const size_t count : Counts()) {
      std::vector<uint64_t> numbers(count);
      std::vector<uint64_t> expected(count);
      for (size_t i = 0; i < count; ++i) {
        numbers[i] = random_();
        expected[i] =
            references[numbers[i] % (uint64_t{1} << index_bits)] + (numbers[i] >> index_bits);
      }
      AddReferences(references, index_bits, count, GetParam(), numbers.data());
      EXPECT_EQ(numbers, expected);
    }
  }
}

TEST_P(ColumnKernels, MarkEqualMarksThatValue) {
  for (const size_t count : Counts()) {
    std::vector<uint8_t> bytes(count);
    std::vector<uint64_t> expected((count + 63) / 64), marks(expected.size(), ~uint64_t{0});
    for (size_t i = 0; i < count; ++i) {
      bytes[i] = static_cast<uint8_t>(random_() % 3);
      if (bytes[i] == 1) expected[i / 64] |= uint64_t{1} << (i % 64);
    }
    MarkEqual(bytes.data(), count, 1, GetParam(), marks.data());
    EXPECT_EQ(marks, expected);
  }
}

TEST_P(ColumnKernels, KeepMarkedKeepsTheMarkedInTheirOrder) {
  for (const size_t count : Counts()) {
    // None, few, half, most, all.
    for (const uint64_t percent : {0, 5, 50, 95, 100}) {
      std::vector<uint64_t> numbers(count), expected;
      std::vector<uint64_t> marks((count + 63) / 64);
      for (size_t i = 0; i < count; ++i) {
        numbers[i] = random_();
        if (random_() % 100 >= percent) continue;
        marks[i / 64] |= uint64_t{1} << (i % 64);
        expected.push_back(numbers[i]);
      }
      constexpr uint64_t kBeyond = 4711;
      std::vector<uint64_t> kept(count + kKeptSlack + 1, kBeyond);
      EXPECT_EQ(KeepMarked(numbers.data(), count, marks.data(), GetParam(), kept.data()),
                expected.size());
      EXPECT_EQ(kept.back(), kBeyond);
      kept.resize(expected.size());
      EXPECT_EQ(kept, expected);
    }
  }
}

TEST_P(ColumnKernels, AllWithinSeesOneOutside) {
  for (const size_t count : Counts()) {
    std::vector<uint64_t> numbers(count, 5);
    numbers.back() = 9;
    EXPECT_TRUE(AllWithin(numbers.data(), count, 5, 9, GetParam()));
    EXPECT_FALSE(AllWithin(numbers.data(), count, 5, 8, GetParam()));
    numbers.back() = UINT64_MAX;
    EXPECT_FALSE(AllWithin(numbers.data(), count, 5, UINT64_MAX - 1, GetParam()));
    EXPECT_TRUE(AllWithin(numbers.data(), count, 0, UINT64_MAX, GetParam()));
    numbers.front() = 4;
    EXPECT_FALSE(AllWithin(numbers.data(), count, 5, UINT64_MAX, GetParam()));
  }
}

TEST_P(ColumnKernels, AnyEqualsNextSeesEachPair) {
  EXPECT_FALSE(AnyEqualsNext(nullptr, 0, GetParam()));
  for (const size_t count : Counts()) {
    std::vector<uint64_t> numbers(count);
    for (size_t i = 0; i < count; ++i) numbers[i] = i % 3;  // Equal, but never side by side.
    EXPECT_FALSE(AnyEqualsNext(numbers.data(), count, GetParam())) << count;
    for (size_t i = 0; i + 1 < count; ++i) {
      std::vector<uint64_t> repeated = numbers;
      repeated[i] = repeated[i + 1];
      EXPECT_TRUE(AnyEqualsNext(repeated.data(), count, GetParam())) << count << " at " << i;
    }
  }
}

TEST_P(ColumnKernels, RowsAscendIsTheOrderOfRows) {
  // Few distinct numbers, so that rows are often equal in some columns; some with the top bit.
  const uint64_t choices[] = {0, 1, uint64_t{1} << 63, UINT64_MAX};
  for (size_t column_count = 1; column_count <= 4; ++column_count) {
    size_t ascending = 0;
    for (int trial = 0; trial < 2000; ++trial) {
      const size_t row_count = 1 + random_() % 9;
      std::vector<std::vector<uint64_t>> rows(row_count, std::vector<uint64_t>(column_count));
      for (auto& row : rows) {
        for (uint64_t& number : row) number = choices[random_() % 4];
      }
      if (trial % 2 == 0) std::sort(rows.begin(), rows.end());
      std::vector<std::vector<uint64_t>> columns(column_count, std::vector<uint64_t>(row_count));
      ColumnList list;
      for (size_t column = 0; column < column_count; ++column) {
        for (size_t row = 0; row < row_count; ++row) columns[column][row] = rows[row][column];
        list.Add(columns[column].data());
      }
      const bool expected =
          std::adjacent_find(rows.begin(), rows.end(), std::greater_equal<>()) == rows.end();
      ascending += expected;
      ASSERT_EQ(RowsAscend(list, row_count, GetParam()), expected);
    }
    EXPECT_GT(ascending, 50u);
  }
  EXPECT_TRUE(RowsAscend({}, 1, GetParam()));
  EXPECT_FALSE(RowsAscend({}, 2, GetParam()));
}

TEST_P(ColumnKernels, RowsAscendSeesEachPair) {
  for (const size_t count : Counts()) {
    std::vector<uint64_t> column(count);
    for (size_t i = 0; i < count; ++i) column[i] = 2 * i;
    ColumnList list;
    list.Add(column.data());
    EXPECT_TRUE(RowsAscend(list, count, GetParam()));
    for (size_t i = 1; i < count; ++i) {
      const uint64_t before = std::exchange(column[i], column[i - 1]);
      EXPECT_FALSE(RowsAscend(list, count, GetParam())) << i << " of " << count;
      column[i] = before;
    }
  }
}

}  // namespace
}  // namespace sightline::storage
