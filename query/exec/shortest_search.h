// ShortestSearch: the shortest paths of a plain pattern (PathPattern::IsPlain): one, or all of
// them, between two different ends.
//
// Between two given ends breadth first from both, the cheaper level first, until they meet; from
// one end alone, breadth first to all others. What was walked to on a shortest way is kept as a
// graph, from which the paths are read in order: at each node by PathWalker::order, from the left.
// So they are the same, in the same order, from whichever end they were found.
//
// Takes some 60 bytes for each node that it comes to, and 16 more for each further fact on a
// shortest way when all of them are asked for, or when names decide which is the first: a hub of a
// million facts takes a quarter of a query's default memory.
//
// Thread safety: one thread at a time.

#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "query/exec/path_walker.h"
#include "query/exec/term_index.h"

namespace sightline::query {

class ShortestSearch {
 public:
  // `all`: all shortest paths; else the first of them.
  ShortestSearch(PathWalker* walker, bool all) : walker_(walker), all_(all) {}
  ~ShortestSearch() { Clear(); }
  ShortestSearch(const ShortestSearch&) = delete;
  ShortestSearch& operator=(const ShortestSearch&) = delete;

  // From one end to wherever the path may lead. What was found when the query ran out of steps is
  // right, and may not be all.
  Status Explore(storage::TermId start, bool backwards);
  // The other ends, without the start, nearest first.
  size_t end_count() const { return side(explored_backwards_).nodes.size() - 1; }
  storage::TermId end(size_t index) const {
    return side(explored_backwards_).nodes[static_cast<uint32_t>(index + 1)];
  }
  // Begins with the paths to or from an end that was found.
  Status SelectEnd(storage::TermId end);

  // Finds and begins with the paths between two ends. None, when the query runs out of steps.
  Status Between(storage::TermId left, storage::TermId right);

  // The next path that was begun with; false when there are no more. Errors: the store's, and those
  // of EvaluationContext::Work.
  StatusOr<bool> Next(FoundPath* path);

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  // A fact on a shortest way, as it is walked from the left; its ends are known by where it is
  // kept.
  struct Hop {
    uint32_t predicate;    // Of predicates_.
    uint32_t step : 31;    // PathMove::step
    uint32_t against : 1;  // PathMove::against
  };
  // A hop from a node of a side to one nearer to the side's own end.
  struct Link {
    uint32_t nearer;
    uint32_t next = kNone;  // Of the same node.
    Hop hop;
  };
  struct Side {
    TermIndex nodes;  // Level by level.
    std::vector<uint32_t> first_link;
    std::vector<Link> links;
    std::vector<uint32_t> frontier;
    uint32_t depth = 0;
    uint64_t facts_read = 0, nodes_expanded = 0;

    // How many facts the next level takes, going by those so far.
    uint64_t NextCost() const { return frontier.size() * (1 + facts_read / (1 + nodes_expanded)); }
  };
  const Side& side(bool backwards) const { return sides_[backwards ? 1 : 0]; }

  void Clear();
  void ClearWays();
  Status Reserve(uint64_t bytes);
  Status Start(bool backwards, storage::TermId start);
  // One level more. The new nodes are the frontier.
  Status Expand(bool backwards);
  // The nodes of the last level of `side` that `other` has come to, as both number them, in the
  // order of `side`. They are of the last level of `other`: nearer ones would have been met before.
  static std::vector<std::pair<uint32_t, uint32_t>> Meetings(const Side& side, const Side& other);
  Hop HopOf(const PathMove& move) {
    return {predicates_.Add(move.fact.predicate).first, move.step, move.against ? 1U : 0U};
  }
  // From the left to the right.
  PathMove MoveOf(storage::TermId from, const Hop& hop, storage::TermId to) const;
  // Makes ways_ of the links that lead from the nodes to the start of the left side; with
  // `backwards` to that of the right side.
  Status AddWays(bool backwards, const std::vector<uint32_t>& from);
  // `right` is none: there are no paths.
  Status BeginReading(storage::TermId left, storage::TermId right);
  // Goes on to a node, whose ways are put in order the first time.
  Status Enter(uint32_t node);

  PathWalker* const walker_;
  const bool all_;
  // Of each node all facts on shortest ways are kept, though one path is wanted: which of them is
  // the first is found out along that path, and not for every node that is come to.
  bool keeps_all_ = false;
  Side sides_[2];
  TermIndex predicates_;
  bool explored_backwards_ = false;
  uint64_t bytes_ = 0;

  // The graph of the shortest paths that are being read.
  struct Way {
    uint32_t from, to;  // Of way_nodes_.
    Hop hop;
  };
  TermIndex way_nodes_;
  std::vector<Way> ways_;         // By `from`; of a node that was entered, in order.
  std::vector<uint32_t> begins_;  // Of each node's ways; one more than nodes.
  std::vector<bool> in_order_;    // Of each node: its ways are.
  uint64_t way_bytes_ = 0;
  struct Reading {
    uint32_t node;
    uint32_t next;  // Of ways_.
  };
  std::vector<Reading> reading_;
  std::vector<storage::Fact> facts_;
  storage::TermId right_;
  bool found_one_ = false;
};

}  // namespace sightline::query
