// CsvWriter: RFC 4180. A column of entities or statements becomes two, caption and id.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "clients/cli/result_writer.h"

namespace sightline::cli {

class CsvWriter : public ResultWriter {
 public:
  CsvWriter(bool guard_formulas, Output* out) : guard_formulas_(guard_formulas), out_(out) {}

  void Begin(const v1::ResultHeader& header) override;
  void Add(client::ResultBatch batch, const client::NodeCards& cards) override;
  void End(const client::NodeCards& cards) override;

 private:
  const bool guard_formulas_;
  Output* const out_;
  std::vector<bool> is_node_;
};

// One field, in quotes where RFC 4180 asks for them. Empty text is "", to tell it from unknown,
// which is nothing at all. With `guard_formulas`, text that begins with = + - @ tab or CR gets an
// apostrophe in front.
std::string CsvField(std::string_view text, bool guard_formulas);

}  // namespace sightline::cli
