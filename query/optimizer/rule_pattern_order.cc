#include "query/optimizer/rule_pattern_order.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <vector>

#include "query/optimizer/plan_walk.h"
#include "storage/index/merged_scan.h"

namespace sightline::query {
namespace {

using storage::KeyPrefix;
using storage::Permutation;
using storage::TermId;

// Counting goes no further: two batches of a scan. Beyond it all sizes count as the same "many".
constexpr uint64_t kCountMax = 4096;
constexpr uint64_t kMany = 4 * kCountMax;
// A chain may go anywhere: walked only when single facts have had their turn.
constexpr double kChainPenalty = 1e6;

class PatternOrder {
 public:
  PatternOrder(PatternGraph* graph, const BoundQuery& query, const storage::ReadView& view)
      : graph_(graph),
        view_(view),
        scope_(query.scopes[graph->scope_index]),
        base_scope_(query.scopes[graph->base_scope_index]),
        bound_(graph->nodes.size()),
        placed_(graph->edges.size()) {}

  Status Run() {
    for (size_t edge = 0; edge < graph_->edges.size(); ++edge) {
      SL_ASSIGN_OR_RETURN(const uint64_t left, Extent(graph_->edges[edge].groups.front().walk));
      extents_.push_back(left);
    }
    for (size_t node = 0; node < graph_->nodes.size(); ++node) {
      SL_ASSIGN_OR_RETURN(const std::optional<uint64_t> own, OwnCandidates(graph_->nodes[node]));
      own_.push_back(own);
    }
    for (uint32_t node = 0; node < graph_->nodes.size(); ++node) {
      if (!graph_->nodes[node].bound_before) continue;
      bound_[node] = true;
      steps_.push_back({.kind = PatternStep::Kind::kScanNode, .index = node});
    }
    while (PlaceCheck() || PlaceExpand() || PlaceStart()) {
    }
    graph_->steps = std::move(steps_);
    return OkStatus();
  }

 private:
  StatusOr<uint64_t> Count(Permutation permutation, const KeyPrefix& prefix,
                           const storage::ScopePtr& scope) {
    SL_ASSIGN_OR_RETURN(auto scan, view_.Scan(permutation, prefix, scope));
    storage::ScanBatch batch;
    uint64_t count = 0;
    while (count < kCountMax) {
      SL_ASSIGN_OR_RETURN(const size_t rows, scan->Next(&batch));
      if (rows == 0) break;
      count += rows;
    }
    return std::min(count, kCountMax);
  }

  StatusOr<uint64_t> Extent(const EdgeWalk& walk) {
    uint64_t extent = 0;
    for (const PredicateSet* set : {&walk.along, &walk.against}) {
      if (set->all_but) return kMany;
      for (const TermId predicate : set->predicates) {
        auto known = extent_of_.find(predicate.bits);
        if (known == extent_of_.end()) {
          SL_ASSIGN_OR_RETURN(const uint64_t count,
                              Count(Permutation::kPso, KeyPrefix::Of(predicate), scope_));
          known = extent_of_.emplace(predicate.bits, count).first;
        }
        extent += known->second;
        if (extent >= kMany) return kMany;
      }
    }
    return extent;
  }

  StatusOr<uint64_t> Instances(const BoundClassTest& test) {
    const storage::PredicateDefinition* instance_of =
        view_.catalog().FindPredicate(storage::kInstanceOf);
    switch (test.kind) {
      case BoundClassTest::Kind::kClass: {
        uint64_t count = test.themselves.size();
        if (test.kinds.size() > kCountMax) return kMany;
        for (const TermId kind : test.kinds) {
          if (instance_of == nullptr || count >= kCountMax) break;
          SL_ASSIGN_OR_RETURN(
              const uint64_t instances,
              Count(Permutation::kPos, KeyPrefix::Of(instance_of->id, kind), base_scope_));
          count += instances;
        }
        return std::min(count, kMany);
      }
      case BoundClassTest::Kind::kAnd: {
        uint64_t fewest = kMany;
        for (const BoundClassTest& child : test.children) {
          SL_ASSIGN_OR_RETURN(const uint64_t count, Instances(child));
          fewest = std::min(fewest, count);
        }
        return fewest;
      }
      case BoundClassTest::Kind::kOr: {
        uint64_t sum = 0;
        for (const BoundClassTest& child : test.children) {
          SL_ASSIGN_OR_RETURN(const uint64_t count, Instances(child));
          sum += count;
        }
        return std::min(sum, kMany);
      }
      case BoundClassTest::Kind::kAny:
      case BoundClassTest::Kind::kNot:
        return kMany;
    }
    return kMany;
  }

  // How many terms pass the node's own tests; nullopt when it has none that say.
  StatusOr<std::optional<uint64_t>> OwnCandidates(const PatternNode& node) {
    std::optional<uint64_t> fewest;
    const auto consider = [&fewest](uint64_t count) {
      fewest = fewest ? std::min(*fewest, count) : count;
    };
    if (node.id) consider(node.id->is_none() ? 0 : 1);
    for (const NameTest& name : node.names) consider(name.nodes.size());
    for (const KindTest& kind : node.kinds) {
      SL_ASSIGN_OR_RETURN(const uint64_t count, Instances(kind.test));
      consider(count);
    }
    for (const PropertyTest& test : node.properties) {
      if (test.candidates) {
        consider(test.candidates->size());
        continue;
      }
      const auto* constant = std::get_if<BoundConstant>(&test.value->node);
      const TermId value = constant != nullptr ? constant->value.node() : TermId{};
      if (value.is_none()) {
        if (!test.slots.empty()) continue;
        SL_ASSIGN_OR_RETURN(const uint64_t count, Extent(test.walk));
        consider(count);
        continue;
      }
      uint64_t count = 0;
      for (const TermId predicate : test.walk.along.predicates) {
        SL_ASSIGN_OR_RETURN(const uint64_t facts,
                            Count(Permutation::kOps, KeyPrefix::Of(value, predicate), scope_));
        count += facts;
      }
      for (const TermId predicate : test.walk.against.predicates) {
        SL_ASSIGN_OR_RETURN(const uint64_t facts,
                            Count(Permutation::kSpo, KeyPrefix::Of(value, predicate), scope_));
        count += facts;
      }
      consider(count);
    }
    return fewest;
  }

  uint64_t Candidates(uint32_t node) const { return own_[node].value_or(kMany); }

  bool PlaceCheck() {
    std::optional<uint32_t> best;
    for (uint32_t edge = 0; edge < graph_->edges.size(); ++edge) {
      const PatternEdge& e = graph_->edges[edge];
      if (placed_[edge] || !bound_[e.left] || !bound_[e.right]) continue;
      if (!best || (graph_->edges[*best].variable_length && !e.variable_length)) best = edge;
    }
    if (!best) return false;
    const PatternEdge& edge = graph_->edges[*best];
    Place({.kind = PatternStep::Kind::kCheck,
           .index = *best,
           .from_right = Candidates(edge.right) < Candidates(edge.left)});
    return true;
  }

  bool PlaceExpand() {
    std::optional<PatternStep> best;
    double best_cost = std::numeric_limits<double>::infinity();
    for (uint32_t index = 0; index < graph_->edges.size(); ++index) {
      const PatternEdge& edge = graph_->edges[index];
      if (placed_[index] || bound_[edge.left] == bound_[edge.right]) continue;
      const bool from_right = bound_[edge.right];
      const uint32_t target = from_right ? edge.left : edge.right;
      double cost = static_cast<double>(extents_[index]) *
                    (1 + static_cast<double>(Candidates(target))) / static_cast<double>(kMany);
      if (edge.variable_length) cost += kChainPenalty;
      if (cost < best_cost) {
        best_cost = cost;
        best = PatternStep{
            .kind = PatternStep::Kind::kExpand, .index = index, .from_right = from_right};
      }
    }
    if (!best) return false;
    Place(*best);
    return true;
  }

  bool PlaceStart() {
    std::optional<uint32_t> node;
    for (uint32_t index = 0; index < graph_->nodes.size(); ++index) {
      if (!bound_[index] && (!node || Candidates(index) < Candidates(*node))) node = index;
    }
    if (!node) return false;
    // All facts of an edge rather than all nodes and then their facts.
    std::optional<uint32_t> edge;
    for (uint32_t index = 0; index < graph_->edges.size(); ++index) {
      const PatternEdge& e = graph_->edges[index];
      if (placed_[index] || e.variable_length || bound_[e.left] || bound_[e.right]) continue;
      if (extents_[index] < kMany && extents_[index] < Candidates(*node) &&
          (!edge || extents_[index] < extents_[*edge])) {
        edge = index;
      }
    }
    if (edge) {
      Place({.kind = PatternStep::Kind::kScanEdge, .index = *edge});
    } else {
      bound_[*node] = true;
      steps_.push_back({.kind = PatternStep::Kind::kScanNode, .index = *node});
    }
    return true;
  }

  void Place(PatternStep step) {
    const PatternEdge& edge = graph_->edges[step.index];
    placed_[step.index] = true;
    bound_[edge.left] = bound_[edge.right] = true;
    steps_.push_back(std::move(step));
  }

  PatternGraph* const graph_;
  const storage::ReadView& view_;
  const storage::ScopePtr scope_, base_scope_;
  std::vector<bool> bound_, placed_;
  std::map<uint64_t, uint64_t> extent_of_;
  std::vector<uint64_t> extents_;             // Of each edge, in facts.
  std::vector<std::optional<uint64_t>> own_;  // Of each node, in candidates.
  std::vector<PatternStep> steps_;
};

}  // namespace

Status OrderPatterns(BoundQuery* query, const storage::ReadView& view) {
  return ForEachOperator(query->plan.get(), [&](LogicalOperator* plan) -> Status {
    auto* match = std::get_if<LogicalMatch>(&plan->node);
    return match != nullptr ? PatternOrder(&match->graph, *query, view).Run() : OkStatus();
  });
}

}  // namespace sightline::query
