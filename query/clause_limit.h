// The most steps that one query may have. Thread-safe.

#pragma once

#include "query/ast/ast.h"
#include "storage/base/status.h"

namespace sightline::query {

// SL1000 when the statement, a query or the definition of one, has more.
Status CheckClauseCount(const ast::Statement& statement);

}  // namespace sightline::query
