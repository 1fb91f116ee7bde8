// The graph of the graph workload: generated, in files that peers read too, as a store, and as
// adjacency lists on which answers are worked out.
//
// It is directed, its degrees follow a power law, and it is the same each time. The ends of each
// edge are drawn on their own: node of rank r with a probability falling as r to the power of
// 1 / skew - 1, under two different numberings for sources and targets. Loops and repetitions are
// left out.
//
// Its folder has two files: `edges.txt`, "source target" a line, ascending, and `pairs.txt`,
// "from to" a line: different nodes, both with outgoing edges and `to` with an incoming one.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/store.h"

namespace sightline::bench {

struct GraphOptions {
  uint32_t nodes = 1'000'000;
  uint64_t edges = 10'000'000;  // Drawn; some hundredths are repetitions.
  double source_skew = 1.5;
  double target_skew = 2.0;
  uint32_t pairs = 100;
  uint64_t seed = 1;
};

// Writes the files. `pairs.txt` comes last: where it is, the folder is complete. Exits with a
// message on errors.
void GenerateGraph(const std::string& folder, const GraphOptions& options);

// Adjacency lists, side by side: the neighbours of n are [begins[n], begins[n + 1]), ascending.
struct Adjacency {
  std::vector<uint64_t> begins;
  std::vector<uint32_t> neighbours;

  uint32_t node_count() const { return static_cast<uint32_t>(begins.size() - 1); }
  uint64_t edge_count() const { return neighbours.size(); }
};

struct GraphData {
  Adjacency graph;
  std::vector<std::pair<uint32_t, uint32_t>> pairs;
};
// Reads the files. Exits with a message on errors.
GraphData ReadGraph(const std::string& folder);

// The store with the graph at `directory`; loaded when there is none: node 5 is `n/5`, every edge a
// fact (n/5, knows, n/7) of one statement.
StatusOr<std::unique_ptr<storage::Store>> OpenGraphStore(const std::string& directory,
                                                         const Adjacency& graph);

// How many (a, b, c) there are with edges a->b, b->c, a->c: the leapfrog triejoin of three sorted
// relations, written by hand, the least that a machine has to do.
// Source: T. Veldhuizen: Leapfrog Triejoin (ICDT 2014).
uint64_t CountTriangles(const Adjacency& graph);
// The same for (a, b, c, d) with a->b, a->c, a->d, b->c, b->d, c->d.
uint64_t CountCliques4(const Adjacency& graph);

}  // namespace sightline::bench
