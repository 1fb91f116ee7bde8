// text =~ pattern: RE2, so that no pattern can take more than linear time.

#pragma once

#include <string_view>

#include "storage/base/status.h"

namespace sightline::query {

// Whether the whole text matches. Keeps the last pattern of each thread compiled.
//
// Errors, without a place: SL5004 for text that is no pattern; SL5005 for a pattern that compiles
// to more than 1 MiB, or a text over 1 MiB.
StatusOr<bool> MatchesPattern(std::string_view text, std::string_view pattern);

}  // namespace sightline::query
