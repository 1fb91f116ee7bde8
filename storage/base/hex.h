// Bytes as hexadecimal digits in small letters (RFC 4648, section 8, in small letters).
//
// Thread-safe: pure functions.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sightline::storage {

std::string ToHex(std::string_view bytes);
// None unless the text is an even number of such digits.
std::optional<std::string> FromHex(std::string_view text);

}  // namespace sightline::storage
