// Stored queries: CALL, and how the text of a definition is bound as a part of a statement.

#include <algorithm>
#include <utility>

#include "query/binder/statement_binder.h"
#include "query/plan/expression_walk.h"

namespace sightline::query {
namespace {

// Definitions within one another, and steps of all of them together: each step is an operator that
// calls the next.
constexpr size_t kDepthMax = 16;
constexpr size_t kStepsMax = 1000;

size_t StepsOf(const ast::Statement& statement) {
  if (const auto* edge = std::get_if<ast::DefineEdge>(&statement.node)) return edge->body.size();
  size_t steps = 0;
  if (const auto* query = std::get_if<ast::DefineQuery>(&statement.node)) {
    for (const ast::LinearQuery& part : query->query.parts) steps += part.clauses.size();
  }
  return steps;
}

}  // namespace

std::string StatementBinder::DefinitionName(const storage::StoredDefinition& definition) {
  return fmt::format(
      "the {} '{}'",
      definition.kind == storage::StoredDefinition::Kind::kQuery ? "stored query" : "defined edge",
      definition.name);
}

StatementBinder::Origin StatementBinder::CalledAt(const storage::StoredDefinition& definition,
                                                  const SourceSpan& place) {
  std::string name = DefinitionName(definition);
  return {name,
          [name, place](Diagnostic* diagnostic) {
            diagnostic->message = fmt::format("in {}: {}", name, diagnostic->message);
            diagnostic->span = place;
            diagnostic->labels.clear();
            diagnostic->edits.clear();
          },
          false};
}

StatusOr<ast::Script> StatementBinder::ExpandDefinition(const storage::StoredDefinition& definition,
                                                        const Origin& origin) {
  const auto fail = [&origin](std::string_view code, std::string message) {
    Diagnostic diagnostic = MakeError(code, {}, std::move(message));
    origin.place(&diagnostic);
    return ToStatus(std::move(diagnostic));
  };
  const std::string name = DefinitionName(definition);
  const auto again = std::find(expanding_.begin(), expanding_.end(), name);
  if (again != expanding_.end()) {
    std::string way;
    for (auto it = again; it != expanding_.end(); ++it) way += *it + " uses ";
    return fail("SL4010", fmt::format("a definition cannot use itself: {}{}", way, name));
  }
  if (expanding_.size() >= kDepthMax) {
    return fail("SL1000",
                fmt::format("definitions are used within one another {} deep at most", kDepthMax));
  }
  if (context_.may_go_on) SL_RETURN_IF_ERROR(context_.may_go_on());
  if (!context_.parse) return Internal("A definition, and nothing to parse it with");
  StatusOr<ast::Script> script = context_.parse(definition.text);
  if (!script.ok() || script->statements.size() != 1) {
    return fail("SL4011", "its text is not one definition in today's language");
  }
  *expanded_steps_ += 1 + StepsOf(script->statements.front());
  if (*expanded_steps_ > kStepsMax) {
    return fail("SL1000", fmt::format("the definitions that this statement uses have more than {} "
                                      "steps together",
                                      kStepsMax));
  }
  return script;
}

BindContext StatementBinder::ContextOf(const storage::StoredDefinition& definition,
                                       const Parameters& parameters) const {
  BindContext context = context_;
  context.text = definition.text;
  context.parameters = &parameters;
  context.transaction = nullptr;
  context.late_parameters = false;  // They have the values of this call.
  return context;
}

void StatementBinder::TakeTablesOf(StatementBinder* other) {
  scopes_ = std::move(other->scopes_);
  subqueries_ = std::move(other->subqueries_);
  next_local_ = other->next_local_;
}

void StatementBinder::StandInFor(StatementBinder* outer,
                                 const storage::StoredDefinition& definition) {
  TakeTablesOf(outer);
  expanding_ = outer->expanding_;
  expanding_.push_back(DefinitionName(definition));
  expanded_steps_ = outer->expanded_steps_;
}

Status StatementBinder::PlacedAt(const Origin& origin, const Status& status) {
  std::vector<Diagnostic> diagnostics = DiagnosticsOf(status);
  if (diagnostics.empty()) return status;
  for (Diagnostic& diagnostic : diagnostics) origin.place(&diagnostic);
  return ToStatus(std::move(diagnostics));
}

StatusOr<StatementBinder::InnerQuery> StatementBinder::BindInner(
    const storage::StoredDefinition& definition, const Origin& origin, const Parameters& parameters,
    const storage::ScopeConditions& outer, const EndTests* ends) {
  SL_ASSIGN_OR_RETURN(ast::Script script, ExpandDefinition(definition, origin));
  ast::Statement& statement = script.statements.front();
  const BindContext context = ContextOf(definition, parameters);
  StatementBinder inner(context);
  inner.StandInFor(this, definition);
  inner.keeps_evidence_ = keeps_evidence_ || MentionsEvidence(definition.text);
  StatusOr<InnerQuery> bound = Internal("A stored text that defines neither query nor edge");
  if (auto* query = std::get_if<ast::DefineQuery>(&statement.node)) {
    bound = inner.BindDefinedQuery(query->query, outer);
  } else if (auto* edge = std::get_if<ast::DefineEdge>(&statement.node)) {
    const bool backwards = edge->edge.direction == ast::Direction::kLeft;
    const auto ask = [&](const ast::NodePattern& end, const PatternNode* tests) {
      if (tests != nullptr && end.variable) inner.end_tests_[end.variable->text] = tests;
    };
    if (ends != nullptr) {
      ask(edge->from, backwards ? ends->to : ends->from);
      ask(edge->to, backwards ? ends->from : ends->to);
    }
    bound = inner.BindEdgeBody(edge, outer);
  }
  TakeTablesOf(&inner);
  if (!bound.ok()) return PlacedAt(origin, bound.status());
  for (Diagnostic& notice : inner.notices_) {
    // How the text is written is no business of those who only use it.
    if (!origin.is_author && notice.severity != Severity::kNotice) continue;
    origin.place(&notice);
    notices_.push_back(std::move(notice));
  }
  return bound;
}

StatusOr<StatementBinder::InnerQuery> StatementBinder::BindDefinedQuery(
    const ast::Query& query, const storage::ScopeConditions& outer) {
  for (const ast::LinearQuery& part : query.parts) {
    for (const ast::Clause& clause : part.clauses) {
      const bool writes = std::holds_alternative<ast::AssertClause>(clause.node) ||
                          std::holds_alternative<ast::RetractClause>(clause.node);
      if (writes) return Error("SL4011", clause.span, "a stored query only reads");
    }
  }
  SL_RETURN_IF_ERROR(BindHead(query, outer));
  SL_RETURN_IF_ERROR(BindParts(query));
  InnerQuery bound;
  bound.plan = std::move(parts_.front().first);
  bound.columns = std::move(parts_.front().second);
  bound.scope_index = head_scope_index_;
  bound.base_scope_index = base_scope_index_;
  return bound;
}

Status StatementBinder::NoSuchQuery(const ast::Name& name) const {
  Diagnostic diagnostic =
      MakeError("SL2020", name.span, fmt::format("there is no stored query '{}'", name.text));
  std::vector<std::string> names;
  using Kind = storage::StoredDefinition::Kind;
  for (const auto* stored : catalog_->StoredOf(Kind::kQuery, view_.clearance())) {
    names.push_back(stored->name);
  }
  for (const Procedure& procedure : Procedures()) names.emplace_back(procedure.name);
  std::vector<std::string> close = ClosestNames(name.text, std::move(names));
  for (std::string& candidate : close) candidate = QuoteName(candidate);
  OfferNames(&diagnostic, PlaceOfName(context_.text, name.span, name.text), close);
  if (close.empty()) diagnostic.help.push_back("SHOW QUERIES lists them");
  return ToStatus(std::move(diagnostic));
}

Status StatementBinder::BindCallClause(const ast::CallClause& clause, const SourceSpan& span) {
  const storage::StoredDefinition* found =
      catalog_->FindQuery(clause.procedure.text, view_.clearance());
  if (found == nullptr) {
    const Procedure* procedure = FindProcedure(clause.procedure.text);
    if (procedure != nullptr) return BindProcedure(*procedure, clause, span);
    return NoSuchQuery(clause.procedure);
  }
  const storage::StoredDefinition definition = *found;
  if (clause.arguments.size() != definition.parameters.size()) {
    std::string signature;
    for (const std::string& parameter : definition.parameters) {
      signature += (signature.empty() ? "$" : ", $") + parameter;
    }
    return Error("SL2018", clause.procedure.span,
                 fmt::format("'{}' was given {} arguments, and takes {}", definition.name,
                             clause.arguments.size(), definition.parameters.size()),
                 {fmt::format("{}({})", QuoteName(definition.name), signature)});
  }
  Parameters parameters;
  for (size_t i = 0; i < clause.arguments.size(); ++i) {
    SL_ASSIGN_OR_RETURN(parameters[definition.parameters[i]],
                        EvaluateConstant(*clause.arguments[i], "an argument of CALL"));
  }
  SL_ASSIGN_OR_RETURN(
      InnerQuery inner,
      BindInner(definition, CalledAt(definition, clause.procedure.span), parameters, head_));
  UseCatalogAt(head_.known_at);

  LogicalCall call;
  const auto yield = [&](const BoundColumn& column, const std::string& name,
                         const SourceSpan& place) -> Status {
    if (bindings_.Find(name) != nullptr) {
      return Error("SL2002", place, fmt::format("'{}' is in use already", name),
                   {fmt::format("give it another name: YIELD {} AS …", QuoteName(column.name))});
    }
    Slot slot = inner.plan->frame->slots[column.slot];
    slot.name = name;
    slot.type = column.type;
    bindings_.Add({.name = name,
                   .slot = frame_->Add(slot),
                   .type = slot.type,
                   .kind = slot.kind,
                   .from_pattern = slot.from_pattern,
                   .named_at = place.begin});
    call.columns.push_back({.inner = column.slot, .outer = bindings_.Find(name)->slot});
    return OkStatus();
  };
  if (clause.yields.empty()) {
    for (const BoundColumn& column : inner.columns) {
      SL_RETURN_IF_ERROR(yield(column, column.name, clause.procedure.span));
    }
  }
  for (const auto& [name, alias] : clause.yields) {
    const auto column = std::find_if(inner.columns.begin(), inner.columns.end(),
                                     [&](const BoundColumn& c) { return c.name == name.text; });
    if (column == inner.columns.end()) {
      Diagnostic diagnostic =
          MakeError("SL2021", name.span,
                    fmt::format("'{}' gives no column '{}'", definition.name, name.text));
      std::vector<std::string> names;
      for (const BoundColumn& c : inner.columns) names.push_back(c.name);
      std::vector<std::string> close = ClosestNames(name.text, std::move(names));
      for (std::string& candidate : close) candidate = QuoteName(candidate);
      OfferNames(&diagnostic, PlaceOfName(context_.text, name.span, name.text), close);
      return ToStatus(std::move(diagnostic));
    }
    const ast::Name& given = alias.has_value() ? *alias : name;
    SL_RETURN_IF_ERROR(yield(*column, given.text, given.span));
  }
  call.text = fmt::format("{}({})", definition.name,
                          clause.arguments.empty()
                              ? ""
                              : Text(SourceSpan::Joining(clause.arguments.front()->span,
                                                         clause.arguments.back()->span)));
  call.span = span;
  call.inner = std::move(inner.plan);
  call.scope_index = inner.scope_index;
  call.base_scope_index = inner.base_scope_index;
  plan_ = MakeOperator(std::move(call), frame_, std::move(plan_));
  rows_distinct_ = false;
  argument_only_ = false;
  return clause.where != nullptr ? BindFilter(*clause.where) : OkStatus();
}

}  // namespace sightline::query
