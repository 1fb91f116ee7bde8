#include "storage/index/permutation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/index/quad_key.h"

namespace sightline::storage {
namespace {

using ::testing::ElementsAre;

const Fact kFact = {TermId{1}, TermId{2}, TermId{3}};

TEST(Permutation, PutsTheTermsInTheOrderOfItsName) {
  EXPECT_THAT(Permute(Permutation::kSpo, kFact), ElementsAre(TermId{1}, TermId{2}, TermId{3}));
  EXPECT_THAT(Permute(Permutation::kPos, kFact), ElementsAre(TermId{2}, TermId{3}, TermId{1}));
  EXPECT_THAT(Permute(Permutation::kOsp, kFact), ElementsAre(TermId{3}, TermId{1}, TermId{2}));
  EXPECT_THAT(Permute(Permutation::kPso, kFact), ElementsAre(TermId{2}, TermId{1}, TermId{3}));
  EXPECT_THAT(Permute(Permutation::kOps, kFact), ElementsAre(TermId{3}, TermId{2}, TermId{1}));
  EXPECT_THAT(Permute(Permutation::kSop, kFact), ElementsAre(TermId{1}, TermId{3}, TermId{2}));
  for (int i = 0; i < kPermutationCount; ++i) {
    const auto permutation = static_cast<Permutation>(i);
    EXPECT_EQ(Unpermute(permutation, Permute(permutation, kFact)), kFact);
    // The name says it: S, P, O stand for 1, 2, 3.
    const std::string_view name = PermutationName(permutation);
    for (int place = 0; place < 3; ++place) {
      EXPECT_EQ(Permute(permutation, kFact)[place].bits,
                std::string_view("SPO").find(name[place]) + 1);
    }
  }
}

TEST(QuadKey, HasTheTermsInThePermutationsOrder) {
  EXPECT_THAT(QuadKeyOf(Permutation::kOps, {kFact, StatementId{7}}), ElementsAre(3, 2, 1, 7));
}

TEST(QuadKey, LowestKeyOfAPrefix) {
  EXPECT_THAT(LowestKeyOf(KeyPrefix::Of(TermId{5}, TermId{6})), ElementsAre(5, 6, 0, 0));
  EXPECT_TRUE(StartsWith({5, 6, 7, 8}, KeyPrefix::Of(TermId{5}, TermId{6})));
  EXPECT_FALSE(StartsWith({5, 7, 7, 8}, KeyPrefix::Of(TermId{5}, TermId{6})));
  EXPECT_TRUE(StartsWith({5, 7, 7, 8}, KeyPrefix::Of()));
}

}  // namespace
}  // namespace sightline::storage
