#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "query/diagnostics/diagnostic.h"
#include "query/diagnostics/display_width.h"
#include "storage/base/utf8.h"

namespace sightline::query {
namespace {

// A line of the query is cut to about this many columns, so that the caret stays under its place in
// a terminal of 100.
constexpr int kColumnsMax = 92;
constexpr int kColumnsBefore = 40;  // Kept in front of the place when a line is cut.
constexpr int kTabColumns = 4;
constexpr std::string_view kCut = "...";
// Of a very long line only this many bytes on either side of the place are looked at.
constexpr size_t kBytesAround = 1024;

// One sign of a line as it is shown: its bytes in the query, and what is printed for it.
struct Cell {
  size_t begin = 0, end = 0;
  std::string shown;
  int width = 1;
};

bool IsBidiControl(char32_t c) {
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

// Control characters would move the cursor and bidirectional ones would show the text in another
// order than it is read in; both are replaced.
std::vector<Cell> CellsOf(std::string_view text, size_t begin, size_t end) {
  std::vector<Cell> cells;
  for (size_t offset = begin; offset < end;) {
    Cell cell;
    cell.begin = offset;
    const char32_t c = storage::NextCodePoint(text.substr(0, end), &offset);
    cell.end = offset;
    if (c == '\t') {
      cell.shown.assign(kTabColumns, ' ');
      cell.width = kTabColumns;
    } else if (c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xFFFD || IsBidiControl(c)) {
      cell.shown = "\xEF\xBF\xBD";  // U+FFFD
    } else {
      cell.shown = text.substr(cell.begin, cell.end - cell.begin);
      cell.width = DisplayWidth(c);
    }
    cells.push_back(std::move(cell));
  }
  return cells;
}

struct Mark {
  size_t begin, end;
  char sign;  // '^' for the place itself, '-' for labels.
  std::string text;
};

struct Line {
  uint32_t number;
  size_t begin, end;
  std::vector<Mark> marks;
};

Line LineAt(std::string_view text, size_t offset, uint32_t number) {
  offset = std::min(offset, text.size());
  const size_t before = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  size_t end = std::min(text.find('\n', offset), text.size());
  const size_t begin = before == std::string_view::npos ? 0 : before + 1;
  if (end > begin && text[end - 1] == '\r') --end;
  return {number, begin, end, {}};
}

void RenderLine(const Line& line, std::string_view text, const std::string& gutter,
                std::string* out) {
  const size_t place_begin = std::clamp(line.marks.front().begin, line.begin, line.end);
  size_t begin = place_begin - std::min(place_begin - line.begin, kBytesAround);
  while (begin > line.begin && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) --begin;
  size_t end = place_begin + std::min(line.end - place_begin, kBytesAround);
  while (end < line.end && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
  const std::vector<Cell> cells = CellsOf(text, begin, end);
  int width = 0;
  for (const Cell& cell : cells) width += cell.width;

  // The window [first, last) of cells that is shown.
  size_t first = 0, last = cells.size();
  if (width > kColumnsMax) {
    size_t place = 0;
    while (place < cells.size() && cells[place].end <= line.marks.front().begin) ++place;
    first = place;
    for (int kept = 0; first > 0 && kept + cells[first - 1].width <= kColumnsBefore; --first) {
      kept += cells[first - 1].width;
    }
    last = first;
    for (int kept = 0; last < cells.size() && kept + cells[last].width <= kColumnsMax; ++last) {
      kept += cells[last].width;
    }
  }
  const std::string_view head = first > 0 || begin > line.begin ? kCut : "";
  std::string source(head);
  for (size_t i = first; i < last; ++i) source += cells[i].shown;
  if (last < cells.size() || end < line.end) source += kCut;
  const std::string number = std::to_string(line.number);
  *out += fmt::format("{:>{}} | {}\n", number, gutter.size(), source);

  for (const Mark& mark : line.marks) {
    int indent = static_cast<int>(head.size()), length = 0;
    for (size_t i = first; i < last; ++i) {
      if (cells[i].end <= mark.begin) {
        indent += cells[i].width;
      } else if (cells[i].begin < mark.end) {
        length += cells[i].width;
      }
    }
    *out += fmt::format("{} | {:{}}{}", gutter, "", indent,
                        std::string(std::max(length, 1), mark.sign));
    if (!mark.text.empty()) *out += " " + mark.text;
    *out += "\n";
  }
}

std::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kNotice:
      return "notice";
  }
  return "error";
}

}  // namespace

std::string Render(const Diagnostic& diagnostic, std::string_view query_text) {
  std::vector<Line> lines;
  const auto add = [&](const SourceSpan& span, char sign, const std::string& text) {
    Line line = LineAt(query_text, span.begin, span.line);
    auto known = std::find_if(lines.begin(), lines.end(),
                              [&](const Line& other) { return other.begin == line.begin; });
    if (known == lines.end()) known = lines.insert(lines.end(), line);
    // A label at the place itself stands behind the carets.
    for (Mark& mark : known->marks) {
      if (mark.begin == span.begin && mark.end == span.end && mark.text.empty()) {
        mark.text = text;
        return;
      }
    }
    known->marks.push_back({span.begin, span.end, sign, text});
  };
  add(diagnostic.span, '^', "");
  for (const Label& label : diagnostic.labels) add(label.span, '-', label.text);
  std::stable_sort(lines.begin(), lines.end(),
                   [](const Line& a, const Line& b) { return a.begin < b.begin; });

  uint32_t highest = 0;
  for (const Line& line : lines) highest = std::max(highest, line.number);
  const std::string gutter(std::to_string(highest).size() + 1, ' ');
  std::string out = fmt::format("{}[{}]: {}\n", SeverityName(diagnostic.severity), diagnostic.code,
                                diagnostic.message);
  for (const Line& line : lines) RenderLine(line, query_text, gutter, &out);
  for (const std::string& help : diagnostic.help)
    out += fmt::format("{} = help: {}\n", gutter, help);
  return out;
}

}  // namespace sightline::query
