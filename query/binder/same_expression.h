// Whether two expressions are written alike (places, white space and letter case of words aside),
// so that ORDER BY and the items of an aggregation can repeat one another.

#pragma once

#include "query/ast/ast.h"

namespace sightline::query {

// False for subqueries and patterns, which are never taken for alike.
bool SameExpression(const ast::Expression& a, const ast::Expression& b);

// The direct parts of an expression, in the order of the text; not those of patterns and
// subqueries.
std::vector<const ast::Expression*> PartsOf(const ast::Expression& expression);

}  // namespace sightline::query
