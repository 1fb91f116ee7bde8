// RunQuery: runs SLQL on a TestStore and gives the rows as text, for tests of what comes out.
//
// A row is its cells joined by " | ": nodes as their external ids, values as people read them,
// facts as
// "(subject predicate object)", lists as "[a, b]", maps as "{key: value}", paths as "a -> b",
// unknown as "null".

#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "query/engine.h"
#include "tests/support/test_store.h"

namespace sightline::query {

struct RunOutcome {
  Status status;
  std::vector<std::string> columns;
  std::vector<std::string> rows;
  QuerySummary summary;

  std::vector<std::string> sorted_rows() const {
    std::vector<std::string> sorted = rows;
    std::sort(sorted.begin(), sorted.end());
    return sorted;
  }
  // Of the first diagnostic; empty when there is none.
  std::string code() const {
    const std::vector<Diagnostic> diagnostics = DiagnosticsOf(status);
    return diagnostics.empty() ? "" : diagnostics.front().code;
  }
  std::vector<std::string> notice_codes() const {
    std::vector<std::string> codes;
    for (const Diagnostic& notice : summary.notices) codes.push_back(notice.code);
    return codes;
  }
};

inline std::string CellText(const Datum& datum, const ResultCursor& cursor) {
  if (datum.is_null()) return "null";
  const auto fact_text = [&](const storage::Fact& fact) {
    const storage::TermId object = fact.object;
    return "(" + test::OrThrow(cursor.ExternalIdOf(fact.subject)) + " " +
           test::OrThrow(cursor.ExternalIdOf(fact.predicate)) + " " +
           (object.is_node() ? test::OrThrow(cursor.ExternalIdOf(object))
                             : test::OrThrow(cursor.ValueOf(object)).ToString()) +
           ")";
  };
  if (!datum.node().is_none()) return test::OrThrow(cursor.ExternalIdOf(datum.node()));
  if (datum.value() != nullptr) return datum.value()->ToString();
  if (datum.fact() != nullptr) return fact_text(datum.fact()->fact);
  std::string text;
  if (datum.list() != nullptr) {
    for (const Datum& item : *datum.list()) {
      text += (text.empty() ? "" : ", ") + CellText(item, cursor);
    }
    return "[" + text + "]";
  }
  if (datum.map() != nullptr) {
    for (const auto& [key, item] : *datum.map()) {
      text += (text.empty() ? "" : ", ") + key + ": " + CellText(item, cursor);
    }
    return "{" + text + "}";
  }
  for (const storage::TermId node : datum.path()->nodes) {
    text += (text.empty() ? "" : " -> ") + test::OrThrow(cursor.ExternalIdOf(node));
  }
  return text;
}

inline RunOutcome RunRequest(QueryEngine* engine, const QueryRequest& request) {
  RunOutcome outcome;
  StatusOr<std::unique_ptr<ResultCursor>> cursor = engine->Execute(request);
  if (!cursor.ok()) {
    outcome.status = cursor.status();
    return outcome;
  }
  for (const Column& column : (*cursor)->columns()) outcome.columns.push_back(column.name);
  ResultBatch batch;
  while (true) {
    const StatusOr<size_t> count = (*cursor)->Next(&batch);
    if (!count.ok()) {
      outcome.status = count.status();
      return outcome;
    }
    if (*count == 0) break;
    for (size_t row = 0; row < *count; ++row) {
      std::string text;
      for (size_t column = 0; column < batch.columns.size(); ++column) {
        text += (column == 0 ? "" : " | ") + CellText(batch.columns[column][row], **cursor);
      }
      outcome.rows.push_back(std::move(text));
    }
  }
  outcome.summary = (*cursor)->summary();
  return outcome;
}

inline RunOutcome RunRequest(storage::Store* store, const QueryRequest& request,
                             const EngineOptions& options = {}) {
  QueryEngine engine(store, options);
  return RunRequest(&engine, request);
}

inline RunOutcome RunQuery(
    test::TestStore& store, std::string_view text, const EngineOptions& options = {},
    const storage::Clearance& clearance = storage::Clearance::Unrestricted()) {
  store.Commit();
  QueryRequest request;
  request.text = text;
  request.clearance = clearance;
  return RunRequest(&*store, request, options);
}

// A graph about who supplies what to whom:
//   hikvision supplies optical-components (broader optics), usable on armored-vehicles
//   wuhan-global supplies thermal-imagers (broader optics), in a sight, mounted on bmp3 (broader
//   armored-vehicles)
//   iray supplies drones (not optics); a-optics supplies optics that lead nowhere
inline void FillSuppliers(test::TestStore& store) {
  store.DefineClass("Company");
  store.DefineClass("Product");
  for (const char* org : {"org/hikvision", "org/wuhan-global", "org/iray", "org/a-optics"}) {
    store.Say("org/desk", org, "instanceOf", store.Entity("Company"));
  }
  store.Name("org/hikvision", "Hikvision");
  store.Name("org/wuhan-global", "Wuhan Global Sensor Technology");
  store.Name("org/iray", "iRay");
  store.Name("prod/optics", "optics");
  store.Name("prod/armored-vehicles", "armored vehicles");
  store.Say("org/desk", "prod/optical-components", "broader", "prod/optics");
  store.Say("org/desk", "prod/thermal-imagers", "broader", "prod/optics");
  store.Say("org/desk", "prod/lenses", "broader", "prod/optics");
  store.Say("org/desk", "prod/bmp3", "broader", "prod/armored-vehicles");
  store.Say(
      "org/us-officials", "org/hikvision", "supplies", "prod/optical-components",
      {.document = "doc/ap", .mode = storage::Mode::kReported, .quote = "optical components"});
  store.Say("org/us-officials", "org/wuhan-global", "supplies", "prod/thermal-imagers");
  store.Say("org/desk", "org/iray", "supplies", "prod/drones");
  store.Say("org/desk", "org/a-optics", "supplies", "prod/lenses");
  store.Say("org/us-officials", "prod/optical-components", "usableOn", "prod/armored-vehicles");
  store.Say("org/desk", "prod/thermal-imagers", "componentOf", "prod/sight");
  store.Say("org/desk", "prod/sight", "mountedOn", "prod/bmp3");
  store.Say("org/desk", "org/hikvision", "country", "terr/cn");
  store.Say("org/desk", "org/iray", "country", "terr/cn");
  store.Commit();
}

inline constexpr std::string_view kHeadline =
    "MATCH (s)-[:supplies]->(\"optics\")-[*..3]->(\"armored vehicles\") RETURN s";

}  // namespace sightline::query
