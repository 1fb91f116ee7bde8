// MatchPlanner: strings the operators of one MATCH together, in the order of the pattern's steps.

#pragma once

#include "query/exec/operator.h"
#include "query/plan/logical_plan.h"

namespace sightline::query {

// Extends each row of `input` by the pattern's bindings. Borrows `match` and `context`.
PhysicalOperatorPtr PlanMatch(const LogicalMatch& match, const FramePtr& frame,
                              ExecutionContext* context, PhysicalOperatorPtr input);

}  // namespace sightline::query
