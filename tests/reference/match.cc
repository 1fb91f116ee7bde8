// MATCH by nested loops: single edges over all facts, chains by breadth-first search, nodes without
// an edge over everything there is.

#include <algorithm>
#include <functional>
#include <optional>
#include <tuple>

#include "query/functions/datum_order.h"
#include "tests/reference/evaluator.h"
#include "tests/reference/pattern.h"

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

std::pair<uint64_t, uint64_t> Evaluator::HopsOf(const ast::HopRange& hops) {
  const uint64_t from = hops.from   ? static_cast<uint64_t>(IntegerOf(Compute(*hops.from, Row{})))
                        : hops.star ? 1
                                    : 0;
  return {from, hops.to ? static_cast<uint64_t>(IntegerOf(Compute(*hops.to, Row{}))) : kUnbounded};
}

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

bool Evaluator::TakeBaseItem(const ast::ScopeItem& item, RefScope* scope) {
  if (const auto* known = std::get_if<ast::KnownAt>(&item.item)) {
    const storage::TimeInterval time = TimeOf(known->at);
    scope->known_commit = -1;
    // What was known when the day was over.
    while (World::CommitMicros(*scope->known_commit + 1) < time.to.micros) ++*scope->known_commit;
  } else if (const auto* marking = std::get_if<ast::MaxMarking>(&item.item)) {
    const Datum label = Compute(*marking->marking, Row());
    scope->marked_at_most = storage::ParseTlpLabel(label.value()->ToString());
  } else if (const auto* releasable = std::get_if<ast::ReleasableTo>(&item.item)) {
    for (const ast::ExpressionPtr& party : releasable->parties) {
      scope->releasable_to.insert(Compute(*party, Row()).value()->ToString());
    }
  } else {
    return false;
  }
  return true;
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
  if (says([](const auto& i) {
        return std::holds_alternative<ast::MaxMarking>(i.item) ||
               std::holds_alternative<ast::ReleasableTo>(i.item);
      })) {
    scope.marked_at_most.reset();
    scope.releasable_to.clear();
  }
  for (const ast::ScopeItem& item : items) {
    if (TakeBaseItem(item, &scope)) continue;
    if (const auto* at = std::get_if<ast::ValidAt>(&item.item)) {
      scope.valid = TimeOf(at->at);
    } else if (const auto* during = std::get_if<ast::ValidDuring>(&item.item)) {
      scope.valid = TimeOf(during->from);
      if (during->to) scope.valid->to = TimeOf(*during->to).to;
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
    } else if (const auto* sources = std::get_if<ast::MinSources>(&item.item)) {
      scope.origins_min = static_cast<size_t>(sources->count);
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
  Pattern pattern;
  const auto [known, is_new] = grounds_.try_emplace(&clause);
  pattern.ground = &known->second;
  if (is_new) {
    Ground& ground = known->second;
    const RefScope scope = ScopeOf(clause.scope, around_);
    scopes_.push_back(scope);
    ground.scope_index = static_cast<uint32_t>(scopes_.size() - 1);
    ground.facts = graph_.FactsUnder(scope);
    ground.base = graph_.FactsUnder(scope.Base(), ground.facts.identity);
    ground.universe = graph_.Universe(ground.base);
  }

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
    pattern.nodes.push_back({name, {&node}, false, false, {}});
    if (!name.empty()) introduce(name);
    return pattern.nodes.size() - 1;
  };
  const auto edge_of = [&](const ast::EdgePattern& source) {
    Pattern::Edge edge;
    edge.source = &source;
    const auto* test = source.predicates ? &*source.predicates : nullptr;
    edge.walk = test != nullptr ? WalkOfTest(*test) : graph_.AnyWalk();
    if (source.hops) {
      edge.chain = true;
      // Nothing goes on from a value: a chain of any predicates passes them by.
      edge.walk.nodes_only =
          edge.walk.nodes_only || (test != nullptr && (test->kind == ast::ClassTest::Kind::kAny ||
                                                       test->kind == ast::ClassTest::Kind::kNot));
      std::tie(edge.hops_min, edge.hops_max) = HopsOf(*source.hops);
    } else if (test != nullptr && IsClosure(*test, graph_) && !source.variable &&
               !source.statement_variable && source.properties.empty() && !source.where) {
      edge.chain = true;
      edge.hops_max = kUnbounded;
    }
    if (source.direction == ast::Direction::kLeft) edge.walk = edge.walk.Reversed();
    if (source.direction == ast::Direction::kEither) {
      edge.walk.along.insert(edge.walk.against.begin(), edge.walk.against.end());
      edge.walk.against = edge.walk.along;
    }
    return edge;
  };
  const auto add_inner = [&](const ast::NodePattern& node) {
    pattern.nodes.push_back({node.variable ? node.variable->text : "", {&node}, true, true, {}});
    if (node.variable) introduce(node.variable->text);
    return pattern.nodes.size() - 1;
  };
  // A part of a searched path.
  const auto part_of = [&](const ast::PatternTerm& link) {
    PathSearch::Part part;
    const auto step_of = [&](const ast::EdgePattern& source, Pattern::Edge edge) {
      if (source.statement_variable || !source.properties.empty()) throw NotCovered("such a step");
      if (source.variable) introduce(source.variable->text);
      return PathSearch::PathStep{
          &source, edge.walk, Graph::StepsOf(pattern.ground->facts, edge.walk), {}, {}};
    };
    if (const auto* source = std::get_if<ast::EdgePattern>(&link)) {
      Pattern::Edge edge = edge_of(*source);
      part.times_min = edge.hops_min;
      part.times_max = edge.hops_max;
      part.repeated = edge.chain;
      part.steps.push_back(step_of(*source, std::move(edge)));
      return part;
    }
    const ast::GroupPattern& group = *std::get<std::unique_ptr<ast::GroupPattern>>(link);
    part.group = &group;
    if (group.repeat) {
      part.repeated = true;
      std::tie(part.times_min, part.times_max) = HopsOf(*group.repeat);
    }
    std::optional<size_t> before;
    for (const ast::PatternTerm& term : group.terms) {
      if (const auto* node = std::get_if<ast::NodePattern>(&term)) {
        const size_t index = add_inner(*node);
        if (!part.steps.empty()) part.steps.back().after = index;
        before = index;
        continue;
      }
      const auto& source = std::get<ast::EdgePattern>(term);
      part.steps.push_back(step_of(source, edge_of(source)));
      part.steps.back().before = before;
    }
    return part;
  };
  const auto add_search = [&](std::shared_ptr<PathSearch> search, size_t left, size_t right,
                              Pattern::Path* path) {
    Pattern::Edge edge;
    edge.chain = true;
    edge.left = left;
    edge.right = right;
    edge.search = std::move(search);
    pattern.nodes[left].has_edge = pattern.nodes[right].has_edge = true;
    path->edges.push_back(pattern.edges.size());
    pattern.edges.push_back(std::move(edge));
  };
  for (const ast::Pattern& written : clause.patterns) {
    Pattern::Path path;
    if (written.variable) {
      path.variable = written.variable->text;
      introduce(path.variable);
    }
    if (written.selector && written.terms.size() > 1) {
      const ast::PathSelector& selector = *written.selector;
      using Kind = ast::PathSelector::Kind;
      using Mode = ast::PathSelector::Mode;
      auto search = std::make_shared<PathSearch>();
      search->kind = selector.kind_given ? selector.kind : Kind::kAll;
      search->mode = selector.mode;
      if (search->mode == Mode::kUnspecified) {
        search->mode =
            search->kind == Kind::kAll || search->kind == Kind::kAny ? Mode::kTrail : Mode::kSimple;
      }
      if (selector.count)
        search->count = static_cast<uint64_t>(IntegerOf(Compute(*selector.count, Row{})));
      search->cost = written.cost.get();
      const size_t left = add_node(std::get<ast::NodePattern>(written.terms.front()));
      const size_t right = add_node(std::get<ast::NodePattern>(written.terms.back()));
      for (size_t i = 1; i + 1 < written.terms.size(); ++i) {
        if (const auto* node = std::get_if<ast::NodePattern>(&written.terms[i])) {
          search->junctions.push_back(add_inner(*node));
        } else {
          search->parts.push_back(part_of(written.terms[i]));
        }
      }
      const bool unbounded =
          std::any_of(search->parts.begin(), search->parts.end(),
                      [](const auto& part) { return part.times_max == kUnbounded; });
      if (unbounded && search->kind == Kind::kAll) throw QueryFails("SL4005");
      path.nodes = {left, right};
      add_search(std::move(search), left, right, &path);
      if (written.variable) pattern.paths.push_back(std::move(path));
      continue;
    }
    const ast::PatternTerm* pending = nullptr;
    for (const ast::PatternTerm& term : written.terms) {
      const auto* node = std::get_if<ast::NodePattern>(&term);
      if (node == nullptr) {
        pending = &term;
        continue;
      }
      const size_t index = add_node(*node);
      if (pending != nullptr) {
        const auto* source = std::get_if<ast::EdgePattern>(pending);
        if (source != nullptr && IsDefined(*source)) {
          Pattern::Edge edge;
          edge.source = source;
          edge.left = path.nodes.back();
          edge.right = index;
          const RefScope around = std::exchange(around_, scopes_[pattern.ground->scope_index]);
          edge.pairs = &PairsOf(*source);
          around_ = around;
          if (source->variable) introduce(source->variable->text);
          pattern.nodes[edge.left].has_edge = pattern.nodes[index].has_edge = true;
          pattern.edges.push_back(std::move(edge));
        } else if (source == nullptr || (source->hops && source->where)) {
          // Reachability, by a shortest walk.
          auto search = std::make_shared<PathSearch>();
          search->parts.push_back(part_of(*pending));
          add_search(std::move(search), path.nodes.back(), index, &path);
        } else {
          Pattern::Edge edge = edge_of(*source);
          edge.left = path.nodes.back();
          edge.right = index;
          if (source->variable) introduce(source->variable->text);
          if (source->statement_variable) introduce(source->statement_variable->text);
          pattern.nodes[edge.left].has_edge = pattern.nodes[index].has_edge = true;
          path.edges.push_back(pattern.edges.size());
          pattern.edges.push_back(std::move(edge));
        }
        pending = nullptr;
      }
      path.nodes.push_back(index);
    }
    if (written.variable) pattern.paths.push_back(std::move(path));
  }
  for (const ast::AvoidItem& item : clause.avoiding) {
    if (item.node) {
      pattern.avoided.push_back(add_inner(*item.node));
    } else {
      pattern.hubs_over = IntegerOf(Compute(*item.hubs_over, Row{}));
    }
  }
  return pattern;
}

void Evaluator::RunMatch(const ast::MatchClause& clause, Table* table) {
  std::vector<std::string> introduced;
  std::vector<std::string> columns = table->columns;
  for (const auto& [name, value] : table->outer) columns.push_back(name);
  Pattern pattern = Resolve(clause, columns, &introduced);
  const RefScope around = around_;
  around_ = scopes_[pattern.ground->scope_index];
  const Identity identity_around = identity_around_;
  identity_around_ = pattern.ground->facts.identity;
  std::vector<Row> rows;
  for (const Row& row : table->rows) {
    std::vector<Row> found = Match(clause, row, introduced, &pattern);
    if (found.empty() && clause.optional) {
      found = {row};
      for (const std::string& name : introduced) found[0][name] = Datum();
    }
    rows.insert(rows.end(), found.begin(), found.end());
  }
  around_ = around;
  identity_around_ = identity_around;
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
    if (pattern.nodes[i].inner) continue;
    const auto bound = row.find(pattern.nodes[i].variable);
    if (bound == row.end()) continue;
    const TermId term = pattern.ground->facts.CanonicalOf(graph_.TermOf(bound->second));
    if (term.is_none() || !PassesTests(&pattern, i, term)) return {};  // Unknown: no match.
    pattern.nodes[i].term = term;
  }
  std::vector<Row> found;
  BindDefined(&pattern, 0, &found);
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
      if (node.inner) continue;
      for (const auto* source : node.sources) passes = passes && holds(source->where);
    }
    for (const auto& edge : pattern.edges) {
      passes =
          passes && (edge.search != nullptr || edge.pairs != nullptr || holds(edge.source->where));
    }
    if (passes) rows.push_back(std::move(candidate));
  }
  return rows;
}

bool Evaluator::HasProperty(const Pattern& pattern, TermId term, const ast::MapEntry& entry,
                            const Row& row) {
  const Datum wanted = Canonical(Compute(*entry.value, row), pattern.ground->facts.identity);
  if (wanted.is_null()) return false;
  const auto steps = Graph::StepsOf(pattern.ground->facts, graph_.WalkOf(entry.key.text));
  return std::any_of(steps.begin(), steps.end(), [&](const Step& step) {
    return step.from == term && query::Equal(graph_.DatumOf(step.to), wanted) == true;
  });
}

bool Evaluator::PassesTests(Pattern* pattern, size_t index, TermId term) {
  const auto [entry, is_new] = pattern->ground->passes.emplace(std::pair(index, term), false);
  if (is_new) entry->second = PassesTestsAnew(*pattern, index, term);
  return entry->second;
}

bool Evaluator::PassesTestsAnew(const Pattern& pattern, size_t index, TermId term) {
  for (const ast::NodePattern* source : pattern.nodes[index].sources) {
    const bool tested = source->id || source->quoted || source->classes || source->named ||
                        !source->properties.empty();
    if (tested && !term.is_node()) return false;
    if (source->id && (!graph_.Sees(source->id->text) ||
                       pattern.ground->facts.CanonicalOf(graph_.Node(source->id->text)) != term)) {
      return false;
    }
    if (source->classes && !graph_.IsA(term, *source->classes, pattern.ground->base)) return false;
    if (source->quoted &&
        !graph_.IsOfKinds(term, graph_.KindsNamed(source->quoted->text, pattern.ground->base),
                          false, false, pattern.ground->base)) {
      return false;
    }
    if (source->named) {
      if (source->named_fuzzy) throw NotCovered("NAMED ~");
      const std::string name = Compute(*source->named, Row{}).value()->ToString();
      if (!graph_.NodesNamed(name, pattern.ground->base).contains(term)) return false;
    }
  }
  return true;
}

void Evaluator::BindSingles(Pattern* pattern, size_t next, std::vector<Row>* found) {
  while (next < pattern->edges.size() &&
         (pattern->edges[next].chain || pattern->edges[next].pairs != nullptr)) {
    ++next;
  }
  if (next == pattern->edges.size()) return BindChains(pattern, 0, found);
  Pattern::Edge& edge = pattern->edges[next];
  Pattern::Node& left = pattern->nodes[edge.left];
  Pattern::Node& right = pattern->nodes[edge.right];
  const bool statement_level = edge.source->statement_variable.has_value();
  for (const Step& step : Graph::StepsOf(pattern->ground->facts, edge.walk)) {
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
      if (scopes_[pattern->ground->scope_index].rule != storage::DisputeRule::kDefault) {
        statements.insert(statements.end(), step.held->denying.begin(), step.held->denying.end());
      }
    }
    for (const Said* said : statements) {
      edge.said = said;
      bool differs = true;
      for (size_t other = 0; other < next; ++other) {
        const Pattern::Edge& earlier = pattern->edges[other];
        if (earlier.chain || earlier.pairs != nullptr ||
            (earlier.said == nullptr) != (said == nullptr))
          continue;
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
  if (edge.search != nullptr) return BindSearch(pattern, next, found);
  if (edge.source->statement_variable || !edge.source->properties.empty() || edge.source->where) {
    throw NotCovered("conditions on a chain");
  }
  Pattern::Node& left = pattern->nodes[edge.left];
  Pattern::Node& right = pattern->nodes[edge.right];
  const bool backwards = left.term.is_none() && !right.term.is_none();
  std::vector<Step> steps =
      Graph::StepsOf(pattern->ground->facts, backwards ? edge.walk.Reversed() : edge.walk);
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
    starts = pattern->ground->universe;
    for (const Step& step : steps) starts.insert(step.from);
  }
  const TermId start_before = start.term, end_before = end.term;
  for (const TermId from : starts) {
    if (start_before.is_none() && !PassesTests(pattern, start_index, from)) continue;
    std::map<TermId, size_t> lengths;
    std::set<TermId> level = {from};
    // No shortest way of at least hops_min steps is longer than that and once past every term.
    const uint64_t longest =
        std::min<uint64_t>(edge.hops_max, edge.hops_min + 2 * pattern->ground->facts.size() + 1);
    for (uint64_t hops = 0; hops <= longest && !level.empty(); ++hops) {
      if (hops >= edge.hops_min) {
        for (const TermId term : level) {
          // No step at all leads from what nothing else has found to itself.
          const bool of_nothing =
              hops == 0 && start_before.is_none() && !pattern->ground->universe.contains(term);
          if (!of_nothing) lengths.emplace(term, hops);
        }
      }
      std::set<TermId> next_level;
      const std::set<TermId> crossed = hops == 0 ? level : Crossable(pattern, {edge.walk}, level);
      for (const Step& step : steps) {
        if (crossed.contains(step.from)) next_level.insert(step.to);
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

// Which of `terms` a chain of such walks may come to and go on from.
std::set<TermId> Evaluator::Crossable(Pattern* pattern, const std::vector<Walk>& walks,
                                      const std::set<TermId>& terms) {
  Walk all;
  for (const Walk& walk : walks) {
    for (const auto* set : {&walk.along, &walk.against}) {
      all.along.insert(set->begin(), set->end());
      all.against.insert(set->begin(), set->end());
    }
    all.nodes_only = all.nodes_only || walk.nodes_only;
  }
  std::set<TermId> crossable;
  for (const TermId term : terms) {
    const bool avoided =
        std::any_of(pattern->avoided.begin(), pattern->avoided.end(), [&](size_t node) {
          const auto& properties = pattern->nodes[node].sources[0]->properties;
          return PassesTests(pattern, node, term) &&
                 std::all_of(properties.begin(), properties.end(), [&](const ast::MapEntry& entry) {
                   return HasProperty(*pattern, term, entry, *pattern->outer);
                 });
        });
    std::set<Fact> facts;
    for (const Step& step : Graph::StepsOf(pattern->ground->facts, all)) {
      if (step.from == term) facts.insert(step.held->fact);
    }
    const bool hub = pattern->hubs_over && static_cast<int64_t>(facts.size()) > *pattern->hubs_over;
    if (!avoided && !hub) crossable.insert(term);
  }
  return crossable;
}

// All paths of the search from `start`, by walking every way there is.
class Evaluator::PathLister {
 public:
  PathLister(Evaluator* evaluator, Pattern* pattern, const PathSearch& search)
      : evaluator_(evaluator), pattern_(pattern), search_(search) {
    for (const auto& part : search.parts) {
      for (const auto& step : part.steps) walks_.push_back(step.walk);
    }
    std::set<TermId> terms;
    for (const auto& part : search.parts) {
      for (const auto& step : part.steps) {
        for (const Step& s : step.steps) terms.insert({s.from, s.to});
      }
    }
    crossable_ = evaluator->Crossable(pattern, walks_, terms);
  }

  std::vector<FoundPath> From(TermId start) {
    found_.clear();
    seen_.clear();
    path_ = {};
    path_.nodes = {start};
    for (const auto& part : search_.parts) {
      if (!part.repeated) continue;
      for (const auto& step : part.steps) {
        if (step.edge->variable) path_.variables[step.edge->variable->text] = Datum(DatumList{});
        for (const auto& node : {step.before, step.after}) {
          if (node && !Name(*node).empty()) path_.variables[Name(*node)] = Datum(DatumList{});
        }
      }
    }
    Enter(0, 0);
    return std::move(found_);
  }

 private:
  using Mode = ast::PathSelector::Mode;

  const std::string& Name(size_t node) const { return pattern_->nodes[node].variable; }

  // At the beginning of a part, walked `times` times.
  void Enter(size_t part, uint64_t times) {
    const auto& p = search_.parts[part];
    if (times >= p.times_min) {
      if (part + 1 == search_.parts.size()) {
        Complete();
      } else if (Passes(search_.junctions[part], path_.nodes.back())) {
        const FoundPath before = path_;
        const std::string& name = Name(search_.junctions[part]);
        if (!name.empty()) path_.variables[name] = evaluator_->graph_.DatumOf(path_.nodes.back());
        Enter(part + 1, 0);
        path_ = before;
      }
    }
    if (times < p.times_max) Take(part, times, 0, *pattern_->outer);
  }

  // COST r.count is asked of the facts of r, COST 1 of all.
  bool IsCharged(const ast::EdgePattern& edge) const {
    const auto* property = std::get_if<ast::Property>(&search_.cost->node);
    if (property == nullptr) return true;
    const auto& read = std::get<ast::Variable>(property->object->node);
    return edge.variable && edge.variable->text == read.name;
  }

  bool Passes(size_t node, TermId term) {
    if (!evaluator_->PassesTests(pattern_, node, term)) return false;
    const ast::NodePattern& source = *pattern_->nodes[node].sources[0];
    for (const ast::MapEntry& entry : source.properties) {
      if (!evaluator_->HasProperty(*pattern_, term, entry, *pattern_->outer)) return false;
    }
    // A name that was bound before is that node.
    const auto known = pattern_->outer->find(Name(node));
    if (known != pattern_->outer->end() &&
        query::Equal(known->second, evaluator_->graph_.DatumOf(term)) != true) {
      return false;
    }
    if (!source.where) return true;
    Row row = *pattern_->outer;
    if (!Name(node).empty()) row[Name(node)] = evaluator_->graph_.DatumOf(term);
    return evaluator_->Truth(*source.where, Context{&row}) == true;
  }

  bool MayTake(const Step& step) const {
    const bool fact_again =
        std::find(path_.facts.begin(), path_.facts.end(), step.held) != path_.facts.end();
    const bool node_again =
        std::find(path_.nodes.begin(), path_.nodes.end(), step.to) != path_.nodes.end();
    switch (search_.mode) {
      case Mode::kTrail:
        return !fact_again;
      case Mode::kAcyclic:
        return !node_again;
      case Mode::kSimple:
        return !fact_again && (!node_again || step.to == path_.nodes.front()) &&
               (path_.facts.empty() || path_.nodes.back() != path_.nodes.front());
      default:
        // A shortest walk that comes by the same place twice is none; generous otherwise.
        return path_.facts.size() < 8;
    }
  }

  // Step number `next` of one time of a part; `own` has what this time has bound.
  void Take(size_t part, uint64_t times, size_t next, const Row& own) {
    const auto& p = search_.parts[part];
    if (next == p.steps.size()) {
      if (p.group != nullptr && p.group->where &&
          evaluator_->Truth(*p.group->where, Context{&own}) != true) {
        return;
      }
      return Enter(part, times + 1);
    }
    const auto& step = p.steps[next];
    const TermId at = path_.nodes.back();
    if (!path_.facts.empty() && !crossable_.contains(at)) return;
    if (step.before && !Passes(*step.before, at)) return;
    for (const Step& s : step.steps) {
      if (s.from != at || !MayTake(s)) continue;
      const bool used =
          std::any_of(pattern_->edges.begin(), pattern_->edges.end(),
                      [&](const Pattern::Edge& other) { return other.held == s.held; });
      if (used) continue;
      if (step.after && !Passes(*step.after, s.to)) continue;
      Row row = own;
      const Datum fact(query::FactDatum{s.held->fact, pattern_->ground->scope_index});
      if (step.edge->variable) row[step.edge->variable->text] = fact;
      if (step.edge->where && evaluator_->Truth(*step.edge->where, Context{&row}) != true) {
        continue;
      }
      const FoundPath before = path_;
      path_.nodes.push_back(s.to);
      path_.facts.push_back(s.held);
      const auto bind = [&](const std::string& name, const Datum& value) {
        row[name] = value;
        if (!p.repeated) {
          path_.variables[name] = value;
          return;
        }
        DatumList list = *path_.variables[name].list();
        list.push_back(value);
        path_.variables[name] = Datum(std::move(list));
      };
      if (next == 0 && step.before && !Name(*step.before).empty()) {
        bind(Name(*step.before), evaluator_->graph_.DatumOf(at));
      }
      if (step.edge->variable) bind(step.edge->variable->text, fact);
      if (step.after && !Name(*step.after).empty()) {
        bind(Name(*step.after), evaluator_->graph_.DatumOf(s.to));
      }
      if (search_.cost != nullptr && IsCharged(*step.edge)) {
        const Datum cost = evaluator_->Compute(*search_.cost, Context{&row});
        const int64_t* number = cost.value() != nullptr ? cost.value()->get_if<int64_t>() : nullptr;
        if (number == nullptr) {
          path_ = before;
          continue;
        }
        if (*number < 0) throw QueryFails("SL5004");
        path_.cost += *number;
      }
      Take(part, times, next + 1, row);
      path_ = before;
    }
  }

  void Complete() {
    // The same facts that bind the same are one path.
    std::string key = std::to_string(path_.nodes.front().bits);
    for (const Held* held : path_.facts)
      key += " " + std::to_string(held - pattern_->ground->facts.data());
    std::vector<std::string> names;
    for (const auto& [name, value] : path_.variables) names.push_back(name);
    key += evaluator_->KeyOf(path_.variables, names);
    if (seen_.insert(key).second) found_.push_back(path_);
    if (found_.size() > 20000) throw NotCovered("so many paths");
  }

  Evaluator* const evaluator_;
  Pattern* const pattern_;
  const PathSearch& search_;
  std::vector<Walk> walks_;
  std::set<TermId> crossable_;
  FoundPath path_;
  std::vector<FoundPath> found_;
  std::set<std::string> seen_;
};

// Of all paths between each two ends those that are asked for.
void Evaluator::BindSearch(Pattern* pattern, size_t next, std::vector<Row>* found) {
  using Kind = ast::PathSelector::Kind;
  Pattern::Edge& edge = pattern->edges[next];
  const PathSearch& search = *edge.search;
  Pattern::Node& left = pattern->nodes[edge.left];
  Pattern::Node& right = pattern->nodes[edge.right];
  std::set<TermId> starts = {left.term};
  if (left.term.is_none()) {
    starts = pattern->ground->universe;
    for (const auto& part : search.parts) {
      for (const auto& step : part.steps) {
        for (const Step& s : step.steps) starts.insert(s.from);
      }
    }
  }
  PathLister lister(this, pattern, search);
  const TermId left_before = left.term, right_before = right.term;
  for (const TermId from : starts) {
    if (left_before.is_none() && !PassesTests(pattern, edge.left, from)) continue;
    std::map<TermId, std::vector<FoundPath>> by_end;
    for (FoundPath& path : lister.From(from)) {
      const bool of_nothing = path.facts.empty() && left_before.is_none() &&
                              right_before.is_none() && !pattern->ground->universe.contains(from);
      if (!of_nothing) by_end[path.nodes.back()].push_back(std::move(path));
    }
    for (auto& [to, paths] : by_end) {
      if (!right_before.is_none() && right_before != to) continue;
      if (edge.left == edge.right && from != to) continue;
      if (right_before.is_none() && !PassesTests(pattern, edge.right, to)) continue;
      std::stable_sort(paths.begin(), paths.end(), [&](const FoundPath& a, const FoundPath& b) {
        return std::pair(a.cost, a.facts.size()) < std::pair(b.cost, b.facts.size());
      });
      std::set<size_t> lengths;
      uint64_t given = 0;
      for (const FoundPath& path : paths) {
        lengths.insert(path.facts.size());
        ++given;
        const bool chosen = search.kind == Kind::kAll              ? true
                            : search.kind == Kind::kAllShortest    ? lengths.size() == 1
                            : search.kind == Kind::kShortestGroups ? lengths.size() <= search.count
                            : search.kind == Kind::kAnyShortest    ? given == 1
                                                                   : given <= search.count;
        if (!chosen) break;
        left.term = from;
        right.term = to;
        edge.path = &path;
        BindChains(pattern, next + 1, found);
      }
    }
  }
  edge.path = nullptr;
  left.term = left_before;
  right.term = right_before;
}

void Evaluator::BindLoneNodes(Pattern* pattern, size_t next, std::vector<Row>* found) {
  while (next < pattern->nodes.size() &&
         (pattern->nodes[next].inner || !pattern->nodes[next].term.is_none())) {
    ++next;
  }
  if (next == pattern->nodes.size()) return Emit(*pattern, found);
  std::set<TermId> terms = pattern->ground->universe;
  // What has a property is spoken of where the property is, be it by a denial.
  const auto& sources = pattern->nodes[next].sources;
  if (std::any_of(sources.begin(), sources.end(), [](auto* s) { return !s->properties.empty(); })) {
    for (const Held& held : pattern->ground->facts) {
      for (const TermId end : {held.fact.subject, held.fact.object}) {
        if (end.is_node()) terms.insert(end);
      }
    }
  }
  for (const TermId term : terms) {
    if (!PassesTests(pattern, next, term)) continue;
    pattern->nodes[next].term = term;
    BindLoneNodes(pattern, next + 1, found);
  }
  pattern->nodes[next].term = TermId{};
}

void Evaluator::Emit(const Pattern& pattern, std::vector<Row>* found) {
  Row row = *pattern.outer;
  const auto fact_of = [&](const Pattern::Edge& edge) {
    return Datum(query::FactDatum{edge.held->fact, pattern.ground->scope_index});
  };
  for (const Pattern::Node& node : pattern.nodes) {
    // What an earlier MATCH of another scope found keeps the id that it was found by.
    if (!node.inner && !node.variable.empty())
      row.emplace(node.variable, graph_.DatumOf(node.term));
  }
  for (const Pattern::Edge& edge : pattern.edges) {
    if (edge.pairs != nullptr) {
      if (edge.source->variable) row[edge.source->variable->text] = graph_.DatumOf(edge.event);
      continue;
    }
    if (edge.search != nullptr) {
      for (const auto& [name, value] : edge.path->variables) {
        // What is a node of the pattern too must be that node.
        const auto known = row.find(name);
        if (known != row.end() && query::Equal(known->second, value) != true) return;
        row[name] = value;
      }
      // Which of several that are as good is nobody's business, unless it decides how many rows
      // there are.
      const auto named = [&](size_t end) {
        const Pattern::Node& node = pattern.nodes[end];
        return !node.variable.empty() || node.sources[0]->id;
      };
      using Kind = ast::PathSelector::Kind;
      const Kind kind = edge.search->kind;
      const bool every =
          kind == Kind::kAll || kind == Kind::kAllShortest || kind == Kind::kShortestGroups;
      ambiguous_ = ambiguous_ || (!every && !edge.path->variables.empty() &&
                                  !(named(edge.left) && named(edge.right)));
      continue;
    }
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
    datum.nodes.push_back(pattern.nodes[path.nodes.front()].term);
    for (size_t i = 0; i < path.edges.size(); ++i) {
      const Pattern::Edge& edge = pattern.edges[path.edges[i]];
      if (edge.search != nullptr) {
        datum.nodes.insert(datum.nodes.end(), edge.path->nodes.begin() + 1, edge.path->nodes.end());
        for (const Held* held : edge.path->facts) {
          datum.facts.push_back({held->fact, pattern.ground->scope_index});
        }
        if (edge.search->cost != nullptr) datum.cost = static_cast<double>(edge.path->cost);
        continue;
      }
      datum.nodes.push_back(pattern.nodes[path.nodes[i + 1]].term);
      if (!edge.chain) datum.facts.push_back({edge.held->fact, pattern.ground->scope_index});
      for (size_t k = 0; edge.chain && k < edge.length; ++k) datum.facts.emplace_back();
    }
    row[path.variable] = Datum(std::move(datum));
  }
  for (const Pattern::Node& node : pattern.nodes) {
    for (const ast::NodePattern* source : node.sources) {
      if (node.inner) continue;
      for (const ast::MapEntry& entry : source->properties) {
        if (!HasProperty(pattern, node.term, entry, row)) return;
      }
    }
  }
  for (const Pattern::Edge& edge : pattern.edges) {
    if (edge.search != nullptr || edge.pairs != nullptr) continue;
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
        if (scopes_[pattern.ground->scope_index].rule != storage::DisputeRule::kDefault) {
          statements.insert(statements.end(), edge.held->denying.begin(), edge.held->denying.end());
        }
      }
      if (std::none_of(statements.begin(), statements.end(), has)) return;
    }
  }
  found->push_back(std::move(row));
}

}  // namespace sightline::reference
