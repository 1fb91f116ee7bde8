// Rule "merge-join": where the rows of a pattern come in the order of the end from which a step
// goes on, and hit a good part of the edge's facts, all facts are read once beside the rows, rather
// than looked up for each row.
//
// Look-ups stay where the rows are so few that most facts would be read for nothing. Applies to the
// edges that whole_edge_join.h names.

#pragma once

#include <string_view>

#include "query/binder/binder.h"
#include "query/optimizer/statistics.h"
#include "storage/txn/read_view.h"

namespace sightline::query {

inline constexpr std::string_view kRuleMergeJoin = "merge-join";

// `always`: wherever it can be, in whatever order the rows come. Errors: the store's.
Status JoinByMerging(BoundQuery* query, const storage::ReadView& view, StatisticsCache* statistics,
                     bool always);

}  // namespace sightline::query
