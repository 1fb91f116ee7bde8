#include "query/optimizer/rule_pinned_nodes.h"

#include <utility>

#include "query/optimizer/filtered_match.h"
#include "query/optimizer/plan_walk.h"
#include "query/plan/expression_walk.h"

namespace sightline::query {
namespace {

void Pin(uint32_t slot, storage::TermId node, PatternGraph* graph) {
  for (PatternNode& each : graph->nodes) {
    if (each.slot == slot && !each.bound_before && !each.id) each.id = node;
  }
}

}  // namespace

Status PinNodes(BoundQuery* query) {
  return ForEachOperator(query, [query](LogicalOperator* plan) -> Status {
    const auto found = FindFilteredMatch(plan, *query);
    if (!found) return OkStatus();
    const storage::Scope& scope = *query->scopes[found->graph->scope_index];
    for (const BoundExpression* conjunct : ConjunctsOf(*found->condition)) {
      const auto* equal = std::get_if<BoundBinary>(&conjunct->node);
      if (equal == nullptr || equal->op != ast::BinaryOperator::kEqual) continue;
      for (const auto& [side, other] : {std::pair(equal->left.get(), equal->right.get()),
                                        std::pair(equal->right.get(), equal->left.get())}) {
        const auto* column = std::get_if<BoundSlot>(&side->node);
        const auto* constant = std::get_if<BoundConstant>(&other->node);
        if (column == nullptr || constant == nullptr) continue;
        const storage::TermId node = constant->value.node();
        // An id that another stands for is equal to no node that is found.
        if (node.is_none() || scope.CanonicalOf(node) != node) continue;
        Pin(column->column, node, found->graph);
      }
    }
    return OkStatus();
  });
}

}  // namespace sightline::query
