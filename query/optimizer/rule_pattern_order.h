// Rule "pattern-order": finds the nodes and edges of a MATCH from the rarest on.
//
// Greedy: begin at the node with the fewest candidates (or the edge with the fewest facts), then
// again and again test what both ends are known of, else walk the edge that promises the fewest
// rows; single facts before chains. Counts come from scans through the reader's own view that stop
// at kCountMax.

#pragma once

#include "query/binder/binder.h"
#include "storage/base/status.h"

namespace sightline::query {

inline constexpr std::string_view kRulePatternOrder = "pattern-order";

Status OrderPatterns(BoundQuery* query, const storage::ReadView& view);

}  // namespace sightline::query
