// The families of functions that the registry puts together, one a file, and how their
// implementations look at arguments.
//
// Thread-safe.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "query/functions/registry.h"
#include "storage/base/status.h"

namespace sightline::query {

using Arguments = std::span<const Datum>;

// In the order of the documentation.
std::span<const ScalarFunction> TextFunctions();
std::span<const ScalarFunction> NumberFunctions();
std::span<const ScalarFunction> ListFunctions();
std::span<const ScalarFunction> TimeFunctions();
std::span<const ScalarFunction> ConversionFunctions();
std::span<const ScalarFunction> GraphFunctions();
std::span<const ScalarFunction> DisputeFunctions();
std::span<const ScalarFunction> IdentityFunctions();

// Null when the datum is of another type.
const std::string* AsText(const Datum& datum);
const int64_t* AsInteger(const Datum& datum);

// The argument, or SL3011 naming the function.
StatusOr<std::string_view> TextArgument(std::string_view function, const Datum& datum);
StatusOr<int64_t> IntegerArgument(std::string_view function, const Datum& datum);

}  // namespace sightline::query
