// UTF-8: whether text is valid, and its code points.

#pragma once

#include <cstddef>
#include <string_view>

namespace sightline::storage {

// What a place that is no valid UTF-8 decodes to.
inline constexpr char32_t kReplacementCharacter = U'\uFFFD';

// As Unicode 15 table 3-7 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
bool IsValidUtf8(std::string_view text);

// The byte offset of the first byte that is not part of valid UTF-8; text.size() when all is valid.
size_t ValidUtf8Prefix(std::string_view text);

// The code point at byte `*offset`; moves `*offset` behind it. A bad byte counts as one
// kReplacementCharacter and moves on by one. REQUIRES: *offset < text.size().
char32_t NextCodePoint(std::string_view text, size_t* offset);

// How many code points NextCodePoint gives.
size_t CodePointCount(std::string_view text);

}  // namespace sightline::storage
