// Rule "pattern-order": finds the nodes and edges of a MATCH in the order that promises the least
// work.
//
// The single edges that hang together are one join each (query/optimizer/join_order.h). Chains come
// behind the single edges of the nodes that they begin at; what is not connected comes last, the
// fewest rows first.

#pragma once

#include "query/binder/binder.h"
#include "query/optimizer/statistics.h"

namespace sightline::query {

inline constexpr std::string_view kRulePatternOrder = "pattern-order";

// `statistics` may be null: then nothing is kept for the next query. `limits_count`: a LIMIT stops
// the pattern when it has its rows.
Status OrderPatterns(BoundQuery* query, const storage::ReadView& view, StatisticsCache* statistics,
                     bool limits_count);

}  // namespace sightline::query
