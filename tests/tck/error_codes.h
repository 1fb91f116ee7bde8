// Which of our error codes say what a detail of the TCK's error steps says.
//
// Thread-safe.

#pragma once

#include <string_view>

namespace sightline::tck {

// "UndefinedVariable", "SL2001". A detail of * is said by every code.
bool SaysDetail(std::string_view code, std::string_view detail);

}  // namespace sightline::tck
