// MATCH by nested loops: single edges over all facts, chains by breadth-first search, nodes without
// an edge over everything there is.

#include <algorithm>
#include <functional>

#include "query/functions/datum_order.h"
#include "tests/reference/evaluator.h"

namespace sightline::reference {

namespace {

constexpr uint64_t kUnbounded = UINT64_MAX;

int64_t IntegerOf(const Datum& datum) {
  const int64_t* integer = datum.value() != nullptr ? datum.value()->get_if<int64_t>() : nullptr;
  if (integer == nullptr) throw QueryFails("SL4008");
  return *integer;
}

// Nothing but names joined by |, of which one is TRANSITIVE.
bool IsClosure(const ast::ClassTest& test, const Graph& graph) {
  if (test.kind != ast::ClassTest::Kind::kName) return false;
  bool inverse = false;
  const auto* definition = graph.FindProperty(test.text, &inverse);
  return definition != nullptr && definition->transitive;
}

}  // namespace

struct Evaluator::Pattern {
  struct Node {
    std::string variable;  // Empty when it has none.
    std::vector<const ast::NodePattern*> sources;
    bool has_edge = false;
    TermId term;  // Bound so far; none: not yet.
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
  };
  struct Path {
    std::string variable;
    std::vector<size_t> nodes, edges;
  };

  const Row* outer = nullptr;
  std::vector<Node> nodes;
  std::vector<Edge> edges;
  std::vector<Path> paths;
  uint32_t scope_index = 0;
  std::vector<Held> facts, base;
  std::set<TermId> universe;
  std::map<std::pair<size_t, TermId>, bool> passes;  // What PassesTests has said before.
};

storage::TimeInterval Evaluator::TimeOf(const ast::TimePoint& time) {
  const Datum datum = Compute(*time.expression, Row{});
  if (const storage::Value* value = datum.value()) {
    if (const auto* date = value->get_if<storage::PartialDate>()) {
      return storage::TimeInterval::Of(*date);
    }
    if (const auto* instant = value->get_if<storage::Instant>()) {
      return storage::TimeInterval::Of(*instant);
    }
    std::string text = value->ToString();
    const auto date = storage::PartialDate::Parse(text);
    if (date.ok()) return storage::TimeInterval::Of(*date);
  }
  throw NotCovered("such a time");
}

std::set<TermId> Evaluator::SourcesOf(const ast::AccordingTo& according) {
  std::set<TermId> roots;
  for (const ast::ExpressionPtr& source : according.sources) {
    if (const auto* id = std::get_if<ast::IdLiteral>(&source->node)) {
      if (!graph_.Sees(id->external_id)) throw QueryFails("SL2016");
      roots.insert(graph_.Node(id->external_id));
      continue;
    }
    const auto* literal = std::get_if<ast::Literal>(&source->node);
    if (literal == nullptr) throw NotCovered("such a source");
    const std::set<TermId> named = graph_.NodesNamed(literal->value.ToString(), head_base_);
    if (named.empty()) throw QueryFails("SL2016");
    roots.insert(named.begin(), named.end());
  }
  return graph_.SourcesAtOrBelow(roots, head_base_);
}

RefScope Evaluator::ScopeOf(const std::vector<ast::ScopeItem>& items, const RefScope& outer) {
  RefScope scope = outer;
  const auto says = [&](auto test) { return std::any_of(items.begin(), items.end(), test); };
  // An item replaces what was said outside about its dimension.
  if (says([](const auto& i) { return std::holds_alternative<ast::AccordingTo>(i.item); })) {
    scope.sources.reset();
    scope.excluded_sources.clear();
  }
  if (says([](const auto& i) {
        return std::holds_alternative<ast::MinReliability>(i.item) ||
               std::holds_alternative<ast::MinCredibility>(i.item);
      })) {
    scope.reliability.reset();
    scope.credibility.reset();
  }
  for (const ast::ScopeItem& item : items) {
    if (const auto* at = std::get_if<ast::ValidAt>(&item.item)) {
      scope.valid = TimeOf(at->at);
    } else if (const auto* during = std::get_if<ast::ValidDuring>(&item.item)) {
      scope.valid = TimeOf(during->from);
      if (during->to) scope.valid->to = TimeOf(*during->to).to;
    } else if (const auto* known = std::get_if<ast::KnownAt>(&item.item)) {
      const storage::TimeInterval time = TimeOf(known->at);
      scope.known_commit = -1;
      // What was known when the day was over.
      while (World::CommitMicros(*scope.known_commit + 1) < time.to.micros) ++*scope.known_commit;
    } else if (const auto* according = std::get_if<ast::AccordingTo>(&item.item)) {
      if (according->negated) {
        scope.excluded_sources = SourcesOf(*according);
      } else {
        scope.sources = SourcesOf(*according);
      }
    } else if (const auto* reliability = std::get_if<ast::MinReliability>(&item.item)) {
      scope.reliability = storage::ParseReliability(reliability->grade.text);
    } else if (const auto* credibility = std::get_if<ast::MinCredibility>(&item.item)) {
      scope.credibility = static_cast<int>(credibility->grade);
    } else if (const auto* filter = std::get_if<ast::DisputeFilter>(&item.item)) {
      using Verb = ast::DisputeFilter::Verb;
      using What = ast::DisputeFilter::What;
      using storage::DisputeRule;
      if (filter->what == What::kUndated) {
        scope.excluding_undated = filter->verb == Verb::kExcluding;
        scope.only_undated = filter->verb == Verb::kOnly;
      } else if (filter->what == What::kDenied) {
        scope.rule = filter->verb == Verb::kIncluding ? DisputeRule::kIncludingDenied
                     : filter->verb == Verb::kOnly    ? DisputeRule::kOnlyDenied
                                                      : DisputeRule::kDefault;
      } else {
        scope.rule = filter->verb == Verb::kExcluding ? DisputeRule::kExcludingDisputed
                     : filter->verb == Verb::kOnly    ? DisputeRule::kOnlyDisputed
                                                      : DisputeRule::kDefault;
      }
    } else {
      throw NotCovered("this part of a scope");
    }
  }
  return scope;
}

Walk Evaluator::WalkOfTest(const ast::ClassTest& test) {
  using Kind = ast::ClassTest::Kind;
  switch (test.kind) {
    case Kind::kName:
      if (test.only) throw NotCovered("ONLY before a predicate");
      return graph_.WalkOf(test.text);
    case Kind::kAny: {
      // Asked for by a sign, any predicate is any, those of values too.
      Walk walk = graph_.AnyWalk();
      walk.nodes_only = false;
      return walk;
    }
    case Kind::kOr: {
      Walk all;
      for (const ast::ClassTest& child : test.children) {
        if (child.kind != Kind::kName) throw NotCovered("such a choice of predicates");
        const Walk one = WalkOfTest(child);
        all.along.insert(one.along.begin(), one.along.end());
        all.against.insert(one.against.begin(), one.against.end());
      }
      return all;
    }
    case Kind::kNot: {
      const Walk excluded = WalkOfTest(test.children[0]);
      Walk walk = graph_.AnyWalk();
      walk.nodes_only = false;
      std::set<TermId> gone = excluded.along;
      gone.insert(excluded.against.begin(), excluded.against.end());
      const auto is_gone = [&](TermId predicate) { return gone.contains(predicate); };
      std::erase_if(walk.along, is_gone);
      std::erase_if(walk.against, is_gone);
      return walk;
    }
    default:
      throw NotCovered("such a test of predicates");
  }
}

Evaluator::Pattern Evaluator::Resolve(const ast::MatchClause& clause,
                                      const std::vector<std::string>& columns,
                                      std::vector<std::string>* introduced) {
  if (!clause.avoiding.empty()) throw NotCovered("AVOIDING");
  Pattern pattern;
  const RefScope scope = ScopeOf(clause.scope, head_);
  scopes_.push_back(scope);
  pattern.scope_index = static_cast<uint32_t>(scopes_.size() - 1);
  RefScope base;
  base.known_commit = scope.known_commit;
  pattern.facts = graph_.FactsUnder(scope);
  pattern.base = graph_.FactsUnder(base);
  pattern.universe = graph_.Universe(pattern.base);

  const auto introduce = [&](const std::string& name) {
    if (std::find(columns.begin(), columns.end(), name) == columns.end() &&
        std::find(introduced->begin(), introduced->end(), name) == introduced->end()) {
      introduced->push_back(name);
    }
  };
  const auto add_node = [&](const ast::NodePattern& node) -> size_t {
    const std::string name = node.variable ? node.variable->text : "";
    for (size_t i = 0; i < pattern.nodes.size(); ++i) {
      if (name.empty() || pattern.nodes[i].variable != name) continue;
      pattern.nodes[i].sources.push_back(&node);
      return i;
    }
    pattern.nodes.push_back({name, {&node}, false, {}});
    if (!name.empty()) introduce(name);
    return pattern.nodes.size() - 1;
  };
  for (const ast::Pattern& written : clause.patterns) {
    if (written.selector || written.cost) throw NotCovered("a path selector");
    Pattern::Path path;
    if (written.variable) {
      path.variable = written.variable->text;
      introduce(path.variable);
    }
    const ast::EdgePattern* pending = nullptr;
    for (const ast::PatternTerm& term : written.terms) {
      if (const auto* edge = std::get_if<ast::EdgePattern>(&term)) {
        pending = edge;
        continue;
      }
      const auto* node = std::get_if<ast::NodePattern>(&term);
      if (node == nullptr) throw NotCovered("a group of steps");
      const size_t index = add_node(*node);
      if (pending != nullptr) {
        Pattern::Edge edge;
        edge.source = pending;
        edge.left = path.nodes.back();
        edge.right = index;
        edge.walk = pending->predicates ? WalkOfTest(*pending->predicates) : graph_.AnyWalk();
        if (pending->hops) {
          edge.chain = true;
          // Nothing goes on from a value: a chain of any predicates passes them by.
          const auto* test = pending->predicates ? &*pending->predicates : nullptr;
          edge.walk.nodes_only = edge.walk.nodes_only ||
                                 (test != nullptr && (test->kind == ast::ClassTest::Kind::kAny ||
                                                      test->kind == ast::ClassTest::Kind::kNot));
          const ast::HopRange& hops = *pending->hops;
          edge.hops_min = hops.from   ? static_cast<uint64_t>(IntegerOf(Compute(*hops.from, Row{})))
                          : hops.star ? 1
                                      : 0;
          edge.hops_max =
              hops.to ? static_cast<uint64_t>(IntegerOf(Compute(*hops.to, Row{}))) : kUnbounded;
        } else if (pending->predicates && IsClosure(*pending->predicates, graph_) &&
                   !pending->variable && !pending->statement_variable &&
                   pending->properties.empty() && !pending->where) {
          edge.chain = true;
          edge.hops_max = kUnbounded;
        }
        if (pending->direction == ast::Direction::kLeft) edge.walk = edge.walk.Reversed();
        if (pending->direction == ast::Direction::kEither) {
          edge.walk.along.insert(edge.walk.against.begin(), edge.walk.against.end());
          edge.walk.against = edge.walk.along;
        }
        if (pending->variable) introduce(pending->variable->text);
        if (pending->statement_variable) introduce(pending->statement_variable->text);
        pattern.nodes[edge.left].has_edge = pattern.nodes[index].has_edge = true;
        path.edges.push_back(pattern.edges.size());
        pattern.edges.push_back(std::move(edge));
        pending = nullptr;
      }
      path.nodes.push_back(index);
    }
    if (written.variable) pattern.paths.push_back(std::move(path));
  }
  return pattern;
}

void Evaluator::RunMatch(const ast::MatchClause& clause, Table* table) {
  std::vector<std::string> introduced;
  Pattern pattern = Resolve(clause, table->columns, &introduced);
  std::vector<Row> rows;
  for (const Row& row : table->rows) {
    std::vector<Row> found = Match(clause, row, introduced, &pattern);
    if (found.empty() && clause.optional) {
      found = {row};
      for (const std::string& name : introduced) found[0][name] = Datum();
    }
    rows.insert(rows.end(), found.begin(), found.end());
  }
  table->rows = std::move(rows);
  table->groups.assign(table->rows.size(), 0);
  table->columns.insert(table->columns.end(), introduced.begin(), introduced.end());
}

std::vector<Row> Evaluator::Match(const ast::MatchClause& clause, const Row& row,
                                  const std::vector<std::string>& introduced, Pattern* resolved) {
  Pattern& pattern = *resolved;
  pattern.outer = &row;
  for (Pattern::Node& node : pattern.nodes) node.term = TermId{};
  for (size_t i = 0; i < pattern.nodes.size(); ++i) {
    const auto bound = row.find(pattern.nodes[i].variable);
    if (bound == row.end()) continue;
    const TermId term = graph_.TermOf(bound->second);
    if (term.is_none() || !PassesTests(&pattern, i, term)) return {};  // Unknown: no match.
    pattern.nodes[i].term = term;
  }
  std::vector<Row> found;
  BindSingles(&pattern, 0, &found);
  // A set of bindings of what is named.
  std::set<std::string> seen;
  std::vector<Row> rows;
  for (Row& candidate : found) {
    if (!seen.insert(KeyOf(candidate, introduced)).second) continue;
    const auto holds = [&](const ast::ExpressionPtr& condition) {
      return condition == nullptr || Truth(*condition, Context{&candidate}) == true;
    };
    bool passes = holds(clause.where);
    for (const auto& node : pattern.nodes) {
      for (const auto* source : node.sources) passes = passes && holds(source->where);
    }
    for (const auto& edge : pattern.edges) passes = passes && holds(edge.source->where);
    if (passes) rows.push_back(std::move(candidate));
  }
  return rows;
}

bool Evaluator::HasProperty(const Pattern& pattern, TermId term, const ast::MapEntry& entry,
                            const Row& row) {
  const Datum wanted = Compute(*entry.value, row);
  if (wanted.is_null()) return false;
  const auto steps = Graph::StepsOf(pattern.facts, graph_.WalkOf(entry.key.text));
  return std::any_of(steps.begin(), steps.end(), [&](const Step& step) {
    return step.from == term && query::Equal(graph_.DatumOf(step.to), wanted) == true;
  });
}

bool Evaluator::PassesTests(Pattern* pattern, size_t index, TermId term) {
  const auto [entry, is_new] = pattern->passes.emplace(std::pair(index, term), false);
  if (is_new) entry->second = PassesTestsAnew(*pattern, index, term);
  return entry->second;
}

bool Evaluator::PassesTestsAnew(const Pattern& pattern, size_t index, TermId term) {
  for (const ast::NodePattern* source : pattern.nodes[index].sources) {
    const bool tested = source->id || source->quoted || source->classes || source->named ||
                        !source->properties.empty();
    if (tested && !term.is_node()) return false;
    if (source->id && (!graph_.Sees(source->id->text) || graph_.Node(source->id->text) != term)) {
      return false;
    }
    if (source->classes && !graph_.IsA(term, *source->classes, pattern.base)) return false;
    if (source->quoted &&
        !graph_.IsOfKinds(term, graph_.KindsNamed(source->quoted->text, pattern.base), false, false,
                          pattern.base)) {
      return false;
    }
    if (source->named) {
      if (source->named_fuzzy) throw NotCovered("NAMED ~");
      const std::string name = Compute(*source->named, Row{}).value()->ToString();
      if (!graph_.NodesNamed(name, pattern.base).contains(term)) return false;
    }
  }
  return true;
}

void Evaluator::BindSingles(Pattern* pattern, size_t next, std::vector<Row>* found) {
  while (next < pattern->edges.size() && pattern->edges[next].chain) ++next;
  if (next == pattern->edges.size()) return BindChains(pattern, 0, found);
  Pattern::Edge& edge = pattern->edges[next];
  Pattern::Node& left = pattern->nodes[edge.left];
  Pattern::Node& right = pattern->nodes[edge.right];
  const bool statement_level = edge.source->statement_variable.has_value();
  for (const Step& step : Graph::StepsOf(pattern->facts, edge.walk)) {
    if (!left.term.is_none() && left.term != step.from) continue;
    if (!right.term.is_none() && right.term != step.to) continue;
    if (edge.left == edge.right && step.from != step.to) continue;
    if (left.term.is_none() && !PassesTests(pattern, edge.left, step.from)) continue;
    if (right.term.is_none() && !PassesTests(pattern, edge.right, step.to)) continue;
    const TermId left_before = left.term, right_before = right.term;
    left.term = step.from;
    right.term = step.to;
    edge.held = step.held;
    // Statements in scope: assertions, and denials too where denied facts are asked for.
    std::vector<const Said*> statements = {nullptr};
    if (statement_level) {
      statements = step.held->asserting;
      if (scopes_[pattern->scope_index].rule != storage::DisputeRule::kDefault) {
        statements.insert(statements.end(), step.held->denying.begin(), step.held->denying.end());
      }
    }
    for (const Said* said : statements) {
      edge.said = said;
      bool differs = true;
      for (size_t other = 0; other < next; ++other) {
        const Pattern::Edge& earlier = pattern->edges[other];
        if (earlier.chain || (earlier.said == nullptr) != (said == nullptr)) continue;
        differs = differs && (said == nullptr ? earlier.held != edge.held
                                              : earlier.said != said || earlier.held != edge.held);
      }
      if (differs) BindSingles(pattern, next + 1, found);
    }
    edge.said = nullptr;
    edge.held = nullptr;
    left.term = left_before;
    right.term = right_before;
  }
}

// A chain needs a way around the single facts of its MATCH. Its length is that of a shortest way.
void Evaluator::BindChains(Pattern* pattern, size_t next, std::vector<Row>* found) {
  while (next < pattern->edges.size() && !pattern->edges[next].chain) ++next;
  if (next == pattern->edges.size()) return BindLoneNodes(pattern, 0, found);
  Pattern::Edge& edge = pattern->edges[next];
  if (edge.source->statement_variable || !edge.source->properties.empty() || edge.source->where) {
    throw NotCovered("conditions on a chain");
  }
  Pattern::Node& left = pattern->nodes[edge.left];
  Pattern::Node& right = pattern->nodes[edge.right];
  const bool backwards = left.term.is_none() && !right.term.is_none();
  std::vector<Step> steps =
      Graph::StepsOf(pattern->facts, backwards ? edge.walk.Reversed() : edge.walk);
  std::erase_if(steps, [&](const Step& step) {
    return std::any_of(pattern->edges.begin(), pattern->edges.end(),
                       [&](const Pattern::Edge& other) { return other.held == step.held; });
  });
  Pattern::Node& start = backwards ? right : left;
  Pattern::Node& end = backwards ? left : right;
  const size_t start_index = backwards ? edge.right : edge.left;
  const size_t end_index = backwards ? edge.left : edge.right;
  std::set<TermId> starts = {start.term};
  if (start.term.is_none()) {
    starts = pattern->universe;
    for (const Step& step : steps) starts.insert(step.from);
  }
  const TermId start_before = start.term, end_before = end.term;
  for (const TermId from : starts) {
    if (start_before.is_none() && !PassesTests(pattern, start_index, from)) continue;
    std::map<TermId, size_t> lengths;
    std::set<TermId> level = {from};
    // No shortest way of at least hops_min steps is longer than that and once past every term.
    const uint64_t longest =
        std::min<uint64_t>(edge.hops_max, edge.hops_min + 2 * pattern->facts.size() + 1);
    for (uint64_t hops = 0; hops <= longest && !level.empty(); ++hops) {
      if (hops >= edge.hops_min) {
        for (const TermId term : level) {
          // No step at all leads from what nothing else has found to itself.
          const bool of_nothing =
              hops == 0 && start_before.is_none() && !pattern->universe.contains(term);
          if (!of_nothing) lengths.emplace(term, hops);
        }
      }
      std::set<TermId> next_level;
      for (const Step& step : steps) {
        if (level.contains(step.from)) next_level.insert(step.to);
      }
      level = std::move(next_level);
    }
    for (const auto& [to, length] : lengths) {
      if (!end_before.is_none() && end_before != to) continue;
      if (start_index == end_index && from != to) continue;
      if (end_before.is_none() && !PassesTests(pattern, end_index, to)) continue;
      start.term = from;
      end.term = to;
      edge.length = length;
      BindChains(pattern, next + 1, found);
    }
  }
  start.term = start_before;
  end.term = end_before;
}

void Evaluator::BindLoneNodes(Pattern* pattern, size_t next, std::vector<Row>* found) {
  while (next < pattern->nodes.size() && !pattern->nodes[next].term.is_none()) ++next;
  if (next == pattern->nodes.size()) return Emit(*pattern, found);
  for (const TermId term : pattern->universe) {
    if (!PassesTests(pattern, next, term)) continue;
    pattern->nodes[next].term = term;
    BindLoneNodes(pattern, next + 1, found);
  }
  pattern->nodes[next].term = TermId{};
}

void Evaluator::Emit(const Pattern& pattern, std::vector<Row>* found) {
  Row row = *pattern.outer;
  const auto fact_of = [&](const Pattern::Edge& edge) {
    return Datum(query::FactDatum{edge.held->fact, pattern.scope_index});
  };
  for (const Pattern::Node& node : pattern.nodes) {
    if (!node.variable.empty()) row[node.variable] = graph_.DatumOf(node.term);
  }
  for (const Pattern::Edge& edge : pattern.edges) {
    if (edge.source->variable) {
      // Only the length is right: which of the shortest ways it is, nobody asks here. Unless
      // nothing else tells the ends apart: then it decides how many rows there are.
      const auto named = [&](size_t end) {
        const Pattern::Node& node = pattern.nodes[end];
        return !node.variable.empty() || node.sources[0]->id;
      };
      ambiguous_ = ambiguous_ || (edge.chain && !(named(edge.left) && named(edge.right)));
      row[edge.source->variable->text] = edge.chain ? Datum(DatumList(edge.length)) : fact_of(edge);
    }
    if (edge.source->statement_variable) {
      row[edge.source->statement_variable->text] = Datum::OfNode(edge.said->term);
    }
  }
  for (const Pattern::Path& path : pattern.paths) {
    query::PathDatum datum;
    for (const size_t node : path.nodes) datum.nodes.push_back(pattern.nodes[node].term);
    for (const size_t index : path.edges) {
      const Pattern::Edge& edge = pattern.edges[index];
      if (!edge.chain) datum.facts.push_back({edge.held->fact, pattern.scope_index});
      for (size_t i = 0; edge.chain && i < edge.length; ++i) datum.facts.emplace_back();
    }
    row[path.variable] = Datum(std::move(datum));
  }
  for (const Pattern::Node& node : pattern.nodes) {
    for (const ast::NodePattern* source : node.sources) {
      for (const ast::MapEntry& entry : source->properties) {
        if (!HasProperty(pattern, node.term, entry, row)) return;
      }
    }
  }
  for (const Pattern::Edge& edge : pattern.edges) {
    for (const ast::MapEntry& entry : edge.source->properties) {
      const Datum wanted = Compute(*entry.value, row);
      const auto has = [&](const Said* said) {
        const auto& qualifiers = said->statement->qualifiers;
        return std::any_of(qualifiers.begin(), qualifiers.end(), [&](const auto& qualifier) {
          return qualifier.first == entry.key.text &&
                 query::Equal(Datum(qualifier.second), wanted) == true;
        });
      };
      // A statement in scope that makes the fact: the one that is bound, or any.
      std::vector<const Said*> statements = {edge.said};
      if (edge.said == nullptr) {
        statements = edge.held->asserting;
        if (scopes_[pattern.scope_index].rule != storage::DisputeRule::kDefault) {
          statements.insert(statements.end(), edge.held->denying.begin(), edge.held->denying.end());
        }
      }
      if (std::none_of(statements.begin(), statements.end(), has)) return;
    }
  }
  found->push_back(std::move(row));
}

}  // namespace sightline::reference
