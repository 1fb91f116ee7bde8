// RankedSearch: the paths of any pattern, shortest first, or cheapest first.
//
// A* over paths (Hart, Nilsson, Raphael: A Formal Basis for the Heuristic Determination of Minimum
// Cost Paths, 1968): what is left to go is never taken for more than it is (PathReach), so paths
// come complete in order. Every path begun is kept: exponential in the worst case, within the
// memory of the query. A walk of which one is wanted is cut off where another has been at the same
// place of the pattern with no fewer times to go.
//
// Thread safety: one thread at a time.

#pragma once

#include <map>
#include <optional>
#include <queue>
#include <tuple>
#include <unordered_set>
#include <vector>

#include "query/exec/path_reach.h"
#include "query/exec/path_trace.h"
#include "query/exec/path_walker.h"

namespace sightline::query {

class RankedSearch {
 public:
  explicit RankedSearch(PathWalker* walker);
  ~RankedSearch() { Clear(); }
  RankedSearch(const RankedSearch&) = delete;
  RankedSearch& operator=(const RankedSearch&) = delete;

  // Between two ends. `reach` is a search from the right one, backwards; borrowed.
  Status Between(storage::TermId left, storage::TermId right, const PathReach& reach);
  // One walk to each end that there is. For PathMode::kWalk, one shortest path.
  Status ToAnywhere(storage::TermId left);

  // False when there are no more, or the query ran out of steps.
  StatusOr<bool> Next(FoundPath* path);

 private:
  // A path, by its last fact and what it was before.
  struct Step {
    storage::TermId node;
    PathState state;
    uint32_t before;  // The first: itself.
    uint32_t length = 0;
    double cost = 0;
    storage::Fact fact = {};
    std::pair<uint32_t, uint32_t> walked_by = {};
  };
  struct Entry {
    double cost;      // 0 unless the cheapest are asked for.
    uint64_t length;  // At least, when complete.
    bool complete;
    uint64_t number;  // Those that came first go first.
    uint32_t step;
    bool operator>(const Entry& other) const {
      return std::tuple(cost, length, !complete, number) >
             std::tuple(other.cost, other.length, !other.complete, other.number);
    }
  };

  void Clear();
  Status Begin(storage::TermId left);
  Status Add(const Step& step, bool complete, uint32_t index);
  Status GoOn(uint32_t index);
  bool PassesMode(uint32_t index, const PathMove& move) const;
  StatusOr<bool> PassesPart(uint32_t index, uint32_t part);
  bool IsBeaten(storage::TermId node, const PathState& state);
  void SetPath(uint32_t index, FoundPath* path) const;

  PathWalker* const walker_;
  PathTrace trace_;
  const bool by_cost_;
  const bool one_walk_;
  std::optional<storage::TermId> right_;
  const PathReach* reach_ = nullptr;
  std::vector<Step> steps_;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue_;
  uint64_t number_ = 0;
  uint64_t bytes_ = 0;
  // Of one walk: the fewest times with which it has been at a node, part, step and (until they are
  // enough) times.
  std::map<std::tuple<storage::TermId, uint32_t, uint32_t, uint64_t>, uint64_t> visited_;
  std::unordered_set<storage::TermId> ends_;
};

}  // namespace sightline::query
