// PathReach: how few facts lead from one end of a searched path to a node at a place of the
// pattern, when parts may be walked any number of times (but a part that must be walked is) and
// anything may come again. Never more than it takes in truth: what a search can cut off by, and the
// ends that it can come to at all.
//
// Breadth first. Thread safety: one thread at a time.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "query/exec/path_walker.h"
#include "query/exec/term_index.h"

namespace sightline::query {

class PathReach {
 public:
  explicit PathReach(PathWalker* walker) : walker_(walker) {}
  ~PathReach() { walker_->context()->Release(bytes_); }
  PathReach(const PathReach&) = delete;
  PathReach& operator=(const PathReach&) = delete;

  // From the left end of the path, or (`backwards`) the right one. Cut short when the query may
  // touch no more facts.
  Status Search(storage::TermId start, bool backwards);

  // The nodes that the path may end at, nearest first.
  const std::vector<storage::TermId>& ends() const { return ends_; }
  // After a search from the right end: the fewest facts that a path which stands at `node` in
  // `state`, seen from the left, still takes; nullopt when it cannot come to its end.
  std::optional<uint32_t> Left(storage::TermId node, const PathState& state) const;

 private:
  // A place: part and step, and whether the part was walked before (for its first step only).
  size_t PlaceOf(uint32_t part, uint32_t step, bool again) const {
    return offsets_[part] + (step == 0 && !again ? steps_[part] : step);
  }

  PathWalker* const walker_;
  std::vector<size_t> offsets_;  // Of the parts in the direction of the search.
  std::vector<uint32_t> steps_;
  size_t place_count_ = 0;
  TermIndex nodes_;
  std::vector<uint32_t> distances_;  // place_count_ for each node.
  std::vector<storage::TermId> ends_;
  uint64_t bytes_ = 0;
};

}  // namespace sightline::query
