#include "query/functions/exact_sum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace sightline::query {
namespace {

double SumOf(const std::vector<double>& numbers) {
  ExactSum sum;
  for (const double number : numbers) sum.Add(number);
  return sum.Total();
}

TEST(ExactSum, RoundsOnce) {
  EXPECT_EQ(SumOf({}), 0);
  EXPECT_EQ(SumOf({0.1}), 0.1);
  EXPECT_EQ(SumOf(std::vector<double>(10, 0.1)), 1.0);  // One by one: 0.9999999999999999.
  EXPECT_EQ(SumOf({1e100, 1, -1e100}), 1);
  EXPECT_EQ(SumOf({1, 1e-17, -1}), 1e-17);
  EXPECT_EQ(SumOf({-1e16, 1, 1}), -9999999999999998);
}

TEST(ExactSum, RoundsHalvesToEvenUnlessThereIsMore) {
  const double two53 = 9007199254740992;
  EXPECT_EQ(SumOf({two53, 1}), two53);
  EXPECT_EQ(SumOf({two53 + 2, 1}), two53 + 4);
  EXPECT_EQ(SumOf({two53, 1, std::numeric_limits<double>::denorm_min()}), two53 + 2);
  EXPECT_EQ(SumOf({-two53, -1, -std::numeric_limits<double>::denorm_min()}), -two53 - 2);
}

TEST(ExactSum, ReachesBothEndsOfTheFloats) {
  const double largest = std::numeric_limits<double>::max();
  const double least = std::numeric_limits<double>::denorm_min();
  EXPECT_EQ(SumOf({largest, largest, -largest}), largest);
  EXPECT_EQ(SumOf({-largest, largest, -largest}), -largest);
  EXPECT_EQ(SumOf({largest, largest}), std::numeric_limits<double>::infinity());
  EXPECT_EQ(SumOf({least, least, -least}), least);
  EXPECT_EQ(SumOf({std::numeric_limits<double>::min(), -least}),
            std::numeric_limits<double>::min() - least);
}

TEST(ExactSum, KeepsWhatIsNoNumber) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(SumOf({1, infinity, 2}), infinity);
  EXPECT_TRUE(std::isnan(SumOf({infinity, -infinity})));
  EXPECT_TRUE(std::isnan(SumOf({std::nan("")})));
}

TEST(ExactSum, TakesWholeNumbers) {
  ExactSum sum;
  sum.Add(INT64_MAX);
  sum.Add(int64_t{1});
  sum.Add(0.5);
  sum.Add(INT64_MIN);
  EXPECT_EQ(sum.Total(), 0.5);
}

TEST(ExactSum, IsTheSameInAnyOrder) {
  std::mt19937_64 random(1);
  for (int run = 0; run < 200; ++run) {
    std::vector<double> numbers;
    long double exact = 0;  // 64 bits: exact for these.
    for (int i = 0; i < 50; ++i) {
      const double number =
          std::ldexp(static_cast<double>(static_cast<int64_t>(random() % 2001) - 1000),
                     static_cast<int>(random() % 40) - 20);
      numbers.push_back(number);
      exact += number;
    }
    EXPECT_EQ(SumOf(numbers), static_cast<double>(exact));
    for (int i = 0; i < 20; ++i)
      numbers.push_back(std::ldexp(1.1, static_cast<int>(random() % 1800) - 900));
    const double sum = SumOf(numbers);
    std::shuffle(numbers.begin(), numbers.end(), random);
    EXPECT_EQ(SumOf(numbers), sum);
    ExactSum parts[3], all;
    for (const double number : numbers) parts[random() % 3].Add(number);
    for (const ExactSum& part : parts) all.Add(part);
    EXPECT_EQ(all.Total(), sum);
  }
}

}  // namespace
}  // namespace sightline::query
