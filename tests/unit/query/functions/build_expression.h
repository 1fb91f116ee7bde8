// Puts bound expressions together as the binder does, for tests.

#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "query/functions/expression.h"
#include "query/functions/registry.h"

namespace sightline::query {

// Each expression gets a place of its own, so that a test can see which one an error names.
template <typename Node>
BoundExpressionPtr Expression(Node node, uint32_t begin = 0) {
  auto made = std::make_unique<BoundExpression>();
  made->node = std::move(node);
  made->span = {begin, begin + 1, 1, begin + 1};
  return made;
}
inline BoundExpressionPtr Const(Datum value, uint32_t begin = 0) {
  return Expression(BoundConstant{std::move(value)}, begin);
}
inline BoundExpressionPtr Binary(ast::BinaryOperator op, BoundExpressionPtr left,
                                 BoundExpressionPtr right, uint32_t begin = 0) {
  return Expression(BoundBinary{op, std::move(left), std::move(right)}, begin);
}
inline BoundExpressionPtr Binary(ast::BinaryOperator op, Datum left, Datum right) {
  return Binary(op, Const(std::move(left)), Const(std::move(right)));
}
inline BoundExpressionPtr Unary(ast::UnaryOperator op, Datum operand) {
  return Expression(BoundUnary{op, Const(std::move(operand))});
}
inline BoundExpressionPtr Call(std::string_view name, std::vector<Datum> arguments,
                               uint32_t begin = 0) {
  BoundCall call{FindScalarFunction(name, static_cast<int>(arguments.size())), {}};
  for (Datum& argument : arguments) call.arguments.push_back(Const(std::move(argument)));
  return Expression(std::move(call), begin);
}

inline StatusOr<Datum> ValueOf(const BoundExpression& expression, EvaluationContext* context) {
  return Evaluate(expression, Batch{}, 0, context);
}
inline StatusOr<Datum> ValueOf(const BoundExpressionPtr& expression) {
  EvaluationContext context;
  return ValueOf(*expression, &context);
}

}  // namespace sightline::query
