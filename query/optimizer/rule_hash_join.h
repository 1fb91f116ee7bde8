// Rule "hash-join": where a step of a pattern has as many rows as its edge has facts, all facts are
// read once into a hash table, rather than looked up for each row.
//
// Look-ups stay where they are cheaper: when few rows come in; when the rows come in the order of
// the end that is looked up, because then the index is read from front to back, as the rule
// "merge-join" has it; when a LIMIT above wants few rows; when the facts are more than statistics
// count. Applies to the edges that whole_edge_join.h names.

#pragma once

#include <string_view>

#include "query/binder/binder.h"
#include "query/optimizer/statistics.h"
#include "storage/txn/read_view.h"

namespace sightline::query {

inline constexpr std::string_view kRuleHashJoin = "hash-join";

// `always`: wherever it can be, whatever it costs. Errors: the store's.
Status JoinByHashing(BoundQuery* query, const storage::ReadView& view, StatisticsCache* statistics,
                     bool always);

}  // namespace sightline::query
