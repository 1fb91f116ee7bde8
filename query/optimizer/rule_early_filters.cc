#include "query/optimizer/rule_early_filters.h"

#include <algorithm>
#include <set>
#include <vector>

#include "query/optimizer/plan_walk.h"
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

// Whether evaluation cannot fail in any row. Arithmetic overflows, functions refuse arguments.
bool CannotFail(const BoundExpression& condition, const BoundQuery& query) {
  std::vector<const BoundExpression*> pending = {&condition};
  while (!pending.empty()) {
    const BoundExpression* next = pending.back();
    pending.pop_back();
    bool safe = false;
    if (std::holds_alternative<BoundConstant>(next->node) ||
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

// The columns that are not bound before step number i, for each i; the last entry is for the end of
// the steps.
std::vector<std::set<uint32_t>> UnboundBefore(const PatternGraph& graph) {
  std::set<uint32_t> unbound;
  for (const PatternNode& node : graph.nodes) {
    if (!node.bound_before) unbound.insert(node.slot);
  }
  for (const PatternEdge& edge : graph.edges) {
    for (const uint32_t column : ColumnsOf(edge)) unbound.insert(column);
  }
  for (const PatternPath& path : graph.paths) unbound.insert(path.slot);
  std::vector<std::set<uint32_t>> before = {unbound};
  const std::vector<std::set<uint32_t>> differences = DifferencesOf(graph);
  std::set<uint32_t> placed;
  for (const PatternStep& step : graph.steps) {
    if (step.kind == PatternStep::Kind::kScanNode) {
      unbound.erase(graph.nodes[step.index].slot);
    } else {
      const PatternEdge& edge = graph.edges[step.index];
      unbound.erase(graph.nodes[edge.left].slot);
      unbound.erase(graph.nodes[edge.right].slot);
      placed.insert(step.index);
      for (const uint32_t index : placed) {
        if (!IsSettled(graph, differences, placed, index)) continue;
        for (const uint32_t column : ColumnsOf(graph.edges[index])) unbound.erase(column);
      }
    }
    before.push_back(unbound);
  }
  return before;
}

void Push(const BoundExpression& condition, PatternGraph* graph) {
  const std::vector<std::set<uint32_t>> before = UnboundBefore(*graph);
  for (const BoundExpression* conjunct : ConjunctsOf(condition)) {
    // A subquery is asked once a row, by the filter.
    if (HasSubquery(*conjunct)) continue;
    const std::vector<uint32_t> slots = SlotsOf(*conjunct);
    const auto readable = [&slots](const std::set<uint32_t>& unbound) {
      return std::none_of(slots.begin(), slots.end(),
                          [&unbound](uint32_t slot) { return unbound.contains(slot); });
    };
    // After the first step that binds the last of its columns; a condition on none of them waits
    // for the filter itself.
    if (readable(before.front())) continue;
    for (size_t step = 0; step < graph->steps.size(); ++step) {
      if (!readable(before[step + 1])) continue;
      graph->steps[step].early_filters.push_back(conjunct);
      break;
    }
  }
}

}  // namespace

Status AddEarlyFilters(BoundQuery* query) {
  return ForEachOperator(query, [query](LogicalOperator* plan) -> Status {
    const auto* filter = std::get_if<LogicalFilter>(&plan->node);
    if (filter == nullptr || plan->inputs.empty()) return OkStatus();
    LogicalOperator* below = plan->inputs.front().get();
    while (std::holds_alternative<LogicalDistinct>(below->node) && !below->inputs.empty()) {
      below = below->inputs.front().get();
    }
    auto* match = std::get_if<LogicalMatch>(&below->node);
    if (match == nullptr || below->frame != plan->frame) return OkStatus();
    for (const BoundExpression* conjunct : ConjunctsOf(*filter->condition)) {
      if (conjunct->type != StaticType::kBoolean || !CannotFail(*conjunct, *query))
        return OkStatus();
    }
    Push(*filter->condition, &match->graph);
    return OkStatus();
  });
}

}  // namespace sightline::query
