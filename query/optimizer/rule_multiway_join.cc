#include "query/optimizer/rule_multiway_join.h"

#include "query/optimizer/plan_walk.h"

namespace sightline::query {
namespace {

// Whether the neighbours along the edge ascend, each once.
bool IsPlain(const PatternGraph& graph, uint32_t index) {
  const PatternEdge& edge = graph.edges[index];
  return !edge.variable_length && !edge.walks_statements() && edge.left != edge.right &&
         edge.walk().OnlyPredicate() != nullptr && !edge.walk().OnlyWay()->nodes_only;
}

void JoinCyclesOf(PatternGraph* graph) {
  const PatternStep* expand = nullptr;
  for (PatternStep& step : graph->steps) {
    if (step.kind != PatternStep::Kind::kCheck) {
      expand =
          step.kind == PatternStep::Kind::kExpand && IsPlain(*graph, step.index) ? &step : nullptr;
      continue;
    }
    if (expand == nullptr) continue;
    const PatternEdge& expanded = graph->edges[expand->index];
    const PatternEdge& checked = graph->edges[step.index];
    const uint32_t target = expand->from_right ? expanded.left : expanded.right;
    const uint32_t source = checked.left == target ? checked.right : checked.left;
    // Of one given node all neighbours would be read, where one look-up a row does.
    if ((checked.left == target || checked.right == target) && IsPlain(*graph, step.index) &&
        !graph->nodes[target].id && !graph->nodes[source].id) {
      step.kind = PatternStep::Kind::kIntersect;
    } else {
      expand = nullptr;
    }
  }
}

}  // namespace

Status JoinCycles(BoundQuery* query) {
  return ForEachOperator(query, [](LogicalOperator* plan) -> Status {
    if (auto* match = std::get_if<LogicalMatch>(&plan->node)) JoinCyclesOf(&match->graph);
    return OkStatus();
  });
}

}  // namespace sightline::query
