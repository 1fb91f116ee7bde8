#include "storage/index/quad_delta.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

#include "storage/index/quad_source.h"

namespace sightline::storage {
namespace {

Quad QuadOf(uint64_t subject, uint64_t object, uint64_t statement) {
  return {{TermId{subject}, TermId{1}, TermId{object}}, StatementId{statement}};
}

// All rows of the delta in one permutation, whichever part they are in.
std::multiset<QuadKey> RowsOf(const QuadDelta& delta, Permutation permutation) {
  std::multiset<QuadKey> rows;
  for (const auto& part : delta.PartsOf(permutation)) {
    for (size_t row = 0; row < part->size(); ++row) rows.insert(part->rows().Row(row));
  }
  for (const Quad& quad : delta.recent()) rows.insert(QuadKeyOf(permutation, quad));
  return rows;
}

std::multiset<QuadKey> RowsOf(const std::set<Quad>& quads, Permutation permutation) {
  std::multiset<QuadKey> rows;
  for (const Quad& quad : quads) rows.insert(QuadKeyOf(permutation, quad));
  return rows;
}

TEST(QuadDelta, HasEveryQuadOnceInEachPermutationHoweverManyCameAtOnce) {
  QuadDeltaPtr delta = QuadDelta::Empty();
  std::set<Quad> all;
  uint64_t statement = 0;
  // Alone, in numbers around the length of the list of recent ones, and more than that.
  for (const size_t count : {1, 1, 5, 56, 1, 1, 63, 64, 65, 1, 300, 2, 2, 2}) {
    std::vector<Quad> quads;
    for (size_t i = 0; i < count; ++i) {
      ++statement;
      quads.push_back(QuadOf(statement * 7919 % 101, statement % 13, statement));
    }
    const QuadDeltaPtr before = delta;
    const auto rows_before = RowsOf(*before, Permutation::kPos);
    delta = delta->With(quads);
    all.insert(quads.begin(), quads.end());
    ASSERT_EQ(delta->quad_count(), all.size());
    for (const Permutation permutation : kPermutations) {
      ASSERT_EQ(RowsOf(*delta, permutation), RowsOf(all, permutation)) << statement;
      for (const auto& part : delta->PartsOf(permutation)) {
        const QuadRows rows = part->rows();
        for (size_t row = 1; row < rows.row_count; ++row) {
          ASSERT_LT(rows.Row(row - 1), rows.Row(row));
        }
      }
    }
    // Readers of the earlier one keep what they have.
    ASSERT_EQ(RowsOf(*before, Permutation::kPos), rows_before);
  }
}

TEST(QuadDelta, FewQuadsAreNotSorted) {
  QuadDeltaPtr delta = QuadDelta::Empty();
  for (uint64_t i = 1; i < 64; ++i) delta = delta->With({QuadOf(i, i, i)});
  EXPECT_EQ(delta->recent().size(), 63u);
  EXPECT_TRUE(delta->PartsOf(Permutation::kSpo).empty());
  delta = delta->With({QuadOf(64, 64, 64)});
  EXPECT_TRUE(delta->recent().empty());
  EXPECT_EQ(delta->PartsOf(Permutation::kSpo).size(), 1u);
}

TEST(QuadDelta, TheSameQuadTwiceIsOne) {
  const Quad quad = QuadOf(1, 2, 3);
  EXPECT_EQ(QuadDelta::Empty()->With({quad, quad})->quad_count(), 1u);
  EXPECT_EQ(QuadDelta::Empty()->With({quad})->With({quad})->quad_count(), 1u);
  EXPECT_EQ(QuadDelta::Empty()->With(std::vector<Quad>(100, quad))->quad_count(), 1u);
}

TEST(QuadDelta, OfTwoHasTheQuadsOfBoth) {
  for (const uint64_t first : {0, 1, 40, 200}) {
    for (const uint64_t second : {0, 1, 40, 200}) {
      std::vector<Quad> quads, later;
      for (uint64_t i = 0; i < first; ++i) quads.push_back(QuadOf(i % 17, i, i + 1));
      for (uint64_t i = 0; i < second; ++i) later.push_back(QuadOf(i % 5, i, first + i + 1));
      const QuadDeltaPtr both =
          QuadDelta::Empty()->With(quads)->With(*QuadDelta::Empty()->With(later));
      std::set<Quad> all(quads.begin(), quads.end());
      all.insert(later.begin(), later.end());
      EXPECT_EQ(both->quad_count(), all.size());
      for (const Permutation permutation : kPermutations) {
        EXPECT_EQ(RowsOf(*both, permutation), RowsOf(all, permutation)) << first << " " << second;
      }
    }
  }
}

TEST(QuadDelta, AfterAStatementHasTheLaterOnes) {
  QuadDeltaPtr delta = QuadDelta::Empty();
  for (uint64_t i = 1; i <= 100; ++i) delta = delta->With({QuadOf(i, i, i)});
  ASSERT_FALSE(delta->recent().empty());
  for (const uint64_t folded_through : {0, 1, 63, 64, 65, 90, 99, 100}) {
    const QuadDeltaPtr after = delta->After(StatementId{folded_through});
    EXPECT_EQ(after->quad_count(), 100 - folded_through);
    for (const QuadKey& key : RowsOf(*after, Permutation::kSpo)) EXPECT_GT(key[3], folded_through);
  }
}

// The source of the recent ones against the same rows sorted.
TEST(UnsortedSource, GivesTheRowsWithItsPrefixAndWithThoseThatFollow) {
  std::vector<Quad> quads;
  for (uint64_t i = 0; i < 60; ++i) quads.push_back(QuadOf(i * 7 % 10, i * 3 % 4, i % 20));
  const auto expected = [&](Permutation permutation, const KeyPrefix& prefix) {
    std::set<QuadKey> rows;
    for (const Quad& quad : quads) {
      const QuadKey key = QuadKeyOf(permutation, quad);
      if (StartsWith(key, prefix)) rows.insert(key);
    }
    return std::vector<QuadKey>(rows.begin(), rows.end());
  };
  const auto read = [](QuadSource* source) {
    std::vector<QuadKey> rows;
    while (source->head().row_count > 0) {
      rows.push_back(source->head().Row(0));
      EXPECT_TRUE(source->Advance(1).ok());
    }
    return rows;
  };
  for (const Permutation permutation : kPermutations) {
    const auto whole = MakeUnsortedSource(quads, permutation, {});
    EXPECT_EQ(read(whole.get()), expected(permutation, {}));
    const auto source = MakeUnsortedSource(quads, permutation, KeyPrefix::Of(TermId{3}));
    EXPECT_EQ(read(source.get()), expected(permutation, KeyPrefix::Of(TermId{3})));
    // Later, earlier, none, longer, all.
    for (const KeyPrefix& prefix :
         {KeyPrefix::Of(TermId{7}), KeyPrefix::Of(TermId{1}), KeyPrefix::Of(TermId{99}),
          KeyPrefix::Of(TermId{1}, TermId{2}), KeyPrefix::Of()}) {
      ASSERT_TRUE(source->Rebind(prefix).ok());
      EXPECT_EQ(read(source.get()), expected(permutation, prefix));
    }
    ASSERT_TRUE(source->Rebind({}).ok());
    const std::vector<QuadKey> all = expected(permutation, {});
    ASSERT_TRUE(source->SeekForward(all[all.size() / 2]).ok());
    EXPECT_EQ(
        read(source.get()),
        std::vector<QuadKey>(all.begin() + static_cast<ptrdiff_t>(all.size() / 2), all.end()));
  }
}

}  // namespace
}  // namespace sightline::storage
