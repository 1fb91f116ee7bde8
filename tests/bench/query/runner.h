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

// Of a query: one text, or one for each pair that it is asked about. Milliseconds; of several runs
// the median over the texts of the medians over their runs.
struct Measured {
  double total = 0;      // From the text to the last row, nodes as their external ids.
  double parse = 0;      // Of it: the text to its syntax.
  double plan = 0;       // Of it: names, and the order of the pattern.
  double execute = 0;    // Of it: the rows.
  double total_p90 = 0;  // As total: nine texts in ten are faster.
  // Sums over the texts.
  uint64_t rows = 0;
  uint64_t facts = 0;   // Touched.
  int64_t integer = 0;  // The first cell of the first row, when it is an integer.
};

// As tests/bench/peers/measure.mjs: a pass runs every text once; `warmups` passes are not measured.
struct RunnerOptions {
  int warmups = 3;
  int rounds = 10;
  double seconds_max = 60;  // Of one query: then no further pass, but one of each kind.
  // `total` is processor time, for comparing versions on a machine that has other things to do.
  bool processor_time = false;
  // As EngineOptions has it. Processor time is that of one thread.
  uint32_t threads_max = 0;
  // As EngineOptions::optimizer_rules_off.
  std::set<std::string, std::less<>> rules_off;
};

class Runner {
 public:
  // Borrows the store.
  Runner(storage::Store* store, RunnerOptions options);

  // Exits with a message when a query fails, is cut short, or answers differently in two passes.
  // `integers` (may be null) gets each text's.
  Measured Run(const std::vector<std::string>& texts, std::vector<int64_t>* integers = nullptr);
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
