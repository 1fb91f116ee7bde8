// LooplessSearch: the simple paths of a plain pattern (PathPattern::IsPlain) between two different
// ends, shortest or cheapest first.
//
// Yen: Finding the K Shortest Loopless Paths in a Network, Management Science 17 (1971), with
// Lawler's rule that a path only deviates from another behind the place where that one deviated
// (1972). Each deviation is found by Dijkstra's algorithm, on labels of cost and number of facts
// where a length is the limit. Never more than (paths × their length) such searches.
//
// Thread safety: one thread at a time.

#pragma once

#include <set>
#include <unordered_set>
#include <vector>

#include "query/exec/path_reach.h"
#include "query/exec/path_walker.h"

namespace sightline::query {

class LooplessSearch {
 public:
  explicit LooplessSearch(PathWalker* walker)
      : walker_(walker),
        by_cost_(walker->pattern().cost != nullptr),
        candidates_(PathOrder{&walker->order()}) {}
  ~LooplessSearch() { Clear(); }
  LooplessSearch(const LooplessSearch&) = delete;
  LooplessSearch& operator=(const LooplessSearch&) = delete;

  // `reach` is a search from the right end, backwards; borrowed.
  Status Between(storage::TermId left, storage::TermId right, const PathReach& reach);
  // False when there are no more, or the query ran out of steps.
  StatusOr<bool> Next(FoundPath* path);

 private:
  struct Path {
    double cost = 0;
    std::vector<PathMove> moves;
    // The number of facts that it has in common with the path that it deviates from.
    size_t common = 0;
  };
  // By cost, then length, then the order of the facts.
  struct PathOrder {
    const MoveOrder* moves;
    bool operator()(const Path& a, const Path& b) const;
  };

  void Clear();
  // The best way on to the right end from behind the first `common` moves of `path`, as a whole
  // path, on none of the facts `closed` at that place. False when there is none.
  StatusOr<bool> Deviate(const Path& path, size_t common, const std::vector<storage::Fact>& closed,
                         Path* found);
  Status Keep(Path path);

  PathWalker* const walker_;
  const bool by_cost_;
  storage::TermId left_, right_;
  const PathReach* reach_ = nullptr;
  bool begun_ = false;
  std::vector<Path> given_;
  std::set<Path, PathOrder> candidates_;
  uint64_t bytes_ = 0;
};

}  // namespace sightline::query
