#include "storage/statements/statement_bitmap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

namespace sightline::storage {
namespace {

using ::testing::ElementsAre;

constexpr uint64_t kChunk = StatementBitmap::kChunkBits;

StatementBitmap Of(std::initializer_list<uint64_t> numbers) {
  std::vector<StatementId> members;
  for (const uint64_t number : numbers) members.push_back(StatementId{number});
  StatementBitmap bitmap;
  bitmap.Add(std::move(members));
  return bitmap;
}

StatementBitmap RunOf(uint64_t first, uint64_t last) {
  StatementBitmapBuilder builder(first);
  builder.AppendRun(true, last - first + 1);
  return builder.Finish();
}

TEST(StatementBitmap, AnEmptyOneHasNothing) {
  const StatementBitmap bitmap;
  EXPECT_FALSE(bitmap.Contains(0));
  EXPECT_FALSE(bitmap.Contains(UINT64_MAX));
  EXPECT_FALSE(bitmap.ContainsAny(0, UINT64_MAX));
  EXPECT_FALSE(bitmap.ContainsAll(5, 5));
  EXPECT_EQ(bitmap.count(), 0u);
  EXPECT_TRUE(bitmap.empty());
}

TEST(StatementBitmap, FullAndEmptyChunksTakeNoMemory) {
  StatementBitmap bitmap = RunOf(kChunk, 3 * kChunk - 1);
  EXPECT_EQ(bitmap.chunk_bytes(), 0u);
  EXPECT_EQ(bitmap.count(), 2 * kChunk);
  bitmap.Remove({StatementId{kChunk + 7}});
  EXPECT_GT(bitmap.chunk_bytes(), kChunk / 8);
  EXPECT_FALSE(bitmap.ContainsAll(kChunk, 2 * kChunk));
  bitmap.Add({StatementId{kChunk + 7}});
  EXPECT_EQ(bitmap.chunk_bytes(), 0u);
  bitmap.Remove(RunOf(1, 5 * kChunk));
  EXPECT_TRUE(bitmap.empty());
}

TEST(StatementBitmap, AChangedCopyLeavesTheOriginal) {
  const StatementBitmap original = Of({1, 2, kChunk + 1});
  StatementBitmap copy = original;
  copy.Add({StatementId{3}});
  copy.Remove({StatementId{1}});
  EXPECT_THAT(original.Members(),
              ElementsAre(StatementId{1}, StatementId{2}, StatementId{kChunk + 1}));
  EXPECT_THAT(copy.Members(), ElementsAre(StatementId{2}, StatementId{3}, StatementId{kChunk + 1}));
  EXPECT_EQ(copy.CountShared(original), 2u);
}

TEST(StatementBitmap, AsksRangesOverTheEdgesOfWordsAndChunks) {
  const StatementBitmap bitmap = RunOf(64, 2 * kChunk + 63);
  EXPECT_TRUE(bitmap.ContainsAll(64, 2 * kChunk + 63));
  EXPECT_FALSE(bitmap.ContainsAll(63, 70));
  EXPECT_FALSE(bitmap.ContainsAll(2 * kChunk, 2 * kChunk + 64));
  EXPECT_FALSE(bitmap.ContainsAll(2 * kChunk, 9 * kChunk));
  EXPECT_FALSE(bitmap.ContainsAny(1, 63));
  EXPECT_TRUE(bitmap.ContainsAny(1, 64));
  EXPECT_FALSE(bitmap.ContainsAny(2 * kChunk + 64, 9 * kChunk));
}

// A chunk without gaps answers from its two ends; one with a gap, or a gap that was filled, must
// say the same.
TEST(StatementBitmap, AnswersForAChunkWithoutGapsAsForOneWithThem) {
  for (const uint64_t begin : {uint64_t{1}, uint64_t{63}, uint64_t{64}, kChunk - 1, kChunk + 130}) {
    for (const uint64_t length : {uint64_t{1}, uint64_t{2}, uint64_t{64}, uint64_t{200}, kChunk}) {
      const uint64_t end = begin + length - 1;
      StatementBitmap bitmap = RunOf(begin, end);
      EXPECT_TRUE(bitmap.ContainsAll(begin, end));
      EXPECT_TRUE(bitmap.ContainsAll(end, end));
      EXPECT_FALSE(bitmap.ContainsAll(begin - 1, end));
      EXPECT_FALSE(bitmap.ContainsAll(begin, end + 1));
      EXPECT_FALSE(bitmap.ContainsAll(end, end + kChunk));
      const StatementId middle{begin + length / 2};
      bitmap.Remove({middle});
      EXPECT_FALSE(bitmap.ContainsAll(begin, end));
      EXPECT_FALSE(bitmap.ContainsAll(middle.value, middle.value));
      if (length > 2) {
        EXPECT_TRUE(bitmap.ContainsAll(begin, middle.value - 1));
        EXPECT_TRUE(bitmap.ContainsAll(middle.value + 1, end) || middle.value == end);
      }
      bitmap.Add({middle});
      EXPECT_TRUE(bitmap.ContainsAll(begin, end));
      EXPECT_FALSE(bitmap.ContainsAll(begin, end + 1));
    }
  }
}

TEST(StatementBitmapBuilder, TakesPiecesOfAnySize) {
  std::mt19937_64 random(1);
  for (const uint64_t first : {uint64_t{1}, uint64_t{63}, kChunk - 1, kChunk, 2 * kChunk + 17}) {
    StatementBitmapBuilder builder(first);
    std::set<uint64_t> expected;
    uint64_t next = first;
    while (next < first + 3 * kChunk) {
      const size_t bit_count = 1 + random() % 64;
      const uint64_t bits = random() & (~uint64_t{0} >> (64 - bit_count));
      builder.Append(bits, bit_count);
      for (size_t i = 0; i < bit_count; ++i) {
        if (bits >> i & 1) expected.insert(next + i);
      }
      next += bit_count;
      if (random() % 16 == 0) {
        const bool is_member = random() % 2 == 0;
        const uint64_t count = random() % 300;
        builder.AppendRun(is_member, count);
        for (uint64_t i = 0; is_member && i < count; ++i) expected.insert(next + i);
        next += count;
      }
    }
    const std::vector<StatementId> members = builder.Finish().Members();
    ASSERT_EQ(members.size(), expected.size());
    size_t i = 0;
    for (const uint64_t number : expected) ASSERT_EQ(members[i++].value, number);
  }
}

// Against a set of numbers, over three chunks with dense, sparse and full parts.
TEST(StatementBitmap, EqualsASetOfNumbers) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    std::mt19937_64 random(seed);
    const auto make = [&](std::set<uint64_t>* numbers) {
      const uint64_t run_first = random() % (3 * kChunk);
      const uint64_t run_last = run_first + random() % (2 * kChunk);
      StatementBitmap bitmap = RunOf(run_first, run_last);
      for (uint64_t n = run_first; n <= run_last; ++n) numbers->insert(n);
      std::vector<StatementId> some;
      for (int i = 0; i < 1000; ++i) some.push_back(StatementId{random() % (4 * kChunk)});
      for (const StatementId id : some) numbers->insert(id.value);
      bitmap.Add(some);
      return bitmap;
    };
    std::set<uint64_t> a_numbers, b_numbers;
    StatementBitmap a = make(&a_numbers);
    const StatementBitmap b = make(&b_numbers);
    if (seed % 2 == 0) {
      a.Add(b);
      a_numbers.insert(b_numbers.begin(), b_numbers.end());
    } else {
      a.Remove(b);
      for (const uint64_t number : b_numbers) a_numbers.erase(number);
    }
    ASSERT_EQ(a.count(), a_numbers.size());
    ASSERT_EQ(a.Members().size(), a_numbers.size());
    uint64_t shared_count = 0;
    for (const uint64_t number : a_numbers) {
      ASSERT_TRUE(a.Contains(number));
      shared_count += b_numbers.contains(number);
    }
    ASSERT_EQ(a.CountShared(b), shared_count);
    for (int i = 0; i < 1000; ++i) {
      const uint64_t first = random() % (5 * kChunk);
      const uint64_t last = first + (i % 2 == 0 ? random() % 100 : random() % (2 * kChunk));
      const auto begin = a_numbers.lower_bound(first);
      const auto end = a_numbers.upper_bound(last);
      ASSERT_EQ(a.ContainsAny(first, last), begin != end);
      const bool has_all = begin != end && *begin == first && *std::prev(end) == last &&
                           static_cast<uint64_t>(std::distance(begin, end)) == last - first + 1;
      ASSERT_EQ(a.ContainsAll(first, last), has_all);
    }
  }
}

}  // namespace
}  // namespace sightline::storage
