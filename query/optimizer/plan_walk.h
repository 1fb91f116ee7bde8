// Walks over a logical plan, for the rules.

#pragma once

#include <functional>

#include "query/binder/binder.h"
#include "query/plan/logical_plan.h"
#include "storage/base/status.h"

namespace sightline::query {

// Calls `visit` for every operator, those inside optional matches and calls too, inputs first.
inline Status ForEachOperator(LogicalOperator* plan,
                              const std::function<Status(LogicalOperator*)>& visit) {
  for (LogicalPlan& input : plan->inputs) SL_RETURN_IF_ERROR(ForEachOperator(input.get(), visit));
  if (auto* optional = std::get_if<LogicalOptional>(&plan->node)) {
    SL_RETURN_IF_ERROR(ForEachOperator(optional->inner.get(), visit));
  }
  if (auto* call = std::get_if<LogicalCall>(&plan->node)) {
    SL_RETURN_IF_ERROR(ForEachOperator(call->inner.get(), visit));
  }
  return visit(plan);
}

// The same for the whole query, the subqueries in its expressions too.
inline Status ForEachOperator(BoundQuery* query,
                              const std::function<Status(LogicalOperator*)>& visit) {
  for (SubqueryPlan& subquery : query->subqueries) {
    SL_RETURN_IF_ERROR(ForEachOperator(subquery.plan.get(), visit));
  }
  return ForEachOperator(query->plan.get(), visit);
}

}  // namespace sightline::query
