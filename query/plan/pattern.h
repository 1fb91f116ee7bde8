// PatternGraph: the pattern of one MATCH, bound: nodes and edges with their tests, and the order in
// which they are to be found.
//
// Thread-compatible plain data. Terms come from the view that the binder read.

#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "query/ast/ast.h"
#include "query/functions/expression.h"

namespace sightline::query {

// Which predicates: these, or all but these. Ascending.
struct PredicateSet {
  bool all_but = false;
  bool nodes_only =
      false;  // Only facts whose object is a node, as an edge without a name walks them.
  std::vector<storage::TermId> predicates;

  bool empty() const { return !all_but && predicates.empty(); }
  bool Contains(storage::TermId predicate) const;
  bool Intersects(const PredicateSet& other) const;
};

// The facts an edge may be: from its left end to its right end along (subject to object), or
// against.
struct EdgeWalk {
  PredicateSet along;
  PredicateSet against;

  EdgeWalk Reversed() const { return {against, along}; }
  // A fact can be walked both ways.
  bool BothWays() const { return !along.empty() && !against.empty() && along.Intersects(against); }
  // The predicates of a walk that goes one way only; null for one that goes both, or none.
  const PredicateSet* OnlyWay() const {
    if (along.empty() == against.empty()) return nullptr;
    return along.empty() ? &against : &along;
  }
  // Where the ends say which fact it is: the one predicate, walked one way; null else.
  const storage::TermId* OnlyPredicate() const {
    const PredicateSet* way = OnlyWay();
    const bool is_one = way != nullptr && !way->all_but && way->predicates.size() == 1;
    return is_one ? &way->predicates.front() : nullptr;
  }
};

inline constexpr uint64_t kUnboundedHops = std::numeric_limits<uint64_t>::max();

// A chain of hops_min to hops_max facts.
struct HopGroup {
  EdgeWalk walk;
  uint64_t hops_min = 1;
  uint64_t hops_max = 1;
};

// Nodes that a test lets through: known since the text was bound, or those that a late parameter
// stands for in a run of the plan. `parameters` are those of the run; null where there are none.
class NodeSet {
 public:
  NodeSet() = default;
  explicit NodeSet(std::vector<storage::TermId> nodes) : nodes_(std::move(nodes)) {}
  static NodeSet OfParameter(uint32_t late) {
    NodeSet set;
    set.late_ = late;
    return set;
  }
  // Ascending.
  const std::vector<storage::TermId>& In(const ParameterValues* parameters) const {
    return late_ ? parameters->nodes[*late_] : nodes_;
  }

 private:
  std::vector<storage::TermId> nodes_;
  std::optional<uint32_t> late_;  // Of ParameterValues::nodes.
};

// The same for one node. A none term when it is none that the reader can see: then nothing matches.
class NodeId {
 public:
  explicit NodeId(storage::TermId node) : node_(node) {}
  static NodeId OfParameter(uint32_t late) {
    NodeId id{storage::TermId()};
    id.late_ = late;
    return id;
  }
  storage::TermId In(const ParameterValues* parameters) const {
    if (!late_) return node_;
    const std::vector<storage::TermId>& nodes = parameters->nodes[*late_];
    return nodes.empty() ? storage::TermId() : nodes.front();
  }
  bool operator==(const NodeId&) const = default;

 private:
  storage::TermId node_;
  std::optional<uint32_t> late_;  // Of ParameterValues::nodes.
};

// (x NAMED "Hikvision"), (x NAMED ~"Hikvison"): x is one of these.
struct NameTest {
  std::string name;
  bool fuzzy = false;
  NodeSet nodes;
  // The name is that of a late parameter, which ParameterValues::values holds here.
  std::optional<uint32_t> late_name{};
};

// (x {country: #china}): a fact of x has a value equal to this.
struct PropertyTest {
  std::string key;
  EdgeWalk walk;
  BoundExpressionPtr value;
  std::vector<uint32_t> slots;  // That `value` reads.
  // For name and alias of a constant text: a superset of the nodes that can pass, as NodesNamed
  // finds it.
  std::optional<NodeSet> candidates;
};

struct PatternNode {
  uint32_t slot = 0;
  bool named = false;
  bool bound_before = false;          // By an earlier clause.
  std::optional<uint32_t> data_slot;  // ... which holds it as data; to be turned into a term first.
  std::optional<NodeId> id;           // (#org/hikvision), or x = $node.
  std::vector<BoundClassTest> kinds;
  std::vector<NameTest> names;
  std::vector<PropertyTest> properties;
  std::string text;  // As the user wrote it.
  SourceSpan span;
};

// -[:owns {share: 0.51}]->: a statement in scope that makes the fact has a qualifier with this
// value.
struct QualifierTest {
  std::vector<storage::TermId> predicates;
  BoundExpressionPtr value;
  std::vector<uint32_t> slots;
};

struct PathPattern;  // query/plan/path_pattern.h

struct PatternEdge {
  uint32_t left = 0, right = 0;  // Indexes of nodes.
  // One group {walk, 1, 1} unless the edge is of variable length. Of a searched path: its steps,
  // one after the other.
  std::vector<HopGroup> groups;
  // A path between the ends that reachability does not find; null for others. Such an edge is of
  // variable length, and its variables are those of the path's elements.
  std::shared_ptr<const PathPattern> search;
  bool variable_length = false;
  bool named = false;                 // It has a variable, of a fact or of a statement.
  std::optional<uint32_t> fact_slot;  // The fact, as data; for variable length the list of facts.
  std::optional<uint32_t> statement_slot;  // @st
  // CYPHER: each statement of a fact is an edge of its own, and the fact is held with it.
  bool each_statement = false;
  std::optional<uint32_t>
      path_slot;  // The walked path, for variable length within a path variable.
  std::vector<uint32_t> differs_from;  // Edges of this MATCH that must not be the same fact.
  std::vector<QualifierTest> qualifiers;
  std::string text;
  SourceSpan span;

  const EdgeWalk& walk() const { return groups.front().walk; }
  // Then a chain is any of its trails, and rows of it are as many as there are.
  bool walks_trails() const { return each_statement && variable_length; }
  bool walks_statements() const { return each_statement || statement_slot.has_value(); }
};

// p = (a)-[:x]->(b): put together when all its elements are bound.
struct PatternPath {
  uint32_t slot = 0;
  std::vector<uint32_t> nodes;  // nodes.size() == edges.size() + 1
  std::vector<uint32_t> edges;
};

// How rows are joined with the facts of a single edge.
enum class JoinMethod : uint8_t {
  kLookUp,  // The facts of each row are looked up.
  kHash,    // All of the edge's facts are read once, into a hash table.
  kMerge,   // All are read once, side by side with rows that come in the order of the known end.
};

// One thing to find next.
struct PatternStep {
  enum class Kind : uint8_t {
    kScanNode,   // Bind node `index`, or test it when it is bound already.
    kScanEdge,   // Bind both ends of edge `index` from its predicates' facts.
    kExpand,     // From the bound end of edge `index` to the other.
    kCheck,      // Both ends of edge `index` are bound: is there such a fact?
    kIntersect,  // kCheck as one join with the kExpand before it, whose new node it ends at.
  };
  Kind kind = Kind::kScanNode;
  uint32_t index = 0;
  bool from_right = false;                  // kExpand and kCheck: walk the edge from its right end.
  JoinMethod method = JoinMethod::kLookUp;  // kExpand and kCheck of a single edge.
  // Rows after the step, as the optimizer expects them from what the reader may see.
  std::optional<double> estimated_rows{};
  // Drop rows for which one of these is false for certain. Borrowed from the plan's filters.
  std::vector<const BoundExpression*> early_filters{};
};

struct PatternGraph {
  uint32_t scope_index = 0;       // Of facts.
  uint32_t base_scope_index = 0;  // Of classes and names.
  std::vector<PatternNode> nodes;
  std::vector<PatternEdge> edges;
  std::vector<PatternPath> paths;
  // AVOIDING: nodes that no chain or searched path crosses, and how many facts of its predicates a
  // node may have at most to be crossed.
  std::vector<PatternNode> avoided;
  std::optional<uint64_t> hubs_over;
  std::vector<PatternStep> steps;  // In the order of the text until the optimizer says otherwise.
};

// The columns that the edge binds when it is settled.
std::vector<uint32_t> ColumnsOf(const PatternEdge& edge);

// For each edge those that must not be the same fact, both ways round. A chain has no place among
// another chain's.
std::vector<std::set<uint32_t>> DifferencesOf(const PatternGraph& graph);

// Whether nothing that is still to be found can change which facts the edge is: a single edge once
// it is placed; a chain only when the single edges that it must go around are placed as well. What
// it passes (r, the path) must not be read before. `differences` as DifferencesOf gives them.
bool IsSettled(const PatternGraph& graph, const std::vector<std::set<uint32_t>>& differences,
               const std::set<uint32_t>& placed, uint32_t edge);

// The steps that find the nodes and edges in the order in which the text names them.
std::vector<PatternStep> StepsInTextOrder(const PatternGraph& graph);

}  // namespace sightline::query
