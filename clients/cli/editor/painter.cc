#include "clients/cli/editor/painter.h"

#include <fmt/format.h>

#include <algorithm>

namespace sightline::cli {

void Painter::Move(size_t row, size_t column, std::string* out) {
  size_t& at = shown_.cursor_row;
  if (row < at) *out += fmt::format("\x1b[{}A", at - row);
  // Rows that are not there yet are made by line feeds, which scroll at the bottom.
  while (at < row && at + 1 < shown_.rows.size()) {
    const size_t down = std::min(row, shown_.rows.size() - 1) - at;
    *out += fmt::format("\x1b[{}B", down);
    at += down;
  }
  if (at < row) *out += "\r" + std::string(row - at, '\n');
  at = row;
  *out += '\r';
  if (column > 0) *out += fmt::format("\x1b[{}C", column);
  shown_.cursor_column = column;
}

std::string Painter::Paint(const Picture& next) {
  std::string out;
  for (size_t i = 0; i < next.rows.size(); ++i) {
    if (i < shown_.rows.size() && shown_.rows[i] == next.rows[i]) continue;
    Move(i, 0, &out);
    // Cleared first: behind a full row the cursor may stand on its last character.
    out += "\x1b[K" + next.rows[i].bytes;
    if (i >= shown_.rows.size()) shown_.rows.resize(i + 1);
    shown_.rows[i] = next.rows[i];
  }
  if (next.rows.size() < shown_.rows.size()) {
    Move(next.rows.size(), 0, &out);
    out += "\x1b[J";
    shown_.rows.resize(std::max<size_t>(next.rows.size(), 1));
    // The row below the picture is none of its rows, and one can only go up from it.
    Move(next.cursor_row, next.cursor_column, &out);
    return "\x1b[?25l" + out + "\x1b[?25h";
  }
  if (out.empty() && shown_.cursor_row == next.cursor_row &&
      shown_.cursor_column == next.cursor_column) {
    return "";
  }
  Move(next.cursor_row, next.cursor_column, &out);
  return "\x1b[?25l" + out + "\x1b[?25h";
}

std::string Painter::Finish() {
  std::string out;
  if (!shown_.rows.empty()) {
    Move(shown_.rows.size() - 1, 0, &out);
    out += "\r\n";
  }
  Forget();
  return out;
}

std::string Painter::Erase(size_t columns) {
  // As most terminals do, when one becomes narrower: a row goes on in the next ones.
  size_t above = 0;
  for (size_t i = 0; i < shown_.cursor_row && i < shown_.rows.size(); ++i) {
    above += std::max<size_t>(1, (shown_.rows[i].width + columns - 1) / columns);
  }
  above += shown_.cursor_column / columns;
  std::string out = "\r";
  if (above > 0) out += fmt::format("\x1b[{}A", above);
  Forget();
  return out + "\x1b[J";
}

}  // namespace sightline::cli
