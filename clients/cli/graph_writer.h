// GraphWriter: what the writers of DOT, GraphML and GEXF have in common: the whole result is held
// as a graph, and drawn at its end.

#pragma once

#include <string>

#include "clients/cli/result_graph.h"
#include "clients/cli/result_writer.h"

namespace sightline::cli {

// A result with more than ResultGraph::kElementsMax nodes and edges fails, and nothing is written.
class GraphWriter : public ResultWriter {
 public:
  explicit GraphWriter(Output* out) : out_(out) {}

  void Begin(const v1::ResultHeader& header) override { graph_.Begin(header); }
  void Add(client::ResultBatch batch, const client::NodeCards& cards) override {
    graph_.Add(batch, cards);
  }
  void End(const client::NodeCards&) override { Draw(graph_, out_); }
  std::string failure() const override;

 protected:
  virtual void Draw(const ResultGraph& graph, Output* out) = 0;

 private:
  Output* const out_;
  ResultGraph graph_;
};

// Text within XML 1.0, also within an attribute's double quotes. What XML cannot hold, such as most
// control characters, becomes U+FFFD.
std::string XmlText(std::string_view text);

}  // namespace sightline::cli
