#include "query/explore/neighbors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "query/node_card.h"
#include "tests/unit/query/explore/explore_world.h"

namespace sightline::query {
namespace {

using storage::DisputeRule;
using test::OrThrow;
using testing::ElementsAre;
using testing::IsEmpty;

class NeighborsTest : public testing::Test {
 protected:
  void SetUp() override {
    auto& store = world_.store();
    store.DefineClass("Organization");
    store.DefineClass("Company", {"Organization"});
    store.DefineClass("Product");
    for (const char* id : {"org/hub", "org/a", "org/b"}) {
      store.Say("desk", id, "instanceOf", "Company");
    }
    store.Say("desk", "org/a", "instanceOf", "Organization");
    store.Say("desk", "prod/x", "instanceOf", "Product");
    store.Say("desk", "prod/x", "broader", "prod/all");
    // Numbers in another order than names.
    store.Say("desk", "org/hub", "owns", "org/b");
    store.Say("desk", "org/hub", "owns", "org/a");
    store.Say("other", "org/hub", "owns", "org/a");
    store.Say("desk", "org/hub", "supplies", "prod/x");
    store.Deny("ministry", "org/hub", "supplies", "prod/x");
    store.Deny("ministry", "org/hub", "supplies", "prod/y");
    store.Say("desk", "org/a", "supplies", "prod/x");
    store.Say("desk", "org/a", "owns", "org/hub");
    store.Say("desk", "org/hub", "owns", "org/hub");
    store.Say("desk", "org/hub", "employees", storage::Value(int64_t{100}));
    store.Say("spy", "org/hub", "owns", "org/secret", Red());
    store.Say("spy", "org/hub", "owns", "org/a", Red());
    store.Deny("spy", "org/hub", "owns", "org/b", Red());
  }

  // "owns> Company 2", "supplies< 1".
  std::vector<std::string> Groups(const char* node, const EdgeFilter& filter,
                                  ExploreContext* context, const SummaryLimits& limits = {}) {
    std::vector<std::string> texts;
    for (const NeighborGroup& group :
         OrThrow(SummarizeNeighbors(world_.store().Entity(node), filter, limits, context))) {
      std::string text = group.predicate + (group.inbound ? "<" : ">");
      if (!group.kind.empty()) text += " " + group.kind;
      text += " " + std::to_string(group.edges);
      if (group.denied > 0) text += " denied " + std::to_string(group.denied);
      if (group.at_least) text += "+";
      if (group.kinds_omitted) text += " of any kind";
      texts.push_back(text);
    }
    return texts;
  }
  std::vector<std::string> Edges(const char* node, const EdgeFilter& filter,
                                 ExploreContext* context, uint64_t skip = 0,
                                 uint64_t count_max = 100) {
    std::vector<std::string> texts;
    const NeighborPage page =
        OrThrow(ListNeighbors(world_.store().Entity(node), filter, skip, count_max, context));
    total_ = page.total;
    for (const Neighbor& neighbor : page.neighbors) {
      texts.push_back((neighbor.inbound ? "<" : ">") + world_.TextOf(neighbor.fact));
    }
    return texts;
  }

  ExploreWorld world_;
  uint64_t total_ = 0;
};

TEST_F(NeighborsTest, GroupsByPredicateDirectionAndKind) {
  EXPECT_THAT(Groups("org/hub", {}, world_.Look({}, Green())),
              ElementsAre("owns> Company 3", "owns< Company 1", "supplies> Product 1 denied 1"));
}

TEST_F(NeighborsTest, ListsWhatTheSummaryCounts) {
  EXPECT_THAT(
      Edges("org/hub", {}, world_.Look({}, Green())),
      ElementsAre(">org/hub owns org/a 2", ">org/hub owns org/b 1", ">org/hub owns org/hub 1",
                  "<org/a owns org/hub 1", ">org/hub supplies prod/x 1-1"));
  EXPECT_EQ(total_, 5u);
}

TEST_F(NeighborsTest, WhatIsHiddenIsNotThere) {
  EXPECT_THAT(Groups("org/hub", {.predicates = {"owns"}, .direction = EdgeDirection::kOutbound},
                     world_.Look({}, storage::Clearance::Unrestricted())),
              ElementsAre("owns> 1", "owns> Company 3 denied 1"));
  EXPECT_THAT(Edges("org/hub", {.predicates = {"owns"}, .direction = EdgeDirection::kOutbound},
                    world_.Look({}, storage::Clearance::Unrestricted())),
              ElementsAre(">org/hub owns org/a 3", ">org/hub owns org/b 1-1",
                          ">org/hub owns org/hub 1", ">org/hub owns org/secret 1"));
}

TEST_F(NeighborsTest, FiltersByPredicateDirectionAndKind) {
  EXPECT_THAT(Edges("org/hub", {.predicates = {"owns"}, .direction = EdgeDirection::kInbound},
                    world_.Look({}, Green())),
              ElementsAre("<org/a owns org/hub 1", "<org/hub owns org/hub 1"));
  EXPECT_THAT(Edges("prod/x", {.kinds = {"Company"}}, world_.Look({}, Green())),
              ElementsAre("<org/a supplies prod/x 1", "<org/hub supplies prod/x 1-1"));
  EXPECT_THAT(Groups("prod/x", {.kinds = {"Organization"}}, world_.Look({}, Green())), IsEmpty());
  EXPECT_THAT(Groups("prod/x", {.taxonomic = true}, world_.Look({}, Green())),
              ElementsAre("broader> 1", "instanceOf> 1", "supplies< Company 2 denied 1"));
  EXPECT_THAT(Groups("prod/x", {.predicates = {"broader"}}, world_.Look({}, Green())),
              ElementsAre("broader> 1"));
  EXPECT_EQ(SummarizeNeighbors(world_.store().Entity("org/hub"), {.predicates = {"nothing"}}, {},
                               world_.Look())
                .status()
                .code(),
            StatusCode::kInvalidArgument);
}

TEST_F(NeighborsTest, SubPredicatesCountAsTheirParents) {
  storage::PredicateDefinition controls;
  controls.name = "controls";
  world_.store().Define(controls);
  storage::PredicateDefinition directs;
  directs.name = "directs";
  directs.parents = {"controls"};
  world_.store().Define(directs);
  world_.store().Say("desk", "per/p", "directs", "org/hub");
  EXPECT_THAT(Groups("per/p", {.predicates = {"controls"}}, world_.Look()),
              ElementsAre("directs> Company 1"));
}

TEST_F(NeighborsTest, RulesOnDisputes) {
  const auto edges = [this](DisputeRule rule) {
    ExploreScope scope;
    scope.dispute_rule = rule;
    return Edges("org/hub", {.predicates = {"supplies"}}, world_.Look(scope, Green()));
  };
  EXPECT_THAT(edges(DisputeRule::kExcludingDisputed), IsEmpty());
  EXPECT_THAT(edges(DisputeRule::kOnlyDisputed), ElementsAre(">org/hub supplies prod/x 1-1"));
  EXPECT_THAT(edges(DisputeRule::kOnlyDenied), ElementsAre(">org/hub supplies prod/y 0-1"));
  EXPECT_THAT(edges(DisputeRule::kIncludingDenied),
              ElementsAre(">org/hub supplies prod/x 1-1", ">org/hub supplies prod/y 0-1"));
}

TEST_F(NeighborsTest, CountsTheStatementsOfTheScope) {
  ExploreScope scope;
  scope.sources = {world_.store().Entity("other")};
  EXPECT_THAT(Edges("org/hub", {}, world_.Look(scope, Green())),
              ElementsAre(">org/hub owns org/a 1"));
  // Classes are what they are, whoever is asked.
  EXPECT_THAT(Groups("org/hub", {}, world_.Look(scope, Green())), ElementsAre("owns> Company 1"));
  ExploreScope backed;
  backed.origins_min = 2;
  EXPECT_THAT(Edges("org/hub", {}, world_.Look(backed, Green())),
              ElementsAre(">org/hub owns org/a 2"));
}

TEST_F(NeighborsTest, PagesAddUp) {
  std::vector<std::string> all;
  for (uint64_t skip = 0; skip < 6; skip += 2) {
    for (std::string& edge : Edges("org/hub", {}, world_.Look({}, Green()), skip, 2)) {
      all.push_back(std::move(edge));
    }
    EXPECT_EQ(total_, 5u);
  }
  EXPECT_EQ(all, Edges("org/hub", {}, world_.Look({}, Green())));
  EXPECT_THAT(Edges("org/hub", {}, world_.Look({}, Green()), 5, 2), IsEmpty());
}

TEST_F(NeighborsTest, EntitiesThatAreOneHaveTheirEdgesTogether) {
  world_.store().Say("desk", "org/a", "sameAs", "org/z-twin");
  world_.store().Say("desk", "org/z-twin", "supplies", "prod/z");
  for (const char* id : {"org/a", "org/z-twin"}) {
    EXPECT_THAT(Edges(id, {.predicates = {"supplies"}}, world_.Look({}, Green())),
                ElementsAre(">org/a supplies prod/x 1", ">org/a supplies prod/z 1"))
        << id;
  }
}

TEST_F(NeighborsTest, AHubIsCountedUpToAPointAndItsKindsAreToldOfAllEdgesOrNone) {
  for (int i = 0; i < 30; ++i) {
    world_.store().Say("desk", "org/big", "sells", "prod/" + std::to_string(i));
  }
  world_.store().Say("desk", "org/big", "owns", "org/a");
  ExploreContext* context = world_.Look();
  EXPECT_THAT(Groups("org/big", {}, context, {.edges_max = 1000, .kinds_max = 10}),
              ElementsAre("owns> Company 1", "sells> 30 of any kind"));
  EXPECT_THAT(Groups("org/big", {}, context, {.edges_max = 20, .kinds_max = 10}),
              ElementsAre("owns> Company 1", "sells> 20+ of any kind"));
  EXPECT_THAT(Groups("org/big", {}, context, {.edges_max = 20, .kinds_max = 25}),
              ElementsAre("owns> Company 1", "sells> 20+ of any kind"));
  EXPECT_THAT(Groups("org/big", {.kinds = {""}}, context, {.edges_max = 1000, .kinds_max = 10}),
              ElementsAre("sells> 30"));
  EXPECT_EQ(SummarizeNeighbors(world_.store().Entity("org/big"), {.kinds = {"Company"}},
                               {.edges_max = 20, .kinds_max = 10}, context)
                .status()
                .code(),
            StatusCode::kResourceExhausted);
}

TEST_F(NeighborsTest, TheKindOfAGroupIsThatOfTheCards) {
  ExploreContext* context = world_.Look();
  for (const Neighbor& neighbor :
       OrThrow(ListNeighbors(world_.store().Entity("org/hub"), {}, 0, 100, context)).neighbors) {
    const NodeCard card = OrThrow(context->CardOf(neighbor.node()));
    const NeighborPage page = OrThrow(ListNeighbors(world_.store().Entity("org/hub"),
                                                    {.kinds = {card.class_name}}, 0, 100, context));
    EXPECT_TRUE(std::any_of(page.neighbors.begin(), page.neighbors.end(), [&](const auto& other) {
      return other.node() == neighbor.node();
    })) << card.external_id;
  }
}

TEST_F(NeighborsTest, StopsWhenItMay) {
  storage::CancellationToken cancelled;
  cancelled.Cancel();
  for (int i = 0; i < 3000; ++i) {
    world_.store().Say("desk", "org/big", "sells", "prod/" + std::to_string(i));
  }
  ExploreContext* context = world_.Look({}, Green(), {.cancellation = &cancelled});
  EXPECT_EQ(ListNeighbors(world_.store().Entity("org/big"), {}, 0, 10, context).status().code(),
            StatusCode::kCancelled);
  context = world_.Look({}, Green(), {.facts_max = 100});
  EXPECT_EQ(ListNeighbors(world_.store().Entity("org/big"), {}, 0, 10, context).status().code(),
            StatusCode::kResourceExhausted);
  context = world_.Look({}, Green(), {.memory_bytes_max = 10'000});
  EXPECT_EQ(ListNeighbors(world_.store().Entity("org/big"), {}, 0, 10, context).status().code(),
            StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace sightline::query
