#include "query/optimizer/join_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

namespace sightline::query {
namespace {

// Whether each relation is joined once, and each step begins at variables that are known.
void ExpectOrder(const std::vector<JoinVariable>& variables,
                 const std::vector<JoinRelation>& relations, const JoinOrder& order) {
  std::set<uint32_t> known, joined;
  for (uint32_t i = 0; i < variables.size(); ++i) {
    if (variables[i].bound) known.insert(i);
  }
  for (const JoinStep& step : order.steps) {
    if (step.kind == JoinStep::Kind::kVariable) {
      EXPECT_TRUE(variables[step.index].candidates.has_value());
      known.insert(step.index);
      continue;
    }
    const JoinRelation& relation = relations[step.index];
    EXPECT_TRUE(joined.insert(step.index).second);
    const bool left = known.contains(relation.left), right = known.contains(relation.right);
    switch (step.kind) {
      case JoinStep::Kind::kRelation:
        EXPECT_TRUE(!left && !right);
        break;
      case JoinStep::Kind::kFromLeft:
        EXPECT_TRUE(left && !right);
        break;
      case JoinStep::Kind::kFromRight:
        EXPECT_TRUE(!left && right);
        break;
      default:
        EXPECT_TRUE(left && right);
    }
    known.insert({relation.left, relation.right});
  }
  EXPECT_EQ(joined.size(), relations.size());
}

TEST(JoinOrder, BeginsWhereTheFewestRowsAre) {
  const std::vector<JoinVariable> variables = {{}, {}, {.candidates = 1}};
  const std::vector<JoinRelation> relations = {
      {.left = 0, .right = 1, .rows = 100'000, .left_values = 10'000, .right_values = 10'000},
      {.left = 2,
       .right = 1,
       .rows = 20,
       .left_values = 1,
       .right_values = 20,
       .rows_scanned = 50'000}};
  const JoinOrder order = OrderJoins(variables, relations, false);
  ExpectOrder(variables, relations, order);
  ASSERT_EQ(order.steps.size(), 3u);
  EXPECT_EQ(order.steps[0].kind, JoinStep::Kind::kVariable);
  EXPECT_EQ(order.steps[0].index, 2u);
  EXPECT_EQ(order.steps[1].index, 1u);
  EXPECT_EQ(order.steps[2].kind, JoinStep::Kind::kFromRight);
  EXPECT_NEAR(order.rows, 200, 1);
}

TEST(JoinOrder, WeighsWhatComesLater) {
  // From the smallest relation everything leads through a large one; from the next smallest not.
  const std::vector<JoinVariable> variables(5);
  const std::vector<JoinRelation> relations = {
      {.left = 0, .right = 1, .rows = 1'000, .left_values = 1'000, .right_values = 10},
      {.left = 1, .right = 2, .rows = 1'000'000, .left_values = 10, .right_values = 100'000},
      {.left = 2, .right = 3, .rows = 1'200, .left_values = 1'200, .right_values = 1'200},
      {.left = 3, .right = 4, .rows = 1'200, .left_values = 1'200, .right_values = 1'200}};
  const JoinOrder exact = OrderJoins(variables, relations, false);
  const JoinOrder greedy = OrderJoins(variables, relations, false, 0);
  ExpectOrder(variables, relations, exact);
  ExpectOrder(variables, relations, greedy);
  EXPECT_LT(exact.cost, greedy.cost);
}

TEST(JoinOrder, FindsTheFirstRowsSooner) {
  // A third of the nodes are instances of a class: to list them and look their facts up takes less
  // than to read all facts. But the first facts to be read have some of them, too.
  const auto variables = [](double instances) {
    return std::vector<JoinVariable>{{.candidates = instances}, {}};
  };
  const std::vector<JoinRelation> relations = {{.left = 0,
                                                .right = 1,
                                                .rows = 30e6,
                                                .left_values = 300'000,
                                                .right_values = 300'000,
                                                .rows_scanned = 30e6}};
  const JoinOrder all = OrderJoins(variables(100'000), relations, false);
  EXPECT_EQ(all.steps[0].kind, JoinStep::Kind::kVariable);
  const JoinOrder first = OrderJoins(variables(100'000), relations, false, kExactMax, 10);
  ExpectOrder(variables(100'000), relations, first);
  EXPECT_EQ(first.steps[0].kind, JoinStep::Kind::kRelation);
  EXPECT_LT(first.cost, all.cost / 100);
  // Where there are no more than that, all are wanted.
  EXPECT_EQ(OrderJoins(variables(100'000), relations, false, kExactMax, 30e6).cost, all.cost);
  // Until facts come of which the node is one of few, more are read than that.
  EXPECT_EQ(OrderJoins(variables(100), relations, false, kExactMax, 10).steps[0].kind,
            JoinStep::Kind::kVariable);
}

TEST(JoinOrder, JoinsEachRelationOnceOverRandomGraphs) {
  std::mt19937 random(5);
  const auto draw = [&random](uint32_t most) { return random() % most; };
  for (int trial = 0; trial < 300; ++trial) {
    const uint32_t count = 1 + draw(trial % 10 == 0 ? 18 : 8);
    std::vector<JoinVariable> variables(1);
    std::vector<JoinRelation> relations;
    const bool from_bound = draw(3) == 0;
    variables[0].bound = from_bound;
    while (relations.size() < count) {
      JoinRelation relation;
      relation.left = draw(static_cast<uint32_t>(variables.size()));
      if (draw(4) == 0) {
        relation.right = draw(static_cast<uint32_t>(variables.size()));
      } else {
        relation.right = static_cast<uint32_t>(variables.size());
        variables.emplace_back();
        if (draw(4) == 0) variables.back().candidates = draw(50);
      }
      if (draw(2) == 0) std::swap(relation.left, relation.right);
      relation.rows = draw(100'000);
      relation.left_values = 1 + draw(static_cast<uint32_t>(relation.rows) + 1);
      relation.right_values = 1 + draw(static_cast<uint32_t>(relation.rows) + 1);
      relations.push_back(relation);
    }
    const JoinOrder order = OrderJoins(variables, relations, from_bound);
    ExpectOrder(variables, relations, order);
    EXPECT_LE(order.cost, OrderJoins(variables, relations, from_bound, 0).cost);
    const JoinOrder first = OrderJoins(variables, relations, from_bound, kExactMax, 5);
    ExpectOrder(variables, relations, first);
    EXPECT_LE(first.cost, OrderJoins(variables, relations, from_bound, 0, 5).cost);
  }
}

}  // namespace
}  // namespace sightline::query
