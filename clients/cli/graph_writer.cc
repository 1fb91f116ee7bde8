#include "clients/cli/graph_writer.h"

#include <fmt/format.h>

#include "clients/cli/display_text.h"

namespace sightline::cli {

std::string GraphWriter::failure() const {
  if (!graph_.is_full()) return "";
  return fmt::format(
      "the result has more than {} nodes and edges, the most that a graph may have; narrow it down "
      "or LIMIT it, or take another format (jsonl)",
      ResultGraph::kElementsMax);
}

std::string XmlText(std::string_view text) {
  std::string xml;
  while (!text.empty()) {
    const CodePoint point = FirstCodePoint(text);
    const char32_t c = point.value;
    switch (c) {
      case '&':
        xml += "&amp;";
        break;
      case '<':
        xml += "&lt;";
        break;
      case '>':
        xml += "&gt;";
        break;
      case '"':
        xml += "&quot;";
        break;
      // Written as they are, a parser would turn them into spaces within an attribute.
      case '\t':
        xml += "&#9;";
        break;
      case '\n':
        xml += "&#10;";
        break;
      case '\r':
        xml += "&#13;";
        break;
      default: {
        const bool is_char = c >= 0x20 && c != 0x7F && !(c >= 0x80 && c < 0xA0) &&
                             !(c >= 0xD800 && c < 0xE000) && c != 0xFFFE && c != 0xFFFF;
        xml += is_char && c != 0xFFFD ? text.substr(0, point.bytes) : "\xEF\xBF\xBD";
      }
    }
    text.remove_prefix(point.bytes);
  }
  return xml;
}

}  // namespace sightline::cli
