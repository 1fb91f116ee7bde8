#include "query/optimizer/rule_pinned_nodes.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "query/optimizer/filtered_match.h"
#include "query/optimizer/plan_walk.h"
#include "query/plan/expression_walk.h"

namespace sightline::query {
namespace {

bool IsPinnable(const PatternGraph& graph, uint32_t slot) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [slot](const PatternNode& node) {
    return node.slot == slot && !node.bound_before && !node.id;
  });
}

void Pin(uint32_t slot, const NodeId& node, PatternGraph* graph) {
  for (PatternNode& each : graph->nodes) {
    if (each.slot == slot && !each.bound_before && !each.id) each.id = node;
  }
}

// A place for the node that is the value of a late parameter.
StatusOr<NodeId> AddLateNode(uint32_t value, uint32_t scope_index, const storage::ReadView& view,
                             BoundQuery* query) {
  const LateNodes nodes{
      .kind = LateNodes::Kind::kItself, .value = value, .scope_index = scope_index};
  SL_ASSIGN_OR_RETURN(std::vector<storage::TermId> found,
                      FindLateNodes(nodes, query->parameters->values, query->scopes, view));
  query->late.nodes.push_back(nodes);
  query->parameters->nodes.push_back(std::move(found));
  return NodeId::OfParameter(static_cast<uint32_t>(query->late.nodes.size() - 1));
}

}  // namespace

Status PinNodes(BoundQuery* query, const storage::ReadView& view) {
  return ForEachOperator(query, [query, &view](LogicalOperator* plan) -> Status {
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
        const auto* parameter = std::get_if<BoundParameter>(&other->node);
        if (column == nullptr) continue;
        if (parameter != nullptr && IsPinnable(*found->graph, column->column) &&
            (other->type == StaticType::kEntity || other->type == StaticType::kStatement)) {
          SL_ASSIGN_OR_RETURN(
              const NodeId node,
              AddLateNode(parameter->index, found->graph->scope_index, view, query));
          Pin(column->column, node, found->graph);
          continue;
        }
        if (constant == nullptr) continue;
        const storage::TermId node = constant->value.node();
        // An id that another stands for is equal to no node that is found.
        if (node.is_none() || scope.CanonicalOf(node) != node) continue;
        Pin(column->column, NodeId(node), found->graph);
      }
    }
    return OkStatus();
  });
}

}  // namespace sightline::query
