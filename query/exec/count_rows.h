// CountRows: count(*), count(x) and count(DISTINCT x) of all rows of a stretch of a query on which
// several threads work. Each thread counts for itself, so that no row goes from one to another.

#pragma once

#include "query/exec/exchange.h"
#include "query/exec/operator.h"
#include "query/plan/logical_plan.h"

namespace sightline::query {

// Whether that is all that the aggregate asks for. What other aggregates give depends on the order
// of the rows (the last digit of a sum, which of 1 and 1.0 is least), or on a group for each.
bool OnlyCountsRows(const LogicalAggregate& aggregate, const Frame& frame);

// Gives one row. Starts over: never.
PhysicalOperatorPtr MakeCountRows(const LogicalAggregate& aggregate, const ExchangePlan& plan,
                                  FramePtr frame, ExecutionContext* context);

}  // namespace sightline::query
