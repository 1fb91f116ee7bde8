#include "query/optimizer/rule_exists.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace sightline::query {
namespace {

// A projection of columns and constants, which cannot fail.
bool OnlyPassesOn(const LogicalProject& project) {
  return std::all_of(project.items.begin(), project.items.end(), [](const auto& item) {
    return std::holds_alternative<BoundSlot>(item.second->node) ||
           std::holds_alternative<BoundLocal>(item.second->node) ||
           std::holds_alternative<BoundConstant>(item.second->node) ||
           std::holds_alternative<BoundParameter>(item.second->node);
  });
}

// Takes away what changes nothing about whether there is a row. `columns_read`: what is above reads
// the columns.
void Shorten(LogicalPlan* plan, bool columns_read) {
  while (!(*plan)->inputs.empty()) {
    LogicalOperator& top = **plan;
    const auto* project = std::get_if<LogicalProject>(&top.node);
    const bool needless = std::holds_alternative<LogicalDistinct>(top.node) ||
                          std::holds_alternative<LogicalSort>(top.node) ||
                          (project != nullptr && !columns_read && OnlyPassesOn(*project));
    if (needless) {
      LogicalPlan input = std::move(top.inputs.front());
      *plan = std::move(input);
      continue;
    }
    // A filter drops rows by what is in them, equal ones alike.
    if (!std::holds_alternative<LogicalFilter>(top.node)) return;
    columns_read = true;
    plan = &top.inputs.front();
  }
}

}  // namespace

Status ShortenExists(BoundQuery* query) {
  for (SubqueryPlan& subquery : query->subqueries) {
    if (subquery.kind == SubqueryKind::kExists) Shorten(&subquery.plan, false);
  }
  return OkStatus();
}

}  // namespace sightline::query
