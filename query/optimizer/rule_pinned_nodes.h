// Rule "pinned-nodes": WHERE x = #org/a behind a MATCH makes x the node (x = #org/a), so that the
// pattern begins there. Without it all nodes that x may be are found, and all but one dropped.
//
// The WHERE itself stays. Only when no part of it can fail, and only where x is a node of the
// pattern itself: as rule_early_filters.h.

#pragma once

#include "query/binder/binder.h"

namespace sightline::query {

inline constexpr std::string_view kRulePinnedNodes = "pinned-nodes";

Status PinNodes(BoundQuery* query, const storage::ReadView& view);

}  // namespace sightline::query
