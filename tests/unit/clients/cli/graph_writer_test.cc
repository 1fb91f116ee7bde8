#include "clients/cli/graph_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clients/cli/dot_writer.h"
#include "clients/cli/gexf_writer.h"
#include "clients/cli/graphml_writer.h"
#include "tests/unit/clients/captured_output.h"
#include "tests/unit/clients/result_builder.h"

namespace sightline::cli {
namespace {

using client::FactValue;
using client::ListValue;
using client::MapValue;
using client::NodeValue;
using client::ResultBuilder;
using client::TextValue;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

template <typename Writer>
std::string Written(const ResultBuilder& builder) {
  CapturedOutput out;
  Writer writer(out.output());
  const client::NodeCards cards = builder.Cards();
  writer.Begin(builder.header);
  writer.Add(builder.Decoded(), cards);
  EXPECT_EQ(writer.failure(), "");
  writer.End(cards);
  return out.Text();
}

ResultGraph Graph(const ResultBuilder& builder) {
  ResultGraph graph;
  graph.Begin(builder.header);
  graph.Add(builder.Decoded(), builder.Cards());
  return graph;
}

// Hikvision supplies optics twice over, which is disputed, and is in China, a text.
ResultBuilder Supplies() {
  ResultBuilder builder;
  builder.Nodes("s", {1, 1})
      .Values("r", {FactValue(1, "supplies", NodeValue(2)), FactValue(1, "supplies", NodeValue(2))})
      .Bools("r.disputed", {true, true})
      .Integers("r.count", {3, 3})
      .Texts("s.country", {"China", "Hong Kong"})
      .Card(1, "org/\"hik\"", "Company", "Hik <& vision>\n")
      .Card(2, "prod/optics", "Product", "optics");
  return builder;
}

TEST(ResultGraph, HoldsEachNodeAndEdgeOnce) {
  const ResultGraph graph = Graph(Supplies());
  ASSERT_THAT(graph.nodes(), SizeIs(2));
  ASSERT_THAT(graph.edges(), SizeIs(1));
  EXPECT_EQ(graph.nodes()[0].id, "org/\"hik\"");
  EXPECT_EQ(graph.nodes()[0].class_name, "Company");
  EXPECT_EQ(graph.edges()[0].predicate, "supplies");
  EXPECT_EQ(graph.edges()[0].is_disputed, true);
  EXPECT_EQ(graph.edges()[0].is_denied, std::nullopt);
  EXPECT_EQ(AttributeText(graph.edges()[0].attributes.at("count")), "3");
  EXPECT_EQ(AttributeText(graph.nodes()[0].attributes.at("country")), "China; Hong Kong");
  EXPECT_THAT(graph.NodeAttributeNames(), ElementsAre("country"));
  EXPECT_THAT(graph.EdgeAttributeNames(), ElementsAre("count"));
}

TEST(ResultGraph, TakesPathsListsAndMaps) {
  v1::Value path;
  for (const uint64_t node : {1, 2, 3}) path.mutable_path()->add_nodes(node);
  *path.mutable_path()->add_facts() = FactValue(1, "supplies", NodeValue(2)).fact();
  *path.mutable_path()->add_facts() = FactValue(3, "usedBy", NodeValue(2)).fact();
  const ResultGraph graph = Graph(
      ResultBuilder().Values("x", {path, ListValue({NodeValue(4), MapValue({{"a", NodeValue(5)}})}),
                                   FactValue(1, "name", TextValue("Hikvision"))}));
  EXPECT_THAT(graph.nodes(), SizeIs(5));
  ASSERT_THAT(graph.edges(), SizeIs(2));
  EXPECT_EQ(graph.nodes()[graph.edges()[1].from].id, "?3");
  EXPECT_EQ(AttributeText(graph.nodes()[0].attributes.at("name")), "Hikvision");
}

TEST(ResultGraph, EvidenceTellsWhatIsDenied) {
  const auto item = [](uint64_t object, bool is_disputed, const std::string& polarity) {
    return MapValue({{"derivation", client::IntegerValue(1)},
                     {"fact", FactValue(1, "supplies", NodeValue(object))},
                     {"disputed", client::BooleanValue(is_disputed)},
                     {"statements", ListValue({MapValue({{"statement", NodeValue(90)},
                                                         {"polarity", TextValue(polarity)},
                                                         {"claimant", NodeValue(91)}})})}});
  };
  const ResultGraph graph = Graph(ResultBuilder().Nodes("s", {1}).Values(
      "evidence", {ListValue({item(2, true, "denies"), item(3, false, "asserts")})}));
  // Statements and claimants are about the facts; they are no part of the graph.
  EXPECT_THAT(graph.nodes(), SizeIs(3));
  ASSERT_THAT(graph.edges(), SizeIs(2));
  EXPECT_EQ(graph.edges()[0].is_disputed, true);
  EXPECT_EQ(graph.edges()[0].is_denied, true);
  EXPECT_EQ(graph.edges()[1].is_disputed, false);
  EXPECT_EQ(graph.edges()[1].is_denied, false);
}

TEST(DotWriter, EscapesAndMarksWhatIsDisputed) {
  EXPECT_EQ(Written<DotWriter>(Supplies()),
            "digraph result {\n"
            "  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n"
            "  edge [fontname=\"sans-serif\", fontsize=10];\n"
            "  \"org/\\\"hik\\\"\" [label=\"Hik <& vision>\\n\", class=\"Company\", "
            "tooltip=\"Company\\ncountry: China; Hong Kong\"];\n"
            "  \"prod/optics\" [label=\"optics\", class=\"Product\", tooltip=\"Product\"];\n"
            "  \"org/\\\"hik\\\"\" -> \"prod/optics\" [label=\"supplies\", color=\"#b03030\", "
            "fontcolor=\"#b03030\", tooltip=\"disputed\\ncount: 3\"];\n"
            "}\n");
  EXPECT_EQ(DotString("\\N\x01\""), "\"\\\\N\xEF\xBF\xBD\\\"\"");
}

TEST(GraphmlWriter, WritesNodesAndEdges) {
  const std::string text = Written<GraphmlWriter>(Supplies());
  EXPECT_THAT(text,
              HasSubstr("<node id=\"org/&quot;hik&quot;\"><data key=\"caption\">Hik &lt;&amp; "
                        "vision&gt;&#10;</data><data key=\"class\">Company</data>"
                        "<data key=\"n0\">China; Hong Kong</data></node>\n"));
  EXPECT_THAT(text, HasSubstr("<edge source=\"org/&quot;hik&quot;\" target=\"prod/optics\"><data "
                              "key=\"predicate\">supplies</data><data key=\"disputed\">true</data>"
                              "<data key=\"e0\">3</data></edge>\n"));
  EXPECT_THAT(text, HasSubstr("<key id=\"n0\" for=\"node\" attr.name=\"country\""));
}

TEST(GexfWriter, WritesNodesAndEdges) {
  const std::string text = Written<GexfWriter>(Supplies());
  EXPECT_THAT(text, HasSubstr("<node id=\"prod/optics\" label=\"optics\"><attvalues><attvalue "
                              "for=\"class\" value=\"Product\"/></attvalues></node>\n"));
  EXPECT_THAT(text,
              HasSubstr("<edge id=\"0\" source=\"org/&quot;hik&quot;\" target=\"prod/optics\" "
                        "label=\"supplies\" kind=\"supplies\"><attvalues><attvalue "
                        "for=\"disputed\" value=\"true\"/><attvalue for=\"e0\" "
                        "value=\"3\"/></attvalues></edge>\n"));
}

TEST(XmlText, HoldsNothingThatXmlDoesNot) {
  EXPECT_EQ(XmlText(std::string_view("a\0b\x1b\xEF\xBF\xBF\xFF\t", 9)),
            "a\uFFFDb\uFFFD\uFFFD\uFFFD&#9;");
}

TEST(GraphWriter, AGraphThatIsTooLargeIsRefused) {
  CapturedOutput out;
  DotWriter writer(out.output());
  std::vector<std::optional<uint64_t>> nodes(ResultGraph::kElementsMax + 10);
  for (size_t i = 0; i < nodes.size(); ++i) nodes[i] = i;
  const ResultBuilder builder = ResultBuilder().Nodes("s", nodes);
  writer.Begin(builder.header);
  writer.Add(builder.Decoded(), builder.Cards());
  EXPECT_THAT(writer.failure(), HasSubstr("more than 500000 nodes and edges"));
  EXPECT_EQ(out.Text(), "");
}

}  // namespace
}  // namespace sightline::cli
