#include "tests/bench/query/graph_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
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

// What is in both [x, x_end) and [y, y_end), ascending.
template <typename Visit>
void ForEachCommon(const uint32_t* x, const uint32_t* x_end, const uint32_t* y,
                   const uint32_t* y_end, Visit visit) {
  while (x != x_end && y != y_end) {
    if (*x == *y) {
      visit(*x);
      ++x;
      ++y;
    } else if (*x < *y) {
      x = Gallop(x, x_end, *y);
    } else {
      y = Gallop(y, y_end, *x);
    }
  }
}

template <typename Visit>
void ForEachTriangle(const Adjacency& graph, Visit visit) {
  const uint32_t* const all = graph.neighbours.data();
  for (uint32_t a = 0; a < graph.node_count(); ++a) {
    const uint32_t* const a_begin = all + graph.begins[a];
    const uint32_t* const a_end = all + graph.begins[a + 1];
    for (const uint32_t* b = a_begin; b != a_end; ++b) {
      ForEachCommon(a_begin, a_end, all + graph.begins[*b], all + graph.begins[*b + 1],
                    [&](uint32_t c) { visit(a, *b, c); });
    }
  }
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
  for (uint32_t node = 0; node < graph.node_count(); ++node) {
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

using Pairs = std::vector<std::pair<uint32_t, uint32_t>>;

[[noreturn]] void ExitAt(const std::string& path, std::string_view what) {
  fmt::print(stderr, "{}: {}\n", path, what);
  std::exit(1);
}

// Complete or not at all.
void WritePairs(const std::string& path, const Pairs& pairs) {
  const std::string partial = path + ".partial";
  std::ofstream file(partial, std::ios::binary | std::ios::trunc);
  fmt::memory_buffer text;
  for (const auto& [a, b] : pairs) {
    fmt::format_to(std::back_inserter(text), "{} {}\n", a, b);
    if (text.size() < (1 << 20)) continue;
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    text.clear();
  }
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  if (!file) ExitAt(path, "cannot be written");
  std::filesystem::rename(partial, path);
}

Pairs ReadPairs(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  if (!file) ExitAt(path, "cannot be read");
  Pairs pairs;
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto take = [&](char behind) {
    uint32_t number = 0;
    const auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc() || next == end || *next != behind) {
      ExitAt(path, fmt::format("line {} is not two numbers", pairs.size() + 1));
    }
    at = next + 1;
    return number;
  };
  while (at != end) {
    const uint32_t first = take(' ');
    pairs.emplace_back(first, take('\n'));
  }
  return pairs;
}

}  // namespace

void GenerateGraph(const std::string& folder, const GraphOptions& options) {
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
  Pairs edges;
  edges.reserve(options.edges);
  std::vector<bool> has_out(options.nodes), has_in(options.nodes);
  for (uint64_t edge = 0; edge < options.edges; ++edge) {
    const uint32_t source = draw(options.source_skew, source_of);
    const uint32_t target = draw(options.target_skew, target_of);
    if (source == target) continue;
    edges.emplace_back(source, target);
    has_out[source] = has_in[target] = true;
  }
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  Pairs pairs;
  std::uniform_int_distribution<uint32_t> any(0, options.nodes - 1);
  while (!edges.empty() && pairs.size() < options.pairs) {
    const uint32_t from = any(random), to = any(random);
    if (from != to && has_out[from] && has_out[to] && has_in[to]) pairs.emplace_back(from, to);
  }
  std::filesystem::create_directories(folder);
  WritePairs(folder + "/edges.txt", edges);
  WritePairs(folder + "/pairs.txt", pairs);
}

GraphData ReadGraph(const std::string& folder) {
  Pairs edges = ReadPairs(folder + "/edges.txt");
  std::sort(edges.begin(), edges.end());
  GraphData data;
  data.pairs = ReadPairs(folder + "/pairs.txt");
  if (data.pairs.empty()) ExitAt(folder + "/pairs.txt", "has no pair");
  uint32_t last = 0;
  for (const Pairs* list : {&edges, &data.pairs}) {
    for (const auto& [a, b] : *list) last = std::max({last, a, b});
  }
  Adjacency& graph = data.graph;
  graph.begins.assign(size_t{last} + 2, 0);
  graph.neighbours.reserve(edges.size());
  for (const auto& [source, target] : edges) {
    ++graph.begins[source + 1];
    graph.neighbours.push_back(target);
  }
  std::partial_sum(graph.begins.begin(), graph.begins.end(), graph.begins.begin());
  return data;
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
  ForEachTriangle(graph, [&count](uint32_t, uint32_t, uint32_t) { ++count; });
  return count;
}

uint64_t CountCliques4(const Adjacency& graph) {
  uint64_t count = 0;
  const uint32_t* const all = graph.neighbours.data();
  // What a and b have in common, and in it what is behind each of them.
  std::vector<uint32_t> common;
  uint32_t of_a = 0, of_b = 0;
  const auto count_common = [&] {
    for (const uint32_t c : common) {
      ForEachCommon(common.data(), common.data() + common.size(), all + graph.begins[c],
                    all + graph.begins[c + 1], [&count](uint32_t) { ++count; });
    }
    common.clear();
  };
  ForEachTriangle(graph, [&](uint32_t a, uint32_t b, uint32_t c) {
    if (a != of_a || b != of_b) count_common();
    of_a = a;
    of_b = b;
    common.push_back(c);
  });
  count_common();
  return count;
}

}  // namespace sightline::bench
