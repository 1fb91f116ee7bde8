#include "tests/tck/scenario_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

#include "query/diagnostics/diagnostic.h"
#include "tests/tck/error_codes.h"
#include "tests/tck/set_up.h"

namespace sightline::tck {
namespace {

Outcome Passed() { return {.kind = Outcome::Kind::kPassed, .reason = "", .negative = false}; }
Outcome Failed(std::string why) {
  return {.kind = Outcome::Kind::kFailed, .reason = std::move(why), .negative = false};
}
Outcome Skipped(std::string why) {
  return {.kind = Outcome::Kind::kSkipped, .reason = std::move(why), .negative = false};
}

// What SLQL is not meant to do (docs/language, and LANGUAGE.md 5.1); empty when it is.
std::string WhyNotMeant(const Scenario& scenario) {
  constexpr std::string_view kWrites[] = {"CREATE", "MERGE", "SET", "DELETE", "REMOVE", "FOREACH"};
  constexpr std::string_view kTemporal[] = {"DATE",      "DATETIME", "LOCALDATETIME",
                                            "LOCALTIME", "TIME",     "DURATION"};
  for (const Step& step : scenario.steps) {
    if (step.text.starts_with("there exists a procedure")) return "procedures";
    if (step.text.starts_with("there exists a CSV file")) return "LOAD CSV";
    const bool query = step.text == "executing query:" || step.text == "executing control query:";
    if (!query && !step.text.ends_with("having executed:")) continue;
    for (const std::string_view name : kTemporal) {
      // The constructors and what belongs to them: date(…), datetime.truncate(…).
      const std::string lower = [&] {
        std::string text(name);
        for (char& c : text) c = static_cast<char>(std::tolower(c));
        return text;
      }();
      for (const std::string_view follow :
           {"(", ".truncate(", ".transaction(", ".statement(", ".realtime(", ".fromepoch",
            ".between(", ".inMonths(", ".inDays(", ".inSeconds("}) {
        const std::string call = lower + std::string(follow);
        for (size_t at = step.doc_string.find(call); at != std::string::npos;
             at = step.doc_string.find(call, at + 1)) {
          const char before = at > 0 ? step.doc_string[at - 1] : ' ';
          if (std::isalnum(static_cast<unsigned char>(before)) == 0 && before != '_' &&
              before != '.') {
            return "temporal types of Cypher";
          }
        }
      }
    }
    if (!query) continue;
    if (HasKeyword(step.doc_string, "CALL")) return "procedures";
    if (HasKeyword(step.doc_string, "LOAD")) return "LOAD CSV";
    for (const std::string_view keyword : kWrites) {
      if (HasKeyword(step.doc_string, keyword)) return "the query writes";
    }
  }
  return {};
}

struct Expectation {
  enum class Kind { kNone, kRows, kError };
  Kind kind = Kind::kNone;
  bool in_order = false;
  bool any_list_order = false;
  std::vector<std::string> columns;
  std::vector<std::vector<TckValue>> rows;
  std::string detail;
};

StatusOr<Expectation> ExpectationOf(const Step& step) {
  Expectation expected;
  const std::string& text = step.text;
  if (text == "the result should be empty") {
    expected.kind = Expectation::Kind::kRows;
    return expected;
  }
  if (text.starts_with("the result should be")) {
    expected.kind = Expectation::Kind::kRows;
    expected.in_order = text.find("in order") != std::string::npos;
    expected.any_list_order = text.find("ignoring element order for lists") != std::string::npos;
    if (step.table.empty()) return InvalidArgument("A result without a table");
    expected.columns = step.table.front();
    for (size_t row = 1; row < step.table.size(); ++row) {
      expected.rows.emplace_back();
      for (const std::string& cell : step.table[row]) {
        SL_ASSIGN_OR_RETURN(expected.rows.back().emplace_back(), ParseTckValue(cell));
      }
    }
    return expected;
  }
  if (text.find(" should be raised at ") != std::string::npos) {
    expected.kind = Expectation::Kind::kError;
    const size_t colon = text.rfind(": ");
    expected.detail = colon == std::string::npos ? "*" : text.substr(colon + 2);
    return expected;
  }
  return InvalidArgument("No step that is known: {}", text);
}

std::string CodeOf(const Status& status) {
  const auto diagnostics = query::DiagnosticsOf(status);
  return diagnostics.empty() ? std::string("no code") : diagnostics.front().code;
}

std::vector<std::string> Lines(const std::vector<std::vector<TckValue>>& rows,
                               bool any_list_order) {
  std::vector<std::string> lines;
  for (const auto& row : rows) {
    std::string line = "|";
    for (const TckValue& value : row) line += " " + Canonical(value, any_list_order) + " |";
    lines.push_back(std::move(line));
  }
  return lines;
}

// Columns go by their names: in the order of `columns`, when the result has just these.
void OrderColumns(const std::vector<std::string>& columns, TckResult* result) {
  if (!std::is_permutation(columns.begin(), columns.end(), result->columns.begin(),
                           result->columns.end())) {
    return;
  }
  for (auto& row : result->rows) {
    std::vector<TckValue> ordered;
    for (const std::string& column : columns) {
      const auto at = std::find(result->columns.begin(), result->columns.end(), column);
      ordered.push_back(row[static_cast<size_t>(at - result->columns.begin())]);
    }
    row = std::move(ordered);
  }
  result->columns = columns;
}

Outcome Compare(const Expectation& expected, StatusOr<TckResult> result) {
  if (expected.kind == Expectation::Kind::kError) {
    if (result.ok()) return Failed(fmt::format("no error, {} wanted", expected.detail));
    const std::string code = CodeOf(result.status());
    if (SaysDetail(code, expected.detail)) return Passed();
    return Failed(fmt::format("{} wanted, got {}", expected.detail, MessageOf(result.status())));
  }
  if (!result.ok()) {
    return Failed(fmt::format("{}: {}", CodeOf(result.status()), MessageOf(result.status())));
  }
  if (expected.columns.empty()) {
    return result->rows.empty() ? Passed() : Failed("rows where none were wanted");
  }
  OrderColumns(expected.columns, &*result);
  if (result->columns != expected.columns) {
    return Failed(fmt::format("the columns are {}, not {}", fmt::join(result->columns, ", "),
                              fmt::join(expected.columns, ", ")));
  }
  std::vector<std::string> wanted = Lines(expected.rows, expected.any_list_order);
  std::vector<std::string> got = Lines(result->rows, expected.any_list_order);
  if (!expected.in_order) {
    std::sort(wanted.begin(), wanted.end());
    std::sort(got.begin(), got.end());
  }
  if (wanted == got) return Passed();
  return Failed(fmt::format("wanted\n      {}\n    got\n      {}", fmt::join(wanted, "\n      "),
                            fmt::join(got, "\n      ")));
}

StatusOr<std::string> ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path);
  if (!in) return NotFound("No such file: {}", path.string());
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// "the binary-tree-1 graph"
std::optional<std::string> NamedGraph(std::string_view step) {
  if (!step.starts_with("the ") || !step.ends_with(" graph")) return std::nullopt;
  return std::string(step.substr(4, step.size() - 10));
}

}  // namespace

Outcome ScenarioRunner::Run(const Scenario& scenario) {
  bool negative = false;
  for (const Step& step : scenario.steps) {
    negative |= step.text.find(" should be raised at ") != std::string::npos;
  }
  const auto with_sign = [negative](Outcome outcome) {
    outcome.negative = negative;
    return outcome;
  };
  if (std::string why = WhyNotMeant(scenario); !why.empty()) {
    return with_sign(Skipped(std::move(why)));
  }
  std::unique_ptr<TckGraph> own_graph;
  std::map<std::string, TckValue> parameters;
  std::optional<StatusOr<TckResult>> result;
  for (const Step& step : scenario.steps) {
    const std::string& text = step.text;
    if (text == "an empty graph" || text == "any graph") continue;
    std::vector<std::string> set_ups;
    if (text.ends_with("having executed:")) {
      set_ups.push_back(step.doc_string);
    } else if (const auto name = NamedGraph(text)) {
      const std::filesystem::path path =
          std::filesystem::path(graphs_directory_) / *name / (*name + ".cypher");
      StatusOr<std::string> script = ReadFile(path);
      if (!script.ok()) return with_sign(Skipped(MessageOf(script.status())));
      set_ups.push_back(*std::move(script));
    }
    if (!set_ups.empty()) {
      if (own_graph == nullptr) own_graph = std::make_unique<TckGraph>();
      for (const std::string& set_up : set_ups) {
        const Status created = own_graph->Create(set_up);
        if (created.code() == StatusCode::kUnimplemented && query::DiagnosticsOf(created).empty()) {
          return with_sign(Skipped(MessageOf(created)));
        }
        if (!created.ok()) return with_sign(Failed("set-up: " + MessageOf(created)));
      }
      continue;
    }
    if (text == "parameters are:" || text == "parameter values are:") {
      for (const auto& cells : step.table) {
        if (cells.size() != 2) return with_sign(Failed("a parameter has a name and a value"));
        const StatusOr<TckValue> value = ParseTckValue(cells[1]);
        if (!value.ok()) return with_sign(Failed(MessageOf(value.status())));
        parameters[cells[0]] = *value;
      }
      continue;
    }
    if (text == "executing query:" || text == "executing control query:") {
      if (own_graph == nullptr && empty_graph_ == nullptr) {
        empty_graph_ = std::make_unique<TckGraph>();
      }
      TckGraph* const graph = own_graph != nullptr ? own_graph.get() : empty_graph_.get();
      result = graph->Run(step.doc_string, parameters);
      continue;
    }
    if (text == "no side effects" || text == "the side effects should be:") {
      if (text != "no side effects" && !step.table.empty()) {
        return with_sign(Failed("side effects are wanted of a query that only reads"));
      }
      if (result.has_value() && result->ok() && (*result)->wrote) {
        return with_sign(Failed("the query had side effects"));
      }
      continue;
    }
    const StatusOr<Expectation> expected = ExpectationOf(step);
    if (!expected.ok()) return with_sign(Failed(MessageOf(expected.status())));
    if (!result.has_value()) return with_sign(Failed("a result is wanted before any query"));
    Outcome outcome = Compare(*expected, *result);
    if (outcome.kind != Outcome::Kind::kPassed) return with_sign(std::move(outcome));
  }
  return with_sign(result.has_value() ? Passed() : Failed("the scenario has no query"));
}

}  // namespace sightline::tck
