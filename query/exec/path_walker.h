// PathWalker: the moves of a searched path, one fact at a time, from its left end to its right end
// or the other way round.
//
// Where a search stands within the pattern is a PathState: which part, which of its steps comes
// next, and how often the part has been walked. A move is a fact that the step may be, with all
// that the pattern asks of the fact and of the two nodes. From (part, 0, times) a part that has
// been walked often enough is left for the next one without a fact.
//
// Thread safety: one thread at a time.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "query/exec/fact_walk.h"
#include "query/exec/move_order.h"
#include "query/exec/node_tester.h"
#include "query/exec/operator.h"
#include "query/plan/frame.h"
#include "query/plan/path_pattern.h"

namespace sightline::query {

struct PathState {
  uint32_t part = 0;  // The number of parts: the path is complete.
  uint32_t step = 0;
  uint64_t times = 0;
  friend auto operator<=>(const PathState&, const PathState&) = default;
};

using PathMoves = std::shared_ptr<const std::vector<PathMove>>;

// A path from the left end to the right end.
struct FoundPath {
  std::vector<storage::TermId> nodes;  // One more than facts.
  std::vector<storage::Fact> facts;
  // Of each fact the part and step that it was walked by.
  std::vector<std::pair<uint32_t, uint32_t>> walked_by;
  double cost = 0;
};

class PathWalker {
 public:
  // Borrows the graph; `edge` has a search. `frame` is that of the rows.
  PathWalker(const PatternGraph& graph, const PatternEdge& edge, FramePtr frame,
             storage::ScopePtr scope, ExecutionContext* context);
  ~PathWalker() { Forget(); }
  PathWalker(const PathWalker&) = delete;
  PathWalker& operator=(const PathWalker&) = delete;

  const PathPattern& pattern() const { return pattern_; }
  MoveOrder& order() { return order_; }
  ExecutionContext* context() const { return context_; }
  uint64_t length_max() const { return length_max_; }
  uint32_t part_count() const { return static_cast<uint32_t>(pattern_.parts.size()); }

  // Begins with another row of the input: no path may pass one of `avoided`.
  Status BeginRow(const Batch& in, size_t row, std::vector<storage::Fact> avoided);

  // Calls `visit` for each move from `from` by the step of (part, step), or at the beginning of a
  // part by the first step of each of its branches, as numbered from the end that is begun with
  // (`backwards`: the right one), until it returns false. Stops short when the
  // query may touch no more facts (context()->out_of_steps). Conditions on a whole time of a part
  // of several steps are not asked.
  Status ForEachMove(storage::TermId from, uint32_t part, uint32_t step, bool backwards,
                     const std::function<StatusOr<bool>(const PathMove&)>& visit);
  // The same as a list, which is kept for the next time that it is asked for as long as those kept
  // are few. In order(), unless all paths are wanted: then as they are read.
  StatusOr<PathMoves> MovesOf(storage::TermId from, uint32_t part, uint32_t step, bool backwards);

  // Whether a path may come to `node` and go on: AVOIDING.
  StatusOr<bool> MayCross(storage::TermId node);
  // What is asked of the node between parts `left_part` and the next, as numbered from the left.
  StatusOr<bool> MayJoin(storage::TermId node, uint32_t left_part);
  // The conditions on one time of a part, whose facts and nodes from the left are these.
  StatusOr<bool> PassesPart(uint32_t part, const std::vector<storage::TermId>& nodes,
                            const std::vector<storage::Fact>& facts);
  bool HasPartConditions(uint32_t part) const {
    return pattern_.parts[part].steps.size() > 1 && !pattern_.parts[part].conditions.empty();
  }

  // Every state that `state` leads to at `node` without a fact, itself first. The part count as
  // `part`: the path may end here.
  Status Closure(const PathState& state, storage::TermId node, bool backwards,
                 std::vector<PathState>* states);
  // The state behind a move by `step`.
  PathState Behind(const PathState& state, uint32_t step, bool backwards) const;
  // The same step as numbered from the other end.
  uint32_t FromOtherEnd(const PathPart& part, uint32_t step) const {
    return static_cast<uint32_t>(part.steps.size()) - 1 - step;
  }
  uint64_t TimesMin(uint32_t part, bool backwards) const {
    return PartAt(part, backwards).times_min;
  }

  // The facts by which the inner nodes of a path pass.
  Status AddEvidence(const FoundPath& path, std::vector<FactDatum>* facts);

  uint32_t scope_index() const { return graph_.scope_index; }
  // Counts one more piece of work on facts that were read before. False when there may be no more.
  StatusOr<bool> Touch();

 private:
  const PathPart& PartAt(uint32_t part, bool backwards) const {
    return pattern_.parts[backwards ? part_count() - 1 - part : part];
  }
  Status ForEachMoveBy(uint32_t p, uint32_t s, storage::TermId from, bool backwards, bool* go_on,
                       const std::function<StatusOr<bool>(const PathMove&)>& visit);
  StatusOr<bool> PassesNode(uint32_t node, storage::TermId term);
  // Whether there is anything to be asked by PassesStep.
  bool AsksOfStep(const PathPart& part, const PathStep& step) const;
  StatusOr<bool> PassesStep(const PathPart& part, const PathStep& step, const WalkedFact& walked,
                            bool backwards, double* cost);
  StatusOr<bool> HasQualifier(const storage::Fact& fact, const QualifierTest& test);
  StatusOr<bool> Holds(const std::vector<BoundExpressionPtr>& conditions);
  Status SetNode(uint32_t node, storage::TermId term);
  Status SetFact(uint32_t slot, const storage::Fact& fact);
  void Forget();

  // A walk that nobody uses until the lease ends. They are kept with their scans: to open one takes
  // longer than to read a few facts.
  class WalkLease {
   public:
    explicit WalkLease(PathWalker* walker);
    ~WalkLease() { --walker_->walks_in_use_; }
    WalkLease(const WalkLease&) = delete;
    WalkLease& operator=(const WalkLease&) = delete;
    FactWalk* operator->() const { return walk_; }

   private:
    PathWalker* const walker_;
    FactWalk* walk_;
  };

  struct MovesKey {
    storage::TermId from;
    uint32_t part, step;
    bool backwards;
    bool operator==(const MovesKey&) const = default;
  };
  struct MovesKeyHash {
    size_t operator()(const MovesKey& key) const noexcept {
      return std::hash<storage::TermId>{}(key.from) ^
             ((uint64_t{key.part} << 40) | (uint64_t{key.step} << 20) | (key.backwards ? 1 : 0));
    }
  };

  const PatternGraph& graph_;
  const PathPattern& pattern_;
  const FramePtr frame_;
  const storage::ScopePtr scope_;
  ExecutionContext* const context_;
  MoveOrder order_;
  uint64_t length_max_ = 0;
  std::vector<std::unique_ptr<NodeTester>> testers_;  // Of the inner nodes.
  std::vector<std::unique_ptr<NodeTester>> avoided_nodes_;
  EdgeWalk all_walks_;  // What hubs are counted by: of any step, either way.
  std::vector<std::vector<EdgeWalk>> walks_back_;
  std::vector<std::unique_ptr<FactWalk>> walks_;  // The first walks_in_use_ are lent.
  size_t walks_in_use_ = 0;

  // Of the row of the input.
  Batch row_;  // It, with columns for what conditions read.
  std::vector<storage::Fact> avoided_facts_;
  std::unordered_map<storage::TermId, bool> may_cross_;
  std::unordered_map<MovesKey, PathMoves, MovesKeyHash> kept_;
  uint64_t kept_bytes_ = 0;
};

}  // namespace sightline::query
