// RowsWanted: how many rows of each pattern are wanted by what is above it: those that a LIMIT lets
// through, where nothing in between (a sort, an aggregate) reads all of them first.
//
// Pure functions; thread-safe.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "query/plan/logical_plan.h"

namespace sightline::query {

// Calls `visit` with each MATCH of the plan, those of optional matches and calls too, and about how
// many rows are wanted of it; none where all are.
void ForEachMatch(LogicalOperator* plan,
                  const std::function<void(LogicalMatch*, std::optional<uint64_t>)>& visit);

// About how many rows are wanted of all patterns of the plan; none where all are of one of them, or
// there is no pattern.
std::optional<uint64_t> RowsWanted(const LogicalOperator& plan);

}  // namespace sightline::query
