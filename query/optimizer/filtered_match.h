// A MATCH with the WHERE behind it, whose conditions may be used inside the MATCH already: to find
// fewer rows, or to drop them earlier.

#pragma once

#include <optional>

#include "query/binder/binder.h"
#include "query/plan/logical_plan.h"

namespace sightline::query {

struct FilteredMatch {
  const BoundExpression* condition;
  PatternGraph* graph;
};

// When `plan` is the first filter behind a MATCH, and no part of it can fail in any row: a row that
// is gone cannot raise the error that it would have raised.
std::optional<FilteredMatch> FindFilteredMatch(LogicalOperator* plan, const BoundQuery& query);

}  // namespace sightline::query
