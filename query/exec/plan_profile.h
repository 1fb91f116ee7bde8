// PlanProfile: what PROFILE tells of the operators of a query that ran.
//
// Thread-compatible plain data.

#pragma once

#include <cstdint>
#include <unordered_map>

namespace sightline::query {

// Everything counts what the operators below did too, while this one waited for them.
struct OperatorProfile {
  uint64_t rows = 0;
  uint64_t facts_touched = 0;
  uint64_t micros = 0;
  uint64_t memory_bytes = 0;   // The most that they kept at a time, of what the budget counts.
  uint64_t spilled_bytes = 0;  // Written to temporary files.
};

// By the LogicalOperator or the PatternStep that the operator was made for.
using PlanProfile = std::unordered_map<const void*, OperatorProfile>;

}  // namespace sightline::query
