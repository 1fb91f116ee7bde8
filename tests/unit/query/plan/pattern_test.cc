#include "query/plan/pattern.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace sightline::query {
namespace {

storage::TermId Predicate(uint64_t number) {
  return storage::TermId::Make(storage::TermTag::kEntity, number);
}
PredicateSet Set(bool all_but, std::vector<uint64_t> numbers) {
  PredicateSet set;
  set.all_but = all_but;
  for (const uint64_t number : numbers) set.predicates.push_back(Predicate(number));
  return set;
}

TEST(PredicateSet, ContainsWhatItListsOrAllButThat) {
  EXPECT_TRUE(Set(false, {1, 3}).Contains(Predicate(3)));
  EXPECT_FALSE(Set(false, {1, 3}).Contains(Predicate(2)));
  EXPECT_FALSE(Set(true, {1, 3}).Contains(Predicate(3)));
  EXPECT_TRUE(Set(true, {1, 3}).Contains(Predicate(2)));
  EXPECT_TRUE(Set(true, {}).Contains(Predicate(2)));
  EXPECT_TRUE(Set(false, {}).empty());
  EXPECT_FALSE(Set(true, {}).empty());
}

TEST(PredicateSet, IntersectsWhenOneIsInBoth) {
  EXPECT_TRUE(Set(false, {1, 2}).Intersects(Set(false, {2, 3})));
  EXPECT_FALSE(Set(false, {1}).Intersects(Set(false, {2})));
  EXPECT_FALSE(Set(false, {}).Intersects(Set(true, {})));
  EXPECT_TRUE(Set(true, {1}).Intersects(Set(false, {1, 2})));
  EXPECT_FALSE(Set(true, {1}).Intersects(Set(false, {1})));
  EXPECT_TRUE(Set(true, {1}).Intersects(Set(true, {2})));
}

TEST(EdgeWalk, GoesBothWaysWhenAFactMayBeReadFromEitherEnd) {
  EXPECT_TRUE((EdgeWalk{Set(false, {1}), Set(false, {1, 2})}.BothWays()));
  EXPECT_FALSE((EdgeWalk{Set(false, {1}), Set(false, {2})}.BothWays()));
  EXPECT_FALSE((EdgeWalk{Set(false, {1}), Set(false, {})}.BothWays()));
  const EdgeWalk walk{Set(false, {1}), Set(false, {2})};
  EXPECT_TRUE(walk.Reversed().along.Contains(Predicate(2)));
  EXPECT_TRUE(walk.Reversed().against.Contains(Predicate(1)));
}

TEST(DifferencesOf, GoBothWaysRoundAndSettleAChainLast) {
  PatternGraph graph;
  graph.edges.resize(4);
  graph.edges[0].variable_length = graph.edges[3].variable_length = true;
  graph.edges[1].differs_from = {0};
  graph.edges[2].differs_from = {1};
  graph.edges[3].differs_from = {0, 2};
  const auto differences = DifferencesOf(graph);
  EXPECT_EQ(differences, (std::vector<std::set<uint32_t>>{{1}, {0, 2}, {1, 3}, {2}}));
  EXPECT_FALSE(IsSettled(graph, differences, {0}, 0));
  EXPECT_TRUE(IsSettled(graph, differences, {0, 1}, 0));
  EXPECT_TRUE(IsSettled(graph, differences, {1}, 1));
  EXPECT_FALSE(IsSettled(graph, differences, {1}, 2));
  EXPECT_FALSE(IsSettled(graph, differences, {0, 1, 3}, 3));
}

std::string StepsOf(uint32_t node_count, std::vector<std::pair<uint32_t, uint32_t>> edges) {
  PatternGraph graph;
  graph.nodes.resize(node_count);
  for (const auto& [left, right] : edges) {
    PatternEdge edge;
    edge.left = left;
    edge.right = right;
    graph.edges.push_back(std::move(edge));
  }
  std::string text;
  for (const PatternStep& step : StepsInTextOrder(graph)) {
    const char kind = step.kind == PatternStep::Kind::kScanNode ? 'n'
                      : step.kind == PatternStep::Kind::kExpand ? 'e'
                                                                : 'c';
    text += kind + std::to_string(step.index) + (step.from_right ? "< " : " ");
  }
  return text;
}

TEST(StepsInTextOrder, FindsEveryNodeAndEdgeOnce) {
  EXPECT_EQ(StepsOf(1, {}), "n0 ");
  EXPECT_EQ(StepsOf(3, {{0, 1}, {1, 2}}), "n0 e0 e1 ");
  // A triangle closes with a check.
  EXPECT_EQ(StepsOf(3, {{0, 1}, {1, 2}, {2, 0}}), "n0 e0 e1 c2 ");
  // An edge into what is bound is walked from there.
  EXPECT_EQ(StepsOf(3, {{0, 1}, {2, 1}}), "n0 e0 e1< ");
  // Two patterns without a common node.
  EXPECT_EQ(StepsOf(5, {{0, 1}, {2, 3}}), "n0 e0 n2 e1 n4 ");
  EXPECT_EQ(StepsOf(1, {{0, 0}}), "n0 c0 ");
}

}  // namespace
}  // namespace sightline::query
