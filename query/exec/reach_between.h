// ReachBetween: whether a chain of facts leads from one given node to another, and which is the
// first of the shortest.
//
// Breadth first from both ends, one level at a time of the side that is likely to read fewer facts,
// until the two meet. Of a level the facts are looked up in the order of the nodes, which are those
// of the store, unless a chain is wanted: then from the left in the order in which the nodes were
// found, so that of the shortest chains the one is given that ReachSearch finds: at each node the
// first fact in order (query/exec/move_order.h), from the left.
//
// Source: I. Pohl: Bi-directional search (Machine Intelligence 6, 1971).
//
// Thread safety: one thread at a time.

#pragma once

#include <cstdint>
#include <vector>

#include "query/exec/fact_walk.h"
#include "query/exec/move_order.h"
#include "query/exec/operator.h"
#include "query/exec/term_index.h"
#include "query/plan/pattern.h"

namespace sightline::query {

class ReachBetween {
 public:
  // Whether it can: a chain of one group that may have a single fact. Of a longer one the shortest
  // may pass a node twice.
  static bool Serves(const PatternEdge& edge) {
    return edge.groups.size() == 1 && edge.groups.front().hops_min <= 1;
  }

  // REQUIRES: Serves(edge).
  ReachBetween(const PatternEdge& edge, storage::ScopePtr scope, ExecutionContext* context);
  ~ReachBetween() { Clear(); }
  ReachBetween(const ReachBetween&) = delete;
  ReachBetween& operator=(const ReachBetween&) = delete;

  // Whether a chain leads from the left end `left` to `right` without passing one of `avoided`.
  // False as well when the query runs out of steps first (ExecutionContext::out_of_steps).
  StatusOr<bool> Search(storage::TermId left, storage::TermId right,
                        const std::vector<storage::Fact>& avoided, bool chain_wanted);

  // After a search that found a wanted chain: its facts from the left, and its nodes, one more.
  const std::vector<storage::Fact>& facts() const { return facts_; }
  const std::vector<storage::TermId>& nodes() const { return nodes_; }

 private:
  struct Side {
    EdgeWalk step;  // From the nodes of this side to their neighbours.
    TermIndex found;
    // Of each node of `found`: how far from the side's end it is.
    std::vector<uint32_t> level;
    // Of each, on the left side when a chain is wanted: the fact that it was found by.
    std::vector<PathMove> found_by;
    std::vector<storage::TermId> frontier;
    uint32_t depth = 0;
    uint64_t facts_read = 0, nodes_expanded = 0;

    // How many facts the next level takes, going by those so far.
    uint64_t NextCost() const { return frontier.size() * (1 + facts_read / (1 + nodes_expanded)); }
  };

  void Clear();
  Status Start(Side* side, storage::TermId end);
  // One level more of `side`; whether it comes to nodes of `other`. Stops at the first of them
  // unless a chain is wanted, or names decide: how many facts were touched would tell in which
  // order they were met.
  StatusOr<bool> Expand(Side* side, const Side& other);
  // The shortest chain through the first node of the left side's last level that the right side's
  // last level has.
  StatusOr<bool> ReadChain(storage::TermId left);
  Status Reserve(uint64_t bytes);
  bool IsAvoided(const storage::Fact& fact) const;

  ExecutionContext* const context_;
  const uint64_t hops_min_, hops_max_;
  MoveOrder order_;
  FactWalk walk_;  // Keeps its scans from one search to the next.
  Side left_, right_;
  uint64_t bytes_ = 0;

  // Of the present search.
  const std::vector<storage::Fact>* avoided_ = nullptr;
  bool chain_wanted_ = false;
  std::vector<storage::Fact> facts_;
  std::vector<storage::TermId> nodes_;
};

}  // namespace sightline::query
