// Rule "multiway-join": where a pattern closes a cycle, the new node's neighbours along all edges
// that reach it are intersected, rather than found along one edge and tested with the others.
//
// It joins an expansion with the checks right behind it whose edges end at the same new node, when
// all of them are single edges of one predicate and one direction.
// Joining edge by edge makes more rows than the result can have (A. Atserias, M. Grohe, D. Marx:
// Size bounds and query plans for relational joins, FOCS 2008); this does not.

#pragma once

#include "query/binder/binder.h"

namespace sightline::query {

inline constexpr std::string_view kRuleMultiwayJoin = "multiway-join";

Status JoinCycles(BoundQuery* query);

}  // namespace sightline::query
