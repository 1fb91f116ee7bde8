// Gherkin: the part of the feature-file language that the openCypher TCK is written in: features,
// backgrounds, scenarios, outlines with examples, steps with tables and doc strings, tags,
// comments.
//
// Thread-safe.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/base/status.h"

namespace sightline::tck {

using Table = std::vector<std::vector<std::string>>;  // Rows of cells, without the bars.

struct Step {
  std::string text;  // Without Given, When, Then, And, But or *.
  Table table;
  std::string doc_string;
};

// A scenario as it is to be run: with the steps of the background in front, and for an outline with
// one row of its examples filled in.
struct Scenario {
  std::string name;
  int example = 0;  // 1 is the first row of an outline's examples; 0 when it is no outline.
  std::vector<std::string> tags;
  std::vector<Step> steps;
};

struct Feature {
  std::string name;
  std::vector<Scenario> scenarios;
};

// Errors: kInvalidArgument with the line, for a line that is none of the above.
StatusOr<Feature> ParseFeature(std::string_view text);

}  // namespace sightline::tck
