// Looks for one text in another, in time that grows with their lengths and not with their product.
// Thread-safe.

#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

namespace sightline::query {

// The byte offset of the first `part` in `text`, at `from` or later; npos when there is none.
// std::string_view::find compares anew at every offset: a million 'a' in a longer row of them would
// take it minutes. memmem is glibc's two-way search.
inline size_t FindText(std::string_view text, std::string_view part, size_t from = 0) {
  if (part.empty()) return from;
  const std::string_view rest = text.substr(from);
  const void* found = memmem(rest.data(), rest.size(), part.data(), part.size());
  if (found == nullptr) return std::string_view::npos;
  return static_cast<size_t>(static_cast<const char*>(found) - text.data());
}

}  // namespace sightline::query
