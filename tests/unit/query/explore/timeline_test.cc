#include "query/explore/timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/query/explore/explore_world.h"

namespace sightline::query {
namespace {

using storage::PartialDate;
using storage::TimeInterval;
using storage::Value;
using test::OrThrow;
using testing::ElementsAre;
using testing::IsEmpty;

TimeInterval In(const char* date) { return TimeInterval::Of(OrThrow(PartialDate::Parse(date))); }

class TimelineTest : public testing::Test {
 protected:
  void SetUp() override {
    auto& store = world_.store();
    store.Say("desk", "org/a", "owns", "org/b", {.valid = In("2021")});
    store.Say("other", "org/a", "owns", "org/b", {.valid = In("2021")});
    store.Say("other", "org/a", "owns", "org/b", {.valid = In("2020")});
    store.Deny("ministry", "org/a", "owns", "org/b");
    store.Say("desk", "org/c", "owns", "org/a", {.valid = In("2019-03")});
    store.Say("desk", "org/a", "founded", Value(OrThrow(PartialDate::Parse("1999-05-01"))));
    store.Say("desk", "org/a", "supplies", "prod/undated");
    store.Say("spy", "org/a", "owns", "org/b", {.marking = Red().marking, .valid = In("2010")});
    store.Say("spy", "org/a", "met", "org/d", {.marking = Red().marking, .valid = In("2022")});
  }
  std::vector<std::string> Items(TimelineRequest request, const ExploreScope& scope = {},
                                 const storage::Clearance& clearance = Green()) {
    ExploreContext* context = world_.Look(scope, clearance);
    if (request.count_max == 0) request.count_max = 100;
    const TimelinePage page = OrThrow(ListTimeline(request, context));
    total_ = page.total;
    std::vector<std::string> texts;
    for (const TimelineItem& item : page.items) {
      texts.push_back(item.when.ToString() + " " + world_.TextOf(item.fact) +
                      (item.standing == Standing::kDisputed ? " disputed" : "") +
                      (item.is_value ? " value" : ""));
    }
    return texts;
  }
  storage::TermId Id(const char* id) { return world_.store().Entity(id); }

  ExploreWorld world_;
  uint64_t total_ = 0;
};

TEST_F(TimelineTest, InTheOrderOfTime) {
  EXPECT_THAT(Items({.entities = {Id("org/a")}}),
              ElementsAre("1999-05-01 org/a founded 1999-05-01 1 value",
                          "2019-03-01/2019-03-31 org/c owns org/a 1",
                          "2020-01-01/2020-12-31 org/a owns org/b 1 disputed",
                          "2021-01-01/2021-12-31 org/a owns org/b 2 disputed"));
}

TEST_F(TimelineTest, HiddenTimesAreNotThere) {
  EXPECT_THAT(Items({.entities = {Id("org/a")}, .predicates = {"owns", "met"}}, {},
                    storage::Clearance::Unrestricted()),
              ElementsAre("2010-01-01/2010-12-31 org/a owns org/b 1 disputed",
                          "2019-03-01/2019-03-31 org/c owns org/a 1",
                          "2020-01-01/2020-12-31 org/a owns org/b 1 disputed",
                          "2021-01-01/2021-12-31 org/a owns org/b 2 disputed",
                          "2022-01-01/2022-12-31 org/a met org/d 1"));
}

TEST_F(TimelineTest, WithinAWindow) {
  EXPECT_THAT(Items({.entities = {Id("org/a")}, .window = In("2019")}),
              ElementsAre("2019-03-01/2019-03-31 org/c owns org/a 1"));
  EXPECT_THAT(Items({.entities = {Id("org/a")}, .window = In("1999")}),
              ElementsAre("1999-05-01 org/a founded 1999-05-01 1 value"));
  ExploreScope scope;
  scope.valid = In("2021");
  EXPECT_THAT(
      Items({.entities = {Id("org/a")}, .window = In("2019"), .predicates = {"owns"}}, scope),
      IsEmpty());
}

TEST_F(TimelineTest, AFactBetweenTwoOfThemIsThereOnce) {
  EXPECT_THAT(Items({.entities = {Id("org/a"), Id("org/b"), Id("org/a")}, .window = In("2021")}),
              ElementsAre("2021-01-01/2021-12-31 org/a owns org/b 2 disputed"));
}

TEST_F(TimelineTest, PageByPage) {
  EXPECT_THAT(Items({.entities = {Id("org/a")}, .skip = 1, .count_max = 1}),
              ElementsAre("2019-03-01/2019-03-31 org/c owns org/a 1"));
  EXPECT_EQ(total_, 4u);
}

TEST_F(TimelineTest, EqualTimesGoByNames) {
  // Said in another order than names have.
  for (const char* id : {"org/y", "org/x", "org/z"}) {
    world_.store().Say("desk", "org/q", "owns", id, {.valid = In("2000")});
  }
  EXPECT_THAT(Items({.entities = {Id("org/q")}}),
              ElementsAre("2000-01-01/2000-12-31 org/q owns org/x 1",
                          "2000-01-01/2000-12-31 org/q owns org/y 1",
                          "2000-01-01/2000-12-31 org/q owns org/z 1"));
}

}  // namespace
}  // namespace sightline::query
