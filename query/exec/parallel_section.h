// ParallelSection: the stretch of a plan on which several threads are worth their while.
//
// It ends at an operator that wants all rows (an aggregate, a sort) or at the result, and begins in
// the middle of a MATCH, where the rows are many enough to be handed out and the work is still to
// come. What lies between looks at each row by itself.
//
// The choice hangs on estimates, which come from what the reader may see, and on settings.

#pragma once

#include <cstddef>
#include <optional>

#include "query/exec/operator.h"
#include "query/plan/logical_plan.h"

namespace sightline::query {

struct ParallelSection {
  const LogicalOperator* match = nullptr;  // Whose rows are handed out ...
  size_t steps = 0;                        // ... after so many steps of its pattern.
};

// Of the rows that `top` gives. None when one thread is to make them. `computes_above`: values are
// computed of each of them as well.
std::optional<ParallelSection> FindParallelSection(const LogicalOperator& top,
                                                   const ExecutionContext& context,
                                                   bool computes_above = false);

}  // namespace sightline::query
