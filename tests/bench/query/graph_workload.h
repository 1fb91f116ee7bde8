// The graph workload: neighbourhoods, reachability and triangles on a generated graph.

#pragma once

#include <string>

#include "tests/bench/query/generated_graph.h"
#include "tests/bench/query/runner.h"

namespace sightline::bench {

struct GraphWorkloadOptions {
  std::string store;  // A directory; the graph is loaded into it when it does not exist.
  GraphOptions graph;
  size_t starts = 100;  // Nodes, or pairs of nodes, to ask about; drawn with the graph's seed.
  std::string only;     // Figures whose names begin so, without "graph/".
  RunnerOptions runner;
};

// Prints the median over the start nodes as figures "graph/hop2". Answers are compared with those
// worked out on the adjacency lists. Exits with a message on errors.
void RunGraph(const GraphWorkloadOptions& options);

}  // namespace sightline::bench
