#include "query/optimizer/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/test_store.h"

namespace sightline::query {
namespace {

using storage::TlpLabel;
using test::OrThrow;

class Statistics : public ::testing::Test {
 protected:
  Statistics() {
    store_.Say("org/desk", "a", "supplies", "x");
    store_.Say("org/desk", "a", "supplies", "y");
    store_.Say("org/desk", "b", "supplies", "y");
    // Said twice, it is still one fact.
    store_.Say("org/other", "b", "supplies", "y");
    store_.Say("org/desk", "c", "supplies", "z", {.marking = {TlpLabel::kRed, {}}});
    supplies_ = store_.Predicate("supplies");
    store_.Commit();
  }

  test::TestStore store_;
  storage::TermId supplies_;
};

TEST_F(Statistics, CountOnlyWhatTheReaderMaySee) {
  const auto all = store_.View(test::ClearanceOf(TlpLabel::kRed));
  const auto some = store_.View(test::ClearanceOf(TlpLabel::kGreen));
  StatisticsCache cache;
  const PredicateStatistics of_all =
      OrThrow(cache.For(*all, all->default_scope())->Of(supplies_, *all, all->default_scope()));
  EXPECT_EQ(of_all.facts, 4u);
  EXPECT_EQ(of_all.subjects, 3u);
  EXPECT_EQ(of_all.objects, 3u);
  const PredicateStatistics of_some =
      OrThrow(cache.For(*some, some->default_scope())->Of(supplies_, *some, some->default_scope()));
  EXPECT_EQ(of_some.facts, 3u);
  EXPECT_EQ(of_some.subjects, 2u);
  EXPECT_EQ(of_some.objects, 2u);
}

TEST_F(Statistics, AreKeptByClearanceAndConditions) {
  const auto all = store_.View(test::ClearanceOf(TlpLabel::kRed));
  const auto again = store_.View(test::ClearanceOf(TlpLabel::kRed));
  const auto some = store_.View(test::ClearanceOf(TlpLabel::kGreen));
  const storage::ScopePtr disputed =
      OrThrow(all->Resolve({.dispute_rule = storage::DisputeRule::kOnlyDisputed}));
  StatisticsCache cache;
  const auto kept = cache.For(*all, all->default_scope());
  EXPECT_EQ(cache.For(*again, again->default_scope()), kept);
  EXPECT_NE(cache.For(*some, some->default_scope()), kept);
  EXPECT_NE(cache.For(*all, disputed), kept);
  EXPECT_EQ(OrThrow(cache.For(*all, disputed)->Of(supplies_, *all, disputed)).facts, 0u);
}

}  // namespace
}  // namespace sightline::query
