#include "query/optimizer/rule_hash_join.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "query/optimizer/plan_walk.h"

namespace sightline::query {
namespace {

bool CanHash(const PatternGraph& graph, const PatternStep& step) {
  if (step.kind != PatternStep::Kind::kExpand && step.kind != PatternStep::Kind::kCheck) {
    return false;
  }
  const PatternEdge& edge = graph.edges[step.index];
  return !edge.variable_length && !edge.walks_statements() && edge.left != edge.right &&
         edge.walk().OnlyPredicate() != nullptr && !edge.walk().OnlyWay()->nodes_only &&
         !graph.nodes[edge.left].id && !graph.nodes[edge.right].id;
}

// The node whose values ascend in the rows of the graph's first step; none when an earlier clause
// gives the rows.
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

class HashJoins {
 public:
  HashJoins(const BoundQuery& query, const storage::ReadView& view, StatisticsCache* statistics)
      : query_(query), view_(view), statistics_(statistics) {}

  // Gives about how many rows the plan has, when its argument is given for `outer_rows` rows.
  // `all_rows`: whoever is above wants all of them.
  StatusOr<double> Choose(LogicalOperator* plan, bool all_rows, double outer_rows) {
    const auto* page = std::get_if<LogicalSkipLimit>(&plan->node);
    if (page != nullptr && page->limit) all_rows = false;
    if (std::holds_alternative<LogicalAggregate>(plan->node) ||
        std::holds_alternative<LogicalSort>(plan->node)) {
      all_rows = true;
    }
    double rows = plan->inputs.empty() ? outer_rows : 0;
    for (LogicalPlan& input : plan->inputs) {
      SL_ASSIGN_OR_RETURN(const double more, Choose(input.get(), all_rows, outer_rows));
      rows += more;
    }
    if (auto* match = std::get_if<LogicalMatch>(&plan->node)) {
      if (all_rows) SL_RETURN_IF_ERROR(ChooseSteps(&match->graph, rows));
      const std::vector<PatternStep>& steps = match->graph.steps;
      return steps.empty() ? rows : rows * steps.back().estimated_rows.value_or(1);
    }
    if (auto* optional = std::get_if<LogicalOptional>(&plan->node)) {
      // Its operators keep their tables from one outer row to the next.
      SL_ASSIGN_OR_RETURN(const double matches, Choose(optional->inner.get(), all_rows, rows));
      return std::max(rows, matches);
    }
    if (page != nullptr && page->limit) {
      return std::min(rows, static_cast<double>(*page->limit));
    }
    return rows;
  }

 private:
  Status ChooseSteps(PatternGraph* graph, double outer_rows) {
    if (graph->steps.empty()) return OkStatus();
    const std::optional<uint32_t> sorted = SortedNode(*graph);
    for (size_t i = 1; i < graph->steps.size(); ++i) {
      PatternStep& step = graph->steps[i];
      const std::optional<double> rows = graph->steps[i - 1].estimated_rows;
      if (!rows || !CanHash(*graph, step)) continue;
      const PatternEdge& edge = graph->edges[step.index];
      if (sorted == (step.from_right ? edge.right : edge.left)) continue;
      SL_ASSIGN_OR_RETURN(const PredicateStatistics found,
                          Of(*edge.walk().OnlyPredicate(), graph->scope_index));
      step.by_hash = found.facts < PredicateStatistics::kFactsCounted && found.facts > kFewFacts &&
                     outer_rows * *rows >= static_cast<double>(found.facts);
    }
    return OkStatus();
  }

  StatusOr<PredicateStatistics> Of(storage::TermId predicate, uint32_t scope_index) const {
    const storage::ScopePtr& scope = query_.scopes[scope_index];
    const auto known = statistics_ != nullptr ? statistics_->For(view_, scope)
                                              : std::make_shared<ScopeStatistics>();
    return known->Of(predicate, view_, scope);
  }

  // They lie in a block or two: looking them up costs no more.
  static constexpr uint64_t kFewFacts = 1024;

  const BoundQuery& query_;
  const storage::ReadView& view_;
  StatisticsCache* const statistics_;
};

}  // namespace

Status JoinByHashing(BoundQuery* query, const storage::ReadView& view, StatisticsCache* statistics,
                     bool always) {
  if (!always) {
    return HashJoins(*query, view, statistics)
        .Choose(query->plan.get(), /*all_rows=*/true, /*outer_rows=*/1)
        .status();
  }
  return ForEachOperator(query, [](LogicalOperator* plan) -> Status {
    auto* match = std::get_if<LogicalMatch>(&plan->node);
    if (match == nullptr) return OkStatus();
    for (PatternStep& step : match->graph.steps) step.by_hash = CanHash(match->graph, step);
    return OkStatus();
  });
}

}  // namespace sightline::query
