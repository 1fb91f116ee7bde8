// PhysicalPlanner: turns a bound query's plan into running operators.

#pragma once

#include "query/binder/binder.h"
#include "query/exec/operator.h"

namespace sightline::query {

// The operators borrow `query` and `context`, which must outlive them.
StatusOr<PhysicalOperatorPtr> MakePhysicalPlan(const BoundQuery& query, ExecutionContext* context);

}  // namespace sightline::query
