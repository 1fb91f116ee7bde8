// ScenarioRunner: runs one scenario of the TCK and says how it went.
//
// One thread.

#pragma once

#include <memory>
#include <string>

#include "tests/tck/gherkin.h"
#include "tests/tck/graph.h"

namespace sightline::tck {

struct Outcome {
  enum class Kind { kPassed, kFailed, kSkipped };
  Kind kind = Kind::kPassed;
  std::string reason;     // Why it was skipped, or what differed.
  bool negative = false;  // It wants an error.
};

class ScenarioRunner {
 public:
  // `graphs_directory` holds the named graphs.
  explicit ScenarioRunner(std::string graphs_directory)
      : graphs_directory_(std::move(graphs_directory)) {}

  Outcome Run(const Scenario& scenario);

 private:
  const std::string graphs_directory_;
  // For scenarios without a set-up: queries do not write, so one serves them all.
  std::unique_ptr<TckGraph> empty_graph_;
};

}  // namespace sightline::tck
