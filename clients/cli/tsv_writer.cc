#include "clients/cli/tsv_writer.h"

#include "clients/cli/value_text.h"

namespace sightline::cli {
namespace {

constexpr std::string_view kUnknown = "\\N";

}  // namespace

std::string TsvField(std::string_view text) {
  std::string field;
  field.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '\t':
        field += "\\t";
        break;
      case '\n':
        field += "\\n";
        break;
      case '\r':
        field += "\\r";
        break;
      case '\\':
        field += "\\\\";
        break;
      default:
        field += c;
    }
  }
  return field;
}

void TsvWriter::Begin(const v1::ResultHeader& header) {
  std::string line;
  for (const v1::ColumnSpec& column : header.columns()) {
    if (!is_node_.empty()) line += '\t';
    is_node_.push_back(column.type() == v1::COLUMN_TYPE_NODE);
    line += TsvField(column.name());
    if (is_node_.back()) line += "\t" + TsvField(column.name() + ".id");
  }
  if (!is_node_.empty()) out_->Write(line + "\n");
}

void TsvWriter::Add(client::ResultBatch batch, const client::NodeCards& cards) {
  std::string line;
  for (size_t row = 0; row < batch.row_count(); ++row) {
    line.clear();
    for (size_t column = 0; column < batch.column_count(); ++column) {
      if (column > 0) line += '\t';
      const client::Cell cell = batch.cell(column, row);
      if (!is_node_[column]) {
        const auto* value = std::get_if<const v1::Value*>(&cell);
        const bool is_unknown = std::holds_alternative<std::monostate>(cell) ||
                                (value != nullptr && (*value)->kind_case() == 0);
        line += is_unknown ? kUnknown : TsvField(CellText(cell, cards));
        continue;
      }
      const auto* node = std::get_if<client::NodeId>(&cell);
      const v1::NodeCard* card = node == nullptr ? nullptr : cards.Find(*node);
      line += node == nullptr   ? kUnknown
              : card == nullptr ? NodeText(*node, cards)
                                : TsvField(card->caption());
      line += '\t';
      line += card == nullptr ? kUnknown : TsvField(card->external_id());
    }
    out_->Write(line + "\n");
  }
}

void TsvWriter::End(const client::NodeCards&) {}

}  // namespace sightline::cli
