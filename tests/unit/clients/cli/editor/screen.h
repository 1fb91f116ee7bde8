// Screen: a terminal in memory, which understands what the Painter writes: printable characters,
// CR, LF with carriage return, CSI A B C J K m, and private modes. Lines wrap as in xterm, only
// when a further character comes.

#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "clients/cli/display_text.h"

namespace sightline::cli {

class Screen {
 public:
  Screen(size_t columns, size_t rows) : columns_(columns), lines_(rows) {}

  void Write(std::string_view bytes) {
    while (!bytes.empty()) {
      const CodePoint point = FirstCodePoint(bytes);
      if (point.value == 0x1b) {
        ASSERT_GT(bytes.size(), 2u);
        size_t end = 2;
        while (bytes[end] < 0x40) ++end;
        Control(bytes[end], bytes.substr(2, end - 2));
        bytes.remove_prefix(end + 1);
        continue;
      }
      if (point.value == '\r') {
        column_ = 0;
        is_pending_ = false;
      } else if (point.value == '\n') {
        column_ = 0;
        is_pending_ = false;
        Down();
      } else {
        Put(bytes.substr(0, point.bytes), WidthOf(point.value));
      }
      bytes.remove_prefix(point.bytes);
    }
  }

  // The lines without what is blank at their ends, and at the end of all.
  std::vector<std::string> Lines() const {
    std::vector<std::string> lines;
    for (const std::vector<std::string>& cells : lines_) {
      std::string line;
      for (const std::string& cell : cells) line += cell;
      line.erase(line.find_last_not_of(' ') + 1);
      lines.push_back(line);
    }
    while (!lines.empty() && lines.back().empty()) lines.pop_back();
    return lines;
  }
  size_t row() const { return row_; }
  size_t column() const { return column_; }

 private:
  void Put(std::string_view bytes, size_t width) {
    if (width == 0) {
      std::vector<std::string>& cells = lines_[row_];
      for (size_t i = cells.size(); i-- > 0;) {
        if (cells[i].empty()) continue;
        cells[i] += bytes;
        return;
      }
      return;
    }
    if (is_pending_ || column_ + width > columns_) {
      column_ = 0;
      is_pending_ = false;
      Down();
    }
    std::vector<std::string>& cells = lines_[row_];
    if (cells.size() < column_ + width) cells.resize(column_ + width, " ");
    cells[column_] = bytes;
    for (size_t i = 1; i < width; ++i) cells[column_ + i].clear();
    column_ += width;
    is_pending_ = column_ == columns_;
    if (is_pending_) --column_;
  }
  void Down() {
    if (++row_ < lines_.size()) return;
    --row_;
    lines_.erase(lines_.begin());
    lines_.emplace_back();
  }
  void Control(char final, std::string_view parameters) {
    const size_t count = parameters.empty() ? 1 : std::strtoul(parameters.data(), nullptr, 10);
    std::vector<std::string>& cells = lines_[row_];
    switch (final) {
      case 'A':
        row_ -= std::min(row_, count);
        break;
      case 'B':
        row_ = std::min(row_ + count, lines_.size() - 1);
        break;
      case 'C':
        column_ = std::min(column_ + count, columns_ - 1);
        break;
      case 'K':
        cells.resize(std::min(cells.size(), column_));
        break;
      case 'J':
        cells.resize(std::min(cells.size(), column_));
        for (size_t i = row_ + 1; i < lines_.size(); ++i) lines_[i].clear();
        break;
      case 'm':
      case 'h':
      case 'l':
        return;
      default:
        ADD_FAILURE() << "the screen does not know CSI " << final;
    }
    is_pending_ = false;
  }

  const size_t columns_;
  std::vector<std::vector<std::string>> lines_;
  size_t row_ = 0, column_ = 0;
  bool is_pending_ = false;
};

}  // namespace sightline::cli
