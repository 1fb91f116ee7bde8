// How both sessions write a text into a row of a conformance file.

#pragma once

#include <string>
#include <string_view>

namespace sightline::conformance {

// In single quotes, as texts within lists, maps and facts are.
std::string Quoted(std::string_view text);

// With \t and \n for tabs and line ends, which would break the row.
std::string OneLine(std::string_view text);

}  // namespace sightline::conformance
