#include "clients/cli/gexf_writer.h"

#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

namespace sightline::cli {
namespace {

// The values of one element: nothing at all when it has none.
class Values {
 public:
  void Add(std::string_view key, std::string_view value) {
    text_ += fmt::format("<attvalue for=\"{}\" value=\"{}\"/>", key, XmlText(value));
  }
  void Add(const ResultGraph::Attributes& attributes,
           const std::map<std::string, std::string>& keys) {
    for (const auto& [name, values] : attributes) Add(keys.at(name), AttributeText(values));
  }
  std::string Text() const { return text_.empty() ? "" : "<attvalues>" + text_ + "</attvalues>"; }

 private:
  std::string text_;
};

}  // namespace

void GexfWriter::Draw(const ResultGraph& graph, Output* out) {
  out->Write(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<gexf xmlns=\"http://gexf.net/1.3\" version=\"1.3\">\n"
      "  <graph defaultedgetype=\"directed\" mode=\"static\">\n");
  const auto declare = [&](const std::vector<std::string>& names, char letter) {
    std::map<std::string, std::string> keys;
    for (const std::string& name : names) {
      const std::string key = fmt::format("{}{}", letter, keys.size());
      out->Write(fmt::format("      <attribute id=\"{}\" title=\"{}\" type=\"string\"/>\n", key,
                             XmlText(name)));
      keys.emplace(name, key);
    }
    return keys;
  };
  out->Write(
      "    <attributes class=\"node\">\n"
      "      <attribute id=\"class\" title=\"class\" type=\"string\"/>\n");
  const auto node_keys = declare(graph.NodeAttributeNames(), 'n');
  out->Write(
      "    </attributes>\n"
      "    <attributes class=\"edge\">\n"
      "      <attribute id=\"disputed\" title=\"disputed\" type=\"boolean\"/>\n"
      "      <attribute id=\"denied\" title=\"denied\" type=\"boolean\"/>\n");
  const auto edge_keys = declare(graph.EdgeAttributeNames(), 'e');
  out->Write("    </attributes>\n    <nodes>\n");
  for (const ResultGraph::Node& node : graph.nodes()) {
    Values values;
    if (!node.class_name.empty()) values.Add("class", node.class_name);
    values.Add(node.attributes, node_keys);
    out->Write(fmt::format("      <node id=\"{}\" label=\"{}\">{}</node>\n", XmlText(node.id),
                           XmlText(node.caption), values.Text()));
  }
  out->Write("    </nodes>\n    <edges>\n");
  size_t number = 0;
  for (const ResultGraph::Edge& edge : graph.edges()) {
    Values values;
    if (edge.is_disputed) values.Add("disputed", *edge.is_disputed ? "true" : "false");
    if (edge.is_denied) values.Add("denied", *edge.is_denied ? "true" : "false");
    values.Add(edge.attributes, edge_keys);
    out->Write(fmt::format(
        "      <edge id=\"{}\" source=\"{}\" target=\"{}\" label=\"{}\" kind=\"{}\">{}</edge>\n",
        number++, XmlText(graph.nodes()[edge.from].id), XmlText(graph.nodes()[edge.to].id),
        XmlText(edge.predicate), XmlText(edge.predicate), values.Text()));
  }
  out->Write("    </edges>\n  </graph>\n</gexf>\n");
}

}  // namespace sightline::cli
