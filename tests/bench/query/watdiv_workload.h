// The WatDiv workload: basic graph patterns in four classes: linear (L), stars (S), snowflakes (F),
// complex (C).
//
// Source: G. Aluç, O. Hartig, M. T. Özsu, K. Daudjee: Diversified stress testing of RDF data
// management systems (ISWC 2014).

#pragma once

#include <string>

#include "tests/bench/query/runner.h"

namespace sightline::bench {

struct WatdivOptions {
  std::string store;    // A directory into which the data is imported.
  std::string queries;  // One file a query, C1-1.rq: class, template, instance.
  std::string only;     // Queries whose names begin so.
  std::string json;     // A file for the results, or none.
  // Also runs each query without the optimizer and compares the number of rows.
  bool check = false;
  RunnerOptions runner;
};

// Prints each query's medians, and per class the geometric mean over the queries. Exits with a
// message on errors.
void RunWatdiv(const WatdivOptions& options);

}  // namespace sightline::bench
