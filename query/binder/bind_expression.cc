// Expressions: from names to columns, predicates, functions and values.

#include <algorithm>
#include <utility>

#include "query/ast/printer.h"
#include "query/binder/same_expression.h"
#include "query/binder/statement_binder.h"
#include "query/binder/subquery_state.h"
#include "query/evidence/row_marking.h"
#include "query/functions/fields.h"
#include "query/plan/expression_walk.h"

namespace sightline::query {
namespace {

using ast::BinaryOperator;
using ast::UnaryOperator;

template <typename Node>
BoundExpressionPtr Make(Node node, StaticType type, const SourceSpan& span) {
  auto made = std::make_unique<BoundExpression>();
  made->node = std::move(node);
  made->type = type;
  made->span = span;
  return made;
}

// The operand that stands first in the text and is followed by the operator: the spine along which
// chains of operators nest. Null for everything else.
struct FirstOperandVisitor {
  const ast::Expression* operator()(const ast::Property& e) const { return e.object.get(); }
  const ast::Expression* operator()(const ast::Index& e) const { return e.object.get(); }
  const ast::Expression* operator()(const ast::Slice& e) const { return e.object.get(); }
  const ast::Expression* operator()(const ast::ClassCheck& e) const { return e.object.get(); }
  const ast::Expression* operator()(const ast::NamedCheck& e) const { return e.object.get(); }
  const ast::Expression* operator()(const ast::Unary& e) const { return e.operand.get(); }
  const ast::Expression* operator()(const ast::Binary& e) const { return e.left.get(); }
  template <typename Other>
  const ast::Expression* operator()(const Other&) const {
    return nullptr;
  }
};
const ast::Expression* FirstOperand(const ast::Expression& expression) {
  return std::visit(FirstOperandVisitor{}, expression.node);
}

bool IsNumber(StaticType type) {
  return type == StaticType::kInteger || type == StaticType::kDouble ||
         type == StaticType::kDecimal;
}
// What no arithmetic is defined on.
bool HasNoArithmetic(StaticType type) {
  switch (type) {
    case StaticType::kBoolean:
    case StaticType::kEntity:
    case StaticType::kStatement:
    case StaticType::kFact:
    case StaticType::kPath:
    case StaticType::kMap:
    case StaticType::kGeoPoint:
      return true;
    default:
      return false;
  }
}
bool MayBeBoolean(StaticType type) {
  return type == StaticType::kBoolean || type == StaticType::kAny || type == StaticType::kNull;
}
bool TakesClassTest(StaticType type) {
  return type == StaticType::kEntity || type == StaticType::kStatement ||
         type == StaticType::kAny || type == StaticType::kNull;
}
bool IsEquality(BinaryOperator op) {
  return op == BinaryOperator::kEqual || op == BinaryOperator::kNotEqual;
}
bool IsOrderComparison(BinaryOperator op) {
  return op == BinaryOperator::kLess || op == BinaryOperator::kLessEqual ||
         op == BinaryOperator::kGreater || op == BinaryOperator::kGreaterEqual;
}
bool IsLogical(BinaryOperator op) {
  return op == BinaryOperator::kAnd || op == BinaryOperator::kOr || op == BinaryOperator::kXor;
}
// What the arithmetic of two known types gives; kAny where it depends on the values.
StaticType ArithmeticType(BinaryOperator op, StaticType a, StaticType b) {
  if (op == BinaryOperator::kAdd && (a == StaticType::kList || b == StaticType::kList)) {
    return StaticType::kList;
  }
  if (op == BinaryOperator::kAdd && a == StaticType::kText && b == StaticType::kText) {
    return StaticType::kText;
  }
  if (!IsNumber(a) || !IsNumber(b)) return StaticType::kAny;
  if (a == StaticType::kDecimal || b == StaticType::kDecimal) return StaticType::kAny;
  if (op == BinaryOperator::kDivide || op == BinaryOperator::kPower) return StaticType::kDouble;
  return a == StaticType::kInteger && b == StaticType::kInteger ? StaticType::kInteger
                                                                : StaticType::kDouble;
}

// The type of what a property reads, by the definitions of its predicates: sub-predicates may hold
// something else.
StaticType TypeOfValues(const PropertyAccess& access, const storage::Catalog& catalog) {
  if (access.many) return StaticType::kList;
  std::optional<StaticType> type;
  for (storage::TermId id : access.predicates) {
    const storage::PredicateDefinition* definition = catalog.FindPredicate(id);
    StaticType of_this = StaticType::kAny;
    if (definition != nullptr && definition->range_types.empty() && !definition->range.empty()) {
      of_this = StaticType::kEntity;
    } else if (definition != nullptr && definition->range.empty() &&
               definition->range_types.size() == 1) {
      of_this = StaticTypeOf(definition->range_types[0]);
    }
    if (type.has_value() && *type != of_this) return StaticType::kAny;
    type = of_this;
  }
  return type.value_or(StaticType::kAny);
}

}  // namespace

StaticType StaticTypeOf(storage::ValueType type) {
  switch (type) {
    case storage::ValueType::kNull:
      return StaticType::kNull;
    case storage::ValueType::kBoolean:
      return StaticType::kBoolean;
    case storage::ValueType::kInteger:
      return StaticType::kInteger;
    case storage::ValueType::kDecimal:
      return StaticType::kDecimal;
    case storage::ValueType::kDouble:
      return StaticType::kDouble;
    case storage::ValueType::kText:
      return StaticType::kText;
    case storage::ValueType::kDate:
      return StaticType::kDate;
    case storage::ValueType::kInstant:
      return StaticType::kInstant;
    case storage::ValueType::kMoney:
      return StaticType::kMoney;
    case storage::ValueType::kQuantity:
      return StaticType::kQuantity;
    case storage::ValueType::kPercentage:
      return StaticType::kPercentage;
    case storage::ValueType::kGeoPoint:
      return StaticType::kGeoPoint;
    case storage::ValueType::kNode:
      return StaticType::kEntity;
  }
  return StaticType::kAny;
}

StaticType StaticTypeOf(const Datum& datum) {
  if (datum.node().is_statement()) return StaticType::kStatement;
  if (const storage::Value* value = datum.value()) return StaticTypeOf(value->type());
  if (datum.list() != nullptr) return StaticType::kList;
  if (datum.map() != nullptr) return StaticType::kMap;
  if (datum.fact() != nullptr) return StaticType::kFact;
  return StaticType::kPath;
}

// Chains of operators nest along their first operand, thousands of levels deep: that spine is
// walked in a loop; what branches off it nests no deeper than brackets do.
StatusOr<BoundExpressionPtr> StatementBinder::BindExpression(const ast::Expression& expression,
                                                             ExpressionScope* scope) {
  std::vector<const ast::Expression*> spine;
  const ast::Expression* at = &expression;
  BoundExpressionPtr bound;
  for (;;) {
    if (scope->substitute) {
      SL_ASSIGN_OR_RETURN(bound, scope->substitute(*at));
      if (bound != nullptr) break;
    }
    const ast::Expression* first = FirstOperand(*at);
    if (first == nullptr) {
      SL_ASSIGN_OR_RETURN(bound, BindLeaf(*at, scope));
      break;
    }
    spine.push_back(at);
    at = first;
  }
  for (; !spine.empty(); spine.pop_back()) {
    SL_ASSIGN_OR_RETURN(bound, BindAround(*spine.back(), std::move(bound), scope));
  }
  return bound;
}

StatusOr<BoundExpressionPtr> StatementBinder::BindCondition(const ast::Expression& expression,
                                                            ExpressionScope* scope) {
  const bool around = std::exchange(scope->in_condition, true);
  SL_ASSIGN_OR_RETURN(BoundExpressionPtr bound, BindExpression(expression, scope));
  scope->in_condition = around;
  if (!MayBeBoolean(bound->type)) {
    return Error("SL3010", expression.span,
                 fmt::format("this is of type {} and no condition", StaticTypeName(bound->type)),
                 {"a condition is true or false: compare it with something, or ask IS KNOWN"});
  }
  return bound;
}

StatusOr<BoundExpressionPtr> StatementBinder::BindVariable(const ast::Expression& expression,
                                                           const ExpressionScope& scope) {
  const std::string& name = std::get<ast::Variable>(expression.node).name;
  SL_ASSIGN_OR_RETURN(BoundExpressionPtr found, FindVariable(expression, scope));
  if (found != nullptr) return found;
  Diagnostic diagnostic =
      MakeError("SL2001", expression.span, fmt::format("'{}' is not defined here", name));
  std::vector<std::string> names = scope.bindings->Names();
  for (const ExpressionScope::Local& local : scope.locals) names.push_back(local.name);
  if (subquery_ != nullptr) {
    names.insert(names.end(), subquery_->visible.begin(), subquery_->visible.end());
  }
  std::vector<std::string> close = ClosestNames(name, std::move(names));
  for (std::string& candidate : close) candidate = QuoteName(candidate);
  OfferNames(&diagnostic, PlaceOfName(context_.text, expression.span, name), close);
  if (close.empty()) {
    diagnostic.help.push_back(
        catalog_->FindClass(name) != nullptr || catalog_->FindPredicate(name) != nullptr
            ? fmt::format("'{}' is defined in the schema, not in this query: "
                          "x:Class tests a class, x.property reads a property",
                          name)
            : fmt::format("to mean the text, write '{}' in quotes", name));
  }
  return ToStatus(std::move(diagnostic));
}

StatusOr<BoundExpressionPtr> StatementBinder::BindId(const ast::Expression& expression,
                                                     const ExpressionScope& scope) {
  const std::string& id = std::get<ast::IdLiteral>(expression.node).external_id;
  if (scope.interning) {
    SL_ASSIGN_OR_RETURN(const storage::TermId node, InternId({id, expression.span}));
    return MakeConstant(Datum::OfNode(node),
                        node.is_statement() ? StaticType::kStatement : StaticType::kEntity,
                        expression.span);
  }
  SL_ASSIGN_OR_RETURN(const auto node, view_.FindNode(id));
  if (!node.has_value()) {
    NoticeIdNamesNothing(id, expression.span);
    return MakeConstant(Datum(), StaticType::kEntity, expression.span);
  }
  return MakeConstant(Canonical(Datum::OfNode(*node)),
                      node->is_statement() ? StaticType::kStatement : StaticType::kEntity,
                      expression.span);
}

StatusOr<Datum> StatementBinder::ReadParameter(std::string_view name, const SourceSpan& span) {
  late_.by_value.emplace(name);
  return FindParameter(name, span);
}

StatusOr<Datum> StatementBinder::FindParameter(std::string_view name,
                                               const SourceSpan& span) const {
  if (context_.parameters != nullptr) {
    const auto found = context_.parameters->find(name);
    if (found != context_.parameters->end()) return found->second;
  }
  Diagnostic diagnostic =
      MakeError("SL2014", span, fmt::format("no value was given for ${}", name));
  std::vector<std::string> names;
  if (context_.parameters != nullptr) {
    for (const auto& [given, value] : *context_.parameters) names.push_back(given);
  }
  std::vector<std::string> close = ClosestNames(name, std::move(names));
  for (std::string& candidate : close) candidate = "$" + QuoteName(candidate);
  OfferNames(&diagnostic, span, close);
  return ToStatus(std::move(diagnostic));
}

StatusOr<BoundExpressionPtr> StatementBinder::BindLeaf(const ast::Expression& expression,
                                                       ExpressionScope* scope) {
  const SourceSpan& span = expression.span;
  if (const auto* literal = std::get_if<ast::Literal>(&expression.node)) {
    return MakeConstant(Datum(literal->value), StaticTypeOf(literal->value.type()), span);
  }
  if (std::holds_alternative<ast::IdLiteral>(expression.node)) return BindId(expression, *scope);
  if (std::holds_alternative<ast::Variable>(expression.node)) {
    return BindVariable(expression, *scope);
  }
  if (const auto* parameter = std::get_if<ast::ParameterExpression>(&expression.node)) {
    SL_ASSIGN_OR_RETURN(Datum datum, FindParameter(parameter->name, span));
    const StaticType type = StaticTypeOf(datum);
    if (!scope->interning && !scope->constant) {
      if (const std::optional<uint32_t> late = AddLateValue(parameter->name)) {
        return Make(BoundParameter{*late}, type, span);
      }
    }
    late_.by_value.insert(parameter->name);
    if (!scope->interning) datum = Canonical(std::move(datum));
    return MakeConstant(std::move(datum), type, span);
  }
  if (const auto* list = std::get_if<ast::ListLiteral>(&expression.node)) {
    BoundList bound;
    for (const ast::ExpressionPtr& item : list->items) {
      SL_ASSIGN_OR_RETURN(bound.items.emplace_back(), BindExpression(*item, scope));
      // Thousands of ids are as many look-ups.
      const bool asks = bound.items.size() % 256 == 0 && context_.may_go_on;
      if (asks) SL_RETURN_IF_ERROR(context_.may_go_on());
    }
    return Make(std::move(bound), StaticType::kList, span);
  }
  if (const auto* map = std::get_if<ast::MapLiteral>(&expression.node)) {
    BoundMap bound;
    for (const ast::MapEntry& entry : map->entries) {
      const bool again = std::any_of(bound.entries.begin(), bound.entries.end(),
                                     [&](const auto& e) { return e.first == entry.key.text; });
      if (again) {
        return Error("SL4006", entry.key.span,
                     fmt::format("the map has the key '{}' already", entry.key.text));
      }
      SL_ASSIGN_OR_RETURN(BoundExpressionPtr value, BindExpression(*entry.value, scope));
      bound.entries.emplace_back(entry.key.text, std::move(value));
    }
    return Make(std::move(bound), StaticType::kMap, span);
  }
  if (std::holds_alternative<ast::CountStar>(expression.node)) {
    return Error(
        "SL4001", span, fmt::format("count(*) cannot stand in {}", scope->place),
        {"count in RETURN or WITH, then use the result: WITH x, count(*) AS n FILTER n > 1"});
  }
  if (std::holds_alternative<ast::FunctionCall>(expression.node)) {
    return BindCall(expression, scope);
  }
  if (const auto* when = std::get_if<ast::CaseExpression>(&expression.node)) {
    BoundCase bound;
    if (when->subject != nullptr) {
      SL_ASSIGN_OR_RETURN(bound.subject, BindExpression(*when->subject, scope));
    }
    std::vector<StaticType> types;
    for (const auto& [test, result] : when->branches) {
      BoundExpressionPtr bound_test;
      if (when->subject != nullptr) {
        SL_ASSIGN_OR_RETURN(bound_test, BindExpression(*test, scope));
      } else {
        SL_ASSIGN_OR_RETURN(bound_test, BindCondition(*test, scope));
      }
      SL_ASSIGN_OR_RETURN(BoundExpressionPtr bound_result, BindExpression(*result, scope));
      types.push_back(bound_result->type);
      bound.branches.emplace_back(std::move(bound_test), std::move(bound_result));
    }
    if (when->otherwise != nullptr) {
      SL_ASSIGN_OR_RETURN(bound.otherwise, BindExpression(*when->otherwise, scope));
      types.push_back(bound.otherwise->type);
    }
    const bool alike = std::all_of(types.begin(), types.end(),
                                   [&](StaticType type) { return type == types.front(); });
    return Make(std::move(bound), alike ? types.front() : StaticType::kAny, span);
  }
  if (const auto* check = std::get_if<ast::QuantifiedCheck>(&expression.node)) {
    BoundQuantified bound{.kind = check->kind, .local = 0, .list = nullptr, .where = nullptr};
    SL_ASSIGN_OR_RETURN(bound.list, BindExpression(*check->list, scope));
    bound.local = next_local_++;
    scope->locals.push_back({check->variable.text, bound.local});
    if (check->where != nullptr) {
      SL_ASSIGN_OR_RETURN(bound.where, BindCondition(*check->where, scope));
    } else {
      bound.where = MakeConstant(Datum::OfBoolean(true), StaticType::kBoolean, span);
    }
    scope->locals.pop_back();
    return Make(std::move(bound), StaticType::kBoolean, span);
  }
  if (const auto* comprehension = std::get_if<ast::ListComprehension>(&expression.node)) {
    BoundComprehension bound{.local = 0, .list = nullptr, .where = nullptr, .projection = nullptr};
    SL_ASSIGN_OR_RETURN(bound.list, BindExpression(*comprehension->list, scope));
    bound.local = next_local_++;
    scope->locals.push_back({comprehension->variable.text, bound.local});
    if (comprehension->where != nullptr) {
      SL_ASSIGN_OR_RETURN(bound.where, BindCondition(*comprehension->where, scope));
    }
    if (comprehension->projection != nullptr) {
      SL_ASSIGN_OR_RETURN(bound.projection, BindExpression(*comprehension->projection, scope));
    }
    scope->locals.pop_back();
    return Make(std::move(bound), StaticType::kList, span);
  }
  return BindSubquery(expression, scope);
}

StatusOr<BoundExpressionPtr> StatementBinder::BindCall(const ast::Expression& expression,
                                                       ExpressionScope* scope) {
  const auto& call = std::get<ast::FunctionCall>(expression.node);
  if (FindAggregateFunction(call.name) != nullptr) {
    return Error("SL4001", expression.span,
                 fmt::format("{}() gathers many rows into one and cannot stand in {}", call.name,
                             scope->place),
                 {"use it in RETURN or WITH: WITH x, count(y) AS n FILTER n > 1"});
  }
  if (IsMarkingCall(expression)) {
    return Error(
        "SL4025", expression.span,
        "marking() speaks of a whole row, and stands by itself as an item of RETURN or WITH",
        {"write RETURN x, marking() or WITH x, marking() AS m FILTER …"});
  }
  const int count = static_cast<int>(call.arguments.size());
  const ScalarFunction* function = FindScalarFunction(call.name, count);
  if (function == nullptr) {
    Diagnostic diagnostic =
        MakeError("SL2013", call.name_span, fmt::format("there is no function '{}'", call.name));
    std::vector<std::string> names;
    for (const ScalarFunction& known : ScalarFunctions()) names.emplace_back(known.name);
    for (const AggregateFunction& known : AggregateFunctions()) names.emplace_back(known.name);
    const auto close = ClosestNames(call.name, std::move(names));
    OfferNames(&diagnostic, call.name_span, close);
    return ToStatus(std::move(diagnostic));
  }
  if (call.distinct) {
    return Error(
        "SL4001", expression.span,
        fmt::format("DISTINCT means something for aggregates only, not for {}()", call.name));
  }
  if (count < function->arity_min || (function->arity_max >= 0 && count > function->arity_max)) {
    return Error(
        "SL2018", expression.span,
        fmt::format("{}() was given {} argument{}", function->name, count, count == 1 ? "" : "s"),
        {std::string(function->signature)});
  }
  BoundCall bound{.function = function, .arguments = {}};
  for (const ast::ExpressionPtr& argument : call.arguments) {
    SL_ASSIGN_OR_RETURN(bound.arguments.emplace_back(), BindExpression(*argument, scope));
    const BoundExpression& given = *bound.arguments.back();
    if (!TakesType(*function, bound.arguments.size() - 1, given.type)) {
      return Error(
          "SL3011", argument->span,
          fmt::format("{}() does not work on {}", function->name, StaticTypeName(given.type)),
          {std::string(function->signature)});
    }
  }
  if (function->name == "id" && count == 2) {
    bound.arguments.push_back(
        MakeConstant(Datum::OfBoolean(writes_), StaticType::kBoolean, expression.span));
  }
  if (function->name == "score" && bound.arguments.size() == 1) {
    SL_RETURN_IF_ERROR(AddNameToScore(*call.arguments[0], *scope, &bound));
  }
  if (function->name == "contested") {
    // What it is asked of is the property, not the value that the property has.
    auto* property = std::get_if<BoundProperty>(&bound.arguments.front()->node);
    if (property == nullptr) {
      return Error("SL3011", call.arguments.front()->span, "contested() is asked of a property",
                   {"write it with a dot: contested(x.amount)"});
    }
    const SourceSpan& place = call.arguments.front()->span;
    bound.arguments.push_back(
        MakeConstant(Datum::OfText(property->access.key), StaticType::kText, place));
    BoundExpressionPtr object = std::move(property->object);
    bound.arguments.front() = std::move(object);
  }
  if (function->name == "evidence") {
    if (!frame_->evidence_slot) {
      return Error("SL4015", expression.span,
                   "evidence() cannot stand here: what writes keeps no evidence");
    }
    bound.arguments.push_back(MakeSlot(*frame_->evidence_slot, StaticType::kList, expression.span));
  }
  return Make(std::move(bound), function->result, expression.span);
}

// score(x) is score(x, name) with the name that NAMED ~ asked of x.
Status StatementBinder::AddNameToScore(const ast::Expression& argument,
                                       const ExpressionScope& scope, BoundCall* call) const {
  const auto* variable = std::get_if<ast::Variable>(&argument.node);
  const Binding* binding = variable != nullptr && scope.bindings != nullptr
                               ? scope.bindings->Find(variable->name)
                               : nullptr;
  if (binding == nullptr || !binding->alike.has_value()) {
    return Error("SL2022", argument.span, "score() does not know which name to compare with",
                 {"give the name: score(x, \"Hikvison\")",
                  "or find x by it: MATCH (x NAMED ~\"Hikvison\")"});
  }
  call->arguments.push_back(
      Make(BoundConstant{Datum::OfText(*binding->alike)}, StaticType::kText, argument.span));
  return OkStatus();
}

StatusOr<BoundExpressionPtr> StatementBinder::BindAround(const ast::Expression& expression,
                                                         BoundExpressionPtr first,
                                                         ExpressionScope* scope) {
  const SourceSpan& span = expression.span;
  if (std::holds_alternative<ast::Property>(expression.node)) {
    return BindProperty(expression, std::move(first), *scope);
  }
  if (std::holds_alternative<ast::Binary>(expression.node)) {
    return BindBinary(expression, std::move(first), scope);
  }
  if (const auto* unary = std::get_if<ast::Unary>(&expression.node)) {
    const bool sign = unary->op == UnaryOperator::kPlus || unary->op == UnaryOperator::kMinus;
    if (unary->op == UnaryOperator::kNot && !MayBeBoolean(first->type)) {
      return Error("SL3011", span,
                   fmt::format("NOT needs a condition, not {}", StaticTypeName(first->type)));
    }
    if (sign && (HasNoArithmetic(first->type) || first->type == StaticType::kText ||
                 first->type == StaticType::kList)) {
      return Error("SL3011", span,
                   fmt::format("a sign needs a number, not {}", StaticTypeName(first->type)));
    }
    const StaticType type = sign ? first->type : StaticType::kBoolean;
    return Make(BoundUnary{unary->op, std::move(first)}, type, span);
  }
  if (const auto* index = std::get_if<ast::Index>(&expression.node)) {
    SL_ASSIGN_OR_RETURN(BoundExpressionPtr key, BindExpression(*index->index, scope));
    return Make(BoundIndex{std::move(first), std::move(key)}, StaticType::kAny, span);
  }
  if (const auto* slice = std::get_if<ast::Slice>(&expression.node)) {
    BoundSlice bound{.object = std::move(first), .from = nullptr, .to = nullptr};
    if (slice->from != nullptr) {
      SL_ASSIGN_OR_RETURN(bound.from, BindExpression(*slice->from, scope));
    }
    if (slice->to != nullptr) {
      SL_ASSIGN_OR_RETURN(bound.to, BindExpression(*slice->to, scope));
    }
    return Make(std::move(bound), StaticType::kList, span);
  }
  if (const auto* check = std::get_if<ast::ClassCheck>(&expression.node)) {
    if (first->type == StaticType::kFact) {
      // Of a fact it is the predicate that has a name.
      SL_ASSIGN_OR_RETURN(ResolvedPredicates predicates, ResolvePredicates(check->test));
      BoundClassTest test;
      const bool all_but = predicates.walk.along.all_but;
      test.kinds = std::move(predicates.walk.along.predicates);
      // An inverse name, and a symmetric one, are the same predicate.
      const auto& against = predicates.walk.against.predicates;
      test.kinds.insert(test.kinds.end(), against.begin(), against.end());
      std::sort(test.kinds.begin(), test.kinds.end());
      BoundExpressionPtr check =
          Make(BoundClassCheck{std::move(first), std::move(test)}, StaticType::kBoolean, span);
      if (!all_but) return check;
      return Make(BoundUnary{UnaryOperator::kNot, std::move(check)}, StaticType::kBoolean, span);
    }
    if (!TakesClassTest(first->type)) {
      return Error("SL3011", first->span,
                   fmt::format("{} has no class", StaticTypeName(first->type)));
    }
    SL_ASSIGN_OR_RETURN(ResolvedClassTest resolved, ResolveClassTest(check->test, base_scope_));
    return Make(BoundClassCheck{std::move(first), std::move(resolved.test)}, StaticType::kBoolean,
                span);
  }
  const auto& named = std::get<ast::NamedCheck>(expression.node);
  SL_ASSIGN_OR_RETURN(BoundExpressionPtr name, BindExpression(*named.name, scope));
  return Make(BoundNamedCheck{std::move(first), std::move(name), named.fuzzy}, StaticType::kBoolean,
              span);
}

StatusOr<BoundExpressionPtr> StatementBinder::BindProperty(const ast::Expression& expression,
                                                           BoundExpressionPtr object,
                                                           const ExpressionScope& scope) {
  const auto& property = std::get<ast::Property>(expression.node);
  const std::string& key = property.key.text;
  const SourceSpan& key_span = property.key.span;
  PropertyAccess access = AccessByName(key, *catalog_);
  const storage::PredicateDefinition* definition = nullptr;
  if (!access.predicates.empty()) {
    bool inverse = false;
    definition = FindProperty(key, &inverse);
  }
  // Of things of the graph any name may be asked; what nobody has stated is unknown.
  const bool open =
      cypher_ && (object->type == StaticType::kEntity || object->type == StaticType::kFact ||
                  object->type == StaticType::kStatement);
  if (open)
    return Make(BoundProperty{std::move(object), std::move(access)}, StaticType::kAny,
                expression.span);
  // The names that could have been meant, of a record with fields.
  const auto no_such_field = [&](std::span<const Field> fields, std::string_view code,
                                 std::string_view of, bool predicates) {
    Diagnostic diagnostic = MakeError(code, key_span, fmt::format("{} has no field '{}'", of, key));
    std::vector<std::string> names;
    for (const Field& field : fields) names.emplace_back(field.name);
    if (predicates) {
      for (const auto& [name, known] : catalog_->predicates()) names.push_back(name);
    }
    std::vector<std::string> close = ClosestNames(key, std::move(names));
    for (std::string& candidate : close) candidate = QuoteName(candidate);
    OfferNames(&diagnostic, PlaceOfName(context_.text, key_span, key), close);
    return ToStatus(std::move(diagnostic));
  };
  StaticType type = StaticType::kAny;
  const StaticType value_type =
      definition == nullptr ? StaticType::kAny : TypeOfValues(access, *catalog_);
  switch (object->type) {
    case StaticType::kStatement:
    case StaticType::kFact: {
      const bool is_fact = object->type == StaticType::kFact;
      const auto fields = is_fact ? FactFields() : StatementFields();
      if (const Field* field = FindField(fields, key)) {
        type = field->type;
      } else if (definition != nullptr) {
        type = value_type;
      } else {
        return no_such_field(fields, "SL2017", is_fact ? "a fact" : "a statement", true);
      }
      break;
    }
    case StaticType::kPath:
      if (const Field* field = FindField(PathFields(), key)) {
        type = field->type;
      } else {
        return no_such_field(PathFields(), "SL2015", "a path", false);
      }
      break;
    case StaticType::kEntity:
      // A node may be a statement: facts can be about statements.
      if (definition != nullptr) {
        type = value_type;
        const auto* slot = std::get_if<BoundSlot>(&object->node);
        for (const Binding& binding : scope.bindings->all()) {
          if (slot != nullptr && binding.slot == slot->column && !binding.classes.empty()) {
            WarnOfProperty(property.key, binding.classes, binding.name, {});
          }
        }
      } else if (FindField(StatementFields(), key) == nullptr) {
        return NoSuchPredicate(key, key_span, "SL2015");
      }
      break;
    case StaticType::kDate:
    case StaticType::kInstant:
    case StaticType::kMoney:
    case StaticType::kQuantity:
    case StaticType::kPercentage:
    case StaticType::kGeoPoint:
      if (const Field* field = FindField(ValueFields(), key)) {
        type = field->type;
      } else {
        return no_such_field(ValueFields(), "SL2015", StaticTypeName(object->type), false);
      }
      break;
    case StaticType::kList:
      return Error(
          "SL3011", expression.span,
          fmt::format("{} is a list, and a list has no property '{}'", Text(object->span), key),
          {fmt::format("read it from its items: [item IN {} | item.{}]", Text(object->span),
                       QuoteName(key))});
    case StaticType::kBoolean:
    case StaticType::kInteger:
    case StaticType::kDouble:
    case StaticType::kDecimal:
    case StaticType::kText:
      return Error("SL3011", expression.span,
                   fmt::format("{} has no properties", StaticTypeName(object->type)));
    case StaticType::kAny: {
      // The other end of an edge, which may be an entity or a value.
      const auto* slot = std::get_if<BoundSlot>(&object->node);
      const auto& bindings = scope.bindings->all();
      const bool from_pattern =
          slot != nullptr && std::any_of(bindings.begin(), bindings.end(), [&](const Binding& b) {
            return b.slot == slot->column && b.from_pattern;
          });
      if (from_pattern && definition == nullptr && FindField(ValueFields(), key) == nullptr &&
          FindField(StatementFields(), key) == nullptr) {
        return NoSuchPredicate(key, key_span, "SL2015");
      }
      break;
    }
    case StaticType::kNull:
    case StaticType::kMap:
      break;
  }
  return Make(BoundProperty{std::move(object), std::move(access)}, type, expression.span);
}

namespace {

bool IsNobody(const ast::Expression& written, const BoundExpression& bound) {
  const auto* constant = std::get_if<BoundConstant>(&bound.node);
  return constant != nullptr && constant->value.is_null() &&
         std::holds_alternative<ast::IdLiteral>(written.node);
}

// The dictionary never comes to this number.
Datum Nobody() {
  return Datum::OfNode(
      storage::TermId::Make(storage::TermTag::kEntity, storage::TermId::kPayloadMask));
}

}  // namespace

StatusOr<BoundExpressionPtr> StatementBinder::BindBinary(const ast::Expression& expression,
                                                         BoundExpressionPtr left,
                                                         ExpressionScope* scope) {
  const auto& binary = std::get<ast::Binary>(expression.node);
  SL_ASSIGN_OR_RETURN(BoundExpressionPtr right, BindExpression(*binary.right, scope));
  SL_RETURN_IF_ERROR(CheckOperands(binary, expression, *left, *right));
  const bool is_in = binary.op == BinaryOperator::kIn || binary.op == BinaryOperator::kNotIn;
  if (IsEquality(binary.op) || is_in) {
    // An id that names nothing is nobody: a comparison with it is false rather than unknown.
    const bool left_is_nobody = IsNobody(*binary.left, *left);
    const auto* list = std::get_if<ast::ListLiteral>(&binary.right->node);
    auto* bound_list = std::get_if<BoundList>(&right->node);
    if (IsNobody(*binary.right, *right)) {
      if (!left_is_nobody) right->node = BoundConstant{Nobody()};
    } else if (list != nullptr && bound_list != nullptr && is_in) {
      for (size_t i = 0; i < list->items.size() && !left_is_nobody; ++i) {
        BoundExpression& item = *bound_list->items[i];
        if (IsNobody(*list->items[i], item)) item.node = BoundConstant{Nobody()};
      }
    } else if (left_is_nobody) {
      left->node = BoundConstant{Nobody()};
    }
  }
  StaticType type = StaticType::kBoolean;
  switch (binary.op) {
    case BinaryOperator::kAdd:
    case BinaryOperator::kSubtract:
    case BinaryOperator::kMultiply:
    case BinaryOperator::kDivide:
    case BinaryOperator::kModulo:
    case BinaryOperator::kPower:
      type = ArithmeticType(binary.op, left->type, right->type);
      if (cypher_ && binary.op == BinaryOperator::kDivide && left->type == StaticType::kInteger &&
          right->type == StaticType::kInteger) {
        type = StaticType::kInteger;
      }
      break;
    default:
      break;
  }
  return Make(BoundBinary{binary.op, std::move(left), std::move(right)}, type, expression.span);
}

Status StatementBinder::CheckOperands(const ast::Binary& binary, const ast::Expression& expression,
                                      const BoundExpression& left, const BoundExpression& right) {
  const auto wrong = [&](const BoundExpression& side, std::string_view wanted) {
    return Error("SL3011", side.span,
                 fmt::format("{} needs {}, not {}", ast::OperatorSymbol(binary.op), wanted,
                             StaticTypeName(side.type)));
  };
  if (IsLogical(binary.op)) {
    for (const BoundExpression* side : {&left, &right}) {
      if (!MayBeBoolean(side->type)) return wrong(*side, "conditions");
    }
    return OkStatus();
  }
  if (IsEquality(binary.op) || IsOrderComparison(binary.op)) {
    const auto reads_many = [](const BoundExpression& side) {
      const auto* property = std::get_if<BoundProperty>(&side.node);
      return property != nullptr && side.type == StaticType::kList && property->access.many &&
             !property->access.predicates.empty();
    };
    const auto is_single = [](const BoundExpression& side) {
      return side.type != StaticType::kList && side.type != StaticType::kNull;
    };
    const bool left_many = reads_many(left) && is_single(right);
    const bool right_many = reads_many(right) && is_single(left);
    if (!left_many && !right_many) return OkStatus();
    const BoundExpression& many = left_many ? left : right;
    const BoundExpression& one = left_many ? right : left;
    const auto& property = std::get<BoundProperty>(many.node);
    Diagnostic diagnostic =
        MakeError("SL3014", expression.span,
                  fmt::format("'{}' can have many values, so it cannot be compared with {}",
                              property.access.key, ast::OperatorSymbol(binary.op)));
    // Operands bind at least as tightly as IN does where they stood beside a comparison, so the
    // repaired text parses; brackets keep the rest as it was.
    const std::string many_text = Text(many.span);
    const std::string one_text = Text(one.span);
    std::string repaired;
    if (binary.op == BinaryOperator::kEqual) {
      repaired = fmt::format("{} IN {}", one_text, many_text);
    } else if (binary.op == BinaryOperator::kNotEqual) {
      repaired = fmt::format("(NOT {} IN {})", one_text, many_text);
    } else {
      const std::string_view op = ast::OperatorSymbol(binary.op);
      repaired = left_many
                     ? fmt::format("any(value IN {} WHERE value {} {})", many_text, op, one_text)
                     : fmt::format("any(value IN {} WHERE {} {} value)", many_text, one_text, op);
    }
    if (!many_text.empty() && !one_text.empty()) {
      diagnostic.help.push_back("write " + repaired);
      diagnostic.edits.push_back({expression.span, repaired});
      if (binary.op == BinaryOperator::kEqual && many_text.find('.') != std::string::npos) {
        diagnostic.help.push_back(fmt::format("or in the pattern: ({} {{{}: {}}})",
                                              Text(property.object->span),
                                              QuoteName(property.access.key), one_text));
      }
    }
    return ToStatus(std::move(diagnostic));
  }
  switch (binary.op) {
    case BinaryOperator::kAdd:
      if (left.type == StaticType::kList || right.type == StaticType::kList) return OkStatus();
      [[fallthrough]];
    case BinaryOperator::kSubtract:
    case BinaryOperator::kMultiply:
    case BinaryOperator::kDivide:
    case BinaryOperator::kModulo:
    case BinaryOperator::kPower:
      for (const BoundExpression* side : {&left, &right}) {
        if (HasNoArithmetic(side->type)) return wrong(*side, "numbers, amounts or dates");
        if (binary.op != BinaryOperator::kAdd &&
            (side->type == StaticType::kText || side->type == StaticType::kList)) {
          return wrong(*side, "numbers, amounts or dates");
        }
      }
      return OkStatus();
    case BinaryOperator::kIn:
    case BinaryOperator::kNotIn:
      if (right.type != StaticType::kList && right.type != StaticType::kAny &&
          right.type != StaticType::kNull) {
        return wrong(right, "a list on its right");
      }
      return OkStatus();
    case BinaryOperator::kStartsWith:
    case BinaryOperator::kEndsWith:
    case BinaryOperator::kContains:
    case BinaryOperator::kRegexMatch:
      for (const BoundExpression* side : {&left, &right}) {
        const auto* property = std::get_if<BoundProperty>(&side->node);
        if (property != nullptr && side->type == StaticType::kList) {
          const std::string text = Text(side->span);
          const std::string other = Text((side == &left ? right : left).span);
          return Error("SL3014", expression.span,
                       fmt::format("'{}' can have many values, so it cannot be compared with {}",
                                   property->access.key, ast::OperatorSymbol(binary.op)),
                       {side == &left ? fmt::format("write any(value IN {} WHERE value {} {})",
                                                    text, ast::OperatorSymbol(binary.op), other)
                                      : fmt::format("write any(value IN {} WHERE {} {} value)",
                                                    text, other, ast::OperatorSymbol(binary.op))});
        }
        if (side->type != StaticType::kText && side->type != StaticType::kAny &&
            side->type != StaticType::kNull) {
          return wrong(*side, "text");
        }
      }
      return OkStatus();
    default:
      return OkStatus();
  }
}

StatusOr<Datum> StatementBinder::EvaluateConstant(const ast::Expression& expression,
                                                  std::string_view place) {
  const Bindings none;
  ExpressionScope scope{.bindings = &none,
                        .place = place,
                        .forbidden = &bindings_,
                        .forbidden_why =
                            "differs from row to row; here a value must be the same "
                            "for the whole query",
                        .forbidden_code = "SL2019",
                        .constant = true};
  SL_ASSIGN_OR_RETURN(const BoundExpressionPtr bound, BindExpression(expression, &scope));
  if (const auto* constant = std::get_if<BoundConstant>(&bound->node)) return constant->value;
  EvaluationContext evaluation;
  evaluation.view = &view_;
  evaluation.scopes = {base_scope_};
  evaluation.now_micros = context_.now_micros;
  evaluation.may_go_on = context_.may_go_on;
  Batch batch;
  batch.row_count = 1;
  return Evaluate(*bound, batch, 0, &evaluation);
}

}  // namespace sightline::query
