#include "query/ast/ast.h"

#include <gtest/gtest.h>

namespace sightline::query::ast {
namespace {

using storage::Value;

ExpressionPtr One() {
  auto expression = std::make_unique<Expression>();
  expression->node = Literal{Value(int64_t{1})};
  return expression;
}

// Deleting recursively would take some 100 MiB of stack here.
constexpr int kLinks = 1'000'000;

TEST(Expression, AMillionLeftOperandsAreDeletedWithoutRecursion) {
  ExpressionPtr chain = One();
  for (int i = 0; i < kLinks; ++i) {
    auto link = std::make_unique<Expression>();
    if (i % 3 == 0) {
      link->node = Property{std::move(chain), {"name", {}}};
    } else if (i % 3 == 1) {
      link->node = Unary{UnaryOperator::kNot, std::move(chain)};
    } else {
      link->node = Binary{BinaryOperator::kAdd, std::move(chain), One(), {}};
    }
    chain = std::move(link);
  }
  chain.reset();
  SUCCEED();  // Or the process is gone.
}

TEST(Expression, AMillionRightOperandsAreDeletedWithoutRecursion) {
  ExpressionPtr chain = One();
  for (int i = 0; i < kLinks; ++i) {
    auto link = std::make_unique<Expression>();
    ExpressionPtr left = i % 2 == 0 ? One() : nullptr;
    link->node = Binary{BinaryOperator::kAnd, std::move(left), std::move(chain), {}};
    chain = std::move(link);
  }
  chain.reset();
  SUCCEED();
}

}  // namespace
}  // namespace sightline::query::ast
