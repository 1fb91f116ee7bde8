// UUIDs: the names that clients give to their requests and loads.

#pragma once

#include <cstddef>
#include <string_view>

namespace sightline::server {

// Whether it has the form 123e4567-e89b-12d3-a456-426614174000 (RFC 4122), of any version.
inline bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool hyphen_place = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (hyphen_place ? c != '-' : !hex) return false;
  }
  return true;
}

}  // namespace sightline::server
