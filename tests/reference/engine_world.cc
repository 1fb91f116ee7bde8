#include "tests/reference/engine_world.h"

#include <map>
#include <regex>

#include "query/optimizer/optimizer.h"
#include "tests/reference/cell_text.h"
#include "tests/reference/late_parameters.h"

namespace sightline::reference {

using storage::TermId;

std::vector<EngineConfig> EngineConfigs() {
  std::vector<EngineConfig> configs = {
      {"default", 2048, {}}, {"small batches", 2, {}}, {"no rules", 2048, {}}};
  for (const std::string_view rule : query::OptimizerRules()) {
    configs[2].rules_off.emplace_back(rule);
    configs.push_back({"without " + std::string(rule), 2048, {std::string(rule)}});
  }
  configs.push_back({"hash joins", 2048, {"multiway-join"}, {"hash-join"}});
  configs.push_back({"merge joins", 2048, {"multiway-join", "hash-join"}, {"merge-join"}});
  configs.push_back({.name = "late parameters", .rules_off = {}, .late_parameters = true});
  configs.push_back({.name = "spilled", .rules_off = {}, .spill_after_bytes = 0});
  configs.push_back({.name = "threads", .rules_off = {}, .morsel_rows = 1});
  configs.push_back(
      {.name = "threads, small batches", .batch_rows = 2, .rules_off = {}, .morsel_rows = 2});
  configs.push_back({.name = "threads, spilled",
                     .batch_rows = 3,
                     .rules_off = {},
                     .spill_after_bytes = 0,
                     .morsel_rows = 1});
  configs.push_back({.name = "ranks", .rules_off = {}, .ranked_rows_min = 0});
  return configs;
}

EngineWorld::EngineWorld(const World& world) {
  std::map<std::string, storage::StatementId> ids;
  for (int commit = 0; commit < world.commit_count; ++commit) {
    store_.clock().Set(World::CommitMicros(commit));
    if (commit == 0) {
      for (const auto& definition : world.classes) store_.Define(definition);
      for (const auto& definition : world.predicates) store_.Define(definition);
      for (const auto& definition : world.stored) {
        test::ThrowIfError(store_.transaction().Define(definition));
      }
    }
    const auto add = [&](const WorldStatement& statement, uint64_t number) {
      test::SayDetails details;
      details.marking = statement.marking;
      details.document = statement.document;
      details.dataset = statement.dataset;
      details.via = statement.via;
      details.reliability = statement.reliability;
      details.credibility = statement.credibility;
      details.valid = statement.valid;
      details.said = statement.said;
      // A place of its own keeps equal statements apart.
      details.span = storage::TextSpan{number, number + 1};
      details.quote = statement.label;
      const auto object_of = [&](const WorldFact& fact) {
        const auto* id = std::get_if<std::string>(&fact.object);
        return id != nullptr ? store_.Entity(*id)
                             : store_.Term(std::get<storage::Value>(fact.object));
      };
      const auto rated = World::LabelRatedBy(statement);
      const WorldFact& first = statement.facts[0];
      storage::StatementDraft draft =
          store_.Draft(statement.polarity, statement.claimant, rated ? "unused" : first.subject,
                       first.predicate, object_of(first), details);
      draft.facts.clear();
      for (const WorldFact& fact : statement.facts) {
        const TermId subject =
            rated ? TermId::Make(storage::TermTag::kStatement, ids.at(*rated).value)
                  : store_.Entity(fact.subject);
        draft.facts.push_back({subject, store_.Predicate(fact.predicate), object_of(fact)});
      }
      for (const auto& [key, value] : statement.qualifiers) {
        draft.qualifiers.push_back({store_.Predicate(key), store_.Term(value)});
      }
      const storage::StatementId id = store_.Add(draft).id;
      ids[statement.label] = id;
      labels_[id] = statement.label;
    };
    // Those about statements come last, behind what they are about.
    for (const bool rates : {false, true}) {
      uint64_t number = 0;
      for (const WorldStatement& statement : world.statements) {
        ++number;
        if (statement.commit != commit || world.IsLeftOut(statement)) continue;
        if (World::LabelRatedBy(statement).has_value() == rates) add(statement, number);
      }
    }
    for (const WorldStatement& statement : world.statements) {
      if (statement.retracted_commit == commit && !world.IsLeftOut(statement)) {
        store_.Retract(ids.at(statement.label));
      }
    }
    store_.Commit();
  }
}

EngineRun EngineWorld::Run(const EngineConfig& config, const std::string& text,
                           const storage::Clearance& clearance) {
  query::QueryRequest request;
  request.text = text;
  request.clearance = clearance;
  std::string next_cursor;
  if (!config.late_parameters) return RunRequest(config, request, &next_cursor);
  const LateQuery late = WithLateParameters(text, &store_);
  request.text = late.text;
  query::QueryRequest before = request;
  request.parameters = late.values;
  before.parameters = late.others;
  return RunRequest(config, request, &next_cursor, &before);
}

EngineRun EngineWorld::RunPages(const std::string& text, const storage::Clearance& clearance) {
  EngineRun all;
  query::QueryRequest request;
  request.text = text;
  request.clearance = clearance;
  request.parameters["cursor"] = query::Datum();
  for (int page = 0; page < 10000; ++page) {
    std::string next_cursor;
    EngineRun run = RunRequest({"default", 2048, {}}, request, &next_cursor);
    all.rows.insert(all.rows.end(), run.rows.begin(), run.rows.end());
    all.error_code = run.error_code;
    all.error_text = run.error_text;
    if (!run.error_code.empty() || next_cursor.empty()) return all;
    request.parameters["cursor"] = query::Datum::OfText(next_cursor);
  }
  all.error_code = "pages without end";
  return all;
}

std::string EngineWorld::WithLabels(const std::string& row) const {
  static const std::regex kStatement(R"(\bs/(\d+))");
  std::string labelled;
  auto rest = row.begin();
  for (std::sregex_iterator match(row.begin(), row.end(), kStatement), end; match != end; ++match) {
    labelled.append(rest, (*match)[0].first);
    labelled += "statement " + labels_.at(storage::StatementId{std::stoull((*match)[1].str())});
    rest = (*match)[0].second;
  }
  return labelled.append(rest, row.end());
}

EngineRun EngineWorld::RunRequest(const EngineConfig& config, const query::QueryRequest& given,
                                  std::string* next_cursor, const query::QueryRequest* before) {
  EngineRun run;
  run.name = config.name;
  query::EngineOptions options;
  options.optimizer_rules_off.insert(config.rules_off.begin(), config.rules_off.end());
  options.optimizer_rules_forced.insert(config.rules_forced.begin(), config.rules_forced.end());
  options.spill_after_bytes = config.spill_after_bytes;
  options.ranked_rows_min = config.ranked_rows_min;
  options.threads_max = 1;
  if (config.morsel_rows > 0) {
    options.threads_max = 3;
    options.parallel_rows_min = 0;
    options.morsel_rows = config.morsel_rows;
  }
  query::QueryEngine engine(&*store_, options);
  query::QueryRequest request = given;
  request.limits.batch_rows = config.batch_rows;
  const auto failed = [&](const Status& status) {
    const auto diagnostics = query::DiagnosticsOf(status);
    run.error_code = diagnostics.empty() ? "no diagnostic" : diagnostics[0].code;
    run.error_text = status.ToString();
    return run;
  };
  if (before != nullptr) (void)engine.Execute(*before);
  const auto cursor = engine.Execute(request);
  if (!cursor.ok()) return failed(cursor.status());
  const TermText term_text = [&](TermId term) {
    if (term.is_statement()) {
      return "statement " + labels_.at(storage::StatementId{term.payload()});
    }
    return term.is_node() ? test::OrThrow((*cursor)->ExternalIdOf(term))
                          : ValueCellText(test::OrThrow((*cursor)->ValueOf(term)));
  };
  query::ResultBatch batch;
  while (true) {
    const StatusOr<size_t> count = (*cursor)->Next(&batch);
    if (!count.ok()) return failed(count.status());
    if (*count == 0) break;
    for (size_t row = 0; row < batch.row_count; ++row) {
      std::vector<query::Datum> cells;
      for (const auto& column : batch.columns) cells.push_back(column[row]);
      run.rows.push_back(WithLabels(RowText(cells, term_text)));
    }
  }
  if ((*cursor)->summary().truncation != query::Truncation::kNone) run.error_code = "cut short";
  *next_cursor = (*cursor)->summary().next_cursor;
  return run;
}

}  // namespace sightline::reference
