// ResultsFile: our results in the form that the report reads (tests/bench/peers/README.md).

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sightline::bench {

class ResultsFile {
 public:
  // Of one workload. No `path`: no file.
  ResultsFile(std::string path, std::string_view workload)
      : path_(std::move(path)), workload_(workload) {}

  // Writes the file anew, so that a run that is stopped leaves what it has. `rows` is what engines
  // must agree about. Exits with a message on errors.
  void Add(std::string_view query, std::string_view query_class, double median_ms, uint64_t rows);

 private:
  const std::string path_;
  const std::string workload_;
  std::vector<std::string> results_;
};

}  // namespace sightline::bench
