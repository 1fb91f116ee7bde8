#include "query/optimizer/rule_merge_join.h"

#include <algorithm>
#include <optional>

#include "query/optimizer/whole_edge_join.h"

namespace sightline::query {
namespace {

// How many facts can be read one after the other in the time that a look-up takes which is next to
// the one before it.
constexpr double kFactsPerLookUp = 8;

}  // namespace

Status JoinByMerging(BoundQuery* query, const storage::ReadView& view, StatisticsCache* statistics,
                     bool always) {
  if (always) return JoinAlways(query, JoinMethod::kMerge);
  const PredicateCounts counts(*query, view, statistics);
  return ForEachMatchReadWhole(query, [&](PatternGraph* graph, double outer_rows) -> Status {
    const std::optional<uint32_t> sorted = SortedNode(*graph);
    // Each outer row would begin anew.
    if (!sorted || outer_rows > 1) return OkStatus();
    for (size_t i = 1; i < graph->steps.size(); ++i) {
      PatternStep& step = graph->steps[i];
      const std::optional<double> rows = graph->steps[i - 1].estimated_rows;
      if (!rows || !CanReadWhole(*graph, step) || sorted != SourceOf(*graph, step)) continue;
      SL_ASSIGN_OR_RETURN(const std::optional<double> facts, counts.FactsOf(*graph, step));
      // Rows with the same end are one look-up, and no more than the rows of the first step.
      const double look_ups = std::min(*rows, graph->steps.front().estimated_rows.value_or(*rows));
      if (facts && *facts > kFewFacts && look_ups * kFactsPerLookUp >= *facts) {
        step.method = JoinMethod::kMerge;
      }
    }
    return OkStatus();
  });
}

}  // namespace sightline::query
