// Prints abstract syntax as SLQL again, canonically: parsing the output gives the same tree (spans
// apart).

#pragma once

#include <string>
#include <string_view>

#include "query/ast/ast.h"

namespace sightline::query::ast {

// "<>", "STARTS WITH"
std::string_view OperatorSymbol(BinaryOperator op);

std::string Print(const Script& script);
std::string Print(const Statement& statement);
std::string Print(const Expression& expression);

}  // namespace sightline::query::ast
