#include "query/plan/rows_wanted.h"

#include <algorithm>
#include <limits>

namespace sightline::query {
namespace {

using Wanted = std::optional<uint64_t>;

constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
// Of the rows that a filter looks at, one in so many passes, for all that is known.
constexpr uint64_t kRowsPerPass = 10;

// Of the inputs of `plan`, of which `wanted` rows are wanted.
Wanted WantedBelow(const LogicalOperator& plan, Wanted wanted) {
  if (const auto* page = std::get_if<LogicalSkipLimit>(&plan.node)) {
    if (!page->limit) return wanted && *wanted < kMost - page->skip ? *wanted + page->skip : wanted;
    const uint64_t limit = std::min(*page->limit, wanted.value_or(kMost));
    return limit < kMost - page->skip ? limit + page->skip : kMost;
  }
  if (std::holds_alternative<LogicalFilter>(plan.node)) {
    if (!wanted) return wanted;
    return *wanted < kMost / kRowsPerPass ? *wanted * kRowsPerPass : kMost;
  }
  // With evidence, a distinct row is complete when all have been seen.
  if (std::holds_alternative<LogicalDistinct>(plan.node)) {
    return plan.frame->evidence_slot ? Wanted() : wanted;
  }
  const bool streams = std::holds_alternative<LogicalMatch>(plan.node) ||
                       std::holds_alternative<LogicalProject>(plan.node) ||
                       std::holds_alternative<LogicalExtend>(plan.node) ||
                       std::holds_alternative<LogicalUnwind>(plan.node) ||
                       std::holds_alternative<LogicalOptional>(plan.node) ||
                       std::holds_alternative<LogicalNumberRows>(plan.node) ||
                       std::holds_alternative<LogicalUnion>(plan.node);
  return streams ? wanted : Wanted();
}

template <typename Operator, typename Visit>
void Walk(Operator* plan, Wanted wanted, const Visit& visit) {
  if (auto* match = std::get_if<LogicalMatch>(&plan->node)) visit(match, wanted);
  const Wanted below = WantedBelow(*plan, wanted);
  for (const LogicalPlan& input : plan->inputs) {
    Walk(static_cast<Operator*>(input.get()), below, visit);
  }
  if (auto* optional = std::get_if<LogicalOptional>(&plan->node)) {
    Walk(static_cast<Operator*>(optional->inner.get()), wanted, visit);
  }
  if (auto* call = std::get_if<LogicalCall>(&plan->node)) {
    Walk(static_cast<Operator*>(call->inner.get()), Wanted(), visit);
  }
}

}  // namespace

void ForEachMatch(LogicalOperator* plan,
                  const std::function<void(LogicalMatch*, std::optional<uint64_t>)>& visit) {
  Walk(plan, Wanted(), visit);
}

std::optional<uint64_t> RowsWanted(const LogicalOperator& plan) {
  std::optional<uint64_t> most = 0;
  bool has_match = false;
  Walk(&plan, Wanted(), [&](const LogicalMatch*, Wanted wanted) {
    has_match = true;
    most = most && wanted ? Wanted(std::max(*most, *wanted)) : Wanted();
  });
  return has_match ? most : Wanted();
}

}  // namespace sightline::query
