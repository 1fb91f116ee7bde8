// LayOut: what the editor shows, as rows of a terminal. Pure: text and width in, rows out.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sightline::cli {

// Bytes [begin, end) in a colour: parameters of SGR, such as "34" for blue. In order, apart.
struct StyledSpan {
  size_t begin, end;
  std::string_view style;
};

// A line as it is to be written, with the columns it takes. Escape sequences take none.
struct Row {
  std::string bytes;
  size_t width = 0;

  friend bool operator==(const Row&, const Row&) = default;
};

struct Scene {
  // In front of the first line of the text, and of its other lines; one line each.
  std::string_view prompt, continuation;
  std::string_view text;
  size_t cursor = 0;
  std::vector<StyledSpan> spans;
  // Below the text: a menu, a hint. None wider than the terminal.
  std::vector<Row> below;
  // SGR of the prompts; empty: plain.
  std::string_view prompt_style;
  size_t columns = 80;
  size_t rows = 24;
};

// Rows from the top, and where the cursor is among them.
struct Picture {
  std::vector<Row> rows;
  size_t cursor_row = 0, cursor_column = 0;
};

// Lines that are too wide go on in the next row. A wide character never straddles two rows;
// combining marks stay with their letter; what could command the terminal is shown as U+FFFD; a tab
// is 4 spaces. When there is more than the terminal has rows, those around the cursor are shown.
// REQUIRES: columns > 1, rows > 0.
Picture LayOut(const Scene& scene);

}  // namespace sightline::cli
