// MATCH: from a pattern to a graph of nodes and edges with their tests.

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "query/binder/pattern_state.h"
#include "query/binder/statement_binder.h"
#include "query/plan/expression_walk.h"
#include "query/plan/path_pattern.h"

namespace sightline::query {

namespace {

// Facts whose object may be a value.
bool MayHoldValue(const storage::PredicateDefinition& definition) {
  return !definition.range_types.empty() || definition.range.empty();
}

// Planning compares the elements of a pattern with one another.
constexpr size_t kPatternNodesMax = 256;
constexpr size_t kPatternEdgesMax = 256;

void CountElements(const std::vector<ast::PatternTerm>& terms, size_t* nodes, size_t* edges) {
  for (const ast::PatternTerm& term : terms) {
    if (const auto* group = std::get_if<std::unique_ptr<ast::GroupPattern>>(&term)) {
      CountElements((*group)->terms, nodes, edges);
    } else {
      ++(std::holds_alternative<ast::NodePattern>(term) ? *nodes : *edges);
    }
  }
}

// Whether what is asked for, or each of the choice, is named in quotes.
bool IsByName(const BoundClassTest& test) {
  if (test.kind == BoundClassTest::Kind::kOr) {
    return std::all_of(test.children.begin(), test.children.end(), IsByName);
  }
  return !test.roots.empty() && !test.roots.front().name.empty();
}

}  // namespace

Status StatementBinder::BindMatch(const ast::MatchClause& clause, const SourceSpan& span) {
  size_t nodes = 0, edges = 0;
  for (const ast::Pattern& pattern : clause.patterns) CountElements(pattern.terms, &nodes, &edges);
  if (nodes > kPatternNodesMax || edges > kPatternEdgesMax) {
    return Error("SL1000", span,
                 fmt::format("this MATCH has {} nodes and {} edges, and {} and {} are the most",
                             nodes, edges, kPatternNodesMax, kPatternEdgesMax),
                 {"write it as several MATCHes"});
  }
  PatternState state;
  state.clause = &clause;
  SL_ASSIGN_OR_RETURN(const storage::ScopeConditions conditions, BindScope(clause.scope, around_));
  // What stands inside of the MATCH, subqueries too, is asked under its scope.
  const storage::ScopeConditions around = std::exchange(around_, conditions);
  SL_ASSIGN_OR_RETURN(state.graph.scope_index, AddScope(conditions));
  const storage::ScopePtr facts = scopes_[state.graph.scope_index];
  const storage::IdentityMapPtr identity_around = std::exchange(identity_, facts->identity());
  UseCatalogAt(conditions.known_at);
  SL_ASSIGN_OR_RETURN(state.graph.base_scope_index, AddBaseScope(facts));
  state.base = scopes_[state.graph.base_scope_index];
  state.includes_denied = conditions.dispute_rule == storage::DisputeRule::kIncludingDenied ||
                          conditions.dispute_rule == storage::DisputeRule::kOnlyDenied;

  const size_t slots_before = frame_->slots.size();
  for (const ast::Pattern& pattern : clause.patterns) {
    SL_RETURN_IF_ERROR(AddPattern(pattern, &state));
  }
  SL_RETURN_IF_ERROR(BindAvoiding(clause, &state));
  SetNodeTypes(&state);
  std::stable_sort(state.introduced.begin(), state.introduced.end(),
                   [](const Binding& a, const Binding& b) { return a.named_at < b.named_at; });
  for (const Binding& binding : state.introduced) bindings_.Add(binding);
  // Only now: what stands in braces may name any variable of the MATCH.
  for (uint32_t index = 0; index < state.nodes.size(); ++index) {
    for (const ast::NodePattern* node : state.nodes[index].sources) {
      SL_RETURN_IF_ERROR(BindNodeTests(*node, index, &state));
    }
    if (const auto tests = end_tests_.find(state.nodes[index].variable);
        tests != end_tests_.end()) {
      // Kinds were found by what was known then, which a scope of its own may change.
      AskAsWell(*tests->second, clause.scope.empty(), &state.graph.nodes[index]);
    }
    Binding* binding = bindings_.Find(state.nodes[index].variable);
    if (binding != nullptr) {
      auto& classes = state.nodes[index].classes;
      // What earlier clauses tested holds here as well. What an optional part asks of a node that
      // was there before does not hold from there on.
      classes.insert(classes.end(), binding->classes.begin(), binding->classes.end());
      if (!clause.optional || !state.graph.nodes[index].bound_before) binding->classes = classes;
      for (const NameTest& test : state.graph.nodes[index].names) {
        if (test.fuzzy) binding->alike = test.name;
      }
    }
  }
  for (uint32_t index = 0; index < state.edges.size(); ++index) {
    // Those of a searched path are bound with it.
    if (state.graph.edges[index].search != nullptr) continue;
    SL_RETURN_IF_ERROR(BindEdgeTests(*state.edges[index].source, index, &state));
  }
  SL_RETURN_IF_ERROR(CheckDirections(state));
  WarnOfProperties(state);
  SetDifferences(&state);
  SL_ASSIGN_OR_RETURN(std::vector<LogicalCall> calls, CallDefinedEdges(conditions, &state));
  state.graph.steps = StepsInTextOrder(state.graph);
  if (clause.where != nullptr) {
    ExpressionScope scope{.bindings = &bindings_, .place = "WHERE"};
    SL_ASSIGN_OR_RETURN(BoundExpressionPtr condition, BindCondition(*clause.where, &scope));
    SL_RETURN_IF_ERROR(CheckComparisons(*condition));
    state.filters.push_back({std::move(condition), Text(clause.where->span), clause.where->span});
  }
  WarnOfCartesianProduct(state);
  if (clause.optional) WarnOfNullTest(state);

  // Named elements make rows; anonymous ones must not multiply them.
  const bool distinct = AnonymousMultiplies(state);
  LogicalPlan input = std::move(plan_);
  if (distinct && !clause.optional && !rows_distinct_) {
    const uint32_t number =
        frame_->Add({.name = "", .kind = Vector::Kind::kData, .type = StaticType::kInteger});
    input = MakeOperator(LogicalNumberRows{number}, frame_, std::move(input));
    rows_distinct_ = true;
  }
  std::vector<uint32_t> keys;
  if (distinct) {
    std::set<uint32_t> anonymous;
    for (size_t i = 0; i < state.graph.nodes.size(); ++i) {
      if (!state.graph.nodes[i].named) anonymous.insert(state.graph.nodes[i].slot);
    }
    anonymous.insert(state.own_slots.begin(), state.own_slots.end());
    for (const PatternEdge& edge : state.graph.edges) {
      if (edge.named) continue;
      if (edge.fact_slot.has_value()) anonymous.insert(*edge.fact_slot);
      if (edge.path_slot.has_value()) anonymous.insert(*edge.path_slot);
    }
    for (uint32_t slot = 0; slot < frame_->slots.size(); ++slot) {
      const bool evidence = frame_->evidence_slot.has_value() && *frame_->evidence_slot == slot;
      const bool outer = clause.optional && slot < slots_before;
      if (!evidence && !outer && !anonymous.contains(slot)) keys.push_back(slot);
    }
    // Columns that earlier clauses left behind without a name are functions of the row's others.
  }
  LogicalPlan plan = clause.optional ? MakeOperator(LogicalArgument{}, frame_) : std::move(input);
  for (LogicalCall& call : calls) plan = MakeOperator(std::move(call), frame_, std::move(plan));
  plan = MakeOperator(LogicalMatch{std::move(state.graph)}, frame_, std::move(plan));
  if (distinct) plan = MakeOperator(LogicalDistinct{std::move(keys)}, frame_, std::move(plan));
  for (LogicalFilter& filter : state.filters) {
    plan = MakeOperator(std::move(filter), frame_, std::move(plan));
  }
  if (clause.optional) {
    LogicalOptional optional;
    optional.inner = std::move(plan);
    for (uint32_t slot = static_cast<uint32_t>(slots_before); slot < frame_->slots.size(); ++slot) {
      if (IsImported(slot)) continue;
      optional.slots.push_back(slot);
    }
    plan = MakeOperator(std::move(optional), frame_, std::move(input));
  }
  plan_ = std::move(plan);
  argument_only_ = false;
  around_ = around;
  identity_ = identity_around;
  return OkStatus();
}

Status StatementBinder::AddPattern(const ast::Pattern& pattern, PatternState* state) {
  const bool in_path = pattern.variable.has_value();
  PatternPath path;
  SL_ASSIGN_OR_RETURN(const PathTerms terms, TermsOf(pattern, state));
  if (pattern.selector.has_value() && !terms.links.empty()) {
    SL_RETURN_IF_ERROR(AddSearchedPattern(pattern, terms, state, &path));
  } else {
    if (pattern.cost != nullptr) return CostWithoutCheapest(pattern);
    for (size_t i = 0; i < terms.nodes.size(); ++i) {
      SL_ASSIGN_OR_RETURN(const uint32_t index, AddNode(*terms.nodes[i], state));
      state->nodes[index].in_path |= in_path;
      const ast::EdgePattern* edge = i > 0 ? terms.links[i - 1].edge : nullptr;
      if (edge != nullptr && !DefinedEdgeNames(*edge).empty()) {
        SL_RETURN_IF_ERROR(AddDefinedEdge(*edge, path.nodes.back(), index, in_path, state));
      } else if (i > 0) {
        SL_ASSIGN_OR_RETURN(const uint32_t added,
                            AddLink(terms.links[i - 1], path.nodes.back(), index, in_path, state));
        path.edges.push_back(added);
      }
      path.nodes.push_back(index);
    }
  }
  if (!in_path) return OkStatus();
  const ast::Name& name = *pattern.variable;
  const bool taken =
      IsTaken(name.text) || std::any_of(state->introduced.begin(), state->introduced.end(),
                                        [&](const Binding& b) { return b.name == name.text; });
  if (taken) {
    return Error("SL2002", name.span, fmt::format("'{}' is in use already", name.text),
                 {"choose another name for the path"});
  }
  path.slot = frame_->Add({.name = name.text,
                           .kind = Vector::Kind::kData,
                           .type = StaticType::kPath,
                           .from_pattern = true});
  state->introduced.push_back({.name = name.text,
                               .slot = path.slot,
                               .type = StaticType::kPath,
                               .from_pattern = true,
                               .named_at = name.span.begin});
  state->graph.paths.push_back(std::move(path));
  return OkStatus();
}

StatusOr<uint32_t> StatementBinder::AddNode(const ast::NodePattern& node, PatternState* state) {
  const auto add = [&](PatternNode made) {
    state->graph.nodes.push_back(std::move(made));
    state->nodes.emplace_back();
    state->nodes.back().sources.push_back(&node);
    return static_cast<uint32_t>(state->graph.nodes.size() - 1);
  };
  PatternNode made;
  made.text = Text(node.span);
  made.span = node.span;
  if (!node.variable.has_value()) {
    made.slot =
        frame_->Add({.name = "", .kind = Vector::Kind::kTerms, .type = StaticType::kEntity});
    return add(std::move(made));
  }
  const std::string& name = node.variable->text;
  if (const auto again = state->nodes_by_variable.find(name);
      again != state->nodes_by_variable.end()) {
    state->nodes[again->second].sources.push_back(&node);
    return again->second;
  }
  const auto clash = [&](StaticType type) {
    return Error(
        "SL2002", node.variable->span,
        fmt::format("'{}' is a {} already and cannot be a node too", name, StaticTypeName(type)),
        {"choose another name"});
  };
  const auto introduced =
      std::find_if(state->introduced.begin(), state->introduced.end(),
                   [&](const Binding& binding) { return binding.name == name; });
  if (introduced != state->introduced.end()) {
    if (introduced->type != StaticType::kEntity && introduced->type != StaticType::kAny) {
      return clash(introduced->type);
    }
    // A node within a searched path, or the event of an edge: found twice, and the same.
    made.slot =
        frame_->Add({.name = "", .kind = Vector::Kind::kTerms, .type = StaticType::kEntity});
    made.named = true;
    JoinNodes(made.slot, introduced->slot, *node.variable, state);
    const uint32_t index = add(std::move(made));
    state->nodes_by_variable.emplace(name, index);
    return index;
  }
  made.named = true;
  SL_ASSIGN_OR_RETURN(const Binding* const bound, FindForPattern(*node.variable));
  if (bound != nullptr) {
    switch (bound->type) {
      case StaticType::kFact:
      case StaticType::kPath:
      case StaticType::kList:
      case StaticType::kMap:
        return clash(bound->type);
      default:
        if (!cypher_ || bound->type == StaticType::kEntity || bound->type == StaticType::kAny ||
            bound->type == StaticType::kNull || bound->type == StaticType::kStatement) {
          break;
        }
        return clash(bound->type);
    }
    made.bound_before = true;
    made.slot = bound->slot;
    if (bound->kind == Vector::Kind::kData) {
      made.data_slot = bound->slot;
      made.slot = frame_->Add({.name = "", .kind = Vector::Kind::kTerms, .type = bound->type});
    }
  } else {
    made.slot = frame_->Add({.name = name,
                             .kind = Vector::Kind::kTerms,
                             .type = StaticType::kEntity,
                             .from_pattern = true});
    state->introduced.push_back({.name = name,
                                 .slot = made.slot,
                                 .type = StaticType::kEntity,
                                 .kind = Vector::Kind::kTerms,
                                 .from_pattern = true,
                                 .named_at = node.variable->span.begin});
  }
  const uint32_t index = add(std::move(made));
  state->nodes[index].variable = name;
  state->nodes_by_variable.emplace(name, index);
  return index;
}

StatusOr<uint64_t> StatementBinder::BindHopBound(const ast::Expression& bound) {
  SL_ASSIGN_OR_RETURN(const Datum datum, EvaluateConstant(bound, "a number of steps"));
  const int64_t* number = datum.value() != nullptr ? datum.value()->get_if<int64_t>() : nullptr;
  if (number == nullptr || *number < 0) {
    return Error("SL4008", bound.span, "a number of steps is a whole number from 0",
                 {"write -[:p*1..4]->"});
  }
  return static_cast<uint64_t>(*number);
}

StatusOr<std::pair<uint64_t, uint64_t>> StatementBinder::BindHops(const ast::HopRange& hops) {
  uint64_t from = hops.star ? 1 : 0;
  uint64_t to = kUnboundedHops;
  if (hops.from != nullptr) {
    SL_ASSIGN_OR_RETURN(from, BindHopBound(*hops.from));
  }
  if (hops.to != nullptr) {
    SL_ASSIGN_OR_RETURN(to, BindHopBound(*hops.to));
  }
  if (from > to && !cypher_) {  // CYPHER: there are none.
    return Error("SL4008", hops.span, fmt::format("from {} to {} steps: there are none", from, to),
                 {"write the smaller number first"});
  }
  return std::pair{from, to};
}

StatusOr<StatementBinder::EdgeShape> StatementBinder::ShapeOf(const ast::EdgePattern& edge,
                                                              PatternEdgeInfo* info,
                                                              bool searched) {
  EdgeShape shape;
  HopGroup& hops = shape.hops;
  info->source = &edge;
  const bool named = edge.variable.has_value() || edge.statement_variable.has_value();
  if (edge.predicates.has_value()) {
    SL_ASSIGN_OR_RETURN(ResolvedPredicates resolved, ResolvePredicates(*edge.predicates));
    hops.walk = std::move(resolved.walk);
    info->predicates = std::move(resolved.named);
    info->names_predicates = resolved.names_only;
  } else {
    hops.walk = AnyWalk();
    const std::string* name = edge.variable.has_value() ? &edge.variable->text : nullptr;
    bool inverse = false;
    if (name != nullptr && FindProperty(*name, &inverse) != nullptr) {
      Notice(Severity::kWarning, "W2001", edge.variable->span,
             fmt::format("'{}' is a variable here, for a fact of any predicate", *name),
             {fmt::format("to mean the predicate write -[:{}]->", QuoteName(*name))},
             {{edge.variable->span, ":" + QuoteName(*name)}});
    }
  }
  const bool has_tests = !edge.properties.empty() || edge.where != nullptr;
  if (edge.hops.has_value()) {
    SL_ASSIGN_OR_RETURN(std::tie(hops.hops_min, hops.hops_max), BindHops(*edge.hops));
    shape.chain = true;
  } else if (info->names_predicates && !named && !has_tests && !cypher_) {
    // TRANSITIVE predicates walk their closure, unless the edge is to be a fact.
    const auto transitive =
        std::find_if(info->predicates.begin(), info->predicates.end(),
                     [](const ResolvedPredicates::Named& p) { return p.definition->transitive; });
    if (transitive != info->predicates.end()) {
      const bool either = edge.direction == ast::Direction::kEither;
      if (info->predicates.size() > 1 || (either && !transitive->definition->symmetric)) {
        return Error("SL4017", edge.span,
                     fmt::format("the TRANSITIVE predicate '{}' next to others, or both ways, "
                                 "stands for pairs of ends, and is no part of a path",
                                 transitive->definition->name),
                     {"write {1} behind it for its single facts, or + for chains of them all"});
      }
      hops.hops_max = kUnboundedHops;
      shape.chain = true;
    }
  }
  if (shape.chain) {
    // A chain of whatever predicates leads from node to node.
    if (hops.walk.along.all_but) hops.walk.along.nodes_only = true;
    if (edge.statement_variable.has_value()) {
      return NotImplemented(edge.statement_variable->span,
                            "a statement variable (@) on a chain of several steps");
    }
    // Whoever asks for paths sees which way they went.
    if (!searched && edge.direction == ast::Direction::kEither && hops.hops_max > 1) {
      const bool symmetric = info->names_predicates &&
                             std::all_of(info->predicates.begin(), info->predicates.end(),
                                         [](const auto& p) { return p.definition->symmetric; });
      if (!symmetric) {
        Notice(Severity::kWarning, "W2006", edge.span,
               "a chain without direction also joins things that merely share a neighbour",
               {"give the steps a direction: -[*..3]->"});
      }
    }
  }
  switch (edge.direction) {
    case ast::Direction::kRight:
      break;
    case ast::Direction::kLeft:
      hops.walk = hops.walk.Reversed();
      break;
    case ast::Direction::kEither: {
      // Whatever can be walked one way can be walked the other.
      EdgeWalk& walk = hops.walk;
      if (walk.along.all_but) {
        walk.against = walk.along;
      } else if (walk.against.all_but) {
        walk.along = walk.against;
      } else {
        auto& all = walk.along.predicates;
        all.insert(all.end(), walk.against.predicates.begin(), walk.against.predicates.end());
        std::sort(all.begin(), all.end());
        all.erase(std::unique(all.begin(), all.end()), all.end());
        walk.against = walk.along;
      }
      break;
    }
  }
  if (cypher_) {
    // What leads to a value is a property.
    hops.walk.along.nodes_only = hops.walk.against.nodes_only = true;
  }
  return shape;
}

StatusOr<uint32_t> StatementBinder::Introduce(const ast::Name& name, Vector::Kind kind,
                                              StaticType type, PatternState* state) {
  const bool here = std::any_of(state->introduced.begin(), state->introduced.end(),
                                [&](const Binding& b) { return b.name == name.text; });
  if (here || IsTaken(name.text)) {
    return Error(
        "SL2002", name.span,
        fmt::format("'{}' is in use already, and what it names needs a name of its own", name.text),
        {"choose another name"});
  }
  const uint32_t slot =
      frame_->Add({.name = name.text, .kind = kind, .type = type, .from_pattern = true});
  state->introduced.push_back({.name = name.text,
                               .slot = slot,
                               .type = type,
                               .kind = kind,
                               .from_pattern = true,
                               .named_at = name.span.begin});
  return slot;
}

StatusOr<uint32_t> StatementBinder::IntroduceEdge(const ast::Name& name, Vector::Kind kind,
                                                  StaticType type, PatternState* state) {
  const bool here = std::any_of(state->introduced.begin(), state->introduced.end(),
                                [&](const Binding& b) { return b.name == name.text; });
  if (!cypher_ || here) return Introduce(name, kind, type, state);
  SL_ASSIGN_OR_RETURN(const Binding* const bound, FindForPattern(name));
  if (bound == nullptr || (bound->type != type && bound->type != StaticType::kAny &&
                           bound->type != StaticType::kNull)) {
    return Introduce(name, kind, type, state);
  }
  // The edge of an earlier clause again: one that is found, and is it.
  const uint32_t slot = frame_->Add({.name = "", .kind = kind, .type = type});
  auto same = std::make_unique<BoundExpression>();
  same->node = BoundBinary{ast::BinaryOperator::kEqual, MakeSlot(slot, type, name.span),
                           MakeSlot(bound->slot, bound->type, name.span)};
  same->type = StaticType::kBoolean;
  same->span = name.span;
  state->filters.push_back({std::move(same), name.text, name.span});
  return slot;
}

StatusOr<uint32_t> StatementBinder::AddEdge(const ast::EdgePattern& edge, uint32_t left,
                                            uint32_t right, bool in_path, PatternState* state) {
  PatternEdge made;
  made.left = left;
  made.right = right;
  made.text = Text(edge.span);
  made.span = edge.span;
  PatternEdgeInfo info;
  info.in_path = in_path;
  SL_ASSIGN_OR_RETURN(EdgeShape shape, ShapeOf(edge, &info, false));
  const bool has_tests = !edge.properties.empty() || edge.where != nullptr;
  if (shape.chain && cypher_ && (edge.where != nullptr || !state->clause->avoiding.empty())) {
    return NotImplemented(edge.where != nullptr ? edge.where->span : edge.span,
                          edge.where != nullptr ? "WHERE in a chain under CYPHER"
                                                : "AVOIDING around a chain under CYPHER",
                          {"name the chain's path, p = (a)-[:x*]->(b), and test what is on it"});
  }
  if (shape.chain && !cypher_ && (has_tests || !state->clause->avoiding.empty())) {
    return AddSearchedChain(edge, std::move(shape), std::move(info), left, right, state);
  }
  made.variable_length = shape.chain;
  made.named = edge.variable.has_value() || edge.statement_variable.has_value();
  made.each_statement = cypher_;
  made.groups.push_back(std::move(shape.hops));

  if (edge.variable.has_value()) {
    SL_ASSIGN_OR_RETURN(
        made.fact_slot,
        IntroduceEdge(*edge.variable, Vector::Kind::kData,
                      made.variable_length ? StaticType::kList : StaticType::kFact, state));
  } else if (in_path && !made.variable_length) {
    made.fact_slot =
        frame_->Add({.name = "", .kind = Vector::Kind::kData, .type = StaticType::kFact});
  }
  if (edge.statement_variable.has_value()) {
    SL_ASSIGN_OR_RETURN(made.statement_slot,
                        IntroduceEdge(*edge.statement_variable, Vector::Kind::kTerms,
                                      StaticType::kStatement, state));
  }
  if (in_path && made.variable_length) {
    made.path_slot =
        frame_->Add({.name = "", .kind = Vector::Kind::kData, .type = StaticType::kPath});
  }
  state->graph.edges.push_back(std::move(made));
  state->edges.push_back(std::move(info));
  return static_cast<uint32_t>(state->graph.edges.size() - 1);
}

namespace {

// A value is of no class, so it passes :% and :!Company.
bool OnlyNodesPass(const ast::ClassTest& test) {
  using Kind = ast::ClassTest::Kind;
  const auto& children = test.children;
  switch (test.kind) {
    case Kind::kAny:
    case Kind::kNot:
      return false;
    case Kind::kAnd:
      return std::any_of(children.begin(), children.end(), OnlyNodesPass);
    case Kind::kOr:
      return std::all_of(children.begin(), children.end(), OnlyNodesPass);
    case Kind::kName:
    case Kind::kId:
    case Kind::kQuoted:
    case Kind::kParameter:
      return true;
  }
  return false;
}

}  // namespace

bool PatternState::IsTested(uint32_t node) const {
  const auto& sources = nodes[node].sources;
  return std::any_of(sources.begin(), sources.end(), [](const ast::NodePattern* source) {
    return source->id.has_value() || source->quoted.has_value() || source->named != nullptr ||
           !source->properties.empty() ||
           (source->classes.has_value() && OnlyNodesPass(*source->classes));
  });
}

bool StatementBinder::EdgesAllowValue(const PatternState& state, uint32_t node,
                                      std::optional<uint32_t> apart_from) const {
  const auto object_may_be_value = [&](const PredicateSet& set) {
    if (set.nodes_only) return false;
    if (set.all_but) return true;
    return std::any_of(set.predicates.begin(), set.predicates.end(), [&](storage::TermId id) {
      const auto* definition = catalog_->FindPredicate(id);
      return definition != nullptr && MayHoldValue(*definition);
    });
  };
  for (uint32_t index = 0; index < state.graph.edges.size(); ++index) {
    const PatternEdge& edge = state.graph.edges[index];
    if (index == apart_from || (edge.left != node && edge.right != node)) continue;
    // A chain of no step joins a value to itself.
    if (apart_from.has_value() && edge.groups.front().hops_min == 0) continue;
    if (edge.left == edge.right) return false;
    const HopGroup& last = edge.right == node ? edge.groups.back() : edge.groups.front();
    if (!object_may_be_value(edge.right == node ? last.walk.along : last.walk.against)) {
      return false;
    }
  }
  return true;
}

// A node that is only ever the object of facts whose object may be a value may be a value itself.
void StatementBinder::SetNodeTypes(PatternState* state) {
  for (uint32_t index = 0; index < state->graph.nodes.size(); ++index) {
    const PatternNode& node = state->graph.nodes[index];
    const auto& edges = state->graph.edges;
    const bool has_edge = std::any_of(edges.begin(), edges.end(), [&](const PatternEdge& edge) {
      return edge.left == index || edge.right == index;
    });
    if (node.bound_before || !has_edge || state->IsTested(index) ||
        !EdgesAllowValue(*state, index, std::nullopt)) {
      continue;
    }
    frame_->slots[node.slot].type = StaticType::kAny;
    for (Binding& binding : state->introduced) {
      if (binding.slot == node.slot) binding.type = StaticType::kAny;
    }
  }
}

Status StatementBinder::BindNodeTests(const ast::NodePattern& node, uint32_t index,
                                      PatternState* state) {
  PatternNode* const bound = &state->graph.nodes[index];
  SL_RETURN_IF_ERROR(BindTests(node, *state, bound, &state->nodes[index].classes));
  if (node.where != nullptr) {
    ExpressionScope scope{.bindings = &bindings_, .place = "WHERE"};
    SL_ASSIGN_OR_RETURN(BoundExpressionPtr condition, BindCondition(*node.where, &scope));
    SL_RETURN_IF_ERROR(CheckComparisons(*condition));
    state->filters.push_back({std::move(condition), Text(node.where->span), node.where->span});
  }
  return OkStatus();
}

Status StatementBinder::BindTests(const ast::NodePattern& node, const PatternState& state,
                                  PatternNode* tested, std::vector<std::string>* classes) {
  PatternNode& bound = *tested;
  if (node.id.has_value()) {
    SL_ASSIGN_OR_RETURN(const auto found, view_.FindNode(node.id->text));
    if (!found.has_value()) NoticeIdNamesNothing(node.id->text, node.id->span);
    const storage::TermId id = state.base->CanonicalOf(found.value_or(storage::TermId{}));
    // (x), (#a) with the same x cannot be written; an id given twice must be the same one.
    bound.id = NodeId(bound.id.has_value() && *bound.id != NodeId(id) ? storage::TermId{} : id);
  }
  if (node.quoted.has_value()) {
    SL_ASSIGN_OR_RETURN(auto roots, RootsNamed(node.quoted->text, node.quoted->span, state.base));
    SL_ASSIGN_OR_RETURN(ResolvedClassTest resolved, KindsOf(std::move(roots), false, state.base));
    bound.kinds.push_back(std::move(resolved.test));
  }
  if (node.classes.has_value()) {
    SL_ASSIGN_OR_RETURN(ResolvedClassTest resolved, ResolveClassTest(*node.classes, state.base));
    classes->insert(classes->end(), resolved.classes.begin(), resolved.classes.end());
    if (resolved.test.kind != BoundClassTest::Kind::kAny) {
      bound.kinds.push_back(std::move(resolved.test));
    }
  }
  ExpressionScope scope{.bindings = &bindings_, .place = "a pattern"};
  if (node.named != nullptr) {
    std::optional<NameTest> late = LateNameTest(node, state.graph.base_scope_index);
    if (late) bound.names.push_back(*std::move(late));
  }
  if (node.named != nullptr && (bound.names.empty() || !bound.names.back().late_name)) {
    SL_ASSIGN_OR_RETURN(const Datum name, EvaluateConstant(*node.named, "NAMED"));
    const auto* text = name.value() != nullptr ? name.value()->get_if<storage::Text>() : nullptr;
    if (text == nullptr) {
      return Error("SL3011", node.named->span, "NAMED needs a text",
                   {"write (x NAMED \"Hikvision\")"});
    }
    NameTest test;
    test.name = text->text;
    test.fuzzy = node.named_fuzzy;
    std::vector<storage::TermId> named;
    if (test.fuzzy) {
      SL_ASSIGN_OR_RETURN(const std::vector<storage::NameMatch> matches,
                          view_.NodesAlike(text->text, *state.base));
      for (const storage::NameMatch& match : matches) named.push_back(match.node);
      std::sort(named.begin(), named.end());
    } else {
      SL_ASSIGN_OR_RETURN(named, view_.NodesNamed(text->text, *state.base));
    }
    NoticeNames(text->text, named.size(), !test.fuzzy && !node.classes.has_value(),
                node.named->span);
    test.nodes = NodeSet(std::move(named));
    bound.names.push_back(std::move(test));
  }
  for (const ast::MapEntry& entry : node.properties) {
    bool inverse = false;
    const storage::PredicateDefinition* definition = FindProperty(entry.key.text, &inverse);
    if (definition == nullptr && !cypher_) {
      return NoSuchPredicate(entry.key.text, entry.key.span, "SL2015");
    }
    PropertyTest test;
    test.key = entry.key.text;
    PredicateSet set;
    if (definition != nullptr) set.predicates = PredicateIds(definition->name);
    PredicateSet symmetric;
    for (storage::TermId id : set.predicates) {
      const auto* below = catalog_->FindPredicate(id);
      if (below != nullptr && below->symmetric) symmetric.predicates.push_back(id);
    }
    test.walk.along = inverse ? symmetric : set;
    test.walk.against = inverse ? set : symmetric;
    SL_ASSIGN_OR_RETURN(test.value, BindExpression(*entry.value, &scope));
    if (!inverse && definition != nullptr) ReadYear(*definition, test.value.get());
    SL_RETURN_IF_ERROR(
        CheckMayHold(entry.key.text, inverse, DefinitionsOf(set.predicates), *test.value));
    test.slots = SlotsOf(*test.value);
    const auto* constant = std::get_if<BoundConstant>(&test.value->node);
    const storage::Value* value = constant != nullptr ? constant->value.value() : nullptr;
    const auto* text = value != nullptr ? value->get_if<storage::Text>() : nullptr;
    const bool is_name = definition != nullptr && (definition->name == storage::kName ||
                                                   definition->name == storage::kAlias);
    if (is_name && !state.includes_denied) {
      const auto* late = std::get_if<BoundParameter>(&test.value->node);
      if (late != nullptr && test.value->type == StaticType::kText) {
        test.candidates = AddLateNames(late->index, state.graph.base_scope_index);
      } else if (text != nullptr) {
        SL_ASSIGN_OR_RETURN(std::vector<storage::TermId> named,
                            view_.NodesNamed(text->text, *state.base));
        test.candidates = NodeSet(std::move(named));
      }
    }
    bound.properties.push_back(std::move(test));
  }
  return OkStatus();
}

StatusOr<QualifierTest> StatementBinder::BindQualifier(const ast::MapEntry& entry,
                                                       ExpressionScope* scope) {
  const storage::PredicateDefinition* definition = catalog_->FindPredicate(entry.key.text);
  if (definition == nullptr && !cypher_) {
    return NoSuchPredicate(entry.key.text, entry.key.span, "SL2015");
  }
  QualifierTest test;
  if (definition != nullptr) test.predicates = PredicateIds(definition->name);
  SL_ASSIGN_OR_RETURN(test.value, BindExpression(*entry.value, scope));
  if (definition != nullptr) ReadYear(*definition, test.value.get());
  SL_RETURN_IF_ERROR(
      CheckMayHold(entry.key.text, false, DefinitionsOf(test.predicates), *test.value));
  test.slots = SlotsOf(*test.value);
  return test;
}

Status StatementBinder::BindEdgeTests(const ast::EdgePattern& edge, uint32_t index,
                                      PatternState* state) {
  PatternEdge& bound = state->graph.edges[index];
  ExpressionScope scope{.bindings = &bindings_, .place = "a pattern"};
  for (const ast::MapEntry& entry : edge.properties) {
    SL_ASSIGN_OR_RETURN(QualifierTest test, BindQualifier(entry, &scope));
    bound.qualifiers.push_back(std::move(test));
  }
  if (edge.where != nullptr) {
    scope.place = "WHERE";
    SL_ASSIGN_OR_RETURN(BoundExpressionPtr condition, BindCondition(*edge.where, &scope));
    SL_RETURN_IF_ERROR(CheckComparisons(*condition));
    state->filters.push_back({std::move(condition), Text(edge.where->span), edge.where->span});
  }
  return OkStatus();
}

// Two edges of one MATCH are two facts; two that bind statements are two statements, which may well
// be of one fact; a fact and a statement may go together. A chain must have a way around the single
// facts; two chains each only say that there is a way.
void StatementBinder::SetDifferences(PatternState* state) {
  auto& edges = state->graph.edges;
  for (size_t later = 1; later < edges.size(); ++later) {
    for (size_t earlier = 0; earlier < later; ++earlier) {
      const PatternEdge& a = edges[earlier];
      const PatternEdge& b = edges[later];
      if (a.variable_length && b.variable_length && !(a.walks_trails() && b.walks_trails())) {
        continue;
      }
      const bool both_single = !a.variable_length && !b.variable_length;
      if (both_single && a.statement_slot.has_value() != b.statement_slot.has_value()) continue;
      const bool intersect =
          std::any_of(a.groups.begin(), a.groups.end(), [&b](const HopGroup& one) {
            return std::any_of(b.groups.begin(), b.groups.end(), [&one](const HopGroup& other) {
              return one.walk.along.Intersects(other.walk.along) ||
                     one.walk.along.Intersects(other.walk.against) ||
                     one.walk.against.Intersects(other.walk.along) ||
                     one.walk.against.Intersects(other.walk.against);
            });
          });
      if (intersect) edges[later].differs_from.push_back(static_cast<uint32_t>(earlier));
    }
  }
}

bool StatementBinder::AnonymousMultiplies(const PatternState& state) const {
  if (cypher_) return false;  // There what has no name makes rows as well.
  for (size_t i = 0; i < state.graph.nodes.size(); ++i) {
    const PatternNode& node = state.graph.nodes[i];
    if (!node.named && !node.id.has_value() && !state.nodes[i].in_path) return true;
  }
  for (size_t i = 0; i < state.graph.edges.size(); ++i) {
    const PatternEdge& edge = state.graph.edges[i];
    // Several paths may hold the same named elements, unless the path itself is named.
    if (edge.search != nullptr && !state.edges[i].in_path && edge.search->GivesSeveral()) {
      return true;
    }
    // A chain gives one row for each pair of ends.
    if (edge.named || edge.variable_length || state.edges[i].in_path) continue;
    const EdgeWalk& walk = edge.walk();
    const bool one_fact = !walk.along.all_but && !walk.against.all_but &&
                          walk.along.predicates.size() + walk.against.predicates.size() == 1;
    if (!one_fact) return true;
  }
  return false;
}

void StatementBinder::WarnOfCartesianProduct(const PatternState& state) {
  const auto& nodes = state.graph.nodes;
  // Which part of the pattern each node is in; part 0 is what earlier clauses bound.
  std::vector<size_t> part(nodes.size());
  const auto join = [&](size_t a, size_t b) {
    const size_t from = std::max(part[a], part[b]);
    const size_t to = std::min(part[a], part[b]);
    std::replace(part.begin(), part.end(), from, to);
  };
  for (size_t i = 0; i < nodes.size(); ++i) part[i] = nodes[i].bound_before ? 0 : i + 1;
  for (const PatternEdge& edge : state.graph.edges) join(edge.left, edge.right);
  std::map<uint32_t, size_t> node_of_slot;
  for (size_t i = 0; i < nodes.size(); ++i) node_of_slot.emplace(nodes[i].slot, i);
  for (const PatternEdge& edge : state.graph.edges) {
    for (const uint32_t column : ColumnsOf(edge)) node_of_slot.emplace(column, edge.left);
  }
  // Values and conditions that read two parts join them; so do those that read an outer row.
  const auto join_slots = [&](const std::vector<uint32_t>& slots, std::optional<size_t> with) {
    std::optional<size_t> first = with;
    for (uint32_t slot : slots) {
      const auto found = node_of_slot.find(slot);
      if (found == node_of_slot.end()) {
        if (first.has_value()) std::replace(part.begin(), part.end(), part[*first], size_t{0});
        continue;
      }
      if (first.has_value()) {
        join(*first, found->second);
      } else {
        first = found->second;
      }
    }
  };
  for (size_t i = 0; i < nodes.size(); ++i) {
    for (const PropertyTest& test : nodes[i].properties) join_slots(test.slots, i);
  }
  for (const LogicalFilter& filter : state.filters) {
    for (const BoundExpression* conjunct : ConjunctsOf(*filter.condition)) {
      join_slots(SlotsOf(*conjunct), std::nullopt);
    }
  }
  // A part that an id or a name pins down is a row or two, not a table.
  std::set<size_t> pinned;
  for (size_t i = 0; i < nodes.size(); ++i) {
    const bool by_name = std::any_of(nodes[i].kinds.begin(), nodes[i].kinds.end(), IsByName);
    if (nodes[i].id.has_value() || !nodes[i].names.empty() || by_name) pinned.insert(part[i]);
  }
  std::set<size_t> open;
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (part[i] == 0 || pinned.contains(part[i]) || !open.insert(part[i]).second) continue;
    if (open.size() < 2) continue;
    Notice(Severity::kWarning, "W3004", nodes[i].span,
           fmt::format("nothing joins {} to the rest of the pattern: every combination is a row",
                       nodes[i].text),
           {"join them by an edge, a shared variable or a condition"});
    return;
  }
}

void StatementBinder::WarnOfNullTest(const PatternState& state) {
  for (const LogicalFilter& filter : state.filters) {
    for (const BoundExpression* conjunct : ConjunctsOf(*filter.condition)) {
      const auto* unary = std::get_if<BoundUnary>(&conjunct->node);
      if (unary == nullptr || unary->op != ast::UnaryOperator::kIsNull) continue;
      const auto* slot = std::get_if<BoundSlot>(&unary->operand->node);
      if (slot == nullptr) continue;
      const auto introduced =
          std::find_if(state.introduced.begin(), state.introduced.end(),
                       [&](const Binding& binding) { return binding.slot == slot->column; });
      if (introduced == state.introduced.end()) continue;
      Notice(Severity::kWarning, "W2003", filter.span,
             "this WHERE belongs to the OPTIONAL MATCH, so it never removes rows",
             {fmt::format("use FILTER {} IS UNKNOWN", QuoteName(introduced->name))});
    }
  }
}

}  // namespace sightline::query
