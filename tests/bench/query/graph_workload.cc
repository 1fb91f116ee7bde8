#include "tests/bench/query/graph_workload.h"

#include <algorithm>
#include <functional>
#include <random>
#include <utility>

#include "tests/bench/storage/figures.h"

namespace sightline::bench {
namespace {

using storage::bench::Median;
using storage::bench::OrExit;
using storage::bench::PrintFigure;

class GraphWorkload {
 public:
  explicit GraphWorkload(const GraphWorkloadOptions& options)
      : options_(options),
        graph_(GenerateGraph(options.graph)),
        store_(OrExit(OpenGraphStore(options.store, graph_))),
        runner_(store_.get(), options.runner) {
    std::mt19937_64 random(options.graph.seed);
    std::uniform_int_distribution<uint32_t> any(0, options.graph.nodes - 1);
    const auto draw = [&] {
      while (true) {
        const uint32_t node = any(random);
        if (graph_.begins[node] < graph_.begins[node + 1]) return node;
      }
    };
    for (size_t i = 0; i < options.starts; ++i) {
      const uint32_t from = draw();
      pairs_.emplace_back(from, draw());
    }
  }

  void Run() {
    fmt::print(stderr, "{} nodes, {} edges\n", options_.graph.nodes, graph_.edge_count());
    Each("hop1", "MATCH (#`n/{}`)-[:knows]->(b) RETURN count(b) AS n",
         [this](auto pair) { return Reached(pair.first, 1, 1).size(); });
    Each("hop2", "MATCH (#`n/{}`)-[:knows]->(a)-[:knows]->(b) RETURN count(DISTINCT b) AS n",
         [this](auto pair) { return Reached(pair.first, 2, 2).size(); });
    Each("hop3",
         "MATCH (#`n/{}`)-[:knows]->(a)-[:knows]->(b)-[:knows]->(c) RETURN count(DISTINCT c) AS n",
         // Of walks of three edges those that repeat one are left out, which only matters for few.
         nullptr);
    Each("within2", "MATCH (#`n/{}`)-[:knows*1..2]->(b) RETURN count(b) AS n",
         [this](auto pair) { return Reached(pair.first, 1, 2).size(); });
    Each("within3", "MATCH (#`n/{}`)-[:knows*1..3]->(b) RETURN count(b) AS n",
         [this](auto pair) { return Reached(pair.first, 1, 3).size(); });
    Each("reach6", "MATCH (#`n/{}`)-[:knows*1..6]->(#`n/{}`) RETURN count(*) AS n",
         [this](auto pair) { return Reaches(pair.first, pair.second, 6); });
    Triangles();
  }

 private:
  using Pair = std::pair<uint32_t, uint32_t>;

  bool IsWanted(std::string_view name) const { return name.starts_with(options_.only); }

  // Walks of `least` to `most` edges. Ascending.
  std::vector<uint32_t> Reached(uint32_t from, int least, int most) const {
    std::vector<uint32_t> found, last = {from};
    for (int hop = 1; hop <= most; ++hop) {
      std::vector<uint32_t> next;
      for (const uint32_t node : last) {
        next.insert(next.end(), graph_.neighbours.begin() + Offset(node),
                    graph_.neighbours.begin() + Offset(node + 1));
      }
      SortUnique(&next);
      if (hop >= least) found.insert(found.end(), next.begin(), next.end());
      last = std::move(next);
    }
    SortUnique(&found);
    return found;
  }
  ptrdiff_t Offset(uint32_t node) const { return static_cast<ptrdiff_t>(graph_.begins[node]); }
  static void SortUnique(std::vector<uint32_t>* nodes) {
    std::sort(nodes->begin(), nodes->end());
    nodes->erase(std::unique(nodes->begin(), nodes->end()), nodes->end());
  }

  uint64_t Reaches(uint32_t from, uint32_t to, int most) const {
    std::vector<bool> seen(options_.graph.nodes);
    std::vector<uint32_t> last = {from};
    for (int hop = 1; hop <= most && !last.empty(); ++hop) {
      std::vector<uint32_t> next;
      for (const uint32_t node : last) {
        for (uint64_t edge = graph_.begins[node]; edge < graph_.begins[node + 1]; ++edge) {
          const uint32_t neighbour = graph_.neighbours[edge];
          if (neighbour == to) return 1;
          if (!seen[neighbour]) next.push_back(neighbour);
          seen[neighbour] = true;
        }
      }
      last = std::move(next);
    }
    return 0;
  }

  // `query` with the start nodes in the place of {}.
  void Each(std::string_view name, std::string_view query,
            const std::function<uint64_t(Pair)>& expected) {
    if (!IsWanted(name)) return;
    std::vector<double> totals;
    uint64_t found = 0;
    for (const Pair& pair : pairs_) {
      const std::string text = fmt::format(fmt::runtime(query), pair.first, pair.second);
      const Measured measured = runner_.Run(text);
      if (expected && static_cast<uint64_t>(measured.integer) != expected(pair)) {
        fmt::print(stderr, "{}, not {}: {}\n", measured.integer, expected(pair), text);
        std::exit(1);
      }
      totals.push_back(measured.total);
      found += static_cast<uint64_t>(measured.integer);
    }
    fmt::print(stderr, "{:<9} {:9.3f} ms, p90 {:9.3f} ms; {} found on average\n", name,
               Median(totals), storage::bench::Quantile(totals, 0.9), found / pairs_.size());
    PrintFigure(fmt::format("graph/{}", name), Median(totals), "ms");
  }

  void Triangles() {
    if (!IsWanted("triangles")) return;
    uint64_t by_hand = 0;
    const double seconds =
        options_.runner.processor_time
            ? ProcessorSecondsOf([&] { by_hand = CountTriangles(graph_); })
            : storage::bench::SecondsOf([&] { by_hand = CountTriangles(graph_); });
    const Measured measured = runner_.Run(
        "MATCH (a)-[:knows]->(b)-[:knows]->(c), (a)-[:knows]->(c) RETURN count(*) AS n");
    if (static_cast<uint64_t>(measured.integer) != by_hand) {
      fmt::print(stderr, "{} triangles, not {}\n", measured.integer, by_hand);
      std::exit(1);
    }
    fmt::print(stderr, "triangles {:9.3f} ms, by hand {:9.3f} ms; {} found\n", measured.total,
               seconds * 1e3, by_hand);
    PrintFigure("graph/triangles", measured.total, "ms");
    PrintFigure("graph/triangles/hand", seconds * 1e3, "ms");
  }

  const GraphWorkloadOptions options_;
  const Adjacency graph_;
  const std::unique_ptr<storage::Store> store_;
  Runner runner_;
  std::vector<Pair> pairs_;
};

}  // namespace

void RunGraph(const GraphWorkloadOptions& options) { GraphWorkload(options).Run(); }

}  // namespace sightline::bench
