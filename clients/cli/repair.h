// The repairs that diagnostics offer.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sightline/v1/diagnostic.pb.h"

namespace sightline::cli {

// `text` with the edits of the errors among the diagnostics made; where two of them touch the same
// place, the first counts. Nothing when none is offered, or one does not fit the text.
std::optional<std::string> RepairedText(std::string_view text,
                                        const std::vector<v1::Diagnostic>& diagnostics);

}  // namespace sightline::cli
