#include "query/exec/match_planner.h"

#include <algorithm>
#include <set>
#include <utility>

#include "query/exec/match_operators.h"
#include "query/exec/operators.h"

namespace sightline::query {
namespace {

class MatchPlanner {
 public:
  MatchPlanner(const PatternGraph& graph, const FramePtr& frame, ExecutionContext* context,
               std::shared_ptr<EdgeTables> tables, PhysicalOperatorPtr input)
      : graph_(graph), state_(std::make_shared<MatchState>()), chain_(std::move(input)) {
    state_->graph = &graph;
    state_->context = context;
    state_->tables = tables != nullptr ? std::move(tables) : std::make_shared<EdgeTables>();
    state_->scope = context->evaluation.scopes[graph.scope_index];
    state_->frame = std::make_shared<Frame>(*frame);
    state_->visible_columns = frame->slots.size();
    state_->why = frame->evidence_slot.has_value();
    bound_.resize(graph.nodes.size(), false);
    tested_.resize(graph.nodes.size(), false);
    for (const PatternNode& node : graph.nodes) {
      state_->testers.push_back(std::make_shared<NodeTester>(graph, node, context));
    }
    PrepareEdges();
  }

  PhysicalOperatorPtr Plan() {
    PlanFirst();
    for (size_t i = 0; i < graph_.steps.size();) i = PlanStep(i);
    return PlanLast();
  }

  PhysicalOperatorPtr PlanUpTo(size_t steps) {
    PlanFirst();
    for (size_t i = 0; i < steps;) i = PlanStep(i);
    return std::move(chain_);
  }

  PhysicalOperatorPtr PlanFrom(size_t steps, PhysicalOperatorPtr rows) {
    PlanFirst();
    for (size_t i = 0; i < steps;) i = PlanStep(i);
    // What makes these rows is not needed once more.
    chain_ = std::move(rows);
    for (size_t i = steps; i < graph_.steps.size();) i = PlanStep(i);
    return PlanLast();
  }

 private:
  // What is known before the first step.
  void PlanFirst() {
    for (uint32_t node = 0; node < graph_.nodes.size(); ++node) {
      if (!graph_.nodes[node].bound_before) {
        unbound_slots_.insert(graph_.nodes[node].slot);
        if (!graph_.nodes[node].properties.empty()) waiting_nodes_.push_back(node);
        continue;
      }
      if (graph_.nodes[node].data_slot) chain_ = MakeBindData(state_, node, std::move(chain_));
      bound_[node] = true;
      if (!graph_.nodes[node].properties.empty()) waiting_nodes_.push_back(node);
    }
    for (uint32_t edge = 0; edge < graph_.edges.size(); ++edge) {
      const PatternEdge& e = graph_.edges[edge];
      for (const uint32_t column : ColumnsOf(e)) unbound_slots_.insert(column);
      if (e.walks_trails()) continue;  // It tests each of its facts itself.
      for (const QualifierTest& test : e.qualifiers) waiting_qualifiers_.push_back({edge, &test});
    }
  }

  // Step `begin`, and those to be joined with it. Gives the one behind.
  size_t PlanStep(size_t begin) {
    const PatternStep& step = graph_.steps[begin];
    size_t i = begin + 1;
    while (i < graph_.steps.size() && graph_.steps[i].kind == PatternStep::Kind::kIntersect) ++i;
    if (i - begin > 1) {
      PlaceIntersection(begin, i);
    } else if (step.kind == PatternStep::Kind::kScanNode) {
      PlaceNode(step.index);
    } else {
      PlaceEdge(step.index, step.kind, step.from_right, step.method);
    }
    AddWaitingTests();
    for (size_t placed = begin; placed < i; ++placed) {
      const auto& filters = graph_.steps[placed].early_filters;
      if (filters.empty()) continue;
      chain_ = MakeEarlyFilter(filters, state_->context, std::move(chain_));
    }
    chain_ = Profiled(&step, state_->context, std::move(chain_));
    return i;
  }

  PhysicalOperatorPtr PlanLast() {
    // Whatever the steps left out, so that no element goes untested.
    for (uint32_t edge = 0; edge < graph_.edges.size(); ++edge) {
      PlaceEdge(edge, PatternStep::Kind::kExpand, false);
    }
    for (uint32_t node = 0; node < graph_.nodes.size(); ++node) PlaceNode(node);
    AddWaitingTests();
    return MakeFinishMatch(state_, std::move(chain_));
  }

  void PrepareEdges() {
    const size_t count = graph_.edges.size();
    state_->differs = DifferencesOf(graph_);
    std::vector<bool> in_path(count, false);
    for (const PatternPath& path : graph_.paths) {
      for (const uint32_t edge : path.edges) in_path[edge] = true;
    }
    for (uint32_t index = 0; index < count; ++index) {
      const PatternEdge& edge = graph_.edges[index];
      std::optional<uint32_t> fact_slot = edge.fact_slot, path_slot = edge.path_slot;
      state_->fact_columns.push_back(FactColumnsOf(edge));
      // A single fact is held for the path, for chains that must go around it, and for edges that
      // must be another one when it does not follow from its ends. A trail is held for the others.
      const std::set<uint32_t>& others = state_->differs[index];
      const bool passed = std::any_of(others.begin(), others.end(), [this](uint32_t other) {
        return graph_.edges[other].variable_length;
      });
      const bool compared = passed || (!others.empty() && !state_->fact_columns[index]);
      const bool held =
          edge.variable_length ? edge.walks_trails() && compared : in_path[index] || compared;
      if (!fact_slot && (state_->why || held || !edge.qualifiers.empty())) {
        fact_slot = AddHiddenColumn();
      }
      if (!path_slot && in_path[index] && edge.variable_length) path_slot = AddHiddenColumn();
      state_->fact_slots.push_back(fact_slot);
      state_->path_slots.push_back(path_slot);
    }
  }

  // With one predicate walked one way, the ends say which fact it is.
  std::optional<MatchState::FactColumns> FactColumnsOf(const PatternEdge& edge) const {
    // Two statements of one fact have the same ends.
    if (edge.variable_length || edge.each_statement) return std::nullopt;
    const storage::TermId* const predicate = edge.walk().OnlyPredicate();
    if (predicate == nullptr) return std::nullopt;
    const bool against = edge.walk().along.empty();
    const uint32_t left = state_->slot(edge.left), right = state_->slot(edge.right);
    return MatchState::FactColumns{.subject_slot = against ? right : left,
                                   .object_slot = against ? left : right,
                                   .predicate = *predicate};
  }

  uint32_t AddHiddenColumn() {
    return state_->frame->Add({.name = "", .kind = Vector::Kind::kData});
  }

  void MarkBound(uint32_t node) {
    bound_[node] = tested_[node] = true;
    unbound_slots_.erase(graph_.nodes[node].slot);
  }

  // Tests a node that an earlier clause bound, the first time that it is met.
  void TestOnce(uint32_t node) {
    if (tested_[node]) return;
    tested_[node] = true;
    chain_ = MakeTestNode(state_, node, false, std::move(chain_));
  }

  void PlaceNode(uint32_t node) {
    if (bound_[node]) {
      TestOnce(node);
      return;
    }
    chain_ = MakeScanNode(state_, node, HintFor(node), std::move(chain_));
    MarkBound(node);
  }

  std::optional<ScanHint> HintFor(uint32_t node) const {
    std::optional<ScanHint> open;
    for (const PatternEdge& edge : graph_.edges) {
      if (edge.left != node && edge.right != node) continue;
      const bool right = edge.left != node;
      const HopGroup& group = right ? edge.groups.back() : edge.groups.front();
      // A chain of no facts may begin anywhere.
      if (group.hops_min == 0) continue;
      const bool listed = !group.walk.along.all_but && !group.walk.against.all_but;
      if (listed) return ScanHint{group.walk, right};
      // Values can only be found as the objects of facts.
      const bool values = !group.walk.along.nodes_only || !group.walk.against.nodes_only;
      if (!open || (values && open->any_node)) open = ScanHint{group.walk, right, !values};
    }
    return open;
  }

  void PlaceEdge(uint32_t index, PatternStep::Kind kind, bool from_right,
                 JoinMethod method = JoinMethod::kLookUp) {
    if (placed_.contains(index)) return;
    const PatternEdge& edge = graph_.edges[index];
    if (edge.variable_length) {
      // A search between two ends goes less far than one from one end to wherever it leads.
      for (const uint32_t end : {edge.left, edge.right}) {
        const PatternNode& node = graph_.nodes[end];
        if (node.id || !node.names.empty()) PlaceNode(end);
      }
    }
    if (!bound_[edge.left] && !bound_[edge.right]) {
      if (edge.variable_length || kind != PatternStep::Kind::kScanEdge) {
        PlaceNode(from_right ? edge.right : edge.left);
      } else {
        chain_ = MakeScanEdge(state_, index, placed_, std::move(chain_));
        MarkBound(edge.left);
        MarkBound(edge.right);
        Placed(index);
        return;
      }
    }
    if (bound_[edge.left]) TestOnce(edge.left);
    if (bound_[edge.right]) TestOnce(edge.right);
    const bool both = bound_[edge.left] && bound_[edge.right];
    const bool right = both ? from_right : bound_[edge.right];
    if (edge.walks_trails() || !edge.variable_length) {
      const auto make = edge.walks_trails()            ? MakeExpandTrails
                        : method == JoinMethod::kHash  ? MakeHashExpand
                        : method == JoinMethod::kMerge ? MakeMergeExpand
                                                       : MakeExpand;
      chain_ = make(state_, index, right, both, placed_, std::move(chain_));
      MarkBound(edge.left);
      MarkBound(edge.right);
      Placed(index);
      return;
    }
    // Which facts the chain has to go around may not be known yet. It is walked nevertheless where
    // the steps say so, as if it were free to pass any; then once more with all of them.
    const bool settled =
        std::includes(placed_.begin(), placed_.end(), state_->differs[index].begin(),
                      state_->differs[index].end());
    PlaceChain({.edge = index, .from_right = right, .target_bound = both, .settled = settled});
    MarkBound(edge.left);
    MarkBound(edge.right);
    if (!settled) open_chains_.push_back({index, right});
    Placed(index);
  }

  void PlaceChain(const ChainStep& step) {
    chain_ = graph_.edges[step.edge].search != nullptr
                 ? MakeExpandPaths(state_, step, placed_, std::move(chain_))
                 : MakeExpandReachable(state_, step, placed_, std::move(chain_));
  }

  // The steps [begin, end): an expansion and those to be joined with it.
  void PlaceIntersection(size_t begin, size_t end) {
    const PatternStep& first = graph_.steps[begin];
    const PatternEdge& expanded = graph_.edges[first.index];
    const uint32_t target = first.from_right ? expanded.left : expanded.right;
    std::vector<uint32_t> edges;
    for (size_t i = begin; i < end; ++i) {
      const PatternEdge& edge = graph_.edges[graph_.steps[i].index];
      edges.push_back(graph_.steps[i].index);
      TestOnce(edge.left == target ? edge.right : edge.left);
    }
    chain_ = MakeIntersect(state_, target, edges, placed_, std::move(chain_));
    MarkBound(target);
    for (const uint32_t edge : edges) Placed(edge);
  }

  void Placed(uint32_t index) {
    placed_.insert(index);
    if (IsSettled(graph_, state_->differs, placed_, index)) MarkSettled(index);
    std::erase_if(open_chains_, [this](const OpenChain& open) {
      if (!IsSettled(graph_, state_->differs, placed_, open.edge)) return false;
      PlaceChain({.edge = open.edge,
                  .from_right = open.from_right,
                  .target_bound = true,
                  .settled = true});
      MarkSettled(open.edge);
      return true;
    });
  }

  // The edge's columns can be read.
  void MarkSettled(uint32_t index) {
    for (const uint32_t column : ColumnsOf(graph_.edges[index])) unbound_slots_.erase(column);
  }

  bool CanRead(const std::vector<uint32_t>& slots) const {
    return std::none_of(slots.begin(), slots.end(),
                        [this](uint32_t slot) { return unbound_slots_.contains(slot); });
  }

  // The tests whose columns are all bound by now.
  void AddWaitingTests() {
    std::erase_if(waiting_nodes_, [this](uint32_t node) {
      const NodeTester& tester = *state_->testers[node];
      if (!bound_[node]) return false;
      if (!tester.has_row_tests()) return true;
      if (!CanRead(tester.RowTestSlots())) return false;
      chain_ = MakeTestNode(state_, node, true, std::move(chain_));
      return true;
    });
    std::erase_if(waiting_qualifiers_, [this](const WaitingQualifier& waiting) {
      if (!IsSettled(graph_, state_->differs, placed_, waiting.edge) ||
          !CanRead(waiting.test->slots))
        return false;
      chain_ = MakeTestQualifier(state_, waiting.edge, waiting.test, std::move(chain_));
      return true;
    });
  }

  // Placed before a single edge that it must go around.
  struct OpenChain {
    uint32_t edge;
    bool from_right;
  };
  struct WaitingQualifier {
    uint32_t edge;
    const QualifierTest* test;
  };

  const PatternGraph& graph_;
  const MatchStatePtr state_;
  PhysicalOperatorPtr chain_;
  std::vector<bool> bound_, tested_;
  std::set<uint32_t> placed_;
  std::set<uint32_t> unbound_slots_;
  std::vector<uint32_t> waiting_nodes_;
  std::vector<WaitingQualifier> waiting_qualifiers_;
  std::vector<OpenChain> open_chains_;
};

}  // namespace

PhysicalOperatorPtr PlanMatch(const LogicalMatch& match, const FramePtr& frame,
                              ExecutionContext* context, std::shared_ptr<EdgeTables> tables,
                              PhysicalOperatorPtr input) {
  return MatchPlanner(match.graph, frame, context, std::move(tables), std::move(input)).Plan();
}

PhysicalOperatorPtr PlanMatchUpTo(size_t steps, const LogicalMatch& match, const FramePtr& frame,
                                  ExecutionContext* context, PhysicalOperatorPtr input) {
  return MatchPlanner(match.graph, frame, context, nullptr, std::move(input)).PlanUpTo(steps);
}

PhysicalOperatorPtr PlanMatchFrom(size_t steps, const LogicalMatch& match, const FramePtr& frame,
                                  ExecutionContext* context, std::shared_ptr<EdgeTables> tables,
                                  PhysicalOperatorPtr rows) {
  return MatchPlanner(match.graph, frame, context, std::move(tables), nullptr)
      .PlanFrom(steps, std::move(rows));
}

}  // namespace sightline::query
