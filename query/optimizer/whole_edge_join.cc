#include "query/optimizer/whole_edge_join.h"

#include <algorithm>
#include <memory>

#include "query/optimizer/plan_walk.h"

namespace sightline::query {
namespace {

using Visit = std::function<Status(PatternGraph* graph, double rows)>;

// Gives about how many rows the plan has, when its argument is given for `outer_rows` rows.
// `all_rows`: whoever is above wants all of them.
StatusOr<double> Walk(LogicalOperator* plan, bool all_rows, double outer_rows, const Visit& visit) {
  const auto* page = std::get_if<LogicalSkipLimit>(&plan->node);
  if (page != nullptr && page->limit) all_rows = false;
  if (std::holds_alternative<LogicalAggregate>(plan->node) ||
      std::holds_alternative<LogicalSort>(plan->node)) {
    all_rows = true;
  }
  double rows = plan->inputs.empty() ? outer_rows : 0;
  for (LogicalPlan& input : plan->inputs) {
    SL_ASSIGN_OR_RETURN(const double more, Walk(input.get(), all_rows, outer_rows, visit));
    rows += more;
  }
  if (auto* match = std::get_if<LogicalMatch>(&plan->node)) {
    const std::vector<PatternStep>& steps = match->graph.steps;
    if (all_rows && !steps.empty()) SL_RETURN_IF_ERROR(visit(&match->graph, rows));
    return steps.empty() ? rows : rows * steps.back().estimated_rows.value_or(1);
  }
  if (auto* optional = std::get_if<LogicalOptional>(&plan->node)) {
    // Its operators keep what they have read from one outer row to the next.
    SL_ASSIGN_OR_RETURN(const double matches, Walk(optional->inner.get(), all_rows, rows, visit));
    return std::max(rows, matches);
  }
  if (page != nullptr && page->limit) return std::min(rows, static_cast<double>(*page->limit));
  return rows;
}

}  // namespace

bool CanReadWhole(const PatternGraph& graph, uint32_t index) {
  const PatternEdge& edge = graph.edges[index];
  return !edge.variable_length && !edge.walks_statements() && edge.left != edge.right &&
         edge.walk().OnlyPredicate() != nullptr && !edge.walk().OnlyWay()->nodes_only &&
         !graph.nodes[edge.left].id && !graph.nodes[edge.right].id;
}

bool CanReadWhole(const PatternGraph& graph, const PatternStep& step) {
  return (step.kind == PatternStep::Kind::kExpand || step.kind == PatternStep::Kind::kCheck) &&
         CanReadWhole(graph, step.index);
}

uint32_t SourceOf(const PatternGraph& graph, const PatternStep& step) {
  const PatternEdge& edge = graph.edges[step.index];
  return step.from_right ? edge.right : edge.left;
}

std::optional<uint32_t> SortedNode(const PatternGraph& graph) {
  if (std::any_of(graph.nodes.begin(), graph.nodes.end(),
                  [](const PatternNode& node) { return node.bound_before; })) {
    return std::nullopt;
  }
  const PatternStep& first = graph.steps.front();
  if (first.kind == PatternStep::Kind::kScanNode) return first.index;
  const PatternEdge& edge = graph.edges[first.index];
  // Facts are read by their subjects.
  return edge.walk().along.empty() ? edge.right : edge.left;
}

Status JoinAlways(BoundQuery* query, JoinMethod method) {
  return ForEachOperator(query, [method](LogicalOperator* plan) -> Status {
    auto* match = std::get_if<LogicalMatch>(&plan->node);
    if (match == nullptr) return OkStatus();
    for (PatternStep& step : match->graph.steps) {
      if (CanReadWhole(match->graph, step)) step.method = method;
    }
    return OkStatus();
  });
}

Status ForEachMatchReadWhole(BoundQuery* query, const Visit& visit) {
  return Walk(query->plan.get(), /*all_rows=*/true, /*outer_rows=*/1, visit).status();
}

StatusOr<std::optional<double>> PredicateCounts::FactsOf(const PatternGraph& graph,
                                                         const PatternStep& step) const {
  const storage::TermId predicate = *graph.edges[step.index].walk().OnlyPredicate();
  const storage::ScopePtr& scope = query_.scopes[graph.scope_index];
  const auto known =
      statistics_ != nullptr ? statistics_->For(view_, scope) : std::make_shared<ScopeStatistics>();
  SL_ASSIGN_OR_RETURN(const PredicateStatistics found, known->Of(predicate, view_, scope));
  if (found.facts >= PredicateStatistics::kFactsCounted) return std::optional<double>();
  return std::optional<double>(static_cast<double>(found.facts));
}

}  // namespace sightline::query
