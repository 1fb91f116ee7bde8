// The graph workload: neighbourhoods, reachability, shortest paths and cyclic patterns. The file
// tests/bench/peers/README.md says what each of its queries counts.

#pragma once

#include <string>

#include "tests/bench/query/graph_data.h"
#include "tests/bench/query/runner.h"

namespace sightline::bench {

struct GraphWorkloadOptions {
  std::string store;  // A directory; the graph is loaded into it when it does not exist.
  std::string graph;  // The folder with the graph's files.
  std::string only;   // Queries whose names begin so.
  std::string json;   // A file for the results, or none.
  RunnerOptions runner;
};

// Prints each query's median. Answers are compared with those worked out on the adjacency lists.
// Exits with a message on errors.
void RunGraph(const GraphWorkloadOptions& options);

}  // namespace sightline::bench
