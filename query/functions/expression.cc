#include "query/functions/expression.h"

#include "query/functions/first_operand.h"

namespace sightline::query {

std::string_view StaticTypeName(StaticType type) {
  switch (type) {
    case StaticType::kAny:
      return "ANY";
    case StaticType::kNull:
      return "NULL";
    case StaticType::kBoolean:
      return "BOOLEAN";
    case StaticType::kInteger:
      return "INTEGER";
    case StaticType::kDouble:
      return "FLOAT";
    case StaticType::kDecimal:
      return "DECIMAL";
    case StaticType::kText:
      return "STRING";
    case StaticType::kDate:
      return "DATE";
    case StaticType::kInstant:
      return "DATETIME";
    case StaticType::kMoney:
      return "MONEY";
    case StaticType::kQuantity:
      return "QUANTITY";
    case StaticType::kPercentage:
      return "PERCENTAGE";
    case StaticType::kGeoPoint:
      return "POINT";
    case StaticType::kEntity:
      return "ENTITY";
    case StaticType::kStatement:
      return "STATEMENT";
    case StaticType::kFact:
      return "FACT";
    case StaticType::kPath:
      return "PATH";
    case StaticType::kList:
      return "LIST";
    case StaticType::kMap:
      return "MAP";
  }
  return "ANY";
}

bool MakesValue(const BoundExpression& expression) {
  // An item of a list is kept as long as the list is. What [ ] reads by a key may be of an entity,
  // which makes it.
  const BoundExpression* keeper = &expression;
  while (const auto* index = std::get_if<BoundIndex>(&keeper->node)) {
    if (index->index->type != StaticType::kInteger) return true;
    keeper = index->object.get();
  }
  return !std::holds_alternative<BoundConstant>(keeper->node) &&
         !std::holds_alternative<BoundParameter>(keeper->node) &&
         !std::holds_alternative<BoundSlot>(keeper->node) &&
         !std::holds_alternative<BoundLocal>(keeper->node);
}

}  // namespace sightline::query

void std::default_delete<sightline::query::BoundExpression>::operator()(
    sightline::query::BoundExpression* expression) const {
  using sightline::query::BoundExpressionPtr;
  // Unhooks each first operand before its owner goes, so that owners nest one deep.
  while (expression != nullptr) {
    BoundExpressionPtr* first = sightline::query::FirstOperandSlot(expression);
    sightline::query::BoundExpression* next = first != nullptr ? first->release() : nullptr;
    delete expression;
    expression = next;
  }
}
