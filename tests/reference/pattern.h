// A pattern while the reference evaluator matches it. For match.cc and stored.cc.

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/reference/evaluator.h"

namespace sightline::reference {

// A path as it was found: what it shows, and what is bound within it.
struct Evaluator::FoundPath {
  std::vector<TermId> nodes;
  std::vector<const Held*> facts;
  int64_t cost = 0;
  Row variables;
};

// A searched path: parts that are walked some number of times.
struct Evaluator::PathSearch {
  struct PathStep {
    const ast::EdgePattern* edge;
    Walk walk;
    std::vector<Step> steps;
    std::optional<size_t> before, after;  // Nodes of the pattern.
  };
  struct Part {
    std::vector<PathStep> steps;
    uint64_t times_min = 1, times_max = 1;
    bool repeated = false;
    const ast::GroupPattern* group = nullptr;
  };
  std::vector<Part> parts;
  std::vector<size_t> junctions;
  ast::PathSelector::Kind kind = ast::PathSelector::Kind::kAnyShortest;
  ast::PathSelector::Mode mode = ast::PathSelector::Mode::kWalk;
  uint64_t count = 1;
  const ast::Expression* cost = nullptr;
};

struct Evaluator::Pattern {
  struct Node {
    std::string variable;  // Empty when it has none.
    std::vector<const ast::NodePattern*> sources;
    bool has_edge = false;
    bool inner = false;  // Within a searched path: bound with it.
    TermId term;         // Bound so far; none: not yet.
  };
  struct Edge {
    const ast::EdgePattern* source = nullptr;
    size_t left = 0, right = 0;
    Walk walk;
    bool chain = false;
    uint64_t hops_min = 1, hops_max = 1;
    // Bound so far.
    const Held* held = nullptr;
    const Said* said = nullptr;  // Of an edge with a statement variable.
    size_t length = 0;           // Of a chain.
    // Of a searched path; null for others.
    std::shared_ptr<PathSearch> search;
    const FoundPath* path = nullptr;
    // Of a defined edge; null for others.
    const std::vector<DefinedPair>* pairs = nullptr;
    TermId event;  // Bound so far.
  };
  struct Path {
    std::string variable;
    std::vector<size_t> nodes, edges;
  };

  const Row* outer = nullptr;
  std::vector<Node> nodes;
  std::vector<Edge> edges;
  std::vector<Path> paths;
  std::vector<size_t> avoided;  // Nodes, inner ones.
  std::optional<int64_t> hubs_over;
  Ground* ground = nullptr;
};

}  // namespace sightline::reference
