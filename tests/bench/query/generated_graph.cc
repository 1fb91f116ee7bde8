#include "tests/bench/query/generated_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <random>
#include <utility>

#include "storage/load/store_load.h"

namespace sightline::bench {
namespace {

// The first of [from, end) not below `value`: doubling steps, then halving ones.
const uint32_t* Gallop(const uint32_t* from, const uint32_t* end, uint32_t value) {
  size_t step = 1;
  while (from + step < end && from[step] < value) {
    from += step;
    step *= 2;
  }
  return std::lower_bound(from, std::min(from + step + 1, end), value);
}

Status LoadGraph(storage::Store* store, const Adjacency& graph) {
  storage::LoadOptions options;
  options.thread_count = 2;
  SL_ASSIGN_OR_RETURN(const auto load,
                      store->BeginBulkLoad(storage::Clearance::Unrestricted(), options));
  storage::PredicateDefinition knows;
  knows.name = "knows";
  SL_RETURN_IF_ERROR(load->loader().Define(std::move(knows)));
  SL_ASSIGN_OR_RETURN(storage::BulkLoader::Stream* const stream, load->loader().NewStream());
  SL_ASSIGN_OR_RETURN(const storage::PredicateRef predicate, stream->Predicate("knows"));
  storage::StatementDraft draft;
  SL_ASSIGN_OR_RETURN(draft.context.claimant, stream->Entity("generator"));
  SL_ASSIGN_OR_RETURN(const storage::StatementRef statement, stream->OpenStatement(draft));
  for (size_t node = 0; node + 1 < graph.begins.size(); ++node) {
    if (graph.begins[node] == graph.begins[node + 1]) continue;
    SL_ASSIGN_OR_RETURN(const storage::TermRef subject, stream->Entity(fmt::format("n/{}", node)));
    for (uint64_t edge = graph.begins[node]; edge < graph.begins[node + 1]; ++edge) {
      SL_ASSIGN_OR_RETURN(const storage::TermRef object,
                          stream->Entity(fmt::format("n/{}", graph.neighbours[edge])));
      SL_RETURN_IF_ERROR(stream->Add(statement, subject, predicate, object));
    }
  }
  return load->Commit().status();
}

}  // namespace

Adjacency GenerateGraph(const GraphOptions& options) {
  std::mt19937_64 random(options.seed);
  std::uniform_real_distribution<double> share(0, 1);
  std::vector<uint32_t> source_of(options.nodes), target_of(options.nodes);
  std::iota(source_of.begin(), source_of.end(), 0);
  target_of = source_of;
  std::shuffle(source_of.begin(), source_of.end(), random);
  std::shuffle(target_of.begin(), target_of.end(), random);
  const auto draw = [&](double skew, const std::vector<uint32_t>& nodes) {
    const double rank = std::pow(share(random), skew) * static_cast<double>(options.nodes);
    return nodes[std::min<size_t>(static_cast<size_t>(rank), nodes.size() - 1)];
  };
  std::vector<std::pair<uint32_t, uint32_t>> edges;
  edges.reserve(options.edges);
  for (uint64_t edge = 0; edge < options.edges; ++edge) {
    const uint32_t source = draw(options.source_skew, source_of);
    const uint32_t target = draw(options.target_skew, target_of);
    if (source != target) edges.emplace_back(source, target);
  }
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  Adjacency graph;
  graph.begins.assign(options.nodes + 1, 0);
  graph.neighbours.reserve(edges.size());
  for (const auto& [source, target] : edges) {
    ++graph.begins[source + 1];
    graph.neighbours.push_back(target);
  }
  std::partial_sum(graph.begins.begin(), graph.begins.end(), graph.begins.begin());
  return graph;
}

StatusOr<std::unique_ptr<storage::Store>> OpenGraphStore(const std::string& directory,
                                                         const Adjacency& graph) {
  // Loaded elsewhere and then renamed: a load that was broken off leaves nothing half.
  if (!std::filesystem::exists(directory)) {
    const std::string partial = directory + ".partial";
    std::filesystem::remove_all(partial);
    {
      SL_ASSIGN_OR_RETURN(const auto store, storage::Store::Open(partial, {}));
      SL_RETURN_IF_ERROR(LoadGraph(store.get(), graph));
    }
    std::filesystem::rename(partial, directory);
  }
  return storage::Store::Open(directory, {.create_if_missing = false});
}

uint64_t CountTriangles(const Adjacency& graph) {
  uint64_t count = 0;
  const uint32_t* const all = graph.neighbours.data();
  for (size_t a = 0; a + 1 < graph.begins.size(); ++a) {
    const uint32_t* const a_begin = all + graph.begins[a];
    const uint32_t* const a_end = all + graph.begins[a + 1];
    for (const uint32_t* b = a_begin; b != a_end; ++b) {
      const uint32_t* x = a_begin;
      const uint32_t* y = all + graph.begins[*b];
      const uint32_t* const y_end = all + graph.begins[*b + 1];
      while (x != a_end && y != y_end) {
        if (*x == *y) {
          ++count;
          ++x;
          ++y;
        } else if (*x < *y) {
          x = Gallop(x, a_end, *y);
        } else {
          y = Gallop(y, y_end, *x);
        }
      }
    }
  }
  return count;
}

}  // namespace sightline::bench
