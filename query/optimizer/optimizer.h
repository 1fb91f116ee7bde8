// Optimizer: makes a logical plan cheaper without changing its rows. A list of rules, one a file
// (query/optimizer/rule_*.h), each with a name by which tests can switch it off.
//
// Estimates come from counting scans through the reader's own view, cut off early: a plan depends
// only on what the reader may see.

#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "query/binder/binder.h"
#include "query/optimizer/statistics.h"
#include "storage/base/status.h"

namespace sightline::query {

struct OptimizerOptions {
  // Rules that are not applied, by name. Rows never depend on it.
  std::set<std::string, std::less<>> rules_off;
  // Rules that are applied wherever they can be, whatever it costs, by name: kRuleMergeJoin and
  // kRuleHashJoin know this. Rows never depend on it.
  std::set<std::string, std::less<>> rules_forced{};
  // What queries before this one have counted. Borrowed; may be null.
  StatisticsCache* statistics = nullptr;
  // Orders the answers of restricted readers by names (rule_canonical_order.h).
  bool canonical_order = true;
};

// In the order in which they are applied.
std::vector<std::string_view> OptimizerRules();

// Rewrites the plan in place. Errors: the store's, from the counting scans (kDataLoss,
// kUnavailable).
Status Optimize(BoundQuery* query, const storage::ReadView& view, const OptimizerOptions& options);

}  // namespace sightline::query
