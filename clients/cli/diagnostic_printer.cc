#include "clients/cli/diagnostic_printer.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "clients/cli/display_text.h"

namespace sightline::cli {
namespace {

constexpr size_t kColumnsMax =
    92;  // Of source in a line; with its number it fits a terminal of 100.
constexpr size_t kColumnsBefore = 40;  // Kept in front of the place when a line is cut.
constexpr size_t kTabColumns = 4;
constexpr std::string_view kCut = "...";

struct Mark {
  size_t begin, end;
  bool is_primary;
  std::string text;
};

struct Line {
  uint32_t number;
  size_t begin, end;
  std::vector<Mark> marks;
};

// One code point of a line as it is shown.
struct Glyph {
  size_t begin, end;
  std::string shown;
  size_t width;
};

std::vector<Glyph> GlyphsOf(std::string_view text, const Line& line) {
  std::vector<Glyph> glyphs;
  for (size_t at = line.begin; at < line.end;) {
    const CodePoint point = FirstCodePoint(text.substr(at, line.end - at));
    Glyph glyph{at, at + point.bytes, "", 1};
    if (point.value == '\t') {
      glyph.shown.assign(kTabColumns, ' ');
      glyph.width = kTabColumns;
    } else {
      const std::string_view bytes = text.substr(at, point.bytes);
      // What OneLine() would escape is shown as one replacement character, so that columns stay.
      const bool is_plain = point.value == '\\' || OneLine(bytes) == bytes;
      glyph.shown = is_plain ? std::string(bytes) : "\xEF\xBF\xBD";
      glyph.width = is_plain ? WidthOf(point.value) : 1;
    }
    glyphs.push_back(std::move(glyph));
    at += point.bytes;
  }
  return glyphs;
}

Line LineAt(std::string_view text, const v1::SourceSpan& span) {
  const size_t at = std::min<size_t>(span.start_byte(), text.size());
  const size_t before = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  Line line{span.line(),
            before == std::string_view::npos ? 0 : before + 1,
            std::min(text.find('\n', at), text.size()),
            {}};
  if (line.end > line.begin && text[line.end - 1] == '\r') --line.end;
  return line;
}

class Painter {
 public:
  explicit Painter(bool is_colored) : is_colored_(is_colored) {}
  std::string operator()(const char* code, const std::string& text) const {
    return is_colored_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
  }

 private:
  const bool is_colored_;
};

void DrawLine(const Line& line, std::string_view text, size_t gutter_width, const Painter& paint,
              const char* color, std::string* out) {
  const std::vector<Glyph> glyphs = GlyphsOf(text, line);
  size_t width = 0;
  for (const Glyph& glyph : glyphs) width += glyph.width;
  // The glyphs [first, last) are shown.
  size_t first = 0, last = glyphs.size();
  if (width > kColumnsMax) {
    while (first < glyphs.size() && glyphs[first].end <= line.marks.front().begin) ++first;
    for (size_t kept = 0; first > 0 && kept + glyphs[first - 1].width <= kColumnsBefore; --first) {
      kept += glyphs[first - 1].width;
    }
    last = first;
    for (size_t kept = 0; last < glyphs.size() && kept + glyphs[last].width <= kColumnsMax;
         ++last) {
      kept += glyphs[last].width;
    }
  }
  std::string source(first > 0 ? kCut : "");
  for (size_t i = first; i < last; ++i) source += glyphs[i].shown;
  if (last < glyphs.size()) source += kCut;
  *out += fmt::format("{} {}\n", paint("1;34", fmt::format("{:>{}} |", line.number, gutter_width)),
                      source);
  for (const Mark& mark : line.marks) {
    size_t indent = first > 0 ? kCut.size() : 0;
    size_t length = 0;
    for (size_t i = first; i < last; ++i) {
      if (glyphs[i].end <= mark.begin) {
        indent += glyphs[i].width;
      } else if (glyphs[i].begin < mark.end) {
        length += glyphs[i].width;
      }
    }
    std::string carets(std::max<size_t>(length, 1), mark.is_primary ? '^' : '-');
    if (!mark.text.empty()) carets += " " + OneLine(mark.text);
    *out += fmt::format("{} {}{}\n", paint("1;34", fmt::format("{:>{}} |", "", gutter_width)),
                        std::string(indent, ' '), paint(mark.is_primary ? color : "1;34", carets));
  }
}

}  // namespace

std::string DrawDiagnostic(const v1::Diagnostic& diagnostic, std::string_view query_text,
                           const DiagnosticStyle& style) {
  const Painter paint(style.is_colored);
  const bool is_warning = diagnostic.severity() == v1::SEVERITY_WARNING;
  const bool is_notice = diagnostic.severity() == v1::SEVERITY_NOTICE;
  const char* color = is_warning ? "1;33" : is_notice ? "1;36" : "1;31";
  const char* severity = is_warning ? "warning" : is_notice ? "notice" : "error";

  std::vector<Line> lines;
  const auto add = [&](const v1::SourceSpan& span, bool is_primary, const std::string& text) {
    const Line line = LineAt(query_text, span);
    auto known = std::find_if(lines.begin(), lines.end(),
                              [&](const Line& other) { return other.begin == line.begin; });
    if (known == lines.end()) known = lines.insert(lines.end(), line);
    // A label at the place itself stands behind the carets.
    for (Mark& mark : known->marks) {
      if (mark.begin == span.start_byte() && mark.end == span.end_byte() && mark.text.empty()) {
        mark.text = text;
        return;
      }
    }
    known->marks.push_back({span.start_byte(), span.end_byte(), is_primary, text});
  };
  // Line 0 is no place: some notices are about the query as a whole.
  const bool has_place =
      diagnostic.has_span() && diagnostic.span().line() > 0 && !query_text.empty();
  if (has_place) {
    add(diagnostic.span(), true, "");
    for (const v1::Label& label : diagnostic.labels()) add(label.span(), false, label.text());
    std::stable_sort(lines.begin(), lines.end(),
                     [](const Line& a, const Line& b) { return a.begin < b.begin; });
  }
  size_t gutter_width = 2;
  for (const Line& line : lines) {
    gutter_width = std::max(gutter_width, std::to_string(line.number).size() + 1);
  }

  const std::string head =
      diagnostic.code().empty() ? severity : fmt::format("{}[{}]", severity, diagnostic.code());
  std::string out =
      fmt::format("{}: {}\n", paint(color, head), paint("1", OneLine(diagnostic.message())));
  if (!style.source_name.empty() && diagnostic.span().line() > 0) {
    out += fmt::format("{} {}:{}:{}\n", paint("1;34", std::string(gutter_width - 1, ' ') + "-->"),
                       OneLine(style.source_name), diagnostic.span().line(),
                       diagnostic.span().column());
  }
  for (const Line& line : lines) {
    DrawLine(line, query_text, gutter_width, paint, color, &out);
  }
  for (const std::string& help : diagnostic.help()) {
    out += fmt::format("{} {}\n", paint("1;34", std::string(gutter_width, ' ') + " ="),
                       OneLine("help: " + help));
  }
  return out;
}

std::string DrawError(const client::Error& error, std::string_view query_text,
                      const DiagnosticStyle& style) {
  std::string out;
  for (const v1::Diagnostic& diagnostic : error.diagnostics) {
    if (!out.empty()) out += "\n";
    out += DrawDiagnostic(diagnostic, query_text, style);
  }
  if (!out.empty()) return out;
  const Painter paint(style.is_colored);
  // The server's own log may span lines; each is made harmless by itself.
  std::string_view rest = error.message;
  while (true) {
    const size_t end = rest.find('\n');
    if (!out.empty()) out += "\n  ";
    out += OneLine(rest.substr(0, end));
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  const bool is_plain = error.code == grpc::StatusCode::INVALID_ARGUMENT ||
                        error.code == grpc::StatusCode::UNAVAILABLE ||
                        error.code == grpc::StatusCode::CANCELLED ||
                        error.code == grpc::StatusCode::DATA_LOSS;
  const std::string head =
      client::IsStableCode(error.reason) ? fmt::format("error[{}]:", error.reason) : "error:";
  return fmt::format("{} {}{}\n", paint("1;31", head), out,
                     is_plain ? "" : fmt::format(" ({})", client::CodeName(error.code)));
}

v1::SourceSpan PlaceOf(std::string_view text, size_t byte) {
  v1::SourceSpan span;
  span.set_start_byte(static_cast<uint32_t>(byte));
  span.set_end_byte(static_cast<uint32_t>(byte + 1));
  uint32_t line = 1, column = 1;
  for (size_t at = 0; at < byte && at < text.size();) {
    const CodePoint point = FirstCodePoint(text.substr(at));
    at += point.bytes;
    ++column;
    if (point.value == '\n') {
      ++line;
      column = 1;
    }
  }
  span.set_line(line);
  span.set_column(column);
  return span;
}

}  // namespace sightline::cli
