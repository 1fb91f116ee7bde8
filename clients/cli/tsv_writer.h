// TsvWriter: values between tabs, a row a line, in the text format of PostgreSQL's COPY: tab, line
// feed, carriage return and backslash within a value are \t, \n, \r and \\; unknown is \N. A column
// of entities or statements becomes two, caption and id.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "clients/cli/result_writer.h"

namespace sightline::cli {

class TsvWriter : public ResultWriter {
 public:
  explicit TsvWriter(Output* out) : out_(out) {}

  void Begin(const v1::ResultHeader& header) override;
  void Add(client::ResultBatch batch, const client::NodeCards& cards) override;
  void End(const client::NodeCards& cards) override;

 private:
  Output* const out_;
  std::vector<bool> is_node_;
};

// A value with its tabs, line ends and backslashes escaped.
std::string TsvField(std::string_view text);

}  // namespace sightline::cli
