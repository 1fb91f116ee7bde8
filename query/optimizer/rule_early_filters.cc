#include "query/optimizer/rule_early_filters.h"

#include <algorithm>
#include <set>
#include <vector>

#include "query/optimizer/filtered_match.h"
#include "query/optimizer/plan_walk.h"
#include "query/plan/expression_walk.h"

namespace sightline::query {
namespace {

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
    if (const auto found = FindFilteredMatch(plan, *query)) Push(*found->condition, found->graph);
    return OkStatus();
  });
}

}  // namespace sightline::query
