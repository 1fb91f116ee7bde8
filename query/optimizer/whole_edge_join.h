// Joins that read all facts of an edge, instead of looking up those of each row: what the rules
// "merge-join" and "hash-join" share.
//
// Pure functions; thread-safe.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "query/binder/binder.h"
#include "query/optimizer/statistics.h"
#include "query/plan/pattern.h"
#include "storage/base/status.h"

namespace sightline::query {

// So many facts lie in a block or two: looking them up costs no more.
inline constexpr double kFewFacts = 1024;

// Whether the edge can be joined so: a single one of one predicate and one direction, without given
// ends, whose facts are wanted and not their statements.
bool CanReadWhole(const PatternGraph& graph, uint32_t edge);

// Whether the step is a join with such an edge.
bool CanReadWhole(const PatternGraph& graph, const PatternStep& step);

// The node that the step's rows know.
uint32_t SourceOf(const PatternGraph& graph, const PatternStep& step);

// The node whose values ascend in the rows of the graph's first step, and in those of all others;
// none when an earlier clause gives the rows.
std::optional<uint32_t> SortedNode(const PatternGraph& graph);

// Makes every step that can be one a join of this method: for tests.
Status JoinAlways(BoundQuery* query, JoinMethod method);

// Calls `visit` with the pattern of each MATCH of which all rows are wanted (no LIMIT above can do
// with fewer), and about how many rows come into it. Errors: those of `visit`.
Status ForEachMatchReadWhole(BoundQuery* query,
                             const std::function<Status(PatternGraph* graph, double rows)>& visit);

// Counts facts of predicates for a rule. Borrows all.
class PredicateCounts {
 public:
  PredicateCounts(const BoundQuery& query, const storage::ReadView& view,
                  StatisticsCache* statistics)
      : query_(query), view_(view), statistics_(statistics) {}

  // How many facts the edge of the step may be; none when they are more than statistics count.
  // REQUIRES: CanReadWhole. Errors: the store's.
  StatusOr<std::optional<double>> FactsOf(const PatternGraph& graph, const PatternStep& step) const;

 private:
  const BoundQuery& query_;
  const storage::ReadView& view_;
  StatisticsCache* const statistics_;
};

}  // namespace sightline::query
