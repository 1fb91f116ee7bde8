#include "clients/cli/markdown_writer.h"

#include "clients/cli/display_text.h"
#include "clients/cli/value_text.h"

namespace sightline::cli {

std::string MarkdownCell(std::string_view text) {
  std::string cell;
  while (true) {
    const size_t end = text.find('\n');
    for (const char c : OneLine(text.substr(0, end))) {
      if (c == '<') {
        cell += "&lt;";
      } else if (c == '&') {
        cell += "&amp;";
      } else {
        // A number may begin with a minus; within a cell it starts no list.
        if (std::string_view("\\|`*_[]~").find(c) != std::string_view::npos) cell += '\\';
        cell += c;
      }
    }
    if (end == std::string_view::npos) return cell;
    cell += "<br>";
    text.remove_prefix(end + 1);
  }
}

void MarkdownWriter::Begin(const v1::ResultHeader& header) {
  if (header.columns_size() == 0) return;
  std::string names = "|", rule = "|";
  for (const v1::ColumnSpec& column : header.columns()) {
    names += " " + MarkdownCell(column.name()) + " |";
    const bool to_right =
        column.type() == v1::COLUMN_TYPE_INT64 || column.type() == v1::COLUMN_TYPE_DOUBLE;
    rule += to_right ? " ---: |" : " --- |";
  }
  out_->Write(names + "\n" + rule + "\n");
}

void MarkdownWriter::Add(client::ResultBatch batch, const client::NodeCards& cards) {
  for (size_t row = 0; row < batch.row_count(); ++row) {
    std::string line = "|";
    for (size_t column = 0; column < batch.column_count(); ++column) {
      line += " " + MarkdownCell(CellText(batch.cell(column, row), cards)) + " |";
    }
    out_->Write(line + "\n");
  }
}

void MarkdownWriter::End(const client::NodeCards&) {}

}  // namespace sightline::cli
