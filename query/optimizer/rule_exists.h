// Rule "exists": EXISTS { … } asks for one row, whichever it is and whatever is in it, so that it
// need not tell rows apart, sort them or compute what it returns.

#pragma once

#include <string_view>

#include "query/binder/binder.h"
#include "storage/base/status.h"

namespace sightline::query {

inline constexpr std::string_view kRuleExists = "exists";

Status ShortenExists(BoundQuery* query);

}  // namespace sightline::query
