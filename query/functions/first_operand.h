// The operand that chains grow on: a AND b AND c is (a AND b) AND c, x.a.b.c is ((x.a).b).c. Such
// chains may be ten thousand long, so whoever walks them goes along their first operands in a loop
// and recurses into the other parts only, whose nesting the parser bounds.

#pragma once

#include <type_traits>
#include <variant>

#include "query/functions/expression.h"

namespace sightline::query {

// Where the first operand of an operator is kept; null for all that is no operator.
inline BoundExpressionPtr* FirstOperandSlot(BoundExpression* expression) {
  return std::visit(
      [](auto& node) -> BoundExpressionPtr* {
        using Node = std::decay_t<decltype(node)>;
        if constexpr (std::is_same_v<Node, BoundBinary>) {
          return &node.left;
        } else if constexpr (std::is_same_v<Node, BoundUnary>) {
          return &node.operand;
        } else if constexpr (std::is_same_v<Node, BoundProperty> ||
                             std::is_same_v<Node, BoundIndex> || std::is_same_v<Node, BoundSlice> ||
                             std::is_same_v<Node, BoundClassCheck> ||
                             std::is_same_v<Node, BoundNamedCheck>) {
          return &node.object;
        } else {
          return nullptr;
        }
      },
      expression->node);
}

inline const BoundExpression* FirstOperand(const BoundExpression& expression) {
  BoundExpressionPtr* slot = FirstOperandSlot(const_cast<BoundExpression*>(&expression));
  return slot != nullptr ? slot->get() : nullptr;
}

}  // namespace sightline::query
