#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "nlohmann/json.hpp"
#include "query/ast/printer.h"
#include "query/engine.h"
#include "query/optimizer/optimizer.h"
#include "query/parser/parser.h"
#include "storage/store.h"
#include "tests/conformance/cell_text.h"
#include "tests/conformance/session.h"
#include "tests/support/fake_clock.h"

namespace sightline::conformance {
namespace {

using query::Datum;

class CellText {
 public:
  explicit CellText(const query::ResultCursor& cursor) : cursor_(cursor) {}

  std::string Of(const Datum& datum, bool nested = false) const {
    if (datum.is_null()) return "null";
    if (!datum.node().is_none()) return Node(datum.node());
    if (const storage::Value* value = datum.value()) {
      const bool text = value->type() == storage::ValueType::kText;
      return text && nested ? Quoted(value->ToString()) : OneLine(value->ToString());
    }
    if (const query::DatumList* list = datum.list()) {
      std::string out = "[";
      for (const Datum& item : *list) out += (out.size() > 1 ? ", " : "") + Of(item, true);
      return out + "]";
    }
    if (const query::DatumMap* map = datum.map()) {
      std::string out = "{";
      for (const auto& [key, item] : *map) {
        out += (out.size() > 1 ? ", " : "") + key + ": " + Of(item, true);
      }
      return out + "}";
    }
    if (const query::FactDatum* fact = datum.fact()) return Fact(fact->fact);
    if (const query::PathDatum* path = datum.path()) {
      std::string out = "(" + Node(path->nodes.front()) + ")";
      for (size_t i = 0; i < path->facts.size(); ++i) {
        const storage::Fact& fact = path->facts[i].fact;
        const bool forward = fact.subject == path->nodes[i];
        out += (forward ? "-[:" : "<-[:") + Id(fact.predicate) + (forward ? "]->" : "]-") + "(" +
               Node(path->nodes[i + 1]) + ")";
      }
      return out;
    }
    return "?";
  }

 private:
  std::string Id(storage::TermId node) const {
    const StatusOr<std::string> id = cursor_.ExternalIdOf(node);
    return id.ok() ? *id : MessageOf(id.status());
  }
  std::string Node(storage::TermId node) const { return "#" + Id(node); }
  std::string Fact(const storage::Fact& fact) const {
    std::string object;
    if (fact.object.is_node()) {
      object = Node(fact.object);
    } else {
      const StatusOr<storage::Value> value = cursor_.ValueOf(fact.object);
      object = !value.ok()                                  ? MessageOf(value.status())
               : value->type() == storage::ValueType::kText ? Quoted(value->ToString())
                                                            : value->ToString();
    }
    return "(" + Node(fact.subject) + ")-[:" + Id(fact.predicate) + "]->(" + object + ")";
  }

  const query::ResultCursor& cursor_;
};

StatusOr<Datum> DatumOf(const nlohmann::json& json) {
  if (json.is_null()) return Datum();
  if (json.is_boolean()) return Datum::OfBoolean(json.get<bool>());
  if (json.is_number_integer()) return Datum::OfInteger(json.get<int64_t>());
  if (json.is_number()) return Datum(storage::Value(json.get<double>()));
  if (json.is_string()) return Datum::OfText(json.get<std::string>());
  if (json.is_array()) {
    query::DatumList list;
    for (const auto& item : json) {
      SL_ASSIGN_OR_RETURN(Datum datum, DatumOf(item));
      list.push_back(std::move(datum));
    }
    return Datum(std::move(list));
  }
  query::DatumMap map;
  for (const auto& [key, item] : json.items()) {
    SL_ASSIGN_OR_RETURN(Datum datum, DatumOf(item));
    map.emplace_back(key, std::move(datum));
  }
  return Datum(std::move(map));
}

StatusOr<storage::Clearance> ClearanceOf(const User& user) {
  storage::Clearance clearance;
  const auto label = storage::ParseTlpLabel(user.clearance);
  if (!label) return InvalidArgument("No TLP label: {}", user.clearance);
  clearance.tlp_max = *label;
  size_t begin = 0;
  while (begin < user.authorizations.size()) {
    const size_t end = std::min(user.authorizations.find(',', begin), user.authorizations.size());
    clearance.authorizations.insert(user.authorizations.substr(begin, end - begin));
    begin = end + 1;
  }
  return clearance;
}

// How the engine is run; configs.json names the combinations.
struct EngineConfig {
  uint32_t batch_rows = 2048;
  bool optimizer = true;
  std::string rule_off, rule_forced;  // Of the optimizer's; empty: none.
  std::optional<uint64_t> spill_after_bytes;
  uint32_t morsel_rows = 0;  // Several threads wherever they can work, so many rows at a time.
  uint64_t ranked_rows_min = 4096;
  bool reparse = false;             // Print each script's syntax tree and run what was printed.
  bool restart_after_each = false;  // Reopen the store after each record.
};

class EngineSession : public Session {
 public:
  explicit EngineSession(const EngineConfig& config) : config_(config) {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "sightline-slt.XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    clock_.Set(storage::Instant::Parse("2000-01-01T00:00:00Z")->micros);
  }
  ~EngineSession() override {
    engine_.reset();
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  Outcome Run(const std::string& text,
              const std::map<std::string, std::string>& parameters) override {
    Outcome outcome = RunOnce(text, parameters);
    if (config_.restart_after_each) {
      if (const Status status = Restart(); !status.ok()) outcome.error_text = MessageOf(status);
    }
    return outcome;
  }

  Status SetUser(const User& user) override {
    SL_ASSIGN_OR_RETURN(clearance_, ClearanceOf(user));
    return OkStatus();
  }

  Status SetClock(const std::string& instant) override {
    SL_ASSIGN_OR_RETURN(const storage::Instant at, storage::Instant::Parse(instant));
    clock_.Set(at.micros);
    return OkStatus();
  }

  Status Restart() override {
    engine_.reset();
    store_.reset();
    storage::StoreOptions options;
    options.clock = &clock_;
    SL_ASSIGN_OR_RETURN(store_, storage::Store::Open((directory_ / "store").string(), options));
    query::EngineOptions engine_options;
    engine_options.spill_after_bytes = config_.spill_after_bytes;
    engine_options.ranked_rows_min = config_.ranked_rows_min;
    if (config_.morsel_rows > 0) {
      engine_options.threads_max = 3;
      engine_options.parallel_rows_min = 0;
      engine_options.morsel_rows = config_.morsel_rows;
    }
    if (!config_.rule_off.empty()) engine_options.optimizer_rules_off.insert(config_.rule_off);
    if (!config_.rule_forced.empty()) {
      engine_options.optimizer_rules_forced.insert(config_.rule_forced);
    }
    if (!config_.optimizer) {
      for (const std::string_view rule : query::OptimizerRules()) {
        engine_options.optimizer_rules_off.emplace(rule);
      }
    }
    engine_ = std::make_unique<query::QueryEngine>(store_.get(), engine_options);
    return OkStatus();
  }

 private:
  Outcome RunOnce(std::string text, const std::map<std::string, std::string>& parameters) {
    clock_.Advance(1'000'000);  // Commits of different records lie apart.
    query::QueryRequest request;
    request.clearance = clearance_;
    request.limits.batch_rows = config_.batch_rows;
    for (const auto& [name, json] : parameters) {
      StatusOr<Datum> datum = ParameterOf(json);
      if (!datum.ok()) return Failed(datum.status());
      request.parameters.emplace(name, *std::move(datum));
    }
    if (config_.reparse) {
      const auto script = query::Parse(text);
      if (script.ok()) text = query::ast::Print(*script);
    }
    request.text = text;
    auto cursor = engine_->Execute(request);
    if (!cursor.ok()) return Failed(cursor.status());
    Outcome outcome;
    for (const query::Column& column : (*cursor)->columns()) outcome.columns.push_back(column.name);
    const CellText cells(**cursor);
    query::ResultBatch batch;
    for (;;) {
      const StatusOr<size_t> rows = (*cursor)->Next(&batch);
      if (!rows.ok()) return Failed(rows.status());
      if (*rows == 0) break;
      for (size_t row = 0; row < batch.row_count; ++row) {
        std::string line;
        for (size_t column = 0; column < batch.columns.size(); ++column) {
          line += (column > 0 ? "\t" : "") + cells.Of(batch.columns[column][row]);
        }
        outcome.rows.push_back(std::move(line));
      }
    }
    for (const query::Diagnostic& notice : (*cursor)->summary().notices) {
      outcome.notices.push_back(notice.code);
    }
    return outcome;
  }

  StatusOr<Datum> ParameterOf(const std::string& json) const {
    if (json.empty() || json[0] != '#') {
      const auto parsed = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
      return parsed.is_discarded() ? StatusOr<Datum>(Datum::OfText(json)) : DatumOf(parsed);
    }
    SL_ASSIGN_OR_RETURN(const auto view, store_->OpenReadView(std::nullopt, clearance_));
    SL_ASSIGN_OR_RETURN(const auto node, view->FindNode(json.substr(1)));
    if (!node) return NotFound("No such entity: {}", json);
    return Datum::OfNode(*node);
  }

  static Outcome Failed(const Status& status) {
    Outcome outcome;
    outcome.error_text = MessageOf(status);
    outcome.error_code = "STATUS" + std::to_string(static_cast<int>(status.code()));
    const auto diagnostics = query::DiagnosticsOf(status);
    if (!diagnostics.empty()) {
      outcome.error_code = diagnostics[0].code;
      outcome.error_place = std::to_string(diagnostics[0].span.line) + ":" +
                            std::to_string(diagnostics[0].span.column);
    }
    return outcome;
  }

  const EngineConfig config_;
  std::filesystem::path directory_;
  test::FakeClock clock_;
  storage::Clearance clearance_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<query::QueryEngine> engine_;
};

}  // namespace

std::vector<SessionKind> SessionKinds() {
  std::ifstream in("tests/conformance/configs.json");
  std::vector<SessionKind> kinds;
  for (const auto& json : nlohmann::json::parse(in)) {
    EngineConfig config;
    config.batch_rows = json.value("batch_rows", config.batch_rows);
    config.optimizer = json.value("optimizer", true);
    config.rule_off = json.value("rule_off", "");
    config.rule_forced = json.value("rule_forced", "");
    if (json.contains("spill_after_bytes"))
      config.spill_after_bytes = json["spill_after_bytes"].get<uint64_t>();
    config.morsel_rows = json.value("morsel_rows", config.morsel_rows);
    config.ranked_rows_min = json.value("ranked_rows_min", config.ranked_rows_min);
    config.reparse = json.value("reparse", false);
    config.restart_after_each = json.value("restart_after_each", false);
    kinds.push_back({.name = json.at("name"),
                     .same_text = !config.reparse,
                     .open = [config]() -> StatusOr<std::unique_ptr<Session>> {
                       auto session = std::make_unique<EngineSession>(config);
                       SL_RETURN_IF_ERROR(session->Restart());
                       return session;
                     }});
  }
  return kinds;
}

}  // namespace sightline::conformance
