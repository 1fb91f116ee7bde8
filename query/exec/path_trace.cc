#include "query/exec/path_trace.h"

#include <algorithm>

namespace sightline::query {

PathTrace::PathTrace(PathWalker* walker) : walker_(walker) {
  const auto& parts = walker->pattern().parts;
  several_ways_ =
      parts.size() > 1 && std::any_of(parts.begin(), parts.end(), [](const PathPart& part) {
        return part.times_min != part.times_max;
      });
}

void PathTrace::Clear() {
  given_.clear();
  walker_->context()->Release(bytes_);
  bytes_ = 0;
}

StatusOr<bool> PathTrace::Add(const FoundPath& path) {
  if (!several_ways_) return true;
  const PathPattern& pattern = walker_->pattern();
  const auto named = [&pattern](const std::optional<uint32_t>& node) {
    return node && pattern.nodes[*node].slot;
  };
  std::vector<uint64_t> key = {path.nodes.front().bits};
  uint32_t part = 0;
  for (size_t i = 0; i <= path.facts.size(); ++i) {
    const uint32_t next = i < path.facts.size() ? path.walked_by[i].first
                                                : static_cast<uint32_t>(pattern.parts.size() - 1);
    for (; part < next; ++part) {
      if (named(pattern.junctions[part])) key.insert(key.end(), {1, part});
    }
    if (i == path.facts.size()) break;
    const auto& [p, s] = path.walked_by[i];
    const PathStep& step = pattern.parts[p].steps[s];
    key.insert(key.end(), {0, path.facts[i].subject.bits, path.facts[i].predicate.bits,
                           path.facts[i].object.bits});
    if (step.slot || named(step.before) || named(step.after) || pattern.parts[p].path_slot)
      key.insert(key.end(), {2, p, s});
  }
  const uint64_t bytes = 64 + key.size() * sizeof(uint64_t);
  const bool is_new = given_.insert(std::move(key)).second;
  if (is_new) {
    SL_RETURN_IF_ERROR(walker_->context()->Reserve(bytes));
    bytes_ += bytes;
  }
  return is_new;
}

}  // namespace sightline::query
