// What two paths of a pattern are the same by: their facts, and which of them stand for what is
// named within the pattern. The same facts may fit it in several ways, -[:a*0..1]->()-[:a*0..1]->.

#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "query/exec/path_walker.h"

namespace sightline::query {

// Paths that were given, so that none is given twice. Keeps none of a pattern that facts fit in one
// way only.
class PathTrace {
 public:
  explicit PathTrace(PathWalker* walker);
  ~PathTrace() { Clear(); }
  PathTrace(const PathTrace&) = delete;
  PathTrace& operator=(const PathTrace&) = delete;

  void Clear();
  // Whether the path is new. SL5005.
  StatusOr<bool> Add(const FoundPath& path);

 private:
  PathWalker* const walker_;
  bool several_ways_ = false;
  std::set<std::vector<uint64_t>> given_;
  uint64_t bytes_ = 0;
};

}  // namespace sightline::query
