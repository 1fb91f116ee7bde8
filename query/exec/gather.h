// Gather: the rows of a stretch of a query on which several threads work, in the order in which one
// would give them.

#pragma once

#include "query/exec/exchange.h"
#include "query/exec/operator.h"

namespace sightline::query {

// Starts over: never. It stands where nobody asks for that.
PhysicalOperatorPtr MakeGather(const ExchangePlan& plan, ExecutionContext* context);

}  // namespace sightline::query
