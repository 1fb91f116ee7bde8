#include "tests/bench/query/graph_workload.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "tests/bench/query/results_file.h"
#include "tests/bench/storage/figures.h"

namespace sightline::bench {
namespace {

using storage::bench::OrExit;

constexpr uint32_t kShortestMax = 10;  // Edges of a shortest path.

class GraphWorkload {
 public:
  explicit GraphWorkload(const GraphWorkloadOptions& options)
      : options_(options),
        data_(ReadGraph(options.graph)),
        graph_(data_.graph),
        store_(OrExit(OpenGraphStore(options.store, graph_))),
        runner_(store_.get(), options.runner),
        results_(options.json, "graph") {}

  void Run() {
    fmt::print(stderr, "{} nodes, {} edges, {} pairs\n", graph_.node_count(), graph_.edge_count(),
               data_.pairs.size());
    // Walks may use an edge twice, which a pattern of one MATCH does not.
    ForPairs("hop2", "hops",
             "MATCH (#`n/{0}`)-[:knows]->(a) MATCH (a)-[:knows]->(b) RETURN count(DISTINCT b) AS n",
             [this](Pair pair) { return Reached(pair.first, 2, 2); });
    ForPairs("hop3", "hops",
             "MATCH (#`n/{0}`)-[:knows]->(a) MATCH (a)-[:knows]->(b) MATCH (b)-[:knows]->(c) "
             "RETURN count(DISTINCT c) AS n",
             [this](Pair pair) { return Reached(pair.first, 3, 3); });
    // Not asked of peers: what one search from one end takes.
    ForPairs("within3", "within", "MATCH (#`n/{0}`)-[:knows*1..3]->(b) RETURN count(b) AS n",
             [this](Pair pair) { return Reached(pair.first, 1, 3); });
    ForPairs("reach6", "reachability",
             "MATCH (#`n/{0}`)-[:knows*1..6]->(#`n/{1}`) RETURN count(*) AS n", [this](Pair pair) {
               const uint32_t length = Distance(pair);
               return uint64_t{length > 0 && length <= 6};
             });
    ForPairs("shortest", "shortest path",
             fmt::format("MATCH p = SHORTEST (#`n/{{0}}`)-[:knows*..{}]->(#`n/{{1}}`) "
                         "RETURN length(p) AS n",
                         kShortestMax),
             [this](Pair pair) { return uint64_t{Distance(pair)}; });
    ForAll("triangles", "MATCH (a)-[:knows]->(b)-[:knows]->(c), (a)-[:knows]->(c)", CountTriangles);
    ForAll("cliques4",
           "MATCH (a)-[:knows]->(b)-[:knows]->(c), (a)-[:knows]->(c), "
           "(a)-[:knows]->(d), (b)-[:knows]->(d), (c)-[:knows]->(d)",
           CountCliques4);
  }

 private:
  using Pair = std::pair<uint32_t, uint32_t>;

  bool IsWanted(std::string_view name) const { return name.starts_with(options_.only); }

  // How many nodes walks of `least` to `most` edges end at.
  uint64_t Reached(uint32_t from, int least, int most) const {
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
    return found.size();
  }
  ptrdiff_t Offset(uint32_t node) const { return static_cast<ptrdiff_t>(graph_.begins[node]); }
  static void SortUnique(std::vector<uint32_t>* nodes) {
    std::sort(nodes->begin(), nodes->end());
    nodes->erase(std::unique(nodes->begin(), nodes->end()), nodes->end());
  }

  // Edges of the shortest path; 0 when there is none of at most kShortestMax.
  uint32_t Distance(Pair pair) const {
    std::vector<bool> seen(graph_.node_count());
    std::vector<uint32_t> last = {pair.first};
    for (uint32_t hop = 1; hop <= kShortestMax && !last.empty(); ++hop) {
      std::vector<uint32_t> next;
      for (const uint32_t node : last) {
        for (uint64_t edge = graph_.begins[node]; edge < graph_.begins[node + 1]; ++edge) {
          const uint32_t neighbour = graph_.neighbours[edge];
          if (neighbour == pair.second) return hop;
          if (!seen[neighbour]) next.push_back(neighbour);
          seen[neighbour] = true;
        }
      }
      last = std::move(next);
    }
    return 0;
  }

  // `query` with the pair in the places of {0} and {1}.
  void ForPairs(std::string_view name, std::string_view query_class, std::string_view query,
                const std::function<uint64_t(Pair)>& expected) {
    if (!IsWanted(name)) return;
    std::vector<std::string> texts;
    for (const auto& [from, to] : data_.pairs) {
      texts.push_back(fmt::format(fmt::runtime(query), from, to));
    }
    std::vector<int64_t> answers;
    const Measured measured = runner_.Run(texts, &answers);
    for (size_t i = 0; i < texts.size(); ++i) {
      Check(texts[i], answers[i], expected(data_.pairs[i]));
    }
    fmt::print(stderr,
               "{:<9} {:9.3f} ms, p90 {:9.3f} ms: parse {:7.3f}, plan {:7.3f}, execute {:9.3f}; "
               "{} found in {} facts on average\n",
               name, measured.total, measured.total_p90, measured.parse, measured.plan,
               measured.execute, measured.integer / static_cast<int64_t>(texts.size()),
               measured.facts / texts.size());
    results_.Add(name, query_class, measured.total, static_cast<uint64_t>(measured.integer));
  }

  void ForAll(std::string_view name, std::string_view pattern,
              const std::function<uint64_t(const Adjacency&)>& count_by_hand) {
    if (!IsWanted(name)) return;
    uint64_t by_hand = 0;
    const auto count = [&] { by_hand = count_by_hand(graph_); };
    const double seconds = options_.runner.processor_time ? ProcessorSecondsOf(count)
                                                          : storage::bench::SecondsOf(count);
    const std::string text = fmt::format("{} RETURN count(*) AS n", pattern);
    const Measured measured = runner_.Run({text});
    Check(text, measured.integer, by_hand);
    fmt::print(stderr, "{:<9} {:9.3f} ms, by hand {:9.3f} ms; {} found\n", name, measured.total,
               seconds * 1e3, by_hand);
    results_.Add(name, "cyclic", measured.total, by_hand);
  }

  static void Check(std::string_view text, int64_t answer, uint64_t expected) {
    if (static_cast<uint64_t>(answer) == expected) return;
    fmt::print(stderr, "{}, not {}: {}\n", answer, expected, text);
    std::exit(1);
  }

  const GraphWorkloadOptions options_;
  const GraphData data_;
  const Adjacency& graph_;
  const std::unique_ptr<storage::Store> store_;
  Runner runner_;
  ResultsFile results_;
};

}  // namespace

void RunGraph(const GraphWorkloadOptions& options) { GraphWorkload(options).Run(); }

}  // namespace sightline::bench
