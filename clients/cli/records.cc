#include "clients/cli/records.h"

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <utility>

#include "clients/cli/csv_writer.h"
#include "clients/cli/display_text.h"

namespace sightline::cli {

void PrintRecords(const Records& records, Session* session) {
  Output& out = session->out();
  const Format format = session->options().output.format;
  if (format == Format::kJson || format == Format::kJsonLines) {
    nlohmann::ordered_json array = nlohmann::ordered_json::array();
    for (const std::vector<std::string>& row : records.rows) {
      nlohmann::ordered_json object;
      for (size_t i = 0; i < row.size(); ++i) object[records.names[i]] = row[i];
      array.push_back(std::move(object));
    }
    const auto replace = nlohmann::ordered_json::error_handler_t::replace;
    if (format == Format::kJson) {
      out.Write(array.dump(2, ' ', false, replace) + "\n");
    } else {
      for (const auto& object : array) out.Write(object.dump(-1, ' ', false, replace) + "\n");
    }
    return;
  }
  const bool is_csv = format == Format::kCsv;
  std::vector<size_t> widths(records.names.size(), 0);
  const auto each_line = [&](const auto& visit) {
    visit(records.names);
    for (const std::vector<std::string>& row : records.rows) visit(row);
  };
  each_line([&](const std::vector<std::string>& line) {
    for (size_t i = 0; i < line.size(); ++i) {
      widths[i] = std::max(widths[i], DisplayWidth(OneLine(line[i])));
    }
  });
  each_line([&](const std::vector<std::string>& line) {
    std::string text;
    for (size_t i = 0; i < line.size(); ++i) {
      if (is_csv) {
        if (i > 0) text += ',';
        text += CsvField(line[i], session->options().output.guard_formulas);
        continue;
      }
      if (i > 0) text += "  ";
      const std::string cell = OneLine(line[i]);
      text += cell;
      if (i + 1 < line.size()) text.append(widths[i] - DisplayWidth(cell), ' ');
    }
    if (!is_csv) text.erase(text.find_last_not_of(' ') + 1);
    out.Write(text + (is_csv ? "\r\n" : "\n"));
  });
}

}  // namespace sightline::cli
