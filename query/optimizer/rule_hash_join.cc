#include "query/optimizer/rule_hash_join.h"

#include <optional>

#include "query/optimizer/whole_edge_join.h"

namespace sightline::query {

Status JoinByHashing(BoundQuery* query, const storage::ReadView& view, StatisticsCache* statistics,
                     bool always) {
  if (always) return JoinAlways(query, JoinMethod::kHash);
  const PredicateCounts counts(*query, view, statistics);
  return ForEachMatchReadWhole(query, [&](PatternGraph* graph, double outer_rows) -> Status {
    const std::optional<uint32_t> sorted = SortedNode(*graph);
    for (size_t i = 1; i < graph->steps.size(); ++i) {
      PatternStep& step = graph->steps[i];
      const std::optional<double> rows = graph->steps[i - 1].estimated_rows;
      if (step.method != JoinMethod::kLookUp || !rows || !CanReadWhole(*graph, step) ||
          sorted == SourceOf(*graph, step)) {
        continue;
      }
      SL_ASSIGN_OR_RETURN(const std::optional<double> facts, counts.FactsOf(*graph, step));
      if (facts && *facts > kFewFacts && outer_rows * *rows >= *facts) {
        step.method = JoinMethod::kHash;
      }
    }
    return OkStatus();
  });
}

}  // namespace sightline::query
