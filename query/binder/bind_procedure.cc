// CALL of a procedure: what is built in, beside the stored queries.

#include <algorithm>
#include <utility>

#include "query/binder/statement_binder.h"
#include "query/plan/procedure.h"

namespace sightline::query {

Status StatementBinder::BindProcedure(const Procedure& procedure, const ast::CallClause& clause,
                                      const SourceSpan& span) {
  if (clause.arguments.size() > 1) {
    return Error("SL2018", clause.procedure.span,
                 fmt::format("'{}' was given {} arguments, and takes one at most", procedure.name,
                             clause.arguments.size()),
                 {std::string(procedure.signature)});
  }
  LogicalProcedure call;
  call.kind = procedure.kind;
  call.text = Text(span);
  call.span = span;
  call.scope_index = head_scope_index_;
  if (!clause.arguments.empty()) {
    ExpressionScope scope{.bindings = &bindings_, .place = "an argument of CALL"};
    const ast::Expression& argument = *clause.arguments.front();
    SL_ASSIGN_OR_RETURN(call.about, BindExpression(argument, &scope));
    const StaticType type = call.about->type;
    if (type != StaticType::kAny && type != StaticType::kNull && type != StaticType::kEntity &&
        type != StaticType::kStatement) {
      return Error("SL3011", argument.span,
                   fmt::format("'{}' does not work on {}", procedure.name, StaticTypeName(type)),
                   {std::string(procedure.signature)});
    }
  }
  const auto give = [&](size_t column, const std::string& name, const SourceSpan& place) -> Status {
    if (IsTaken(name)) {
      return Error(
          "SL2002", place, fmt::format("'{}' is in use already", name),
          {fmt::format("give it another name: YIELD {} AS …", procedure.columns[column].name)});
    }
    const StaticType type = procedure.columns[column].type;
    const bool is_node = type == StaticType::kStatement || type == StaticType::kEntity;
    const Vector::Kind kind = is_node ? Vector::Kind::kTerms : Vector::Kind::kData;
    const uint32_t slot = frame_->Add({.name = name, .kind = kind, .type = type});
    bindings_.Add(
        {.name = name, .slot = slot, .type = type, .kind = kind, .named_at = place.begin});
    call.columns.emplace_back(static_cast<uint32_t>(column), slot);
    return OkStatus();
  };
  if (clause.yields.empty()) {
    for (size_t column = 0; column < procedure.columns.size(); ++column) {
      SL_RETURN_IF_ERROR(
          give(column, std::string(procedure.columns[column].name), clause.procedure.span));
    }
  }
  for (const auto& [name, alias] : clause.yields) {
    const auto column = std::find_if(procedure.columns.begin(), procedure.columns.end(),
                                     [&](const ProcedureColumn& c) { return c.name == name.text; });
    if (column == procedure.columns.end()) {
      Diagnostic diagnostic = MakeError(
          "SL2021", name.span, fmt::format("'{}' gives no column '{}'", procedure.name, name.text));
      std::string all;
      for (const ProcedureColumn& c : procedure.columns) {
        all += (all.empty() ? "" : ", ") + std::string(c.name);
      }
      diagnostic.help.push_back("it gives " + all);
      return ToStatus(std::move(diagnostic));
    }
    const ast::Name& given = alias.has_value() ? *alias : name;
    SL_RETURN_IF_ERROR(
        give(static_cast<size_t>(column - procedure.columns.begin()), given.text, given.span));
  }
  plan_ = MakeOperator(std::move(call), frame_, std::move(plan_));
  rows_distinct_ = false;
  argument_only_ = false;
  return clause.where != nullptr ? BindFilter(*clause.where) : OkStatus();
}

}  // namespace sightline::query
