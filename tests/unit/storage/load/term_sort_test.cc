#include "storage/load/term_sort.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/unit/storage/load/load_fixture.h"

namespace sightline::storage {
namespace {

std::vector<std::string> SortedBySortTerms(const std::vector<std::string>& strings) {
  std::vector<SortTerm> terms;
  for (const std::string& text : strings) {
    terms.push_back(
        {text.data(), static_cast<uint32_t>(text.size()), static_cast<uint32_t>(terms.size()), 0});
  }
  EXPECT_TRUE(SortTerms(terms, CancellationToken()).ok());
  std::vector<std::string> sorted;
  for (const SortTerm& term : terms) sorted.push_back(strings[term.index]);
  return sorted;
}

TEST(TermSort, EqualsByteOrderForAnyStrings) {
  test::Random random(7);
  for (int round = 0; round < 200; ++round) {
    std::set<std::string> distinct;
    const uint64_t alphabet = 1 + random.Below(3);
    const uint64_t prefix_bytes = random.Below(20);
    const uint64_t count = 1 + random.Below(400);
    for (uint64_t i = 0; i < count; ++i) {
      std::string text(random.Below(2) == 0 ? prefix_bytes : 0, 'x');
      // Bytes 0 and 255 too: a string's end must not look like a zero byte in another.
      for (uint64_t n = random.Below(30); n > 0; --n) {
        text.push_back(static_cast<char>(random.Below(2) == 0 ? 0 : 255 - random.Below(alphabet)));
      }
      distinct.insert(text);
    }
    std::vector<std::string> shuffled(distinct.begin(), distinct.end());
    for (size_t i = shuffled.size(); i > 1; --i)
      std::swap(shuffled[i - 1], shuffled[random.Below(i)]);
    EXPECT_EQ(SortedBySortTerms(shuffled),
              std::vector<std::string>(distinct.begin(), distinct.end()))
        << "round " << round;
  }
}

TEST(TermSort, TakesStringsThatAreEachTheBeginningOfTheNext) {
  std::vector<std::string> strings, expected;
  for (size_t length = 3000; length > 0; --length) strings.push_back(std::string(length, 'a'));
  expected.assign(strings.rbegin(), strings.rend());
  EXPECT_EQ(SortedBySortTerms(strings), expected);
}

TEST(TermSort, SortsMoreThanItSortsAtOnce) {
  test::Random random(5);
  std::set<std::string> distinct;
  while (distinct.size() < 300'000) distinct.insert("id/" + std::to_string(random.Below(1 << 30)));
  std::vector<std::string> shuffled(distinct.begin(), distinct.end());
  for (size_t i = shuffled.size(); i > 1; --i)
    std::swap(shuffled[i - 1], shuffled[random.Below(i)]);
  EXPECT_EQ(SortedBySortTerms(shuffled),
            std::vector<std::string>(distinct.begin(), distinct.end()));
}

TEST(TermSort, EndsWhenCancelled) {
  std::vector<std::string> strings;
  for (int i = 0; i < 10'000; ++i) strings.push_back(std::to_string(i * 7919 % 10'007));
  std::vector<SortTerm> terms;
  for (const std::string& text : strings) {
    terms.push_back({text.data(), static_cast<uint32_t>(text.size()), 0, 0});
  }
  CancellationToken token;
  token.Cancel();
  EXPECT_EQ(SortTerms(terms, token).code(), StatusCode::kCancelled);
}

}  // namespace
}  // namespace sightline::storage
