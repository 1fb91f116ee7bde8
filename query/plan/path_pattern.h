// PathPattern: what a searched path looks like: SHORTEST (a)-[:x*]->(b), TRAIL (a)
// ((x)-[:p]->(y)){1,3} (b), a chain with a condition on its steps. In the pattern graph it is one
// edge between the path's two ends; what lies between them is here.
//
// Made by the binder. Thread-compatible plain data.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "query/plan/pattern.h"

namespace sightline::query {

// Of the paths between one pair of ends, which.
enum class PathChoice : uint8_t {
  kAll,
  kShortest,        // The first `count` by length.
  kAllShortest,     // All of the least length.
  kShortestGroups,  // All of the `count` least lengths.
  kCheapest,        // The first `count` by cost.
};

// What may come again within one path.
enum class PathMode : uint8_t {
  kWalk,     // Anything.
  kTrail,    // No fact.
  kSimple,   // No fact, and no node but for the first, which may be the last.
  kAcyclic,  // No node.
};

// A node within the path. `node.slot` holds it while conditions are tested: they read a row that is
// the outer one, with the elements of the part that is being walked in columns of their own.
struct PathNode {
  PatternNode node;
  // The variable's column: the node, or the list of nodes when the part is repeated.
  std::optional<uint32_t> slot;
  std::vector<BoundExpressionPtr> conditions;
};

// One fact.
struct PathStep {
  EdgeWalk walk;
  std::vector<QualifierTest> qualifiers;
  std::optional<uint32_t> own_slot;  // Holds the fact while conditions are tested.
  std::optional<uint32_t> slot;      // The variable's column: the fact, or the list of facts.
  std::vector<BoundExpressionPtr> conditions;
  bool counts = true;  // Towards the cost.
  std::optional<uint32_t> before,
      after;  // The nodes at its ends that are asked something or named.
};

// A run of steps that is walked times_min to times_max times.
struct PathPart {
  std::vector<PathStep> steps;
  // What each time may choose from: where the steps of each of several branches end. Empty: the
  // steps are one branch.
  std::vector<uint32_t> branch_ends = {};
  uint64_t times_min = 1;
  uint64_t times_max = 1;
  bool repeated = false;                       // Its variables are lists.
  std::vector<BoundExpressionPtr> conditions;  // On each time. None where there are branches.
  // The column of a path variable for what is walked: a path, or the list of them.
  std::optional<uint32_t> path_slot = {};

  // The first step of a step's branch, and the one behind its last.
  uint32_t BranchBegin(uint32_t step) const;
  uint32_t BranchEnd(uint32_t step) const;
  // The most facts of one time.
  uint64_t LongestBranch() const;
};

struct PathPattern {
  PathChoice choice = PathChoice::kAll;
  uint64_t count = 1;
  PathMode mode = PathMode::kTrail;
  std::vector<PathNode> nodes;
  std::vector<PathPart> parts;
  // Nodes between parts i and i + 1, size parts.size() - 1.
  std::vector<std::optional<uint32_t>> junctions;
  // Of one fact, which is in column cost_slot. Null unless CHEAPEST.
  BoundExpressionPtr cost;
  uint32_t cost_slot = 0;
  // Tests and conditions read columns of the outer row.
  bool reads_row = false;

  // One part of one step, not more than once at least: cutting a round trip out of such a path
  // leaves such a path.
  bool IsPlain() const {
    return parts.size() == 1 && parts.front().steps.size() == 1 && parts.front().times_min <= 1;
  }
  // Possibly more than one path between two ends.
  bool GivesSeveral() const {
    return choice == PathChoice::kAll || choice == PathChoice::kAllShortest ||
           choice == PathChoice::kShortestGroups || count > 1;
  }
  // The most facts that it can have; kUnboundedHops when there is no most.
  uint64_t LengthMax() const;
};

}  // namespace sightline::query
