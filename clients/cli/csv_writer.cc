#include "clients/cli/csv_writer.h"

#include "clients/cli/value_text.h"

namespace sightline::cli {

std::string CsvField(std::string_view text, bool guard_formulas) {
  if (text.empty()) return "\"\"";
  std::string guarded;
  if (guard_formulas && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos) {
    guarded = "'";
    guarded += text;
    text = guarded;
  }
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string field = "\"";
  for (const char c : text) {
    if (c == '"') field += '"';
    field += c;
  }
  return field + '"';
}

void CsvWriter::Begin(const v1::ResultHeader& header) {
  std::string line;
  for (const v1::ColumnSpec& column : header.columns()) {
    is_node_.push_back(column.type() == v1::COLUMN_TYPE_NODE);
    if (!line.empty()) line += ',';
    line += CsvField(column.name(), guard_formulas_);
    if (is_node_.back()) line += "," + CsvField(column.name() + ".id", guard_formulas_);
  }
  if (!line.empty()) out_->Write(line + "\r\n");
}

void CsvWriter::Add(client::ResultBatch batch, const client::NodeCards& cards) {
  std::string line;
  for (size_t row = 0; row < batch.row_count(); ++row) {
    line.clear();
    for (size_t column = 0; column < batch.column_count(); ++column) {
      if (column > 0) line += ',';
      const client::Cell cell = batch.cell(column, row);
      if (is_node_[column]) {
        const auto* node = std::get_if<client::NodeId>(&cell);
        const v1::NodeCard* card = node == nullptr ? nullptr : cards.Find(*node);
        if (node != nullptr) {
          line +=
              CsvField(card == nullptr ? NodeText(*node, cards) : card->caption(), guard_formulas_);
        }
        line += ',';
        if (card != nullptr) line += CsvField(card->external_id(), guard_formulas_);
        continue;
      }
      if (std::holds_alternative<std::monostate>(cell)) continue;
      // Only text can carry a formula; a number keeps its sign.
      const auto* value = std::get_if<const v1::Value*>(&cell);
      const bool is_text = std::holds_alternative<std::string_view>(cell) ||
                           (value != nullptr && (*value)->kind_case() == v1::Value::kText);
      line += CsvField(CellText(cell, cards), guard_formulas_ && is_text);
    }
    line += "\r\n";
    out_->Write(line);
  }
}

void CsvWriter::End(const client::NodeCards&) {}

}  // namespace sightline::cli
