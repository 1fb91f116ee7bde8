#include "clients/cli/vertical_writer.h"

#include <fmt/format.h>

#include <algorithm>

#include "clients/cli/display_text.h"
#include "clients/cli/evidence_text.h"
#include "clients/cli/value_text.h"

namespace sightline::cli {
namespace {

constexpr size_t kRuleColumns = 40;
constexpr size_t kValueColumnsMin = 20;

}  // namespace

std::string VerticalRow(size_t row, const std::vector<std::string>& names,
                        const std::vector<std::string>& cells, const OutputOptions& options) {
  const std::string_view dash = options.is_ascii ? "-" : "─";
  std::string head = fmt::format("{}{} row {} ", dash, dash, row);
  const size_t rule = std::min(kRuleColumns, options.terminal_columns.value_or(kRuleColumns));
  for (size_t i = DisplayWidth(head); i < rule; ++i) head += dash;
  size_t name_width = 0;
  for (const std::string& name : names) name_width = std::max(name_width, DisplayWidth(name));
  std::string out =
      options.is_colored ? fmt::format("\x1b[2m{}\x1b[0m\n", head) : fmt::format("{}\n", head);
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string padding(name_width - DisplayWidth(names[i]), ' ');
    out += options.is_colored ? fmt::format("\x1b[1m{}\x1b[0m{}", names[i], padding)
                              : names[i] + padding;
    std::vector<std::string> lines = {cells[i]};
    if (options.terminal_columns) {
      const size_t room = *options.terminal_columns > name_width + 2 + kValueColumnsMin
                              ? *options.terminal_columns - name_width - 2
                              : kValueColumnsMin;
      lines = WrapToWidth(cells[i], room);
    }
    for (size_t line = 0; line < lines.size(); ++line) {
      if (line > 0) out += std::string(name_width, ' ');
      out += lines[line].empty() ? "\n" : "  " + lines[line] + "\n";
    }
  }
  return out;
}

void VerticalWriter::Begin(const v1::ResultHeader& header) {
  evidence_column_ = static_cast<size_t>(header.columns_size());
  for (int i = 0; i < header.columns_size(); ++i) {
    if (IsEvidenceColumn(header.columns(i)) && i + 1 == header.columns_size() && i > 0) {
      evidence_column_ = static_cast<size_t>(i);
    } else {
      names_.push_back(OneLine(header.columns(i).name()));
    }
  }
}

void VerticalWriter::Add(client::ResultBatch batch, const client::NodeCards& cards) {
  std::vector<std::string> cells(names_.size());
  for (size_t row = 0; row < batch.row_count(); ++row) {
    for (size_t column = 0; column < names_.size(); ++column) {
      cells[column] = OneLine(CellText(batch.cell(column, row), cards));
    }
    out_->Write(VerticalRow(++rows_, names_, cells, options_));
    if (evidence_column_ < batch.column_count()) {
      out_->Write(EvidenceText(rows_, "evidence", batch.cell(evidence_column_, row), cards,
                               options_.terminal_columns));
    }
  }
}

void VerticalWriter::End(const client::NodeCards&) {}

}  // namespace sightline::cli
