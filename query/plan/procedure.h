// Procedures: what CALL runs that is no stored query. Their names and the columns they give.
//
// Thread-safe.

#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "query/functions/expression.h"

namespace sightline::query {

enum class ProcedureKind : uint8_t { kContradictions, kDisputedFigures };

struct ProcedureColumn {
  std::string_view name;
  StaticType type;
};
struct Procedure {
  std::string_view name;
  std::string_view signature;
  ProcedureKind kind;
  std::span<const ProcedureColumn> columns;
};

// Null when there is none. Names are case-sensitive, as those of stored queries.
const Procedure* FindProcedure(std::string_view name);
std::span<const Procedure> Procedures();

}  // namespace sightline::query
