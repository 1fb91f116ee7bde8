// Which conditions can be asked of fewer rows, or earlier, without an error being lost: a row that
// is gone cannot raise the error that it would have raised.

#pragma once

#include "query/binder/binder.h"
#include "query/plan/logical_plan.h"

namespace sightline::query {

// Whether no part of the filter can fail in any row.
bool CannotFail(const LogicalFilter& filter, const BoundQuery& query);

}  // namespace sightline::query
