#include "clients/cli/dot_writer.h"

#include <fmt/format.h>

#include "clients/cli/display_text.h"

namespace sightline::cli {

std::string DotString(std::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const CodePoint point = FirstCodePoint(text);
    const char32_t c = point.value;
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += static_cast<char>(c);
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (c < 0x20 || c == 0x7F || (c >= 0x80 && c < 0xA0) || c == 0xFFFD) {
      quoted += "\xEF\xBF\xBD";
    } else {
      quoted += text.substr(0, point.bytes);
    }
    text.remove_prefix(point.bytes);
  }
  return quoted + '"';
}

void DotWriter::Draw(const ResultGraph& graph, Output* out) {
  out->Write(
      "digraph result {\n"
      "  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n"
      "  edge [fontname=\"sans-serif\", fontsize=10];\n");
  for (const ResultGraph::Node& node : graph.nodes()) {
    std::string line = fmt::format("  {} [label={}", DotString(node.id), DotString(node.caption));
    if (!node.class_name.empty()) line += ", class=" + DotString(node.class_name);
    std::string tip = node.class_name;
    for (const auto& [name, values] : node.attributes) {
      if (!tip.empty()) tip += "\n";
      tip += name + ": " + AttributeText(values);
    }
    if (!tip.empty()) line += ", tooltip=" + DotString(tip);
    out->Write(line + "];\n");
  }
  for (const ResultGraph::Edge& edge : graph.edges()) {
    std::string line = fmt::format("  {} -> {} [label={}", DotString(graph.nodes()[edge.from].id),
                                   DotString(graph.nodes()[edge.to].id), DotString(edge.predicate));
    const bool is_disputed = edge.is_disputed.value_or(false);
    const bool is_denied = edge.is_denied.value_or(false);
    if (is_disputed || is_denied) line += ", color=\"#b03030\", fontcolor=\"#b03030\"";
    if (is_denied && !is_disputed) line += ", style=dashed";
    std::string tip;
    if (is_disputed || is_denied) tip = is_disputed ? "disputed" : "denied";
    for (const auto& [name, values] : edge.attributes) {
      if (!tip.empty()) tip += "\n";
      tip += name + ": " + AttributeText(values);
    }
    if (!tip.empty()) line += ", tooltip=" + DotString(tip);
    out->Write(line + "];\n");
  }
  out->Write("}\n");
}

}  // namespace sightline::cli
