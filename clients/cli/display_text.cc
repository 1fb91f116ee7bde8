#include "clients/cli/display_text.h"

#include <fmt/format.h>
#include <locale.h>
#include <wchar.h>

#include <algorithm>

#include "clients/cpp/connection.h"

namespace sightline::cli {
namespace {

// The C library's character widths (Unicode 15 in Debian 12), whatever the user's locale is.
class UnicodeLocale {
 public:
  UnicodeLocale() : locale_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {}
  ~UnicodeLocale() {
    if (locale_ != nullptr) freelocale(locale_);
  }
  int Width(char32_t code_point) const {
    if (locale_ == nullptr) return 1;
    const locale_t previous = uselocale(locale_);
    const int width = wcwidth(static_cast<wchar_t>(code_point));
    uselocale(previous);
    return width;
  }

 private:
  const locale_t locale_;
};

const UnicodeLocale& Unicode() {
  static const UnicodeLocale locale;
  return locale;
}

bool TurnsDirection(char32_t c) {
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

}  // namespace

CodePoint FirstCodePoint(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1};
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (client::FirstInvalidUtf8(text.substr(0, length)).has_value()) return {0xFFFD, 1};
  char32_t value = lead & (0xFF >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    value = value << 6 | (static_cast<unsigned char>(text[i]) & 0x3F);
  }
  return {value, length};
}

size_t WidthOf(char32_t code_point) {
  if (code_point >= 0x20 && code_point < 0x7F) return 1;
  const int width = Unicode().Width(code_point);
  return width < 0 ? 1 : static_cast<size_t>(width);
}

std::string OneLine(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = FirstCodePoint(text);
    const char32_t c = point.value;
    if (c == 0xFFFD && point.bytes == 1) {
      line += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
    } else if (c == '\n') {
      line += "\\n";
    } else if (c == '\t') {
      line += "\\t";
    } else if (c == '\r') {
      line += "\\r";
    } else if (c < 0x20 || c == 0x7F) {
      line += fmt::format("\\x{:02x}", static_cast<uint32_t>(c));
    } else if ((c >= 0x80 && c < 0xA0) || c == 0x2028 || c == 0x2029 || TurnsDirection(c)) {
      line += fmt::format("\\u{:04x}", static_cast<uint32_t>(c));
    } else {
      line += text.substr(0, point.bytes);
    }
    text.remove_prefix(point.bytes);
  }
  return line;
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const CodePoint point = FirstCodePoint(text);
    width += WidthOf(point.value);
    text.remove_prefix(point.bytes);
  }
  return width;
}

std::string CutToWidth(std::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  size_t end = 0;
  size_t used = 0;
  while (end < text.size()) {
    const CodePoint point = FirstCodePoint(text.substr(end));
    if (used + WidthOf(point.value) > width - 1) break;
    used += WidthOf(point.value);
    end += point.bytes;
  }
  return std::string(text.substr(0, end)) + "…";
}

std::vector<std::string> WrapToWidth(std::string_view text, size_t width) {
  std::vector<std::string> lines;
  size_t end = 0;   // Of what is known to fit.
  size_t used = 0;  // Columns of it.
  size_t space = std::string_view::npos;
  while (end < text.size()) {
    const CodePoint point = FirstCodePoint(text.substr(end));
    if (used + WidthOf(point.value) > width && end > 0) {
      const bool at_space = text[end] != ' ' && space != std::string_view::npos && space > 0;
      const size_t cut = at_space ? space : end;
      lines.emplace_back(text.substr(0, cut));
      text.remove_prefix(cut);
      text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
      end = used = 0;
      space = std::string_view::npos;
      continue;
    }
    if (text[end] == ' ') space = end;
    used += WidthOf(point.value);
    end += point.bytes;
  }
  if (!text.empty() || lines.empty()) lines.emplace_back(text);
  return lines;
}

}  // namespace sightline::cli
