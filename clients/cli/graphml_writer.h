// GraphmlWriter: a result's graph as GraphML (http://graphml.graphdrawing.org/), for yEd,
// Cytoscape, NetworkX and their like.

#pragma once

#include "clients/cli/graph_writer.h"

namespace sightline::cli {

class GraphmlWriter : public GraphWriter {
 public:
  using GraphWriter::GraphWriter;

 protected:
  void Draw(const ResultGraph& graph, Output* out) override;
};

}  // namespace sightline::cli
