#include "query/exec/reach_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/test_store.h"

namespace sightline::query {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

class ReachSearchTest : public ::testing::Test {
 protected:
  void Say(std::string_view from, std::string_view predicate, std::string_view to) {
    store_.Say("org/desk", from, predicate, std::string(to));
  }
  // The ends from `start`, as external ids, nearest first.
  std::vector<std::string> Ends(const PatternEdge& edge, std::string_view start,
                                bool from_right = false) {
    view_ = store_.View();
    context_.evaluation.view = view_.get();
    ReachSearch search(edge, from_right, true, view_->default_scope(), &context_);
    std::vector<std::string> ends;
    const storage::TermId from = *test::OrThrow(view_->FindNode(start));
    const ReachTreePtr tree = test::OrThrow(search.From(from));
    for (const auto& [node, step] : tree->ends()) {
      ends.push_back(test::OrThrow(view_->ExternalIdOf(node)));
    }
    return ends;
  }
  HopGroup Group(std::string_view predicate, uint64_t hops_min, uint64_t hops_max) {
    HopGroup group;
    group.walk.along.predicates = {store_.Predicate(predicate)};
    group.hops_min = hops_min;
    group.hops_max = hops_max;
    return group;
  }

  test::TestStore store_;
  std::shared_ptr<const storage::ReadView> view_;
  ExecutionContext context_;
};

TEST_F(ReachSearchTest, WalksGroupsOneAfterTheOther) {
  Say("a", "owns", "b"), Say("b", "owns", "c"), Say("c", "shipsTo", "d"), Say("d", "shipsTo", "e"),
      Say("b", "shipsTo", "f"), Say("e", "owns", "g");
  PatternEdge edge;
  edge.groups = {Group("owns", 1, 2), Group("shipsTo", 1, kUnboundedHops)};
  EXPECT_THAT(Ends(edge, "a"), ElementsAre("f", "d", "e"));
  edge.groups = {Group("owns", 1, 2), Group("shipsTo", 0, 1)};
  EXPECT_THAT(Ends(edge, "a"), UnorderedElementsAre("b", "c", "d", "f"));
  EXPECT_THAT(Ends(edge, "d", true), UnorderedElementsAre("a", "b"));
  edge.groups = {Group("owns", 0, 1), Group("shipsTo", 0, 1), Group("owns", 0, 1)};
  EXPECT_THAT(Ends(edge, "a"), UnorderedElementsAre("a", "b", "f", "c"));
}

TEST_F(ReachSearchTest, GivesTheFactsOfAShortestChainAndItsNodes) {
  Say("a", "owns", "b"), Say("b", "owns", "c"), Say("a", "owns", "x"), Say("x", "owns", "y"),
      Say("y", "owns", "c");
  PatternEdge edge;
  edge.groups = {Group("owns", 1, kUnboundedHops)};
  view_ = store_.View();
  context_.evaluation.view = view_.get();
  ReachSearch search(edge, false, true, view_->default_scope(), &context_);
  const ReachTreePtr tree = test::OrThrow(search.From(store_.Entity("a")));
  const std::optional<uint32_t> step = tree->StepOf(store_.Entity("c"));
  ASSERT_TRUE(step.has_value());
  std::vector<storage::TermId> nodes;
  EXPECT_EQ(tree->FactsTo(*step, &nodes).size(), 2u);
  EXPECT_THAT(nodes, ElementsAre(store_.Entity("a"), store_.Entity("b"), store_.Entity("c")));
  EXPECT_FALSE(tree->StepOf(store_.Entity("a")).has_value());
}

TEST_F(ReachSearchTest, GoesAroundFacts) {
  Say("a", "owns", "b"), Say("b", "owns", "c"), Say("a", "owns", "x"), Say("x", "owns", "y"),
      Say("y", "owns", "c"), Say("c", "owns", "d");
  PatternEdge edge;
  edge.groups = {Group("owns", 1, kUnboundedHops)};
  view_ = store_.View();
  context_.evaluation.view = view_.get();
  ReachSearch search(edge, false, true, view_->default_scope(), &context_);
  const auto node = [this](std::string_view id) { return store_.Entity(id); };
  const auto owns = [&](std::string_view from, std::string_view to) {
    return storage::Fact{node(from), store_.Predicate("owns"), node(to)};
  };
  const ReachTreePtr free = test::OrThrow(search.From(node("a")));
  EXPECT_TRUE(free->Passes(*free->StepOf(node("d")), {owns("b", "c")}));
  EXPECT_FALSE(free->Passes(*free->StepOf(node("y")), {owns("b", "c")}));
  const ReachTreePtr around = test::OrThrow(search.From(node("a"), {owns("b", "c")}));
  EXPECT_EQ(around->FactsTo(*around->StepOf(node("d")), nullptr),
            (std::vector{owns("a", "x"), owns("x", "y"), owns("y", "c"), owns("c", "d")}));
  EXPECT_FALSE(test::OrThrow(search.From(node("a"), {owns("c", "d")}))->StepOf(node("d")));
  EXPECT_FALSE(
      test::OrThrow(search.From(node("a"), {owns("y", "c"), owns("b", "c")}))->StepOf(node("d")));
  // Kept, and no search at all when the free one did not need the fact.
  const uint64_t touched = context_.evaluation.facts_touched;
  EXPECT_EQ(test::OrThrow(search.From(node("a"), {owns("b", "c")})), around);
  EXPECT_EQ(test::OrThrow(search.From(node("a"), {owns("y", "c")})), free);
  EXPECT_EQ(context_.evaluation.facts_touched, touched);

  EXPECT_EQ(test::OrThrow(search.Reaches(node("a"), node("d"), {owns("b", "c")}, 100)), true);
  EXPECT_EQ(test::OrThrow(search.Reaches(node("a"), node("d"), {owns("c", "d")}, 100)), false);
  EXPECT_EQ(test::OrThrow(search.Reaches(node("a"), node("d"), {owns("c", "d")}, 3)), std::nullopt);
}

TEST_F(ReachSearchTest, GivesItsMemoryBack) {
  for (int i = 0; i < 50; ++i) Say("n" + std::to_string(i), "owns", "n" + std::to_string(i + 1));
  PatternEdge edge;
  edge.groups = {Group("owns", 1, kUnboundedHops)};
  EXPECT_EQ(Ends(edge, "n0").size(), 50u);
  EXPECT_EQ(context_.memory_bytes, 0u);
  context_.memory_bytes_max = 1000;
  ReachSearch search(edge, false, true, view_->default_scope(), &context_);
  EXPECT_EQ(search.From(*test::OrThrow(view_->FindNode("n0"))).status().code(),
            StatusCode::kResourceExhausted);
  EXPECT_EQ(context_.memory_bytes, 0u);
}

TEST_F(ReachSearchTest, StopsAtTheFactsItMayTouch) {
  for (int i = 0; i < 50; ++i) Say("n" + std::to_string(i), "owns", "n" + std::to_string(i + 1));
  PatternEdge edge;
  edge.groups = {Group("owns", 1, kUnboundedHops)};
  context_.steps_max = 10;
  EXPECT_EQ(Ends(edge, "n0").size(), 10u);
  EXPECT_TRUE(context_.out_of_steps);
}

}  // namespace
}  // namespace sightline::query
