#include "query/optimizer/rule_top_n.h"

#include <limits>

#include "query/optimizer/plan_walk.h"

namespace sightline::query {

Status LimitSorts(BoundQuery* query) {
  return ForEachOperator(query, [](LogicalOperator* plan) -> Status {
    const auto* page = std::get_if<LogicalSkipLimit>(&plan->node);
    if (page == nullptr || !page->limit || plan->inputs.empty()) return OkStatus();
    auto* sort = std::get_if<LogicalSort>(&plan->inputs.front()->node);
    if (sort == nullptr) return OkStatus();
    // The skipped rows have to be known as well.
    if (page->skip > std::numeric_limits<uint64_t>::max() - *page->limit) return OkStatus();
    sort->rows_max = page->skip + *page->limit;
    return OkStatus();
  });
}

}  // namespace sightline::query
