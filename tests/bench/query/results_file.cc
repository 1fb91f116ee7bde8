#include "tests/bench/query/results_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

namespace sightline::bench {

void ResultsFile::Add(std::string_view query, std::string_view query_class, double median_ms,
                      uint64_t rows) {
  if (path_.empty()) return;
  const nlohmann::ordered_json result = {{"engine", "sightline"}, {"version", SIGHTLINE_VERSION},
                                         {"workload", workload_}, {"query", query},
                                         {"class", query_class},  {"median_ms", median_ms},
                                         {"rows", rows}};
  results_.push_back(result.dump());
  std::ofstream file(path_, std::ios::trunc);
  file << fmt::format("[\n{}\n]\n", fmt::join(results_, ",\n"));
  file.close();
  if (file) return;
  fmt::print(stderr, "{}: cannot be written\n", path_);
  std::exit(1);
}

}  // namespace sightline::bench
