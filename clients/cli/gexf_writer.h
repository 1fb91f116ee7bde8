// GexfWriter: a result's graph as GEXF 1.3 (https://gexf.net/), for Gephi and its like.

#pragma once

#include "clients/cli/graph_writer.h"

namespace sightline::cli {

class GexfWriter : public GraphWriter {
 public:
  using GraphWriter::GraphWriter;

 protected:
  void Draw(const ResultGraph& graph, Output* out) override;
};

}  // namespace sightline::cli
