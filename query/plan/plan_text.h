// PlanRows: a logical plan as people read it, an operator a row.
//
// Thread-safe: a free function.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query/plan/logical_plan.h"

namespace sightline::query {

struct PlanRow {
  // The LogicalOperator that the row stands for, or the PatternStep of a match: a match is a row
  // for what finishes it, and below that a row a step, the last on top.
  const void* node = nullptr;
  size_t depth = 0;
  std::string name;     // "Expand"
  std::string details;  // "(s)-[:supplies]->(o)"
  // About how many rows it gives, as far as the optimizer has counted.
  std::optional<double> estimated_rows;
  std::vector<size_t> inputs;  // Of the rows, those that it reads from.
};

// From the result down, then the subqueries that its expressions ask. `text` is the query that the
// plan was made of.
std::vector<PlanRow> PlanRows(const LogicalOperator& plan,
                              const std::vector<SubqueryPlan>& subqueries, std::string_view text);

}  // namespace sightline::query
