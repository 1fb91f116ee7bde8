#include "query/optimizer/filtered_match.h"

#include <algorithm>
#include <vector>

#include "query/plan/expression_walk.h"

namespace sightline::query {
namespace {

using ast::BinaryOperator;
using ast::UnaryOperator;

bool IsComparison(BinaryOperator op) {
  switch (op) {
    case BinaryOperator::kEqual:
    case BinaryOperator::kNotEqual:
    case BinaryOperator::kLess:
    case BinaryOperator::kLessEqual:
    case BinaryOperator::kGreater:
    case BinaryOperator::kGreaterEqual:
      return true;
    default:
      return false;
  }
}

bool IsLogical(BinaryOperator op) {
  return op == BinaryOperator::kAnd || op == BinaryOperator::kOr || op == BinaryOperator::kXor;
}

bool CannotFail(const LogicalOperator& plan, const BoundQuery& query);

// Arithmetic overflows, functions refuse arguments.
bool CannotFail(const BoundExpression& condition, const BoundQuery& query) {
  std::vector<const BoundExpression*> pending = {&condition};
  while (!pending.empty()) {
    const BoundExpression* next = pending.back();
    pending.pop_back();
    bool safe = false;
    if (std::holds_alternative<BoundConstant>(next->node) ||
        std::holds_alternative<BoundParameter>(next->node) ||
        std::holds_alternative<BoundSlot>(next->node) ||
        std::holds_alternative<BoundLocal>(next->node) ||
        std::holds_alternative<BoundList>(next->node)) {
      safe = true;
    } else if (const auto* property = std::get_if<BoundProperty>(&next->node)) {
      const StaticType type = property->object->type;
      safe = std::holds_alternative<BoundSlot>(property->object->node) &&
             (type == StaticType::kEntity || type == StaticType::kStatement ||
              type == StaticType::kFact);
    } else if (const auto* check = std::get_if<BoundClassCheck>(&next->node)) {
      safe = std::holds_alternative<BoundSlot>(check->object->node) &&
             check->object->type == StaticType::kEntity;
    } else if (const auto* subquery = std::get_if<BoundSubquery>(&next->node)) {
      safe = CannotFail(*query.subqueries[subquery->index].plan, query);
    } else if (const auto* unary = std::get_if<BoundUnary>(&next->node)) {
      safe = unary->op == UnaryOperator::kIsNull || unary->op == UnaryOperator::kIsNotNull ||
             (unary->op == UnaryOperator::kNot && unary->operand->type == StaticType::kBoolean);
    } else if (const auto* binary = std::get_if<BoundBinary>(&next->node)) {
      if (IsComparison(binary->op)) {
        safe = true;
      } else if (IsLogical(binary->op)) {
        safe = binary->left->type == StaticType::kBoolean &&
               binary->right->type == StaticType::kBoolean;
      } else if (binary->op == BinaryOperator::kIn || binary->op == BinaryOperator::kNotIn) {
        safe = binary->right->type == StaticType::kList;
      }
    }
    if (!safe) return false;
    ForEachPart(*next, [&pending](const BoundExpression& part) { pending.push_back(&part); });
  }
  return true;
}

bool CannotFail(const LogicalOperator& plan, const BoundQuery& query) {
  const auto all_safe = [&query](const auto& items) {
    return std::all_of(items.begin(), items.end(),
                       [&query](const auto& item) { return CannotFail(*item.second, query); });
  };
  if (const auto* match = std::get_if<LogicalMatch>(&plan.node)) {
    for (const PatternNode& node : match->graph.nodes) {
      for (const PropertyTest& test : node.properties) {
        if (!CannotFail(*test.value, query)) return false;
      }
    }
    for (const PatternEdge& edge : match->graph.edges) {
      for (const QualifierTest& test : edge.qualifiers) {
        if (!CannotFail(*test.value, query)) return false;
      }
    }
  } else if (const auto* filter = std::get_if<LogicalFilter>(&plan.node)) {
    if (filter->condition->type != StaticType::kBoolean || !CannotFail(*filter->condition, query)) {
      return false;
    }
  } else if (const auto* extend = std::get_if<LogicalExtend>(&plan.node)) {
    if (!all_safe(extend->items)) return false;
  } else if (const auto* project = std::get_if<LogicalProject>(&plan.node)) {
    if (!all_safe(project->items)) return false;
  } else if (!std::holds_alternative<LogicalArgument>(plan.node) &&
             !std::holds_alternative<LogicalDistinct>(plan.node)) {
    return false;
  }
  return std::all_of(plan.inputs.begin(), plan.inputs.end(),
                     [&query](const LogicalPlan& input) { return CannotFail(*input, query); });
}

bool CannotFail(const LogicalFilter& filter, const BoundQuery& query) {
  const std::vector<const BoundExpression*> conjuncts = ConjunctsOf(*filter.condition);
  return std::all_of(conjuncts.begin(), conjuncts.end(), [&query](const BoundExpression* each) {
    return each->type == StaticType::kBoolean && CannotFail(*each, query);
  });
}

}  // namespace

std::optional<FilteredMatch> FindFilteredMatch(LogicalOperator* plan, const BoundQuery& query) {
  const auto* filter = std::get_if<LogicalFilter>(&plan->node);
  if (filter == nullptr || plan->inputs.empty()) return std::nullopt;
  LogicalOperator* below = plan->inputs.front().get();
  while (std::holds_alternative<LogicalDistinct>(below->node) && !below->inputs.empty()) {
    below = below->inputs.front().get();
  }
  auto* match = std::get_if<LogicalMatch>(&below->node);
  if (match == nullptr || below->frame != plan->frame) return std::nullopt;
  if (!CannotFail(*filter, query)) return std::nullopt;
  return FilteredMatch{filter->condition.get(), &match->graph};
}

}  // namespace sightline::query
