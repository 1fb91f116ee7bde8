// VerticalWriter: each row as a list of names and values, for rows that are wide.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "clients/cli/result_writer.h"

namespace sightline::cli {

class VerticalWriter : public ResultWriter {
 public:
  VerticalWriter(const OutputOptions& options, Output* out) : options_(options), out_(out) {}

  void Begin(const v1::ResultHeader& header) override;
  void Add(client::ResultBatch batch, const client::NodeCards& cards) override;
  void End(const client::NodeCards& cards) override;

 private:
  const OutputOptions options_;
  Output* const out_;
  std::vector<std::string> names_;
  // As in TableWriter.
  size_t evidence_column_ = 0;
  size_t rows_ = 0;
};

// One row. `row` counts from 1, `names` and `cells` are one line each. Values wrap at the
// terminal's columns below their beginning; nothing is cut.
std::string VerticalRow(size_t row, const std::vector<std::string>& names,
                        const std::vector<std::string>& cells, const OutputOptions& options);

}  // namespace sightline::cli
