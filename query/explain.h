// EXPLAIN and PROFILE: the plan of a query as a table.
//
// A row an operator, the result's on top and indented below it what it reads from. Columns:
// `operator`, `details` in the words of the query, `estimated_rows` (null when nothing says);
// PROFILE adds what was measured: `rows`, `facts_touched`, `micros`, `memory_bytes` and
// `spilled_bytes` (to temporary files), each operator's own, without those below it. All of it
// depends only on what the reader may see.
//
// Thread-safe: free functions.

#pragma once

#include <string_view>
#include <vector>

#include "query/binder/binder.h"
#include "query/exec/plan_profile.h"
#include "query/plan/plan_text.h"
#include "query/table.h"

namespace sightline::query {

Table Explain(const BoundQuery& query, std::string_view text);
// `plan` is that of the query that ran.
Table ProfileTable(const std::vector<PlanRow>& plan, const PlanProfile& profile);

}  // namespace sightline::query
