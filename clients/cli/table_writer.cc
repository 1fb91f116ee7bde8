#include "clients/cli/table_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "clients/cli/display_text.h"
#include "clients/cli/evidence_text.h"
#include "clients/cli/value_text.h"
#include "clients/cli/vertical_writer.h"

namespace sightline::cli {
namespace {

constexpr size_t kRowsATable = 10'000;
constexpr size_t kWidthMin = 8;

struct Rule {
  const char *left, *line, *middle, *right;
};
struct Style {
  Rule top, under_names, bottom;
  const char* bar;
};
constexpr Style kBox = {{"┌", "─", "┬", "┐"}, {"├", "─", "┼", "┤"}, {"└", "─", "┴", "┘"}, "│"};
constexpr Style kAscii = {{"+", "-", "+", "+"}, {"+", "-", "+", "+"}, {"+", "-", "+", "+"}, "|"};

std::string DrawRule(const Rule& rule, const std::vector<size_t>& widths) {
  std::string line;
  for (const size_t width : widths) {
    line += line.empty() ? rule.left : rule.middle;
    for (size_t i = 0; i < width + 2; ++i) line += rule.line;
  }
  return line + rule.right + "\n";
}

}  // namespace

std::vector<size_t> FitWidths(std::vector<size_t> widths, size_t total) {
  size_t taken = 1;
  for (const size_t width : widths) taken += width + 3;
  while (taken > total) {
    const auto widest = std::max_element(widths.begin(), widths.end());
    if (*widest <= kWidthMin) break;
    // Down to the second widest at once, so that long texts do not cost a step a column.
    size_t second = kWidthMin;
    for (auto width = widths.begin(); width != widths.end(); ++width) {
      if (width != widest) second = std::max(second, std::min(*width, *widest - 1));
    }
    const size_t less = std::clamp<size_t>(*widest - second, 1, taken - total);
    *widest -= less;
    taken -= less;
  }
  return widths;
}

void TableWriter::Begin(const v1::ResultHeader& header) {
  evidence_column_ = static_cast<size_t>(header.columns_size());
  for (int i = 0; i < header.columns_size(); ++i) {
    const v1::ColumnSpec& column = header.columns(i);
    names_.push_back(OneLine(column.name()));
    is_right_aligned_.push_back(column.type() == v1::COLUMN_TYPE_INT64 ||
                                column.type() == v1::COLUMN_TYPE_DOUBLE);
    if (IsEvidenceColumn(column) && i + 1 == header.columns_size() && i > 0) {
      evidence_column_ = static_cast<size_t>(i);
    }
  }
}

void TableWriter::Add(client::ResultBatch batch, const client::NodeCards& cards) {
  held_rows_ += batch.row_count();
  held_.push_back(std::move(batch));
  if (held_rows_ >= kRowsATable) DrawHeldRows(cards);
}

void TableWriter::End(const client::NodeCards& cards) {
  if (held_rows_ > 0 || drawn_tables_ == 0) DrawHeldRows(cards);
  if (cut_cells_ > 0) {
    out_->Write(fmt::format("{} {} cut to fit the terminal; formats vertical and json show all\n",
                            cut_cells_, cut_cells_ == 1 ? "cell is" : "cells are"));
  }
  if (is_vertical_ && drawn_rows_ > 0) {
    out_->Write(fmt::format("{} columns are too many for this terminal; each row is a list\n",
                            std::min(names_.size(), evidence_column_)));
  }
}

void TableWriter::DrawHeldRows(const client::NodeCards& cards) {
  const size_t columns = std::min(names_.size(), evidence_column_);
  const bool has_evidence = evidence_column_ < names_.size();
  if (columns == 0) return;
  std::vector<size_t> widths;
  for (size_t column = 0; column < columns; ++column) {
    widths.push_back(std::max<size_t>(1, DisplayWidth(names_[column])));
  }
  std::vector<std::string> cells;
  cells.reserve(held_rows_ * columns);
  std::vector<size_t> cell_widths;
  cell_widths.reserve(held_rows_ * columns);
  for (const client::ResultBatch& batch : held_) {
    for (size_t row = 0; row < batch.row_count(); ++row) {
      for (size_t column = 0; column < columns; ++column) {
        cells.push_back(OneLine(CellText(batch.cell(column, row), cards)));
        cell_widths.push_back(DisplayWidth(cells.back()));
        widths[column] = std::max(widths[column], cell_widths.back());
      }
    }
  }
  if (options_.terminal_columns) {
    widths = FitWidths(std::move(widths), *options_.terminal_columns);
    size_t total = 1;
    for (const size_t width : widths) total += width + 3;
    // Lines that the terminal breaks are no table any more.
    if (drawn_tables_ == 0) is_vertical_ = total > *options_.terminal_columns;
  }

  const Style& style = options_.is_ascii ? kAscii : kBox;
  const auto draw_cell = [&](size_t column, const std::string& text, size_t width, bool to_right) {
    std::string cut;
    if (width > widths[column]) {
      ++cut_cells_;
      cut = CutToWidth(text, widths[column]);
      width = DisplayWidth(cut);
    }
    // A wide character that is cut may leave one column less.
    const std::string padding(widths[column] - std::min(width, widths[column]), ' ');
    const std::string& shown = cut.empty() ? text : cut;
    return fmt::format("{} {}{} ", style.bar, to_right ? padding : shown,
                       to_right ? shown : padding);
  };
  std::string text;
  if (is_vertical_) {
    const std::vector<std::string> names(names_.begin(),
                                         names_.begin() + static_cast<ptrdiff_t>(columns));
    for (size_t row = 0; row < held_rows_; ++row) {
      const auto begin = cells.begin() + static_cast<ptrdiff_t>(row * columns);
      out_->Write(VerticalRow(drawn_rows_ + row + 1, names,
                              {begin, begin + static_cast<ptrdiff_t>(columns)}, options_));
    }
  } else {
    text = DrawRule(style.top, widths);
    for (size_t column = 0; column < columns; ++column) {
      std::string cell = draw_cell(column, names_[column], DisplayWidth(names_[column]), false);
      if (options_.is_colored) {
        cell.insert(std::string_view(style.bar).size(), "\x1b[1m");
        cell += "\x1b[0m";
      }
      text += cell;
    }
    text += style.bar + std::string("\n") + DrawRule(style.under_names, widths);
  }
  for (size_t i = 0; i < cells.size() && !is_vertical_; ++i) {
    const size_t column = i % columns;
    text += draw_cell(column, cells[i], cell_widths[i], is_right_aligned_[column]);
    if (column + 1 == columns) text += style.bar + std::string("\n");
    if (text.size() > 64 << 10) {
      out_->Write(text);
      text.clear();
    }
  }
  if (!is_vertical_) text += DrawRule(style.bottom, widths);
  out_->Write(text);

  if (has_evidence) {
    size_t index = 0;
    for (const client::ResultBatch& batch : held_) {
      for (size_t row = 0; row < batch.row_count(); ++row, ++index) {
        std::string title;
        for (size_t column = 0; column < columns; ++column) {
          if (column > 0) title += ", ";
          title += cells[index * columns + column];
        }
        out_->Write(EvidenceText(drawn_rows_ + index + 1, title, batch.cell(evidence_column_, row),
                                 cards, options_.terminal_columns));
      }
    }
  }
  ++drawn_tables_;
  drawn_rows_ += held_rows_;
  held_rows_ = 0;
  held_.clear();
}

}  // namespace sightline::cli
