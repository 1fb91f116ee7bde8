#include "query/exec/parallel_section.h"

#include <algorithm>
#include <vector>

namespace sightline::query {
namespace {

// Below, the budgets of several threads would get into one another's way.
constexpr uint64_t kMemoryMin = uint64_t{16} << 20;
// So many morsels for each thread at least, so that none waits long for another.
constexpr double kMorselsEach = 4;

bool IsSearched(const LogicalMatch& match) {
  return std::any_of(match.graph.edges.begin(), match.graph.edges.end(),
                     [](const PatternEdge& edge) { return edge.variable_length; });
}

// Whether each row that it gives follows from one row of its input.
bool GoesRowByRow(const LogicalOperator& plan) {
  if (const auto* match = std::get_if<LogicalMatch>(&plan.node)) return !IsSearched(*match);
  if (const auto* optional = std::get_if<LogicalOptional>(&plan.node)) {
    const LogicalOperator* inner = optional->inner.get();
    for (; !inner->inputs.empty(); inner = inner->inputs.front().get()) {
      if (inner->inputs.size() > 1 || !GoesRowByRow(*inner)) return false;
    }
    return true;
  }
  return std::holds_alternative<LogicalFilter>(plan.node) ||
         std::holds_alternative<LogicalExtend>(plan.node) ||
         std::holds_alternative<LogicalProject>(plan.node) ||
         std::holds_alternative<LogicalUnwind>(plan.node);
}

// Whether it does more than move columns about.
bool Computes(const LogicalOperator& plan) {
  const auto computes = [](const auto& item) {
    return !std::holds_alternative<BoundSlot>(item.second->node);
  };
  if (const auto* extend = std::get_if<LogicalExtend>(&plan.node)) {
    return std::any_of(extend->items.begin(), extend->items.end(), computes);
  }
  if (const auto* project = std::get_if<LogicalProject>(&plan.node)) {
    return std::any_of(project->items.begin(), project->items.end(), computes);
  }
  return std::holds_alternative<LogicalFilter>(plan.node) ||
         std::holds_alternative<LogicalOptional>(plan.node);
}

// A place where rows can be handed out, and how many are expected there.
struct Place {
  ParallelSection section;
  double rows = 0;
};

}  // namespace

std::optional<ParallelSection> FindParallelSection(const LogicalOperator& top,
                                                   const ExecutionContext& context,
                                                   bool computes_above) {
  const ParallelOptions& options = context.parallel;
  if (options.pool == nullptr || options.threads_max < 2 || context.transaction != nullptr ||
      context.memory_bytes_max < kMemoryMin) {
    return std::nullopt;
  }
  // From the top down to where rows stop following from single ones.
  std::vector<const LogicalOperator*> stretch;
  for (const LogicalOperator* plan = &top; plan->inputs.size() == 1 && GoesRowByRow(*plan);
       plan = plan->inputs.front().get()) {
    stretch.push_back(plan);
  }
  std::vector<Place> places;
  double rows = 1, most = 0;
  for (auto at = stretch.rbegin(); at != stretch.rend(); ++at) {
    const LogicalOperator& plan = **at;
    if (Computes(plan)) most = std::max(most, rows);
    const auto* match = std::get_if<LogicalMatch>(&plan.node);
    if (match == nullptr) continue;
    const std::vector<PatternStep>& steps = match->graph.steps;
    double after = rows;
    for (size_t i = 0; i <= steps.size(); ++i) {
      if (i > 0) after = rows * steps[i - 1].estimated_rows.value_or(1);
      most = std::max(most, after);
      if (i < steps.size() && steps[i].kind == PatternStep::Kind::kIntersect) continue;
      places.push_back({.section = {.match = &plan, .steps = i}, .rows = after});
    }
    rows = after;
  }
  if (computes_above) most = std::max(most, rows);
  if (most < static_cast<double>(options.rows_min)) return std::nullopt;
  const double wanted =
      options.rows_min == 0 ? 0 : kMorselsEach * options.threads_max * options.morsel_rows;
  for (size_t i = 1; i < places.size(); ++i) {
    if (places[i].rows < wanted) continue;
    // What is left to do behind it.
    const bool computes =
        computes_above || std::any_of(stretch.begin(), stretch.end(),
                                      [](const LogicalOperator* plan) { return Computes(*plan); });
    const bool joins = std::any_of(
        places.begin() + static_cast<ptrdiff_t>(i) + 1, places.end(), [&](const Place& later) {
          return later.rows >= static_cast<double>(options.rows_min) || later.rows > places[i].rows;
        });
    if (!computes && !joins && options.rows_min > 0) return std::nullopt;
    return places[i].section;
  }
  return std::nullopt;
}

}  // namespace sightline::query
