// DotWriter: a result's graph in Graphviz' DOT language (https://graphviz.org/doc/info/lang.html).

#pragma once

#include <string>
#include <string_view>

#include "clients/cli/graph_writer.h"

namespace sightline::cli {

// Disputed edges are red, those that are only denied dashed as well.
class DotWriter : public GraphWriter {
 public:
  using GraphWriter::GraphWriter;

 protected:
  void Draw(const ResultGraph& graph, Output* out) override;
};

// A quoted string of DOT, quotes included.
std::string DotString(std::string_view text);

}  // namespace sightline::cli
