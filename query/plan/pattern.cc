#include "query/plan/pattern.h"

#include <algorithm>

namespace sightline::query {

bool PredicateSet::Contains(storage::TermId predicate) const {
  return std::binary_search(predicates.begin(), predicates.end(), predicate) != all_but;
}

bool PredicateSet::Intersects(const PredicateSet& other) const {
  if (empty() || other.empty()) return false;
  // Two open sets leave out few of many predicates.
  if (all_but && other.all_but) return true;
  const PredicateSet& listed = all_but ? other : *this;
  const PredicateSet& tested = all_but ? *this : other;
  return std::any_of(listed.predicates.begin(), listed.predicates.end(),
                     [&](storage::TermId predicate) { return tested.Contains(predicate); });
}

std::vector<std::set<uint32_t>> DifferencesOf(const PatternGraph& graph) {
  std::vector<std::set<uint32_t>> differences(graph.edges.size());
  for (uint32_t edge = 0; edge < graph.edges.size(); ++edge) {
    for (const uint32_t other : graph.edges[edge].differs_from) {
      // Chains each only say that there is a way.
      const PatternEdge &a = graph.edges[edge], &b = graph.edges[other];
      if (a.variable_length && b.variable_length && !(a.walks_trails() && b.walks_trails())) {
        continue;
      }
      differences[edge].insert(other);
      differences[other].insert(edge);
    }
  }
  return differences;
}

bool IsSettled(const PatternGraph& graph, const std::vector<std::set<uint32_t>>& differences,
               const std::set<uint32_t>& placed, uint32_t edge) {
  if (!placed.contains(edge)) return false;
  return !graph.edges[edge].variable_length || graph.edges[edge].walks_trails() ||
         std::includes(placed.begin(), placed.end(), differences[edge].begin(),
                       differences[edge].end());
}

std::vector<PatternStep> StepsInTextOrder(const PatternGraph& graph) {
  std::vector<PatternStep> steps;
  std::vector<bool> bound(graph.nodes.size(), false);
  const auto scan = [&](uint32_t node) {
    if (bound[node]) return;
    bound[node] = true;
    steps.push_back({.kind = PatternStep::Kind::kScanNode, .index = node});
  };
  for (uint32_t edge = 0; edge < graph.edges.size(); ++edge) {
    const PatternEdge& e = graph.edges[edge];
    if (!bound[e.left] && !bound[e.right]) scan(e.left);
    if (bound[e.left] && bound[e.right]) {
      steps.push_back({.kind = PatternStep::Kind::kCheck, .index = edge});
      continue;
    }
    steps.push_back(
        {.kind = PatternStep::Kind::kExpand, .index = edge, .from_right = bound[e.right]});
    bound[e.left] = bound[e.right] = true;
  }
  for (uint32_t node = 0; node < graph.nodes.size(); ++node) scan(node);
  return steps;
}

}  // namespace sightline::query
