#include "tests/tck/gherkin.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace sightline::tck {
namespace {

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

// What stands behind "Scenario:" and the like; nullopt when the line does not begin so.
std::optional<std::string_view> After(std::string_view line,
                                      std::initializer_list<std::string_view> keywords) {
  for (const std::string_view keyword : keywords) {
    if (line.starts_with(keyword) && line.substr(keyword.size()).starts_with(":")) {
      return Trim(line.substr(keyword.size() + 1));
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> StepText(std::string_view line) {
  for (const std::string_view word : {"Given ", "When ", "Then ", "And ", "But ", "* "}) {
    if (line.starts_with(word)) return Trim(line.substr(word.size()));
  }
  return std::nullopt;
}

// | a | b \| c |  \n, \| and \\ are escapes.
std::vector<std::string> Cells(std::string_view line) {
  std::vector<std::string> cells;
  std::string cell;
  for (size_t i = 1; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size() &&
        (line[i + 1] == '|' || line[i + 1] == '\\' || line[i + 1] == 'n')) {
      ++i;
      cell += line[i] == 'n' ? '\n' : line[i];
    } else if (line[i] == '|') {
      cells.emplace_back(Trim(cell));
      cell.clear();
    } else {
      cell += line[i];
    }
  }
  return cells;
}

std::string Filled(std::string text, const std::vector<std::string>& names,
                   const std::vector<std::string>& values) {
  for (size_t i = 0; i < names.size() && i < values.size(); ++i) {
    const std::string place = "<" + names[i] + ">";
    for (size_t at = text.find(place); at != std::string::npos;
         at = text.find(place, at + values[i].size())) {
      text.replace(at, place.size(), values[i]);
    }
  }
  return text;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  StatusOr<Feature> Read() {
    std::string_view line;
    while (NextLine(&line)) {
      const std::string_view trimmed = Trim(line);
      if (trimmed.empty() || trimmed.starts_with("#")) continue;
      if (trimmed.starts_with("@")) {
        AddTags(trimmed);
      } else if (const auto feature = After(trimmed, {"Feature"})) {
        feature_.name = *feature;
        tags_.clear();
      } else if (After(trimmed, {"Background"})) {
        SL_RETURN_IF_ERROR(Finish());
        steps_ = &background_;
      } else if (const auto outline = After(trimmed, {"Scenario Outline", "Scenario Template"})) {
        SL_RETURN_IF_ERROR(Begin(*outline, true));
      } else if (const auto scenario = After(trimmed, {"Scenario", "Example"})) {
        SL_RETURN_IF_ERROR(Begin(*scenario, false));
      } else if (After(trimmed, {"Examples", "Scenarios"})) {
        examples_.emplace_back();
        table_ = &examples_.back();
      } else if (trimmed.starts_with("|")) {
        if (table_ == nullptr) return Wrong("a table without a step");
        table_->push_back(Cells(trimmed));
      } else if (trimmed.starts_with("\"\"\"") || trimmed.starts_with("```")) {
        SL_RETURN_IF_ERROR(ReadDocString(line));
      } else if (const auto step = StepText(trimmed)) {
        if (steps_ == nullptr) return Wrong("a step outside of a scenario");
        steps_->push_back({.text = std::string(*step), .table = {}, .doc_string = {}});
        table_ = &steps_->back().table;
      } else if (steps_ != nullptr && !steps_->empty()) {
        return Wrong("neither a step nor a table");
      }  // Else the description of the feature or scenario.
    }
    SL_RETURN_IF_ERROR(Finish());
    return std::move(feature_);
  }

 private:
  bool NextLine(std::string_view* line) {
    if (offset_ >= text_.size()) return false;
    const size_t end = std::min(text_.find('\n', offset_), text_.size());
    *line = text_.substr(offset_, end - offset_);
    offset_ = end + 1;
    ++line_number_;
    return true;
  }

  Status Wrong(std::string_view what) const {
    return InvalidArgument("line {}: {}", line_number_, what);
  }

  void AddTags(std::string_view line) {
    while (!line.empty()) {
      const size_t end = std::min(line.find_first_of(" \t"), line.size());
      if (line.substr(0, end).starts_with("#")) return;
      tags_.emplace_back(line.substr(0, end));
      line = Trim(line.substr(end));
    }
  }

  Status ReadDocString(std::string_view opening) {
    if (steps_ == nullptr || steps_->empty()) return Wrong("a doc string without a step");
    const size_t indent = opening.find_first_of("\"`");
    const std::string_view quotes = opening.substr(indent, 3);
    std::string& text = steps_->back().doc_string;
    std::string_view line;
    for (bool first = true; NextLine(&line); first = false) {
      if (Trim(line).starts_with(quotes)) return OkStatus();
      if (!first) text += '\n';
      // The indentation of the quotes is no part of the text.
      const size_t own = std::min(line.find_first_not_of(" \t"), line.size());
      text += line.substr(std::min(own, indent));
    }
    return Wrong("the doc string does not end");
  }

  Status Begin(std::string_view name, bool outline) {
    SL_RETURN_IF_ERROR(Finish());
    current_.emplace();
    current_->name = name;
    current_->tags = std::exchange(tags_, {});
    outline_ = outline;
    steps_ = &current_->steps;
    return OkStatus();
  }

  Status Finish() {
    table_ = nullptr;
    steps_ = nullptr;
    if (!current_.has_value()) return OkStatus();
    Scenario scenario = *std::exchange(current_, std::nullopt);
    scenario.steps.insert(scenario.steps.begin(), background_.begin(), background_.end());
    const std::vector<Table> examples = std::exchange(examples_, {});
    if (!outline_ && examples.empty()) {
      feature_.scenarios.push_back(std::move(scenario));
      return OkStatus();
    }
    if (examples.empty()) return Wrong("an outline without examples: " + scenario.name);
    int number = 0;
    for (const Table& table : examples) {
      for (size_t row = 1; row < table.size(); ++row) {
        const auto fill = [&](const std::string& text) {
          return Filled(text, table.front(), table[row]);
        };
        Scenario filled;
        filled.name = fill(scenario.name);
        filled.example = ++number;
        filled.tags = scenario.tags;
        for (const Step& step : scenario.steps) {
          Step made{.text = fill(step.text), .table = {}, .doc_string = fill(step.doc_string)};
          for (const auto& cells : step.table) {
            made.table.emplace_back();
            for (const std::string& cell : cells) made.table.back().push_back(fill(cell));
          }
          filled.steps.push_back(std::move(made));
        }
        feature_.scenarios.push_back(std::move(filled));
      }
    }
    return OkStatus();
  }

  const std::string_view text_;
  size_t offset_ = 0;
  int line_number_ = 0;
  Feature feature_;
  std::vector<Step> background_;
  std::vector<std::string> tags_;
  std::optional<Scenario> current_;
  bool outline_ = false;
  std::vector<Table> examples_;
  std::vector<Step>* steps_ = nullptr;  // Of the background or the current scenario.
  Table* table_ = nullptr;
};

}  // namespace

StatusOr<Feature> ParseFeature(std::string_view text) { return Reader(text).Read(); }

}  // namespace sightline::tck
