// Runner: runs queries in process, as often as medians need, and consumes every row.

#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "query/engine.h"
#include "storage/store.h"

namespace sightline::bench {

// Of one query, medians in milliseconds.
struct Measured {
  double total = 0;    // From the text to the last row, nodes as their external ids.
  double parse = 0;    // Of it: the text to its syntax.
  double plan = 0;     // Of it: names, and the order of the pattern.
  double execute = 0;  // Of it: the rows.
  uint64_t rows = 0;
  uint64_t facts = 0;   // Touched.
  int64_t integer = 0;  // The first cell of the first row, when it is an integer.
};

struct RunnerOptions {
  int rounds = 9;           // Odd. One more, not measured, comes first.
  double seconds_max = 10;  // Of one query: then fewer rounds, at least one.
  // `total` is processor time, for comparing versions on a machine that has other things to do.
  bool processor_time = false;
  // As EngineOptions::optimizer_rules_off.
  std::set<std::string, std::less<>> rules_off;
};

class Runner {
 public:
  // Borrows the store.
  Runner(storage::Store* store, RunnerOptions options);

  // Exits with a message when the query fails or is cut short.
  Measured Run(std::string_view slql);
  // Once, without measuring.
  Measured RunOnce(std::string_view slql);

 private:
  const RunnerOptions options_;
  query::QueryEngine engine_;
};

// Of this thread.
double ProcessorSeconds();
template <typename Function>
double ProcessorSecondsOf(Function function) {
  const double before = ProcessorSeconds();
  function();
  return ProcessorSeconds() - before;
}

// exp of the mean logarithm. REQUIRES: all are above zero.
double GeometricMean(const std::vector<double>& values);

}  // namespace sightline::bench
