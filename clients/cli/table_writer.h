// TableWriter: a result as an aligned table, and under it the evidence of WHY.

#pragma once

#include <string>
#include <vector>

#include "clients/cli/result_writer.h"

namespace sightline::cli {

// Widths must be known before the first row is drawn, so rows are held back and drawn in tables of
// at most 10,000. Cells are one line each; control characters are escaped. They are cut only to fit
// a terminal, and a line under the table says so. Columns too many to fit even so are drawn as
// VerticalWriter does.
class TableWriter : public ResultWriter {
 public:
  TableWriter(const OutputOptions& options, Output* out) : options_(options), out_(out) {}

  void Begin(const v1::ResultHeader& header) override;
  void Add(client::ResultBatch batch, const client::NodeCards& cards) override;
  void End(const client::NodeCards& cards) override;

 private:
  void DrawHeldRows(const client::NodeCards& cards);

  const OutputOptions options_;
  Output* const out_;
  std::vector<std::string> names_;
  std::vector<bool> is_right_aligned_;
  // Index of the column that WHY adds; names_.size() when there is none.
  size_t evidence_column_ = 0;
  std::vector<client::ResultBatch> held_;
  size_t held_rows_ = 0;
  size_t drawn_rows_ = 0;
  size_t drawn_tables_ = 0;
  size_t cut_cells_ = 0;
  bool is_vertical_ = false;
};

// Column widths that fit `total` columns with 3 of border and padding a cell and 1 more, taking
// from the widest first, none below 8. Wider than `total` when even that is too much.
std::vector<size_t> FitWidths(std::vector<size_t> widths, size_t total);

}  // namespace sightline::cli
