// EXISTS { … }, COUNT { … }, a pattern as a condition, a list made of a pattern: queries within
// expressions.
//
// A subquery is bound like a query of its own, apart from the stretch in which it stands. The
// variables from around it are captured when it first names them: before it runs, evaluation puts
// their values into locals (BoundSubquery::captures), and an extend at the start of each of its
// stretches reads those into columns, where patterns find them.

#include <algorithm>
#include <utility>

#include "query/binder/statement_binder.h"
#include "query/binder/subquery_state.h"
#include "query/plan/expression_walk.h"

namespace sightline::query {
namespace {

// Each level runs within the evaluation of an expression of the level above, on one stack.
constexpr size_t kSubqueryDepthMax = 16;
constexpr size_t kSubqueryStepsMax = 200;  // Of a subquery and all that it stands in.

const ast::Query* QueryOf(const ast::Expression& expression) {
  const auto* subquery = std::get_if<ast::Subquery>(&expression.node);
  return subquery != nullptr ? subquery->query.get() : nullptr;
}

size_t StepsOf(const ast::Query& query) {
  size_t steps = 0;
  for (const ast::LinearQuery& part : query.parts) steps += part.clauses.size();
  return steps;
}

}  // namespace

void StatementBinder::SwapStretch(Stretch* other) {
  std::swap(frame_, other->frame);
  std::swap(bindings_, other->bindings);
  std::swap(plan_, other->plan);
  std::swap(rows_distinct_, other->rows_distinct);
  std::swap(argument_only_, other->argument_only);
  std::swap(columns_, other->columns);
  std::swap(parts_, other->parts);
  std::swap(imports_, other->imports);
}

bool StatementBinder::IsTaken(std::string_view name) const {
  return bindings_.Find(name) != nullptr ||
         (subquery_ != nullptr && subquery_->visible.contains(name));
}

StatusOr<BoundExpressionPtr> StatementBinder::FindVariable(const ast::Expression& expression,
                                                           const ExpressionScope& scope) {
  const std::string& name = std::get<ast::Variable>(expression.node).name;
  const auto local_of = [&](uint32_t number, StaticType type) {
    auto made = std::make_unique<BoundExpression>();
    made->node = BoundLocal{number, name};
    made->type = type;
    made->span = expression.span;
    return made;
  };
  for (size_t i = scope.locals.size(); i-- > 0;) {
    if (scope.locals[i].name == name) return local_of(scope.locals[i].number, StaticType::kAny);
  }
  if (const Binding* binding = scope.bindings->Find(name)) {
    return MakeSlot(binding->slot, binding->type, expression.span);
  }
  bool forbidden = scope.forbidden != nullptr && scope.forbidden->Find(name) != nullptr;
  if (subquery_ != nullptr && scope.constant) {
    forbidden = forbidden || subquery_->visible.contains(name);
  } else if (subquery_ != nullptr) {
    SL_ASSIGN_OR_RETURN(const std::optional<size_t> capture, Capture(name, expression.span));
    if (capture.has_value()) {
      const SubqueryState::Captured& captured = subquery_->captured[*capture];
      // Items and the keys of groups are not always computed from the columns of this frame.
      if (scope.bindings != &bindings_) return local_of(captured.local, captured.binding.type);
      const Binding* binding = Import(*capture);
      return MakeSlot(binding->slot, binding->type, expression.span);
    }
  }
  if (forbidden) {
    return Error(std::string(scope.forbidden_code), expression.span,
                 fmt::format("'{}' {}", name, scope.forbidden_why));
  }
  return BoundExpressionPtr();
}

StatusOr<std::optional<size_t>> StatementBinder::Capture(const std::string& name,
                                                         const SourceSpan& span) {
  SubqueryState& here = *subquery_;
  for (size_t i = 0; i < here.captured.size(); ++i) {
    if (here.captured[i].binding.name == name) return std::optional(i);
  }
  // What it means there, where the subquery stands.
  SwapStretch(&here.around);
  subquery_ = here.outside;
  SubqueryState::Captured captured;
  captured.binding = {.name = name, .captured = true, .named_at = span.begin};
  const auto look_outside = [&]() -> Status {
    ast::Expression variable;
    variable.node = ast::Variable{name};
    variable.span = span;
    if (here.scope->substitute) {
      SL_ASSIGN_OR_RETURN(captured.value, here.scope->substitute(variable));
    }
    if (captured.value == nullptr) {
      SL_ASSIGN_OR_RETURN(captured.value, FindVariable(variable, *here.scope));
    }
    if (captured.value == nullptr) return OkStatus();
    const Binding* known = here.scope->bindings->Find(name);
    if (known == nullptr && subquery_ != nullptr) {
      for (const SubqueryState::Captured& outer : subquery_->captured) {
        if (outer.binding.name == name) known = &outer.binding;
      }
    }
    if (known != nullptr && known->type == captured.value->type) {
      captured.binding.classes = known->classes;
      captured.binding.from_pattern = known->from_pattern;
    }
    captured.binding.type = captured.value->type;
    return OkStatus();
  };
  const Status looked = look_outside();
  subquery_ = &here;
  SwapStretch(&here.around);
  SL_RETURN_IF_ERROR(looked);
  if (captured.value == nullptr) return std::optional<size_t>();
  captured.local = next_local_++;
  here.captured.push_back(std::move(captured));
  return std::optional(here.captured.size() - 1);
}

const Binding* StatementBinder::Import(size_t capture) {
  const SubqueryState::Captured& captured = subquery_->captured[capture];
  if (imports_ == nullptr || imports_->frame != frame_) {
    plan_ = MakeOperator(LogicalExtend{}, frame_, std::move(plan_));
    imports_ = plan_.get();
  }
  Binding binding = captured.binding;
  binding.slot = frame_->Add({.name = binding.name,
                              .kind = Vector::Kind::kData,
                              .type = binding.type,
                              .from_pattern = binding.from_pattern});
  auto local = std::make_unique<BoundExpression>();
  local->node = BoundLocal{captured.local, binding.name};
  local->type = binding.type;
  local->span = captured.value->span;
  std::get<LogicalExtend>(imports_->node).items.emplace_back(binding.slot, std::move(local));
  bindings_.Add(std::move(binding));
  return bindings_.Find(captured.binding.name);
}

bool StatementBinder::IsImported(uint32_t slot) const {
  if (imports_ == nullptr || imports_->frame != frame_) return false;
  const auto& items = std::get<LogicalExtend>(imports_->node).items;
  return std::any_of(items.begin(), items.end(),
                     [slot](const auto& item) { return item.first == slot; });
}

StatusOr<const Binding*> StatementBinder::FindForPattern(const ast::Name& name) {
  if (const Binding* binding = bindings_.Find(name.text)) return binding;
  if (subquery_ == nullptr) return nullptr;
  SL_ASSIGN_OR_RETURN(const std::optional<size_t> capture, Capture(name.text, name.span));
  return capture.has_value() ? Import(*capture) : nullptr;
}

Status StatementBinder::CheckSubquery(const ast::Query& query, const SourceSpan& span) {
  for (const ast::LinearQuery& part : query.parts) {
    for (const ast::Clause& clause : part.clauses) {
      if (!std::holds_alternative<ast::AssertClause>(clause.node) &&
          !std::holds_alternative<ast::RetractClause>(clause.node)) {
        continue;
      }
      return Error("SL4024", clause.span, "a query within an expression cannot write",
                   {"write in a step of its own, behind the condition: MATCH … WHERE … ASSERT …"});
    }
  }
  if (subquery_->steps <= kSubqueryStepsMax) return OkStatus();
  return Error("SL1000", span,
               fmt::format("this subquery and those around it have {} steps, and {} are the most",
                           subquery_->steps, kSubqueryStepsMax));
}

// Anonymous elements make no rows.
void StatementBinder::WarnOfCount(const SourceSpan& span) {
  const auto& all = bindings_.all();
  if (std::any_of(all.begin(), all.end(), [](const Binding& b) { return !b.captured; })) return;
  Notice(Severity::kWarning, "W2004", span,
         "COUNT counts what has a name in it, and nothing new has: it is 0 or 1",
         {"name what is to be counted, COUNT { (a)-[:p]->(x) }, or ask whether EXISTS { … }"});
}

Status StatementBinder::BindPatternCheck(const ast::MatchClause& match, const SourceSpan& span) {
  const auto not_defined = [&](const ast::Name& name) {
    return Error("SL2001", name.span, fmt::format("'{}' is not defined here", name.text),
                 {"a pattern as a condition brings in no variables: write () for any node, or "
                  "EXISTS { … } around the pattern"});
  };
  for (const ast::PatternTerm& term : match.patterns.front().terms) {
    if (const auto* node = std::get_if<ast::NodePattern>(&term)) {
      if (!node->variable.has_value()) continue;
      SL_ASSIGN_OR_RETURN(const Binding* known, FindForPattern(*node->variable));
      if (known == nullptr) return not_defined(*node->variable);
    } else if (const auto* edge = std::get_if<ast::EdgePattern>(&term)) {
      for (const auto& name : {edge->variable, edge->statement_variable}) {
        if (name.has_value() && !IsTaken(name->text)) return not_defined(*name);
      }
    }
  }
  return BindMatch(match, span);
}

StatusOr<BoundExpressionPtr> StatementBinder::BindSubquery(const ast::Expression& expression,
                                                           ExpressionScope* scope) {
  const SourceSpan& span = expression.span;
  if (scope->constant) {
    return Error("SL2019", span,
                 fmt::format("a subquery is asked row by row; {} must be the same for the whole "
                             "query",
                             scope->place));
  }
  if (cypher_ && !scope->in_condition &&
      std::holds_alternative<ast::PatternCheck>(expression.node)) {
    return Error("SL4014", span, "under CYPHER a pattern is a condition, and no value",
                 {"write EXISTS { … } around the pattern"});
  }
  SubqueryState state;
  state.scope = scope;
  state.outside = subquery_;
  const ast::Query* query = QueryOf(expression);
  state.steps = query != nullptr ? StepsOf(*query) : 1;
  if (subquery_ != nullptr) {
    state.depth += subquery_->depth;
    state.steps += subquery_->steps;
    state.visible = subquery_->visible;
  }
  for (const Bindings* names : {scope->bindings, scope->forbidden}) {
    if (names == nullptr) continue;
    for (const Binding& binding : names->all()) state.visible.insert(binding.name);
  }
  for (const ExpressionScope::Local& local : scope->locals) state.visible.insert(local.name);
  if (state.depth > kSubqueryDepthMax) {
    return Error("SL1000", span,
                 fmt::format("subqueries stand {} deep in one another at most", kSubqueryDepthMax));
  }

  const storage::Catalog* const catalog = catalog_;
  SwapStretch(&state.around);
  subquery_ = &state;
  SubqueryPlan made;
  StaticType type = StaticType::kBoolean;
  if (query != nullptr) {
    SL_RETURN_IF_ERROR(CheckSubquery(*query, span));
    SL_RETURN_IF_ERROR(BindParts(*query));
    plan_ = std::move(parts_.front().first);
    if (std::get<ast::Subquery>(expression.node).count) {
      made.kind = SubqueryKind::kCount;
      type = StaticType::kInteger;
      const auto& clauses = query->parts.front().clauses;
      if (!cypher_ && query->parts.size() == 1 &&
          std::holds_alternative<ast::MatchClause>(clauses.back().node)) {
        WarnOfCount(span);
      }
    }
  } else if (const auto* check = std::get_if<ast::PatternCheck>(&expression.node)) {
    StartStretch();
    UseCatalogAt(around_.known_at);
    SL_RETURN_IF_ERROR(BindPatternCheck(*check->match, span));
  } else {
    const auto& list = std::get<ast::PatternComprehension>(expression.node);
    StartStretch();
    UseCatalogAt(around_.known_at);
    SL_RETURN_IF_ERROR(BindMatch(*list.match, span));
    ExpressionScope inside{.bindings = &bindings_, .place = "a list made of a pattern"};
    SL_ASSIGN_OR_RETURN(BoundExpressionPtr item, BindExpression(*list.projection, &inside));
    FramePtr frame = NewFrame();
    made.kind = SubqueryKind::kCollect;
    type = StaticType::kList;
    made.collected = frame->Add({.name = "", .kind = Vector::Kind::kData, .type = item->type});
    LogicalProject project;
    project.items.emplace_back(*made.collected, std::move(item));
    plan_ = MakeOperator(std::move(project), frame, std::move(plan_));
  }
  made.plan = std::move(plan_);
  subquery_ = state.outside;
  SwapStretch(&state.around);
  catalog_ = catalog;

  BoundSubquery bound;
  bound.kind = made.kind;
  for (SubqueryState::Captured& captured : state.captured) {
    made.captured.push_back(captured.local);
    bound.captures.emplace_back(captured.local, std::move(captured.value));
  }
  bound.index = static_cast<uint32_t>(subqueries_.size());
  subqueries_.push_back(std::move(made));
  auto node = std::make_unique<BoundExpression>();
  node->node = std::move(bound);
  node->type = type;
  node->span = span;
  return node;
}

}  // namespace sightline::query
