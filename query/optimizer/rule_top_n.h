// Rule "top-n": a sort below a LIMIT keeps no more rows than the limit lets through.

#pragma once

#include "query/binder/binder.h"

namespace sightline::query {

inline constexpr std::string_view kRuleTopN = "top-n";

Status LimitSorts(BoundQuery* query);

}  // namespace sightline::query
