// The operators of which one MATCH is made: each binds or tests one element of the pattern.
//
// query/exec/match_planner.h strings them together. Thread safety: one thread at a time.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "query/exec/edge_table.h"
#include "query/exec/fact_walk.h"
#include "query/exec/node_tester.h"
#include "query/exec/operator.h"
#include "query/exec/reach_search.h"
#include "query/exec/rows.h"
#include "query/plan/pattern.h"

namespace sightline::query {

// What the operators of one MATCH share.
struct MatchState {
  const PatternGraph* graph = nullptr;  // Borrowed from the plan.
  ExecutionContext* context = nullptr;
  storage::ScopePtr scope;
  // The MATCH's frame, and behind its columns those that only the MATCH itself needs.
  FramePtr frame;
  size_t visible_columns = 0;
  std::vector<std::shared_ptr<NodeTester>> testers;  // Of each node.
  // Of each edge: the fact, or the list of facts of a chain; and its path. Unset when nobody asks.
  std::vector<std::optional<uint32_t>> fact_slots, path_slots;
  std::vector<std::set<uint32_t>> differs;  // As DifferencesOf gives them.
  // Of each single edge whose fact follows from its ends: no column holds it for comparing.
  struct FactColumns {
    uint32_t subject_slot = 0, object_slot = 0;
    storage::TermId predicate;
  };
  std::vector<std::optional<FactColumns>> fact_columns;
  // Of each chain, from its right end or its left: walked in several operators, found once.
  std::map<std::pair<uint32_t, bool>, ReachSearch> searches;
  bool why = false;
  // Of edges whose facts were all read; never null.
  std::shared_ptr<EdgeTables> tables;

  const PatternEdge& edge(uint32_t index) const { return graph->edges[index]; }
  uint32_t slot(uint32_t node) const { return graph->nodes[node].slot; }
  // The node's term in a row as this MATCH knows it: an earlier one may have been asked under a
  // scope where other ids count as one.
  storage::TermId TermAt(const Batch& batch, uint32_t node, size_t row) const {
    return scope->CanonicalOf(query::TermAt(batch, slot(node), row));
  }
  // Made when first asked for; stays where it is.
  ReachSearch* search(uint32_t edge, bool from_right);
};
using MatchStatePtr = std::shared_ptr<MatchState>;

// Turns a variable that an earlier clause holds as data into a term; drops the row when there is
// none.
PhysicalOperatorPtr MakeBindData(MatchStatePtr state, uint32_t node, PhysicalOperatorPtr input);

// Every term that the node may be. `hint` is an edge at it, whose ends are the candidates when the
// node's own tests do not say.
struct ScanHint {
  EdgeWalk walk;
  bool right = false;
  bool any_node = false;  // Whichever has a fact in scope.
};
PhysicalOperatorPtr MakeScanNode(MatchStatePtr state, uint32_t node, std::optional<ScanHint> hint,
                                 PhysicalOperatorPtr input);

// Both ends of an edge, from its facts.
PhysicalOperatorPtr MakeScanEdge(MatchStatePtr state, uint32_t edge,
                                 const std::set<uint32_t>& placed, PhysicalOperatorPtr input);

// From one bound end to the other, which may be bound too. `placed` are the edges bound before.
PhysicalOperatorPtr MakeExpand(MatchStatePtr state, uint32_t edge, bool from_right,
                               bool target_bound, const std::set<uint32_t>& placed,
                               PhysicalOperatorPtr input);
// The same by a hash table of all of the edge's facts. REQUIRES: it has one predicate and one
// direction, and holds no statements.
PhysicalOperatorPtr MakeHashExpand(MatchStatePtr state, uint32_t edge, bool from_right,
                                   bool target_bound, const std::set<uint32_t>& placed,
                                   PhysicalOperatorPtr input);
// The same by reading all of the edge's facts beside the rows, which is for rows that come in the
// order of the known end. In any other order it gives the same rows, and takes longer. REQUIRES: as
// above.
PhysicalOperatorPtr MakeMergeExpand(MatchStatePtr state, uint32_t edge, bool from_right,
                                    bool target_bound, const std::set<uint32_t>& placed,
                                    PhysicalOperatorPtr input);
// The node that several single edges reach from bound nodes. REQUIRES: each has one predicate and
// one direction, and none holds statements.
PhysicalOperatorPtr MakeIntersect(MatchStatePtr state, uint32_t target,
                                  const std::vector<uint32_t>& edges,
                                  const std::set<uint32_t>& placed, PhysicalOperatorPtr input);
// As MakeExpand for a chain, around the single facts that it must differ from as far as they are
// placed. Unless `settled` others are to come: then only the ends are bound, and the chain is to be
// walked once more.
struct ChainStep {
  uint32_t edge = 0;
  bool from_right = false;
  bool target_bound = false;
  bool settled = true;
};
PhysicalOperatorPtr MakeExpandReachable(MatchStatePtr state, const ChainStep& step,
                                        const std::set<uint32_t>& placed,
                                        PhysicalOperatorPtr input);

// The same for a searched path (PatternEdge::search).
PhysicalOperatorPtr MakeExpandPaths(MatchStatePtr state, const ChainStep& step,
                                    const std::set<uint32_t>& placed, PhysicalOperatorPtr input);
// CYPHER: every trail that a chain may be, a row each.
PhysicalOperatorPtr MakeExpandTrails(MatchStatePtr state, uint32_t edge, bool from_right,
                                     bool target_bound, const std::set<uint32_t>& placed,
                                     PhysicalOperatorPtr input);

// The tests of a node that is bound. `row_tests`: those that read columns, else the others.
PhysicalOperatorPtr MakeTestNode(MatchStatePtr state, uint32_t node, bool row_tests,
                                 PhysicalOperatorPtr input);
PhysicalOperatorPtr MakeTestQualifier(MatchStatePtr state, uint32_t edge, const QualifierTest* test,
                                      PhysicalOperatorPtr input);
// Drops the rows for which one of the conditions is false for certain.
PhysicalOperatorPtr MakeEarlyFilter(std::vector<const BoundExpression*> conditions,
                                    ExecutionContext* context, PhysicalOperatorPtr input);

// Puts paths and evidence together and lets go of the columns that only the MATCH needed.
PhysicalOperatorPtr MakeFinishMatch(MatchStatePtr state, PhysicalOperatorPtr input);

// Whether `walked` is another fact than those of the edges that `edge` must differ from. Two
// statements of one fact are two things.
bool KeepsApart(const MatchState& state, uint32_t edge, const WalkedFact& walked,
                const std::set<uint32_t>& placed, const Batch& batch, size_t row);
// Sets the columns of a single edge in the last `count` rows, when anybody asks for them.
Status AppendFacts(const MatchState& state, uint32_t edge, size_t count,
                   const std::function<WalkedFact(size_t)>& fact, Batch* batch);

}  // namespace sightline::query
