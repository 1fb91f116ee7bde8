// TrailSearch: all paths of a pattern, of the mode that it asks for, one at a time. Depth first; no
// path is kept but the one that is being walked. Between two given ends it does not walk where the
// other end cannot be reached from any more within the length that is left.
//
// As many paths as there are: bounded by the pattern's length and by the facts that the query may
// touch. Each visit of a fact counts, read anew or not.
//
// Thread safety: one thread at a time.

#pragma once

#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "query/exec/path_reach.h"
#include "query/exec/path_trace.h"
#include "query/exec/path_walker.h"

namespace sightline::query {

struct FactHash {
  size_t operator()(const storage::Fact& fact) const noexcept {
    const std::hash<storage::TermId> hash;
    return hash(fact.subject) ^ (hash(fact.object) >> 7) ^ (hash(fact.predicate) >> 13);
  }
};

class TrailSearch {
 public:
  explicit TrailSearch(PathWalker* walker) : walker_(walker), trace_(walker) {}
  ~TrailSearch() { Clear(); }
  TrailSearch(const TrailSearch&) = delete;
  TrailSearch& operator=(const TrailSearch&) = delete;

  // From the left end, or (`backwards`) from the right one; to `target` if it is given, which goes
  // with the left end only.
  Status Begin(storage::TermId start, bool backwards, std::optional<storage::TermId> target);
  StatusOr<bool> Next(FoundPath* path);

 private:
  struct Frame {
    storage::TermId node;
    std::vector<PathState> states;  // To go on from.
    size_t state = 0;
    PathMoves moves = {};
    size_t next_move = 0;
    bool told = false;  // That the path may end here.
  };

  void Clear();
  Status Push(storage::TermId node, const PathState& state);
  void Pop();
  // The moves from which the target may still be reached, those that lead nearest to it first: so
  // that paths come soon, however many ways lead nowhere.
  PathMoves NearestFirst(const std::vector<PathMove>& moves, const PathState& state) const;
  // Takes the next move of the last frame. False when it has none.
  StatusOr<bool> GoOn();
  bool PassesMode(const PathMove& move) const;
  void SetPath(FoundPath* path) const;

  PathWalker* const walker_;
  PathTrace trace_;
  bool backwards_ = false;
  std::optional<storage::TermId> target_;
  std::optional<PathReach> reach_;
  std::vector<Frame> frames_;
  // Of the path to the last frame.
  std::vector<storage::Fact> facts_;
  std::vector<std::pair<uint32_t, uint32_t>> walked_by_;
  std::unordered_map<storage::TermId, uint32_t> node_count_;
  std::unordered_set<storage::Fact, FactHash> fact_set_;
};

}  // namespace sightline::query
