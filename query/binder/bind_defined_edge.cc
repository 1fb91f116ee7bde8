// Edges that are defined by a pattern: DEFINE (a)-[:edge]->(b) AS MATCH …, used in a MATCH.
//
// All definitions of an edge, and plain predicates beside it in -[:edge|p]->, become one query that
// gives pairs of ends. It is found once, before the rest of the pattern, which then tests the ends.

#include <algorithm>
#include <utility>

#include "query/binder/pattern_state.h"
#include "query/binder/statement_binder.h"
#include "query/plan/expression_walk.h"

namespace sightline::query {

using storage::StoredDefinition;

bool StatementBinder::IsExpanding(const std::string& edge) const {
  StoredDefinition definition;
  definition.kind = StoredDefinition::Kind::kEdge;
  definition.name = edge;
  return std::find(expanding_.begin(), expanding_.end(), DefinitionName(definition)) !=
         expanding_.end();
}

std::vector<ast::Name> StatementBinder::DefinedEdgeNames(const ast::EdgePattern& edge) const {
  using Kind = ast::ClassTest::Kind;
  if (!edge.predicates.has_value()) return {};
  std::vector<ast::Name> names;
  std::vector<const ast::ClassTest*> pending = {&*edge.predicates};
  while (!pending.empty()) {
    const ast::ClassTest* test = pending.back();
    pending.pop_back();
    if (test->kind == Kind::kOr) {
      for (auto it = test->children.rbegin(); it != test->children.rend(); ++it) {
        pending.push_back(&*it);
      }
    } else if (test->kind == Kind::kName && !test->only) {
      names.push_back({test->text, test->span});
    } else if (test->kind == Kind::kParameter && context_.parameters != nullptr) {
      const auto given = context_.parameters->find(test->text);
      if (given == context_.parameters->end() || given->second.value() == nullptr) return {};
      const auto* text = given->second.value()->get_if<storage::Text>();
      if (text == nullptr) return {};
      names.push_back({text->text, test->span});
    } else {
      return {};
    }
  }
  // A TRANSITIVE predicate next to others, or both ways, stands for chains: pairs of ends too.
  const bool plain = !cypher_ && !edge.variable && !edge.statement_variable && !edge.hops &&
                     edge.properties.empty() && edge.where == nullptr;
  const bool either = edge.direction == ast::Direction::kEither;
  const bool any_defined = std::any_of(names.begin(), names.end(), [&](const ast::Name& name) {
    bool inverse = false;
    if (const auto* definition = FindProperty(name.text, &inverse)) {
      return plain && definition->transitive &&
             (names.size() > 1 || (either && !definition->symmetric));
    }
    // An edge within its own first definition is one too, and one too many.
    return IsExpanding(name.text) || !catalog_->FindEdge(name.text, view_.clearance()).empty();
  });
  return any_defined ? names : std::vector<ast::Name>();
}

Status StatementBinder::AddDefinedEdge(const ast::EdgePattern& edge, uint32_t left, uint32_t right,
                                       bool in_path, PatternState* state) {
  const auto refuse = [&](const SourceSpan& span, std::string_view what) {
    return Error("SL4017", span,
                 fmt::format("a defined edge stands for a pattern, not for a fact, and {}", what),
                 {"write its pattern out where you need its facts"});
  };
  if (in_path) return refuse(edge.span, "cannot be part of a path that is named");
  if (edge.statement_variable.has_value()) {
    return refuse(edge.statement_variable->span, "has no statements of its own");
  }
  if (!edge.properties.empty()) {
    return refuse(edge.properties.front().key.span, "has no qualifiers");
  }
  if (edge.where != nullptr) {
    return refuse(edge.where->span, "takes no condition inside the brackets");
  }
  PatternState::DefinedEdge made{.source = &edge, .left = left, .right = right, .event_slot = {}};
  if (edge.variable.has_value()) {
    const ast::Name& name = *edge.variable;
    if (edge.hops.has_value()) return refuse(name.span, "a chain of them has no name");
    const bool here = std::any_of(state->introduced.begin(), state->introduced.end(),
                                  [&](const Binding& b) { return b.name == name.text; });
    if (here || bindings_.Find(name.text) != nullptr) {
      return Error(
          "SL2002", name.span,
          fmt::format("'{}' is in use already, and an edge needs a name of its own", name.text),
          {"choose another name"});
    }
    made.event_slot = frame_->Add({.name = name.text,
                                   .kind = Vector::Kind::kTerms,
                                   .type = StaticType::kEntity,
                                   .from_pattern = true});
    state->introduced.push_back({.name = name.text,
                                 .slot = *made.event_slot,
                                 .type = StaticType::kEntity,
                                 .kind = Vector::Kind::kTerms,
                                 .from_pattern = true,
                                 .named_at = name.span.begin});
  }
  state->defined_edges.push_back(made);
  return OkStatus();
}

StatusOr<std::vector<LogicalCall>> StatementBinder::CallDefinedEdges(
    const storage::ScopeConditions& conditions, PatternState* state) {
  std::vector<LogicalCall> calls;
  for (const PatternState::DefinedEdge& defined : state->defined_edges) {
    const ast::EdgePattern& edge = *defined.source;
    LogicalCall call;
    call.text = Text(edge.span);
    call.span = edge.span;
    call.edge = LogicalCall::Edge{.both_ways = edge.direction == ast::Direction::kEither};
    if (edge.hops.has_value()) {
      SL_ASSIGN_OR_RETURN(std::tie(call.edge->hops_min, call.edge->hops_max), BindHops(*edge.hops));
      call.edge->variable_length = true;
      if (call.edge->hops_min == 0) {
        return Error("SL4017", edge.hops->span, "a chain of a defined edge has a step at least",
                     {"write + or *1.. behind it"});
      }
    }
    const bool backwards = edge.direction == ast::Direction::kLeft;
    EndTests ends;
    // A chain goes through others, and under WHY what is asked twice would be told twice.
    if (!edge.hops.has_value() && edge.direction != ast::Direction::kEither && !keeps_evidence_) {
      ends.from = &state->graph.nodes[backwards ? defined.right : defined.left];
      ends.to = &state->graph.nodes[backwards ? defined.left : defined.right];
    }
    SL_ASSIGN_OR_RETURN(InnerQuery inner, BindDefinitionsOf(edge, conditions, ends));
    const bool left_before = state->graph.nodes[defined.left].bound_before;
    const bool right_before = state->graph.nodes[defined.right].bound_before;
    for (size_t end = 0; end < 2; ++end) {
      const bool is_left = (end == 0) != backwards;
      PatternNode& node = state->graph.nodes[is_left ? defined.left : defined.right];
      // What an earlier clause holds as data is compared as it is.
      call.columns.push_back({.inner = inner.columns[end].slot,
                              .outer = node.data_slot.value_or(node.slot),
                              .bound = is_left ? left_before : right_before});
      if (!call.columns.back().bound && inner.columns[end].type != StaticType::kEntity) {
        frame_->slots[node.slot].type = StaticType::kAny;
        Binding* binding = bindings_.Find(frame_->slots[node.slot].name);
        if (binding != nullptr) binding->type = StaticType::kAny;
      }
      node.bound_before = true;
    }
    if (defined.event_slot.has_value()) {
      call.columns.push_back({.inner = inner.columns[2].slot, .outer = *defined.event_slot});
    }
    call.inner = std::move(inner.plan);
    call.scope_index = inner.scope_index;
    call.base_scope_index = inner.base_scope_index;
    calls.push_back(std::move(call));
  }
  return calls;
}

StatusOr<StatementBinder::InnerQuery> StatementBinder::BindDefinitionsOf(
    const ast::EdgePattern& edge, const storage::ScopeConditions& conditions,
    const EndTests& ends) {
  const bool with_event = edge.variable.has_value();
  std::vector<InnerQuery> parts;
  for (const ast::Name& name : DefinedEdgeNames(edge)) {
    bool inverse = false;
    std::vector<StoredDefinition> definitions;
    if (FindProperty(name.text, &inverse) != nullptr) {
      StoredDefinition plain;
      plain.kind = StoredDefinition::Kind::kEdge;
      plain.name = name.text;
      plain.text =
          fmt::format("DEFINE (a)-[:{0}]->(b) AS MATCH (a)-[:{0}]->(b)", QuoteName(name.text));
      definitions.push_back(std::move(plain));
    }
    // Copies: binding may move on to another catalog.
    if (definitions.empty()) {
      for (const StoredDefinition* stored : catalog_->FindEdge(name.text, view_.clearance())) {
        definitions.push_back(*stored);
      }
    }
    if (definitions.empty() && IsExpanding(name.text)) {
      definitions.emplace_back();
      definitions.back().kind = StoredDefinition::Kind::kEdge;
      definitions.back().name = name.text;  // BindInner says that it cannot be.
    }
    if (definitions.empty()) return NoSuchPredicate(name.text, name.span, "SL2012");
    for (const StoredDefinition& definition : definitions) {
      SL_ASSIGN_OR_RETURN(InnerQuery part, BindInner(definition, CalledAt(definition, name.span),
                                                     {}, conditions, &ends));
      UseCatalogAt(conditions.known_at);
      if (with_event && part.columns.size() < 3) {
        return Error(
            "SL4017", edge.variable->span,
            fmt::format("'{}' is defined without an event, so that there is nothing for "
                        "'{}' to be",
                        name.text, edge.variable->text),
            {"define it with a name for the event, (a)-[e:edge]->(b), or leave the name out"});
      }
      parts.push_back(std::move(part));
    }
  }
  // Each pair once, whichever definition gives it. A pair with two events counts once unless the
  // event is asked for.
  InnerQuery all;
  all.scope_index = parts.front().scope_index;
  all.base_scope_index = parts.front().base_scope_index;
  FramePtr frame = NewFrame();
  LogicalUnion united;
  std::vector<uint32_t> keys;
  std::vector<LogicalPlan> inputs;
  for (size_t column = 0; column < (with_event ? 3 : 2); ++column) {
    StaticType type = parts.front().columns[column].type;
    united.columns.emplace_back();
    for (const InnerQuery& part : parts) {
      united.columns.back().push_back(part.columns[column].slot);
      if (part.columns[column].type != type) type = StaticType::kAny;
    }
    keys.push_back(frame->Add({.name = "", .kind = Vector::Kind::kTerms, .type = type}));
    all.columns.push_back({.name = "", .slot = keys.back(), .type = type});
  }
  LogicalPlan plan = MakeOperator(std::move(united), frame);
  for (InnerQuery& part : parts) plan->inputs.push_back(std::move(part.plan));
  all.plan = MakeOperator(LogicalDistinct{keys}, frame, std::move(plan));
  return all;
}

void StatementBinder::AskAsWell(const PatternNode& tests, bool kinds_too, PatternNode* node) {
  if (tests.id.has_value()) {
    node->id =
        node->id.has_value() && *node->id != *tests.id ? NodeId(storage::TermId()) : tests.id;
  }
  node->names.insert(node->names.end(), tests.names.begin(), tests.names.end());
  if (kinds_too) node->kinds.insert(node->kinds.end(), tests.kinds.begin(), tests.kinds.end());
}

StatusOr<StatementBinder::InnerQuery> StatementBinder::BindEdgeBody(
    ast::DefineEdge* define, const storage::ScopeConditions& outer) {
  const auto refuse = [](const SourceSpan& span, std::string message, std::string help = {}) {
    return Error("SL4011", span, std::move(message),
                 help.empty() ? std::vector<std::string>() : std::vector{std::move(help)});
  };
  for (const ast::NodePattern* end : {&define->from, &define->to}) {
    if (!end->variable.has_value()) {
      return refuse(end->span, "both ends of a defined edge need a name",
                    "write DEFINE (a)-[:edge]->(b) AS MATCH …, with a and b in the MATCH");
    }
  }
  const ast::EdgePattern& edge = define->edge;
  if (edge.direction == ast::Direction::kEither) {
    return refuse(edge.span, "a defined edge has a direction", "write (a)-[:edge]->(b)");
  }
  if (edge.hops.has_value() || edge.statement_variable.has_value() || !edge.properties.empty() ||
      edge.where != nullptr) {
    return refuse(edge.span, "the head of a defined edge has a name and nothing else",
                  "what it takes to be one stands behind AS");
  }

  head_ = around_ = outer;
  UseCatalogAt(outer.known_at);
  InnerQuery bound;
  SL_ASSIGN_OR_RETURN(bound.scope_index, AddScope(head_));
  SL_ASSIGN_OR_RETURN(bound.base_scope_index, AddBaseScope(scopes_[bound.scope_index]));
  base_scope_ = scopes_[bound.base_scope_index];
  identity_ = base_scope_->identity();
  StartStretch();
  for (const ast::MatchClause& match : define->body) {
    UseCatalogAt(head_.known_at);
    SL_RETURN_IF_ERROR(BindMatch(match, edge.span));
  }

  FramePtr frame = NewFrame();
  LogicalProject project;
  LogicalDistinct distinct;
  const bool backwards = edge.direction == ast::Direction::kLeft;
  const ast::Name from = backwards ? *define->to.variable : *define->from.variable;
  const ast::Name to = backwards ? *define->from.variable : *define->to.variable;
  std::vector<ast::Name> columns = {from, to};
  if (edge.variable.has_value()) columns.push_back(*edge.variable);
  for (const ast::Name& name : columns) {
    const Binding* binding = bindings_.Find(name.text);
    if (binding == nullptr || binding->kind != Vector::Kind::kTerms ||
        binding->type == StaticType::kStatement) {
      return refuse(name.span, fmt::format("'{}' is no node of the pattern behind AS", name.text),
                    "the ends of the edge, and the event if it has one, are nodes of the MATCH");
    }
  }
  // What the head asks of the ends.
  ast::MatchClause tests;
  for (ast::NodePattern* end : {&define->from, &define->to}) {
    ast::Pattern pattern;
    pattern.span = end->span;
    pattern.terms.emplace_back(std::move(*end));
    tests.patterns.push_back(std::move(pattern));
  }
  SL_RETURN_IF_ERROR(BindMatch(tests, edge.span));
  for (const ast::Name& name : columns) {
    const Binding* binding = bindings_.Find(name.text);
    const uint32_t slot =
        frame->Add({.name = name.text, .kind = Vector::Kind::kTerms, .type = binding->type});
    project.items.emplace_back(slot, MakeSlot(binding->slot, binding->type, name.span));
    distinct.keys.push_back(slot);
    bound.columns.push_back({.name = name.text, .slot = slot, .type = binding->type});
  }
  bound.plan = MakeOperator(std::move(project), frame, std::move(plan_));
  bound.plan = MakeOperator(std::move(distinct), frame, std::move(bound.plan));
  return bound;
}

}  // namespace sightline::query
