// PlanWriter: what EXPLAIN and PROFILE give, drawn as a tree with its figures in columns.

#pragma once

#include <string>
#include <vector>

#include "clients/cli/result_writer.h"

namespace sightline::cli {

// Whether these are the columns of EXPLAIN or PROFILE.
bool IsPlan(const v1::ResultHeader& header);

// Details of an operator are cut to fit the terminal; a line below says how many were.
class PlanWriter : public ResultWriter {
 public:
  // REQUIRES: IsPlan of the header that Begin is given.
  PlanWriter(const OutputOptions& options, Output* out) : options_(options), out_(out) {}

  void Begin(const v1::ResultHeader& header) override;
  void Add(client::ResultBatch batch, const client::NodeCards& cards) override;
  void End(const client::NodeCards& cards) override;

 private:
  struct Step {
    size_t depth = 0;
    std::string name, details;
    std::vector<std::string> figures;
  };

  const OutputOptions options_;
  Output* const out_;
  std::vector<std::string> figure_names_;
  std::vector<Step> steps_;
};

}  // namespace sightline::cli
