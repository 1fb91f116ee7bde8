#include "storage/statements/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::OrThrow;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Entity number 1 is called "z", 2 "y" ...: the least number has the greatest id.
TermId Entity(uint64_t number) { return TermId::Make(TermTag::kEntity, number); }
StatusOr<std::string> IdOf(TermId term) {
  return std::string(1, static_cast<char>('z' + 1 - static_cast<int>(term.payload())));
}

Judgement Same(uint64_t a, uint64_t b, uint64_t statement) {
  return {Entity(a), Entity(b), StatementId{statement}, true};
}
Judgement Different(uint64_t a, uint64_t b, uint64_t statement) {
  return {Entity(a), Entity(b), StatementId{statement}, false};
}
IdentityMapPtr Map(std::vector<Judgement> judgements) {
  return OrThrow(IdentityMap::Make(std::move(judgements), IdOf));
}

TEST(IdentityMap, IsNullWhenNothingMerges) {
  EXPECT_EQ(Map({}), nullptr);
  EXPECT_EQ(Map({Different(1, 2, 1)}), nullptr);
  EXPECT_EQ(Map({Same(1, 1, 1)}), nullptr);
}

TEST(IdentityMap, TakesTheLeastExternalIdForTheCanonicalOne) {
  const IdentityMapPtr map = Map({Same(1, 2, 1), Same(2, 3, 2)});
  ASSERT_NE(map, nullptr);
  for (const uint64_t number : {1, 2, 3}) EXPECT_EQ(map->CanonicalOf(Entity(number)), Entity(3));
  EXPECT_EQ(map->CanonicalOf(Entity(4)), Entity(4));
  EXPECT_THAT(map->MembersOf(Entity(3)), ElementsAre(Entity(3), Entity(2), Entity(1)));
  EXPECT_THAT(map->MembersOf(Entity(1)), IsEmpty());
  EXPECT_THAT(map->moved(), ElementsAre(Entity(1), Entity(2)));
  EXPECT_THAT(map->LinksOf(Entity(3)), ElementsAre(Same(1, 2, 1), Same(2, 3, 2)));
  EXPECT_THAT(map->conflicts(), IsEmpty());
}

TEST(IdentityMap, LeavesAPairApartThatAnybodyDenies) {
  EXPECT_EQ(Map({Same(1, 2, 1), Same(2, 1, 2), Different(2, 1, 3)}), nullptr);
}

TEST(IdentityMap, BlocksTheLinkThatWouldMakeADeniedPairOne) {
  const IdentityMapPtr map = Map({Same(2, 3, 5), Same(1, 2, 4), Different(3, 1, 6)});
  ASSERT_NE(map, nullptr);
  EXPECT_EQ(map->CanonicalOf(Entity(1)), Entity(2));
  EXPECT_EQ(map->CanonicalOf(Entity(3)), Entity(3));
  EXPECT_THAT(map->conflicts(), ElementsAre(IdentityConflict{Same(2, 3, 5), Different(3, 1, 6)}));
}

TEST(IdentityMap, KeepsWholeChainsApartByOneDenial) {
  // 1-2 and 3-4 are two entities, because 1 and 4 are judged different: 2-3 comes too late.
  const IdentityMapPtr map = Map({Same(1, 2, 1), Same(3, 4, 2), Same(2, 3, 3), Different(1, 4, 4)});
  EXPECT_EQ(map->CanonicalOf(Entity(1)), map->CanonicalOf(Entity(2)));
  EXPECT_EQ(map->CanonicalOf(Entity(3)), map->CanonicalOf(Entity(4)));
  EXPECT_NE(map->CanonicalOf(Entity(2)), map->CanonicalOf(Entity(3)));
  EXPECT_THAT(map->conflicts(), SizeIs(1));
}

TEST(IdentityMap, DoesNotDependOnTheOrderInWhichJudgementsAreGiven) {
  std::vector<Judgement> judgements = {Same(1, 2, 1), Same(3, 4, 2), Same(2, 3, 3),
                                       Different(1, 4, 4), Same(4, 5, 5)};
  const IdentityMapPtr forwards = Map(judgements);
  std::reverse(judgements.begin(), judgements.end());
  const IdentityMapPtr backwards = Map(judgements);
  for (uint64_t number = 1; number <= 5; ++number) {
    EXPECT_EQ(forwards->CanonicalOf(Entity(number)), backwards->CanonicalOf(Entity(number)));
  }
  EXPECT_EQ(forwards->conflicts(), backwards->conflicts());
}

TEST(IdentityMap, GivesErrorsOfTheDictionaryBack) {
  const auto map = IdentityMap::Make(
      {Same(1, 2, 1)}, [](TermId) -> StatusOr<std::string> { return DataLoss("gone"); });
  EXPECT_EQ(map.status().code(), StatusCode::kDataLoss);
}

}  // namespace
}  // namespace sightline::storage
