#include "query/optimizer/optimizer.h"

#include "query/optimizer/rule_canonical_order.h"
#include "query/optimizer/rule_early_filters.h"
#include "query/optimizer/rule_exists.h"
#include "query/optimizer/rule_hash_join.h"
#include "query/optimizer/rule_merge_join.h"
#include "query/optimizer/rule_multiway_join.h"
#include "query/optimizer/rule_pattern_order.h"
#include "query/optimizer/rule_pinned_nodes.h"
#include "query/optimizer/rule_top_n.h"

namespace sightline::query {

std::vector<std::string_view> OptimizerRules() {
  // Where a pattern begins hangs on which nodes are known; conditions are hung on the steps that
  // the order has settled.
  return {kRulePinnedNodes, kRulePatternOrder, kRuleEarlyFilters, kRuleMultiwayJoin,
          kRuleMergeJoin,   kRuleHashJoin,     kRuleExists,       kRuleTopN};
}

Status Optimize(BoundQuery* query, const storage::ReadView& view, const OptimizerOptions& options) {
  const auto on = [&options](std::string_view rule) { return !options.rules_off.contains(rule); };
  if (on(kRulePinnedNodes)) SL_RETURN_IF_ERROR(PinNodes(query, view));
  // In an order of names the first rows are known when all are.
  const bool orders_names = options.canonical_order && !view.clearance().unrestricted;
  if (on(kRulePatternOrder)) {
    SL_RETURN_IF_ERROR(OrderPatterns(query, view, options.statistics, !orders_names));
  }
  if (on(kRuleEarlyFilters)) SL_RETURN_IF_ERROR(AddEarlyFilters(query));
  if (on(kRuleMultiwayJoin)) SL_RETURN_IF_ERROR(JoinCycles(query));
  if (on(kRuleMergeJoin)) {
    SL_RETURN_IF_ERROR(JoinByMerging(query, view, options.statistics,
                                     options.rules_forced.contains(kRuleMergeJoin)));
  }
  if (on(kRuleHashJoin)) {
    SL_RETURN_IF_ERROR(JoinByHashing(query, view, options.statistics,
                                     options.rules_forced.contains(kRuleHashJoin)));
  }
  if (on(kRuleExists)) SL_RETURN_IF_ERROR(ShortenExists(query));
  // No rule that can be switched off: who may see what does not hang on tests.
  if (orders_names) OrderByNames(query);
  if (on(kRuleTopN)) SL_RETURN_IF_ERROR(LimitSorts(query));
  return OkStatus();
}

}  // namespace sightline::query
