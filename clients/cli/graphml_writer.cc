#include "clients/cli/graphml_writer.h"

#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

namespace sightline::cli {
namespace {

void WriteAttributes(const ResultGraph::Attributes& attributes,
                     const std::map<std::string, std::string>& keys, std::string* out) {
  for (const auto& [name, values] : attributes) {
    *out +=
        fmt::format("<data key=\"{}\">{}</data>", keys.at(name), XmlText(AttributeText(values)));
  }
}

}  // namespace

void GraphmlWriter::Draw(const ResultGraph& graph, Output* out) {
  out->Write(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n"
      "  <key id=\"caption\" for=\"node\" attr.name=\"label\" attr.type=\"string\"/>\n"
      "  <key id=\"class\" for=\"node\" attr.name=\"class\" attr.type=\"string\"/>\n"
      "  <key id=\"predicate\" for=\"edge\" attr.name=\"label\" attr.type=\"string\"/>\n"
      "  <key id=\"disputed\" for=\"edge\" attr.name=\"disputed\" attr.type=\"boolean\"/>\n"
      "  <key id=\"denied\" for=\"edge\" attr.name=\"denied\" attr.type=\"boolean\"/>\n");
  const auto declare = [&](const std::vector<std::string>& names, const char* kind, char letter) {
    std::map<std::string, std::string> keys;
    for (const std::string& name : names) {
      const std::string key = fmt::format("{}{}", letter, keys.size());
      out->Write(
          fmt::format("  <key id=\"{}\" for=\"{}\" attr.name=\"{}\" attr.type=\"string\"/>\n", key,
                      kind, XmlText(name)));
      keys.emplace(name, key);
    }
    return keys;
  };
  const auto node_keys = declare(graph.NodeAttributeNames(), "node", 'n');
  const auto edge_keys = declare(graph.EdgeAttributeNames(), "edge", 'e');
  out->Write("  <graph id=\"result\" edgedefault=\"directed\">\n");
  for (const ResultGraph::Node& node : graph.nodes()) {
    std::string line = fmt::format("    <node id=\"{}\"><data key=\"caption\">{}</data>",
                                   XmlText(node.id), XmlText(node.caption));
    if (!node.class_name.empty()) {
      line += fmt::format("<data key=\"class\">{}</data>", XmlText(node.class_name));
    }
    WriteAttributes(node.attributes, node_keys, &line);
    out->Write(line + "</node>\n");
  }
  for (const ResultGraph::Edge& edge : graph.edges()) {
    std::string line =
        fmt::format("    <edge source=\"{}\" target=\"{}\"><data key=\"predicate\">{}</data>",
                    XmlText(graph.nodes()[edge.from].id), XmlText(graph.nodes()[edge.to].id),
                    XmlText(edge.predicate));
    if (edge.is_disputed)
      line += fmt::format("<data key=\"disputed\">{}</data>", *edge.is_disputed);
    if (edge.is_denied) line += fmt::format("<data key=\"denied\">{}</data>", *edge.is_denied);
    WriteAttributes(edge.attributes, edge_keys, &line);
    out->Write(line + "</edge>\n");
  }
  out->Write("  </graph>\n</graphml>\n");
}

}  // namespace sightline::cli
