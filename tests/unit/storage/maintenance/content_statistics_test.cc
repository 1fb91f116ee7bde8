#include "storage/maintenance/content_statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::OrThrow;
using test::TestStore;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

std::vector<std::pair<std::string, uint64_t>> PredicatesOf(const ContentStatistics& statistics) {
  std::vector<std::pair<std::string, uint64_t>> predicates;
  for (const PredicateFacts& one : statistics.predicates) {
    predicates.emplace_back(one.predicate, one.facts);
  }
  return predicates;
}

ContentStatistics Count(TestStore* store, const Clearance& clearance) {
  return OrThrow(CountContent(*store->View(clearance), CancellationToken()));
}

TEST(ContentStatistics, OfAnEmptyStoreAreNothing) {
  TestStore store;
  const ContentStatistics counted = Count(&store, Clearance::Unrestricted());
  EXPECT_EQ(counted.statements + counted.facts + counted.entities, 0u);
  EXPECT_THAT(counted.predicates, IsEmpty());
}

TEST(ContentStatistics, CountFactsOnceAndEntitiesWhereverTheyStand) {
  TestStore store;
  store.Say("org/ap", "org/a", "supplies", "prod/x");
  store.Say("org/reuters", "org/a", "supplies", "prod/x");  // The same fact.
  store.Say("org/ap", "prod/x", "partOf", "prod/y");        // In both places.
  store.Name("org/a", "A");
  store.Deny("org/ap", "org/z", "supplies", "prod/x");  // Holds for nobody.
  const ContentStatistics counted = Count(&store, Clearance::Unrestricted());
  EXPECT_EQ(counted.statements, 5u);
  EXPECT_EQ(counted.facts, 3u);
  EXPECT_EQ(counted.entities, 3u);  // org/a, prod/x, prod/y.
  EXPECT_THAT(PredicatesOf(counted),
              ElementsAre(Pair("name", 1), Pair("partOf", 1), Pair("supplies", 1)));
}

// Whoever sees less counts as if there were no more.
TEST(ContentStatistics, CountNothingThatIsHidden) {
  TestStore with_hidden, without;
  for (TestStore* store : {&with_hidden, &without}) {
    store->Say("org/ap", "org/a", "supplies", "prod/x");
    store->Say("org/ap", "org/b", "supplies", "prod/x");
    if (store == &with_hidden) {
      store->Say("org/ap", "org/a", "owns", "org/secret", {.marking = {TlpLabel::kRed, ""}});
      store->Deny("org/ap", "org/a", "supplies", "prod/x", {.marking = {TlpLabel::kRed, ""}});
      store->Say("org/ap", "org/c", "owns", "prod/x", {.marking = {TlpLabel::kClear, "desk"}});
    }
  }
  const Clearance low = test::ClearanceOf(TlpLabel::kAmber);
  const ContentStatistics seen = Count(&with_hidden, low);
  const ContentStatistics all = Count(&without, low);
  EXPECT_EQ(seen.statements, all.statements);
  EXPECT_EQ(seen.facts, all.facts);
  EXPECT_EQ(seen.entities, all.entities);
  EXPECT_EQ(PredicatesOf(seen), PredicatesOf(all));
  EXPECT_EQ(Count(&with_hidden, test::ClearanceOf(TlpLabel::kRed, {"desk"})).facts, 4u);
}

TEST(ContentStatistics, StopWhenNobodyWaits) {
  TestStore store;
  store.Say("org/ap", "org/a", "supplies", "prod/x");
  CancellationToken cancelled;
  cancelled.Cancel();
  EXPECT_EQ(CountContent(*store.View(), cancelled).status().code(), StatusCode::kCancelled);
}

}  // namespace
}  // namespace sightline::storage
