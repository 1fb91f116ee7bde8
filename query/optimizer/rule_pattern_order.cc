#include "query/optimizer/rule_pattern_order.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "query/optimizer/join_order.h"
#include "query/optimizer/whole_edge_join.h"
#include "query/plan/rows_wanted.h"
#include "storage/index/merged_scan.h"

namespace sightline::query {
namespace {

using storage::KeyPrefix;
using storage::Permutation;
using storage::TermId;

// Of the facts of one node, or instances of one class, no more are counted: two batches of a scan.
constexpr uint64_t kCountMax = 4096;
// What cannot be counted.
constexpr uint64_t kMany = 4 * PredicateStatistics::kFactsCounted;
constexpr auto kFactsCounted = static_cast<double>(PredicateStatistics::kFactsCounted);

// The facts that an edge may be, and their different ends.
struct Extent {
  double facts = 0, left = 0, right = 0;
  double scanned = 0;  // Facts to look at when neither end is known.
  // How they lie over their ends, of a walk of one predicate one way; else null.
  EndHistogramPtr left_ends = nullptr, right_ends = nullptr;
};

class PatternOrder {
 public:
  // Of the pattern's rows `rows_wanted` are wanted; all when it is not set.
  PatternOrder(PatternGraph* graph, const BoundQuery& query, const storage::ReadView& view,
               StatisticsCache* statistics, std::optional<uint64_t> rows_wanted)
      : graph_(graph),
        view_(view),
        rows_wanted_(rows_wanted ? std::optional(static_cast<double>(*rows_wanted)) : std::nullopt),
        parameters_(query.parameters.get()),
        scope_(query.scopes[graph->scope_index]),
        base_scope_(query.scopes[graph->base_scope_index]),
        statistics_(statistics != nullptr ? statistics->For(view, scope_)
                                          : std::make_shared<ScopeStatistics>()),
        base_statistics_(statistics != nullptr && base_scope_ != scope_
                             ? statistics->For(view, base_scope_)
                             : statistics_),
        bound_(graph->nodes.size()),
        placed_(graph->edges.size()) {}

  Status Run() {
    for (uint32_t node = 0; node < graph_->nodes.size(); ++node) {
      SL_ASSIGN_OR_RETURN(const std::optional<uint64_t> own, OwnCandidates(graph_->nodes[node]));
      own_.push_back(own);
    }
    for (const PatternEdge& edge : graph_->edges) {
      SL_ASSIGN_OR_RETURN(const Extent extent, ExtentOf(edge));
      extents_.push_back(extent);
    }
    for (uint32_t node = 0; node < graph_->nodes.size(); ++node) {
      if (!graph_->nodes[node].bound_before) continue;
      bound_[node] = true;
      steps_.push_back({.kind = PatternStep::Kind::kScanNode, .index = node, .estimated_rows = 1});
    }
    while (PlaceConnected() || PlaceChain() || PlaceNew()) {
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

  StatusOr<Extent> ExtentOf(const EdgeWalk& walk) {
    Extent extent;
    for (const bool against : {false, true}) {
      const PredicateSet& set = against ? walk.against : walk.along;
      if (set.all_but) {
        extent.facts += static_cast<double>(kMany);
        extent.left += static_cast<double>(kMany) / 8;
        extent.right += static_cast<double>(kMany) / 8;
        continue;
      }
      for (const TermId predicate : set.predicates) {
        SL_ASSIGN_OR_RETURN(const PredicateStatistics found,
                            statistics_->Of(predicate, view_, scope_));
        extent.facts += static_cast<double>(found.facts);
        extent.left += static_cast<double>(against ? found.objects : found.subjects);
        extent.right += static_cast<double>(against ? found.subjects : found.objects);
        if (walk.OnlyPredicate() == nullptr) continue;
        extent.left_ends = against ? found.by_object : found.by_subject;
        extent.right_ends = against ? found.by_subject : found.by_object;
      }
    }
    return extent;
  }

  // Exact where an end is given.
  StatusOr<Extent> ExtentOf(const PatternEdge& edge) {
    const EdgeWalk& walk = edge.walk();
    const std::optional<TermId> left = IdOf(edge.left), right = IdOf(edge.right);
    if (edge.variable_length || edge.left == edge.right || (!left && !right)) return ExtentOf(walk);
    const EdgeWalk from = left ? walk : walk.Reversed();
    SL_ASSIGN_OR_RETURN(const uint64_t facts, FactsFrom(left ? *left : *right, from));
    Extent extent;
    extent.facts = static_cast<double>(facts);
    extent.scanned = static_cast<double>(kMany);  // Nobody would.
    extent.left = left ? std::min<double>(extent.facts, 1) : extent.facts;
    extent.right = left ? extent.facts : std::min<double>(extent.facts, 1);
    if (left && right) {
      // At most one for each predicate, most often none.
      extent.facts = extent.left = extent.right = std::min<double>(extent.facts, 1);
    }
    return extent;
  }

  std::optional<TermId> IdOf(uint32_t node) const {
    const std::optional<NodeId>& id = graph_->nodes[node].id;
    return id ? std::optional(id->In(parameters_)) : std::nullopt;
  }

  StatusOr<uint64_t> FactsFrom(TermId node, const EdgeWalk& walk) {
    uint64_t facts = 0;
    if (node.is_none()) return facts;
    for (const bool against : {false, true}) {
      const PredicateSet& set = against ? walk.against : walk.along;
      const Permutation by_predicate = against ? Permutation::kPos : Permutation::kPso;
      if (set.all_but) {
        SL_ASSIGN_OR_RETURN(
            const uint64_t count,
            Count(against ? Permutation::kOps : Permutation::kSpo, KeyPrefix::Of(node), scope_));
        facts += count;
      }
      for (const TermId predicate : set.predicates) {
        if (set.all_but) break;
        SL_ASSIGN_OR_RETURN(const uint64_t count,
                            Count(by_predicate, KeyPrefix::Of(predicate, node), scope_));
        facts += count;
      }
    }
    return facts;
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
          if (instances < kCountMax) continue;
          SL_ASSIGN_OR_RETURN(const uint64_t more, ManyInstances(instance_of->id, kind));
          count += more - instances;
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

  // Of a class that has kCountMax instances at least.
  StatusOr<uint64_t> ManyInstances(TermId instance_of, TermId kind) {
    SL_ASSIGN_OR_RETURN(const PredicateStatistics found,
                        base_statistics_->Of(instance_of, view_, base_scope_));
    for (const EndHistogram::Frequent& end : found.by_object->frequent) {
      if (end.end == kind) return std::max(end.facts, kCountMax);
    }
    return kCountMax;
  }

  // How many terms pass the node's own tests; nullopt when it has none that say.
  StatusOr<std::optional<uint64_t>> OwnCandidates(const PatternNode& node) {
    std::optional<uint64_t> fewest;
    const auto consider = [&fewest](uint64_t count) {
      fewest = fewest ? std::min(*fewest, count) : count;
    };
    if (node.id) consider(node.id->In(parameters_).is_none() ? 0 : 1);
    for (const NameTest& name : node.names) consider(name.nodes.In(parameters_).size());
    for (const BoundClassTest& kind : node.kinds) {
      SL_ASSIGN_OR_RETURN(const uint64_t count, Instances(kind));
      consider(count);
    }
    for (const PropertyTest& test : node.properties) {
      if (test.candidates) {
        consider(test.candidates->In(parameters_).size());
        continue;
      }
      TermId value;
      if (const auto* constant = std::get_if<BoundConstant>(&test.value->node)) {
        value = constant->value.node();
      } else if (const auto* late = std::get_if<BoundParameter>(&test.value->node)) {
        value = parameters_->values[late->index].node();
      }
      if (value.is_none()) {
        if (!test.slots.empty()) continue;
        SL_ASSIGN_OR_RETURN(const Extent extent, ExtentOf(test.walk));
        consider(static_cast<uint64_t>(extent.facts));
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

  double Candidates(uint32_t node) const { return static_cast<double>(own_[node].value_or(kMany)); }

  bool IsSingle(uint32_t edge) const { return !graph_->edges[edge].variable_length; }

  // The single edges that hang together with `nodes`, and their nodes.
  struct Component {
    std::vector<uint32_t> nodes, edges;
  };
  Component ComponentOf(std::vector<uint32_t> nodes) const {
    Component component{.nodes = std::move(nodes), .edges = {}};
    std::vector<bool> has_node(graph_->nodes.size()), has_edge(graph_->edges.size());
    for (const uint32_t node : component.nodes) has_node[node] = true;
    for (bool grows = true; grows;) {
      grows = false;
      for (uint32_t edge = 0; edge < graph_->edges.size(); ++edge) {
        const PatternEdge& e = graph_->edges[edge];
        if (placed_[edge] || has_edge[edge] || !IsSingle(edge)) continue;
        if (!has_node[e.left] && !has_node[e.right]) continue;
        has_edge[edge] = grows = true;
        component.edges.push_back(edge);
        for (const uint32_t node : {e.left, e.right}) {
          if (!has_node[node]) component.nodes.push_back(node);
          has_node[node] = true;
        }
      }
    }
    return component;
  }

  JoinOrder OrderOf(const Component& component, bool from_bound) const {
    std::vector<JoinVariable> variables;
    std::vector<uint32_t> place(graph_->nodes.size());
    for (const uint32_t node : component.nodes) {
      place[node] = static_cast<uint32_t>(variables.size());
      JoinVariable variable;
      if (own_[node]) variable.candidates = static_cast<double>(*own_[node]);
      variable.bound = bound_[node];
      variables.push_back(variable);
    }
    std::vector<JoinRelation> relations;
    for (const uint32_t edge : component.edges) {
      const PatternEdge& e = graph_->edges[edge];
      const Extent& extent = extents_[edge];
      relations.push_back(
          {.left = place[e.left],
           .right = place[e.right],
           .rows = extent.facts,
           .left_values = extent.left,
           .right_values = extent.right,
           .rows_scanned = extent.scanned,
           .left_ends = extent.left_ends.get(),
           .right_ends = extent.right_ends.get(),
           .can_read_whole = CanReadWhole(*graph_, edge) && extent.facts < kFactsCounted});
    }
    return OrderJoins(variables, relations, from_bound, kExactMax, rows_wanted_);
  }

  void Place(const Component& component, const JoinOrder& order) {
    const double rows_before = rows_;
    for (const JoinStep& step : order.steps) {
      rows_ = rows_before * step.rows;
      switch (step.kind) {
        case JoinStep::Kind::kVariable:
          PlaceNode(component.nodes[step.index]);
          break;
        case JoinStep::Kind::kRelation:
          Place({.kind = PatternStep::Kind::kScanEdge, .index = component.edges[step.index]});
          break;
        case JoinStep::Kind::kFromLeft:
        case JoinStep::Kind::kFromRight:
          Place({.kind = PatternStep::Kind::kExpand,
                 .index = component.edges[step.index],
                 .from_right = step.kind == JoinStep::Kind::kFromRight});
          break;
        case JoinStep::Kind::kBoth:
          Place({.kind = PatternStep::Kind::kCheck, .index = component.edges[step.index]});
          break;
      }
    }
  }

  // All single edges that can be reached from what is bound.
  bool PlaceConnected() {
    std::vector<uint32_t> bound;
    for (uint32_t node = 0; node < graph_->nodes.size(); ++node) {
      if (bound_[node]) bound.push_back(node);
    }
    const Component component = ComponentOf(std::move(bound));
    if (component.edges.empty()) return false;
    Place(component, OrderOf(component, /*from_bound=*/true));
    return true;
  }

  // A chain whose ends are both known, else one from a known end.
  bool PlaceChain() {
    std::optional<PatternStep> best;
    double best_cost = std::numeric_limits<double>::infinity();
    for (uint32_t index = 0; index < graph_->edges.size(); ++index) {
      const PatternEdge& edge = graph_->edges[index];
      if (placed_[index] || IsSingle(index)) continue;
      if (bound_[edge.left] && bound_[edge.right]) {
        Place({.kind = PatternStep::Kind::kCheck,
               .index = index,
               .from_right = Candidates(edge.right) < Candidates(edge.left)});
        return true;
      }
      if (!bound_[edge.left] && !bound_[edge.right]) continue;
      const bool from_right = bound_[edge.right];
      const double cost =
          extents_[index].facts * (1 + Candidates(from_right ? edge.left : edge.right));
      if (cost >= best_cost) continue;
      best_cost = cost;
      best =
          PatternStep{.kind = PatternStep::Kind::kExpand, .index = index, .from_right = from_right};
    }
    if (best) {
      // To each node at its other end from any at this one, at most.
      const PatternEdge& edge = graph_->edges[best->index];
      rows_ *= std::min(std::max(extents_[best->index].facts, 1.0),
                        Candidates(best->from_right ? edge.left : edge.right));
      Place(*best);
    }
    return best.has_value();
  }

  // Nodes that are not connected with what is bound: those that give the fewest rows.
  bool PlaceNew() {
    struct Choice {
      Component component;
      JoinOrder order;
      double rows = 0;
    };
    std::optional<Choice> best;
    std::vector<bool> seen(graph_->nodes.size());
    for (uint32_t node = 0; node < graph_->nodes.size(); ++node) {
      if (bound_[node] || seen[node]) continue;
      Choice choice;
      choice.component = ComponentOf({node});
      for (const uint32_t member : choice.component.nodes) seen[member] = true;
      choice.rows = Candidates(node);
      if (!choice.component.edges.empty()) {
        choice.order = OrderOf(choice.component, /*from_bound=*/false);
        choice.rows = choice.order.rows;
      }
      if (!best || choice.rows < best->rows) best = std::move(choice);
    }
    if (!best) return false;
    if (best->component.edges.empty()) {
      rows_ *= best->rows;
      PlaceNode(best->component.nodes.front());
    } else {
      Place(best->component, best->order);
    }
    return true;
  }

  void PlaceNode(uint32_t node) {
    bound_[node] = true;
    steps_.push_back(
        {.kind = PatternStep::Kind::kScanNode, .index = node, .estimated_rows = rows_});
  }

  void Place(PatternStep step) {
    const PatternEdge& edge = graph_->edges[step.index];
    step.estimated_rows = rows_;
    placed_[step.index] = true;
    bound_[edge.left] = bound_[edge.right] = true;
    steps_.push_back(std::move(step));
  }

  PatternGraph* const graph_;
  const storage::ReadView& view_;
  const std::optional<double> rows_wanted_;
  const ParameterValues* const parameters_;  // That the query was bound with.
  const storage::ScopePtr scope_, base_scope_;
  const std::shared_ptr<ScopeStatistics> statistics_, base_statistics_;
  double rows_ = 1;  // As expected after the steps so far.
  std::vector<bool> bound_, placed_;
  std::vector<Extent> extents_;               // Of each edge.
  std::vector<std::optional<uint64_t>> own_;  // Of each node, in candidates.
  std::vector<PatternStep> steps_;
};

}  // namespace

Status OrderPatterns(BoundQuery* query, const storage::ReadView& view, StatisticsCache* statistics,
                     bool limits_count) {
  Status status;
  const auto order = [&](LogicalMatch* match, std::optional<uint64_t> rows_wanted) {
    if (!status.ok()) return;
    if (!limits_count || query->writes) rows_wanted.reset();
    status = PatternOrder(&match->graph, *query, view, statistics, rows_wanted).Run();
  };
  for (SubqueryPlan& subquery : query->subqueries) ForEachMatch(subquery.plan.get(), order);
  ForEachMatch(query->plan.get(), order);
  return status;
}

}  // namespace sightline::query
