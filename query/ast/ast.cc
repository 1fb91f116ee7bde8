#include "query/ast/ast.h"

#include <vector>

namespace sightline::query::ast {
namespace {

// The left operand, which can nest as deep as a chain is long; null for everything else.
ExpressionPtr* ChainOperand(Expression& expression) {
  if (auto* binary = std::get_if<Binary>(&expression.node)) return &binary->left;
  if (auto* property = std::get_if<Property>(&expression.node)) return &property->object;
  if (auto* index = std::get_if<Index>(&expression.node)) return &index->object;
  if (auto* slice = std::get_if<Slice>(&expression.node)) return &slice->object;
  if (auto* check = std::get_if<ClassCheck>(&expression.node)) return &check->object;
  if (auto* named = std::get_if<NamedCheck>(&expression.node)) return &named->object;
  if (auto* unary = std::get_if<Unary>(&expression.node)) return &unary->operand;
  return nullptr;
}

// What nests otherwise (lists, arguments, subqueries) is as deep as the text's brackets, which the
// parser limits.
void DeleteOperators(Expression* expression) {
  std::vector<Expression*> right_operands;
  while (expression != nullptr) {
    ExpressionPtr* left = ChainOperand(*expression);
    Expression* next = left == nullptr ? nullptr : left->release();
    if (auto* binary = std::get_if<Binary>(&expression->node)) {
      if (binary->right != nullptr && ChainOperand(*binary->right) != nullptr) {
        right_operands.push_back(binary->right.release());
      }
    }
    delete expression;
    if (next == nullptr && !right_operands.empty()) {
      next = right_operands.back();
      right_operands.pop_back();
    }
    expression = next;
  }
}

}  // namespace
}  // namespace sightline::query::ast

void std::default_delete<sightline::query::ast::Expression>::operator()(
    sightline::query::ast::Expression* expression) const {
  sightline::query::ast::DeleteOperators(expression);
}
