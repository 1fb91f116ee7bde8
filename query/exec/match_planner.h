// MatchPlanner: strings the operators of one MATCH together, in the order of the pattern's steps.

#pragma once

#include <cstddef>
#include <memory>

#include "query/exec/edge_table.h"
#include "query/exec/operator.h"
#include "query/plan/logical_plan.h"

namespace sightline::query {

// Extends each row of `input` by the pattern's bindings. Borrows `match` and `context`. `tables`
// are those of all threads that run copies of it; null when there is one.
PhysicalOperatorPtr PlanMatch(const LogicalMatch& match, const FramePtr& frame,
                              ExecutionContext* context, std::shared_ptr<EdgeTables> tables,
                              PhysicalOperatorPtr input);

// The same in two parts, for several threads: the first `steps` steps of the pattern (no kIntersect
// behind them), and all that comes after on `rows`, which another plan of the first part has made.
PhysicalOperatorPtr PlanMatchUpTo(size_t steps, const LogicalMatch& match, const FramePtr& frame,
                                  ExecutionContext* context, PhysicalOperatorPtr input);
PhysicalOperatorPtr PlanMatchFrom(size_t steps, const LogicalMatch& match, const FramePtr& frame,
                                  ExecutionContext* context, std::shared_ptr<EdgeTables> tables,
                                  PhysicalOperatorPtr rows);

}  // namespace sightline::query
