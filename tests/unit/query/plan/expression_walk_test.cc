#include "query/plan/expression_walk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sightline::query {
namespace {

using ast::BinaryOperator;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

BoundExpressionPtr Slot(uint32_t column) { return MakeSlot(column, StaticType::kAny, {}); }
BoundExpressionPtr True() { return MakeConstant(Datum::OfBoolean(true), StaticType::kBoolean, {}); }
template <typename Node>
BoundExpressionPtr Of(Node node) {
  auto made = std::make_unique<BoundExpression>();
  made->node = std::move(node);
  return made;
}
BoundExpressionPtr Both(BinaryOperator op, BoundExpressionPtr left, BoundExpressionPtr right) {
  return Of(BoundBinary{op, std::move(left), std::move(right)});
}

TEST(SlotsOf, FindsTheColumnsInEveryPart) {
  EXPECT_THAT(SlotsOf(*True()), IsEmpty());
  EXPECT_THAT(SlotsOf(*Both(BinaryOperator::kAdd, Slot(7), Slot(2))), ElementsAre(2, 7));
  EXPECT_THAT(SlotsOf(*Both(BinaryOperator::kAdd, Slot(2), Slot(2))), ElementsAre(2));
  EXPECT_THAT(SlotsOf(*Of(BoundIndex{Slot(1), Slot(4)})), ElementsAre(1, 4));
  EXPECT_THAT(SlotsOf(*Of(BoundSlice{Slot(1), nullptr, Slot(4)})), ElementsAre(1, 4));
  EXPECT_THAT(SlotsOf(*Of(BoundProperty{Slot(3), {}})), ElementsAre(3));
  EXPECT_THAT(SlotsOf(*Of(BoundClassCheck{Slot(3), {}})), ElementsAre(3));
  EXPECT_THAT(SlotsOf(*Of(BoundNamedCheck{Slot(3), Slot(5)})), ElementsAre(3, 5));
  EXPECT_THAT(SlotsOf(*Of(BoundUnary{ast::UnaryOperator::kNot, Slot(3)})), ElementsAre(3));
  EXPECT_THAT(SlotsOf(*Of(BoundQuantified{ast::QuantifierKind::kAll, 0, Slot(1), Slot(2)})),
              ElementsAre(1, 2));
  EXPECT_THAT(SlotsOf(*Of(BoundComprehension{0, Slot(1), Slot(2), Slot(3)})), ElementsAre(1, 2, 3));
  BoundCase branches;
  branches.subject = Slot(1);
  branches.branches.emplace_back(Slot(2), Slot(3));
  branches.otherwise = Slot(4);
  EXPECT_THAT(SlotsOf(*Of(std::move(branches))), ElementsAre(1, 2, 3, 4));
  BoundList list;
  list.items.push_back(Slot(9));
  EXPECT_THAT(SlotsOf(*Of(std::move(list))), ElementsAre(9));
  BoundMap map;
  map.entries.emplace_back("key", Slot(8));
  EXPECT_THAT(SlotsOf(*Of(std::move(map))), ElementsAre(8));
  BoundCall call{nullptr, {}};
  call.arguments.push_back(Slot(6));
  EXPECT_THAT(SlotsOf(*Of(std::move(call))), ElementsAre(6));
}

TEST(ConjunctsOf, SplitsAtTheOutermostAnds) {
  const auto condition =
      Both(BinaryOperator::kAnd, Both(BinaryOperator::kAnd, Slot(1), Slot(2)),
           Both(BinaryOperator::kOr, Slot(3), Both(BinaryOperator::kAnd, Slot(4), Slot(5))));
  const std::vector<const BoundExpression*> conjuncts = ConjunctsOf(*condition);
  ASSERT_EQ(conjuncts.size(), 3u);
  EXPECT_THAT(SlotsOf(*conjuncts[0]), ElementsAre(1));
  EXPECT_THAT(SlotsOf(*conjuncts[1]), ElementsAre(2));
  EXPECT_THAT(SlotsOf(*conjuncts[2]), ElementsAre(3, 4, 5));
}

TEST(ExpressionWalk, TakesLongChains) {
  BoundExpressionPtr chain = Slot(0);
  for (uint32_t i = 1; i < 100'000; ++i) {
    chain = Both(BinaryOperator::kAnd, std::move(chain), Slot(i));
  }
  EXPECT_EQ(SlotsOf(*chain).size(), 100'000u);
  EXPECT_EQ(ConjunctsOf(*chain).size(), 100'000u);
}

}  // namespace
}  // namespace sightline::query
