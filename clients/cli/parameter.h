// Query parameters from the command line: --param name=value.

#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "clients/cpp/error.h"
#include "sightline/v1/types.pb.h"

namespace sightline::cli {

// The value is, in this order: JSON (numbers, "text", true, false, null, [...], {...}), an entity
// (#org/hikvision), a date (2023-10-01, 2023-10, 2023-Q4) or instant (2023-10-01T08:30Z), else text
// as it stands. A JSON number with a fraction is an exact decimal, one with an exponent is a
// double. A bare 2023 is a number. Within JSON, text stays text. Errors: INVALID_ARGUMENT.
client::Result<std::pair<std::string, v1::Value>> ParseParameter(std::string_view text);

client::Result<v1::Value> ParseParameterValue(std::string_view text);

}  // namespace sightline::cli
