#include "query/optimizer/rule_canonical_order.h"

#include <algorithm>
#include <utility>

#include "query/optimizer/plan_walk.h"

namespace sightline::query {
namespace {

// The plan whose rows come in the order that the sort below it gave them, or null.
LogicalSort* OrderOf(LogicalOperator* plan) {
  while (true) {
    if (auto* sort = std::get_if<LogicalSort>(&plan->node)) return sort;
    const bool keeps_order = std::holds_alternative<LogicalExtend>(plan->node) ||
                             std::holds_alternative<LogicalFilter>(plan->node) ||
                             std::holds_alternative<LogicalProject>(plan->node) ||
                             std::holds_alternative<LogicalSkipLimit>(plan->node);
    if (!keeps_order || plan->inputs.empty()) return nullptr;
    plan = plan->inputs.front().get();
  }
}

// Sorts the rows of the plan as a whole.
void Order(LogicalPlan* plan) {
  if (LogicalSort* sort = OrderOf(plan->get())) {
    sort->total = true;
    return;
  }
  FramePtr frame = (*plan)->frame;
  *plan = MakeOperator(LogicalSort{.keys = {}, .rows_max = std::nullopt, .total = true},
                       std::move(frame), std::move(*plan));
}

bool ShowsOrder(const LogicalAggregate& aggregate, const Frame& frame) {
  // What its evidence lists comes in the order of its rows.
  if (frame.evidence_slot) return true;
  return std::any_of(aggregate.calls.begin(), aggregate.calls.end(), [](const AggregateCall& call) {
    return call.kind == AggregateKind::kCollect;
  });
}

}  // namespace

void OrderByNames(BoundQuery* query) {
  query->canonical_order = true;
  // Whatever the visit gives back is OK.
  (void)ForEachOperator(query, [](LogicalOperator* plan) -> Status {
    const auto* aggregate = std::get_if<LogicalAggregate>(&plan->node);
    // Of many ways to a row the first few are shown.
    const bool keeps_first_ways =
        std::holds_alternative<LogicalDistinct>(plan->node) && plan->frame->evidence_slot;
    const bool shows_order = std::holds_alternative<LogicalSkipLimit>(plan->node) ||
                             std::holds_alternative<LogicalAssert>(plan->node) ||
                             keeps_first_ways ||
                             (aggregate != nullptr && ShowsOrder(*aggregate, *plan->frame));
    if (shows_order && !plan->inputs.empty()) Order(&plan->inputs.front());
    return OkStatus();
  });
  for (SubqueryPlan& subquery : query->subqueries) {
    // What EXISTS and COUNT rest on is what they find first, and all that they find.
    if (subquery.kind == SubqueryKind::kCollect || subquery.plan->frame->evidence_slot) {
      Order(&subquery.plan);
    }
  }
  // A write gives its rows as it has made them.
  if (!query->writes) Order(&query->plan);
}

}  // namespace sightline::query
