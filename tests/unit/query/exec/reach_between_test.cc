#include "query/exec/reach_between.h"

#include <gtest/gtest.h>

#include <random>

#include "query/exec/reach_search.h"
#include "tests/support/test_store.h"

namespace sightline::query {
namespace {

// On random graphs: what the search from one end alone finds, and the same chain.
class ReachBetweenTest : public ::testing::Test {
 protected:
  static constexpr int kNodes = 9;

  // Some of `edges` go along one predicate, some along another, with cycles and loops.
  void MakeGraph(uint32_t seed, int edges) {
    std::mt19937 random(seed);
    for (int i = 0; i < kNodes; ++i) store_.Say("org/desk", "start", "owns", Name(i));
    for (int i = 0; i < edges; ++i) {
      store_.Say("org/desk", Name(static_cast<int>(random() % kNodes)),
                 random() % 3 == 0 ? "owns" : "shipsTo", Name(static_cast<int>(random() % kNodes)));
    }
    view_ = store_.View();
    context_.evaluation.view = view_.get();
    nodes_.clear();
    for (int i = 0; i < kNodes; ++i) nodes_.push_back(*test::OrThrow(view_->FindNode(Name(i))));
  }
  static std::string Name(int node) { return "n" + std::to_string(node); }

  PatternEdge Chain(bool along_owns, bool against_owns, uint64_t hops_min, uint64_t hops_max) {
    HopGroup group;
    group.walk.along.predicates = {store_.Predicate("shipsTo")};
    if (along_owns) group.walk.along.predicates.push_back(store_.Predicate("owns"));
    std::sort(group.walk.along.predicates.begin(), group.walk.along.predicates.end());
    if (against_owns) group.walk.against.predicates = {store_.Predicate("owns")};
    group.hops_min = hops_min;
    group.hops_max = hops_max;
    PatternEdge edge;
    edge.groups = {group};
    return edge;
  }

  // Compares all pairs.
  void ExpectAsFromOneEnd(const PatternEdge& edge, const std::vector<storage::Fact>& avoided) {
    ReachSearch one_end(edge, false, true, view_->default_scope(), &context_);
    ReachBetween between(edge, view_->default_scope(), &context_);
    for (const storage::TermId left : nodes_) {
      const ReachTreePtr tree = test::OrThrow(one_end.From(left, avoided));
      for (const storage::TermId right : nodes_) {
        const std::optional<uint32_t> step = tree->StepOf(right);
        EXPECT_EQ(test::OrThrow(between.Search(left, right, avoided, false)), step.has_value());
        ASSERT_EQ(test::OrThrow(between.Search(left, right, avoided, true)), step.has_value());
        if (!step) continue;
        std::vector<storage::TermId> nodes;
        EXPECT_EQ(between.facts(), tree->FactsTo(*step, &nodes));
        EXPECT_EQ(between.nodes(), nodes);
      }
    }
  }

  test::TestStore store_;
  std::shared_ptr<const storage::ReadView> view_;
  ExecutionContext context_;
  std::vector<storage::TermId> nodes_;
};

TEST_F(ReachBetweenTest, FindsWhatASearchFromOneEndFinds) {
  for (uint32_t seed = 0; seed < 12; ++seed) {
    SCOPED_TRACE(seed);
    MakeGraph(seed, seed < 6 ? 4 : 2);  // Facts are added: the graph grows denser.
    for (const uint64_t hops_min : {0, 1}) {
      for (const uint64_t hops_max : {uint64_t{1}, uint64_t{2}, uint64_t{5}, kUnboundedHops}) {
        ExpectAsFromOneEnd(Chain(false, false, hops_min, hops_max), {});
        ExpectAsFromOneEnd(Chain(true, true, hops_min, hops_max), {});
      }
    }
  }
  EXPECT_EQ(context_.memory_bytes, 0u);
}

TEST_F(ReachBetweenTest, GoesAroundFacts) {
  for (uint32_t seed = 100; seed < 108; ++seed) {
    SCOPED_TRACE(seed);
    MakeGraph(seed, 4);
    const PatternEdge edge = Chain(true, false, 1, kUnboundedHops);
    ReachSearch search(edge, false, true, view_->default_scope(), &context_);
    for (const storage::TermId node : nodes_) {
      const ReachTreePtr tree = test::OrThrow(search.From(node));
      if (tree->ends().empty()) continue;
      const std::vector<storage::Fact> chain = tree->FactsTo(tree->ends().back().second, nullptr);
      ExpectAsFromOneEnd(edge, {chain.front()});
      ExpectAsFromOneEnd(edge, chain);
    }
  }
}

TEST_F(ReachBetweenTest, StopsWhenTheQueryMayTouchNoMoreFacts) {
  MakeGraph(1, 40);
  const PatternEdge edge = Chain(true, false, 1, kUnboundedHops);
  ReachBetween between(edge, view_->default_scope(), &context_);
  const storage::TermId nowhere = *test::OrThrow(view_->FindNode("start"));
  EXPECT_FALSE(test::OrThrow(between.Search(nodes_[0], nowhere, {}, true)));
  EXPECT_FALSE(context_.out_of_steps);
  context_.steps_max = context_.evaluation.facts_touched + 1;
  EXPECT_FALSE(test::OrThrow(between.Search(nodes_[0], nodes_[1], {}, true)) &&
               between.facts().size() > 1);
  EXPECT_LE(context_.evaluation.facts_touched, context_.steps_max);
}

}  // namespace
}  // namespace sightline::query
