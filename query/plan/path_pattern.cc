#include "query/plan/path_pattern.h"

#include <algorithm>

namespace sightline::query {

uint32_t PathPart::BranchBegin(uint32_t step) const {
  uint32_t begin = 0;
  for (const uint32_t end : branch_ends) {
    if (end <= step) begin = end;
  }
  return begin;
}

uint32_t PathPart::BranchEnd(uint32_t step) const {
  for (const uint32_t end : branch_ends) {
    if (end > step) return end;
  }
  return static_cast<uint32_t>(steps.size());
}

uint64_t PathPart::LongestBranch() const {
  uint32_t longest = 0;
  for (uint32_t step = 0; step < steps.size(); step = BranchEnd(step)) {
    longest = std::max(longest, BranchEnd(step) - step);
  }
  return longest;
}

uint64_t PathPattern::LengthMax() const {
  uint64_t sum = 0;
  for (const PathPart& part : parts) {
    if (part.times_max > (kUnboundedHops - 1 - sum) / part.LongestBranch()) return kUnboundedHops;
    sum += part.times_max * part.LongestBranch();
  }
  return sum;
}

std::vector<uint32_t> ColumnsOf(const PatternEdge& edge) {
  std::vector<uint32_t> columns;
  for (const auto& slot : {edge.fact_slot, edge.statement_slot, edge.path_slot}) {
    if (slot) columns.push_back(*slot);
  }
  if (edge.search == nullptr) return columns;
  for (const PathNode& node : edge.search->nodes) {
    if (node.slot) columns.push_back(*node.slot);
  }
  for (const PathPart& part : edge.search->parts) {
    for (const PathStep& step : part.steps) {
      if (step.slot) columns.push_back(*step.slot);
    }
    if (part.path_slot) columns.push_back(*part.path_slot);
  }
  // The branches of an edge share its column.
  std::sort(columns.begin(), columns.end());
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  return columns;
}

}  // namespace sightline::query
