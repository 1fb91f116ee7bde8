// GeneratedGraph: a directed graph whose degrees follow a power law, the same each time.
//
// The ends of each edge are drawn on their own: node of rank r with a probability falling as r to
// the power of 1 / skew - 1, under two different numberings for sources and targets. Loops and
// repetitions are left out.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "storage/store.h"

namespace sightline::bench {

struct GraphOptions {
  uint32_t nodes = 1'000'000;
  uint64_t edges = 10'000'000;  // Drawn; some hundredths are repetitions.
  double source_skew = 1.5;
  double target_skew = 2.0;
  uint64_t seed = 1;
};

// Adjacency lists, side by side: the neighbours of n are [begins[n], begins[n + 1]), ascending.
struct Adjacency {
  std::vector<uint64_t> begins;
  std::vector<uint32_t> neighbours;

  uint64_t edge_count() const { return neighbours.size(); }
};

Adjacency GenerateGraph(const GraphOptions& options);

// The store with the graph at `directory`; loaded when there is none: node 5 is `n/5`, every edge a
// fact (n/5, knows, n/7) of one statement.
StatusOr<std::unique_ptr<storage::Store>> OpenGraphStore(const std::string& directory,
                                                         const Adjacency& graph);

// How many (a, b, c) there are with edges a->b, b->c, a->c: the leapfrog triejoin of three sorted
// relations, written by hand, the least that a machine has to do.
// Source: T. Veldhuizen: Leapfrog Triejoin (ICDT 2014).
uint64_t CountTriangles(const Adjacency& graph);

}  // namespace sightline::bench
