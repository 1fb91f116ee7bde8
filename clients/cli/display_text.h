// Text as a terminal shows it: widths in columns, and control characters made harmless.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sightline::cli {

// `text` on one line that cannot command a terminal: control characters, invalid UTF-8 and marks
// that turn the direction of writing become \n, \t, \x1b, \u202e; a backslash stays as it is.
std::string OneLine(std::string_view text);

// Columns that a one-line text takes: 2 for East Asian wide characters, 0 for combining marks.
size_t DisplayWidth(std::string_view text);

// The beginning of a one-line text that fits `width` columns, its last one "…" when something was
// left out. REQUIRES: width > 0.
std::string CutToWidth(std::string_view text, size_t width);

// The lines of a one-line text at most `width` columns wide, broken at spaces where there are any;
// never none. REQUIRES: width > 1.
std::vector<std::string> WrapToWidth(std::string_view text, size_t width);

// The code point at the start of `text` and its length in bytes. Invalid UTF-8 is U+FFFD of length
// 1. REQUIRES: not empty.
struct CodePoint {
  char32_t value;
  size_t bytes;
};
CodePoint FirstCodePoint(std::string_view text);

// Columns of one code point; 1 for what the system does not know.
size_t WidthOf(char32_t code_point);

}  // namespace sightline::cli
