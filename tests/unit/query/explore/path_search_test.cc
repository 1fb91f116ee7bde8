#include "query/explore/path_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/query/engine/run_query.h"
#include "tests/unit/query/explore/explore_world.h"

namespace sightline::query {
namespace {

using test::OrThrow;
using testing::ElementsAre;
using testing::IsEmpty;

class PathSearchTest : public testing::Test {
 protected:
  void SetUp() override {
    auto& store = world_.store();
    store.Say("desk", "a", "owns", "b");
    store.Say("desk", "b", "owns", "d");
    store.Say("desk", "a", "supplies", "c");
    store.Say("desk", "c", "supplies", "e");
    store.Say("desk", "d", "supplies", "e");
    store.Say("spy", "a", "owns", "e", Red());
    store.Deny("ministry", "b", "owns", "d");
  }
  std::vector<std::string> Paths(const PathRequest& request, const ExploreScope& scope = {},
                                 const storage::Clearance& clearance = Green()) {
    const ExploreContext* context = world_.Look(scope, clearance);
    QueryEngine engine(&*world_.store(), {});
    const auto cursor = OrThrow(FindPaths(request, {}, nullptr, nullptr, *context, &engine));
    std::vector<std::string> paths;
    ResultBatch batch;
    while (OrThrow(cursor->Next(&batch)) > 0) {
      for (const Datum& path : batch.columns[0]) paths.push_back(CellText(path, *cursor));
    }
    return paths;
  }
  storage::TermId Id(const char* id) { return world_.store().Entity(id); }

  ExploreWorld world_;
};

TEST_F(PathSearchTest, TheShortestFirst) {
  EXPECT_THAT(Paths({.from = Id("a"), .to = {Id("e")}, .ranked = true}),
              ElementsAre("a -> c -> e", "a -> b -> d -> e"));
  EXPECT_THAT(Paths({.from = Id("a"), .to = {Id("e")}, .paths_max = 1, .ranked = true}),
              ElementsAre("a -> c -> e"));
  EXPECT_THAT(Paths({.from = Id("a"), .to = {Id("e")}}), ElementsAre("a -> c -> e"));
  EXPECT_THAT(Paths({.from = Id("a"), .to = {Id("d"), Id("c")}, .hops_max = 2}),
              ElementsAre("a -> c", "a -> b -> d"));
}

TEST_F(PathSearchTest, NoHiddenStep) {
  EXPECT_THAT(
      Paths({.from = Id("a"), .to = {Id("e")}}, {}, storage::Clearance::Unrestricted()).front(),
      "a -> e");
}

TEST_F(PathSearchTest, AlongSomePredicatesOneWay) {
  EXPECT_THAT(Paths({.from = Id("e"), .to = {Id("a")}, .direction = EdgeDirection::kOutbound}),
              IsEmpty());
  EXPECT_THAT(Paths({.from = Id("e"),
                     .to = {Id("a")},
                     .predicates = {"supplies"},
                     .direction = EdgeDirection::kInbound}),
              ElementsAre("e -> c -> a"));
}

TEST_F(PathSearchTest, AroundWhatIsToBeAvoided) {
  EXPECT_THAT(Paths({.from = Id("a"), .to = {Id("e")}, .avoiding = {Id("c")}}),
              ElementsAre("a -> b -> d -> e"));
  for (int i = 0; i < 5; ++i) world_.store().Say("desk", "c", "supplies", "x" + std::to_string(i));
  EXPECT_THAT(Paths({.from = Id("a"), .to = {Id("e")}, .hubs_over = 4}),
              ElementsAre("a -> b -> d -> e"));
}

TEST_F(PathSearchTest, InTheScopeOfTheContext) {
  ExploreScope scope;
  scope.dispute_rule = storage::DisputeRule::kExcludingDisputed;
  EXPECT_THAT(Paths({.from = Id("a"), .to = {Id("e")}}, scope), ElementsAre("a -> c -> e"));
  scope = {};
  scope.excluded_sources = {Id("desk")};
  EXPECT_THAT(Paths({.from = Id("a"), .to = {Id("e")}}, scope), IsEmpty());
}

TEST_F(PathSearchTest, NamesInBackQuotesAreNamesAndNothingElse) {
  const std::string odd = "odd` OR 1 = 1";
  storage::PredicateDefinition definition;
  definition.name = odd;
  world_.store().Define(definition);
  world_.store().Say("desk", "a", odd, "f`(#x)");
  world_.store().Say("desk", "f`(#x)", odd, "g");
  EXPECT_THAT(Paths({.from = Id("a"), .to = {Id("g")}, .predicates = {odd}}),
              ElementsAre("a -> f`(#x) -> g"));
  EXPECT_THAT(Paths({.from = Id("a"), .to = {Id("g")}, .avoiding = {Id("f`(#x)")}}), IsEmpty());
  const ExploreContext* context = world_.Look();
  QueryEngine engine(&*world_.store(), {});
  EXPECT_EQ(FindPaths({.from = Id("a"), .to = {Id("g")}, .predicates = {"x]->() RETURN 1 //"}}, {},
                      nullptr, nullptr, *context, &engine)
                .status()
                .code(),
            StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace sightline::query
