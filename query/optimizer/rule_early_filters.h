// Rule "early-filters": drops rows inside a MATCH for which a condition of the WHERE behind it is
// false for certain, as soon as the columns that the condition reads are bound.
//
// The WHERE itself stays, and counts and reports as before: rows dropped early are ones that it
// would drop without a word. So only the conditions of the first filter behind the MATCH are taken,
// and only when no part of that filter can fail: a row that is gone cannot raise the error that it
// would have raised.

#pragma once

#include "query/binder/binder.h"

namespace sightline::query {

inline constexpr std::string_view kRuleEarlyFilters = "early-filters";

Status AddEarlyFilters(BoundQuery* query);

}  // namespace sightline::query
