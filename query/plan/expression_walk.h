// Walks over bound expressions.

#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "query/functions/expression.h"

namespace sightline::query {

// Calls `visit` for each direct part of the expression, in the order of the text. Of a subquery
// that is what it captures, not what stands in its plan.
void ForEachPart(const BoundExpression& expression,
                 const std::function<void(const BoundExpression&)>& visit);

// The columns that the expression reads, ascending.
std::vector<uint32_t> SlotsOf(const BoundExpression& expression);

// The conditions that must all hold for `condition` to hold: the operands of its outermost ANDs.
std::vector<const BoundExpression*> ConjunctsOf(const BoundExpression& condition);

// Whether a subquery stands anywhere in the expression.
bool HasSubquery(const BoundExpression& expression);

BoundExpressionPtr MakeConstant(Datum value, StaticType type, const SourceSpan& span);
BoundExpressionPtr MakeSlot(uint32_t column, StaticType type, const SourceSpan& span);

}  // namespace sightline::query
