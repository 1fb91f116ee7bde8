#include "query/plan/path_pattern.h"

namespace sightline::query {

uint64_t PathPattern::LengthMax() const {
  uint64_t sum = 0;
  for (const PathPart& part : parts) {
    if (part.times_max > (kUnboundedHops - 1 - sum) / part.steps.size()) return kUnboundedHops;
    sum += part.times_max * part.steps.size();
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
  }
  return columns;
}

}  // namespace sightline::query
