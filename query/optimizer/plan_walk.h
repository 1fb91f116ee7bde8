// Walks over a logical plan, for the rules.

#pragma once

#include <functional>

#include "query/plan/logical_plan.h"
#include "storage/base/status.h"

namespace sightline::query {

// Calls `visit` for every operator, those inside optional matches too, inputs first.
inline Status ForEachOperator(LogicalOperator* plan,
                              const std::function<Status(LogicalOperator*)>& visit) {
  for (LogicalPlan& input : plan->inputs) SL_RETURN_IF_ERROR(ForEachOperator(input.get(), visit));
  if (auto* optional = std::get_if<LogicalOptional>(&plan->node)) {
    SL_RETURN_IF_ERROR(ForEachOperator(optional->inner.get(), visit));
  }
  return visit(plan);
}

}  // namespace sightline::query
