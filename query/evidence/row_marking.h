// marking(): what a row has to be marked, as a whole: the join of the markings of the statements
// that it rests on.
//
// The statements are those that WHY lists: of each derivation that is kept, every statement in
// scope that asserts or denies one of its facts. The value is a MAP {tlp: "TLP:AMBER", access:
// "A&(B|C)"}, the highest label and the conjunction of the access expressions (null when none has
// one), or null for a row that rests on no statement.
//
// Thread-compatible free functions.

#pragma once

#include "query/ast/ast.h"
#include "query/functions/expression.h"

namespace sightline::query {

// Whether the expression is marking(), with whatever arguments.
bool IsMarkingCall(const ast::Expression& expression);

// The expression that reads the marking of a row out of its evidence, which is in this slot.
BoundExpressionPtr MakeRowMarking(uint32_t evidence_slot, const SourceSpan& span);

}  // namespace sightline::query
