// PatternState: the pattern of one MATCH while it is being bound.
//
// Borrows the clause. One thread.

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "query/ast/ast.h"
#include "query/binder/bindings.h"
#include "query/binder/statement_binder.h"
#include "query/plan/logical_plan.h"
#include "query/plan/pattern.h"

namespace sightline::query {

struct PatternState {
  const ast::MatchClause* clause = nullptr;
  PatternGraph graph;
  storage::ScopePtr base;
  // Whether facts that are denied only are among those matched: names found without them are too
  // few then.
  bool includes_denied = false;

  // What the graph does not keep, index by index.
  struct NodeInfo {
    std::vector<const ast::NodePattern*> sources;
    std::vector<std::string> classes;
    std::string variable;
    bool in_path = false;
  };
  // An edge that is defined by a pattern: none of the graph's, joined to it by its ends.
  struct DefinedEdge {
    const ast::EdgePattern* source = nullptr;
    uint32_t left = 0, right = 0;
    std::optional<uint32_t> event_slot;
  };
  std::vector<NodeInfo> nodes;
  std::vector<PatternEdgeInfo> edges;
  std::vector<DefinedEdge> defined_edges;
  std::map<std::string, uint32_t, std::less<>> nodes_by_variable;
  // Variables this MATCH brings in, in the order of the text.
  std::vector<Binding> introduced;
  std::vector<LogicalFilter> filters;
  // Columns that only conditions within a searched path read.
  std::vector<uint32_t> own_slots;
  // Nodes that the text leaves out, at the ends of a group.
  std::deque<ast::NodePattern> nodes_left_out;

  // Whether the pattern asks something of the node that only a node can answer.
  bool IsTested(uint32_t node) const;
};

}  // namespace sightline::query
