#include "query/functions/integer_expression.h"

#include <gtest/gtest.h>

#include <random>

#include "query/functions/arithmetic.h"
#include "query/functions/datum_order.h"
#include "tests/unit/query/functions/build_expression.h"
#include "tests/unit/query/functions/data.h"

namespace sightline::query {
namespace {

using ast::BinaryOperator;

constexpr BinaryOperator kArithmetic[] = {BinaryOperator::kAdd, BinaryOperator::kSubtract,
                                          BinaryOperator::kMultiply, BinaryOperator::kModulo};

// Three columns: computed integers, terms of integers, and what is none.
Batch Columns() {
  Batch batch;
  batch.row_count = 4;
  batch.columns.emplace_back(Vector::Kind::kData);
  for (const int64_t x : {int64_t{7}, int64_t{-3}, INT64_MAX, INT64_MIN}) {
    batch.columns[0].data().push_back(I(x));
  }
  batch.columns.emplace_back(Vector::Kind::kTerms);
  for (const int64_t x : {5, -1, 0, 2}) {
    batch.columns[1].terms().push_back(*storage::InlineTermId(storage::Value(x)));
  }
  batch.columns.emplace_back(Vector::Kind::kData);
  batch.columns[2].data() = {Null(), F(2), T("2"),
                             Datum(storage::Value(int64_t{2}, storage::Comparator::kMore))};
  batch.columns.emplace_back(Vector::Kind::kData);  // Not bound.
  return batch;
}

std::optional<Datum> Quickly(const BoundExpressionPtr& expression, const Batch& batch,
                             size_t row = 0) {
  return EvaluateIntegers(std::get<BoundBinary>(expression->node), batch, row);
}
BoundExpressionPtr Column(uint32_t column) { return Expression(BoundSlot{column}); }

TEST(IntegerExpression, IsWhatArithmeticAndComparisonsSay) {
  EvaluationContext context;
  const int64_t numbers[] = {0, 1, -1, 2, 7, -7, 1'000'003, INT64_MAX, INT64_MIN, INT64_MIN + 1};
  for (const int64_t a : numbers) {
    for (const int64_t b : numbers) {
      for (const BinaryOperator op : kArithmetic) {
        const StatusOr<Datum> wanted = Arithmetic(op, I(a), I(b), &context);
        const std::optional<Datum> found = Quickly(Binary(op, I(a), I(b)), {});
        if (found) {
          ASSERT_TRUE(wanted.ok());
          EXPECT_EQ(Show(*found), Show(*wanted)) << a << " " << b;
        } else if (b != -1) {
          EXPECT_FALSE(wanted.ok()) << a << " " << b;
        }
      }
      const auto compared = [&](BinaryOperator op) {
        return Show(*Quickly(Binary(op, I(a), I(b)), {}));
      };
      EXPECT_EQ(compared(BinaryOperator::kEqual), Show(B(*Equal(I(a), I(b)))));
      EXPECT_EQ(compared(BinaryOperator::kNotEqual), Show(B(!*Equal(I(a), I(b)))));
      EXPECT_EQ(compared(BinaryOperator::kLess), Show(B(*Compare(I(a), Order::kLess, I(b)))));
      EXPECT_EQ(compared(BinaryOperator::kLessEqual),
                Show(B(*Compare(I(a), Order::kLessOrEqual, I(b)))));
      EXPECT_EQ(compared(BinaryOperator::kGreater), Show(B(*Compare(I(a), Order::kGreater, I(b)))));
      EXPECT_EQ(compared(BinaryOperator::kGreaterEqual),
                Show(B(*Compare(I(a), Order::kGreaterOrEqual, I(b)))));
    }
  }
}

TEST(IntegerExpression, ReadsColumnsOfBothKinds) {
  const Batch batch = Columns();
  const auto sum = Binary(BinaryOperator::kAdd, Column(0),
                          Binary(BinaryOperator::kMultiply, Column(1), Const(I(10))));
  EXPECT_EQ(Show(*Quickly(sum, batch, 0)), Show(I(57)));
  EXPECT_EQ(Show(*Quickly(sum, batch, 1)), Show(I(-13)));
  EXPECT_EQ(Show(*Quickly(sum, batch, 2)), Show(I(INT64_MAX)));
  const auto less = Binary(BinaryOperator::kLess, Column(1), Column(0));
  EXPECT_EQ(Show(*Quickly(less, batch, 0)), Show(B(true)));
  EXPECT_EQ(Show(*Quickly(less, batch, 3)), Show(B(false)));
}

TEST(IntegerExpression, LeavesAllElseToEvaluate) {
  const Batch batch = Columns();
  for (const uint32_t column : {2u, 3u}) {
    for (size_t row = 0; row < batch.row_count; ++row) {
      for (const BinaryOperator op : {BinaryOperator::kAdd, BinaryOperator::kLess}) {
        EXPECT_FALSE(Quickly(Binary(op, Column(column), Const(I(1))), batch, row)) << row;
        EXPECT_FALSE(Quickly(Binary(op, Const(I(1)), Column(column)), batch, row)) << row;
      }
    }
  }
  for (const BinaryOperator op : {BinaryOperator::kDivide, BinaryOperator::kPower,
                                  BinaryOperator::kAnd, BinaryOperator::kIn}) {
    EXPECT_FALSE(Quickly(Binary(op, I(4), I(2)), batch));
  }
  // As deep as it likes, without trying all of it.
  BoundExpressionPtr deep = Const(I(0));
  for (int i = 0; i < 10'000; ++i) {
    deep = Binary(BinaryOperator::kAdd, std::move(deep), Const(I(1)));
  }
  EXPECT_FALSE(Quickly(deep, batch));
  EvaluationContext context;
  EXPECT_EQ(Outcome(ValueOf(*deep, &context)), Show(I(10'000)));
}

}  // namespace
}  // namespace sightline::query
