// Prints abstract syntax as SLQL again, canonically: parsing the output gives the same tree (spans
// apart).

#pragma once

#include <string>

#include "query/ast/ast.h"

namespace sightline::query::ast {

std::string Print(const Script& script);
std::string Print(const Statement& statement);
std::string Print(const Expression& expression);

}  // namespace sightline::query::ast
