#include "tests/reference/engine_world.h"

#include <map>

#include "query/optimizer/optimizer.h"
#include "tests/reference/cell_text.h"

namespace sightline::reference {

using storage::TermId;

std::vector<EngineConfig> EngineConfigs() {
  std::vector<EngineConfig> configs = {
      {"default", 2048, {}}, {"small batches", 2, {}}, {"no rules", 2048, {}}};
  for (const std::string_view rule : query::OptimizerRules()) {
    configs[2].rules_off.emplace_back(rule);
    configs.push_back({"without " + std::string(rule), 2048, {std::string(rule)}});
  }
  return configs;
}

EngineWorld::EngineWorld(const World& world) {
  std::map<std::string, storage::StatementId> ids;
  for (int commit = 0; commit < world.commit_count; ++commit) {
    store_.clock().Set(World::CommitMicros(commit));
    if (commit == 0) {
      for (const auto& definition : world.classes) store_.Define(definition);
      for (const auto& definition : world.predicates) store_.Define(definition);
    }
    uint64_t number = 0;
    for (const WorldStatement& statement : world.statements) {
      // A place of its own keeps equal statements apart.
      ++number;
      if (statement.commit == commit) {
        test::SayDetails details;
        details.marking = statement.marking;
        details.document = statement.document;
        details.dataset = statement.dataset;
        details.via = statement.via;
        details.reliability = statement.reliability;
        details.credibility = statement.credibility;
        details.valid = statement.valid;
        details.span = storage::TextSpan{number, number + 1};
        details.quote = statement.label;
        const auto object_of = [&](const WorldFact& fact) {
          const auto* id = std::get_if<std::string>(&fact.object);
          return id != nullptr ? store_.Entity(*id)
                               : store_.Term(std::get<storage::Value>(fact.object));
        };
        const WorldFact& first = statement.facts[0];
        storage::StatementDraft draft =
            store_.Draft(statement.polarity, statement.claimant, first.subject, first.predicate,
                         object_of(first), details);
        draft.facts.clear();
        for (const WorldFact& fact : statement.facts) {
          draft.facts.push_back(
              {store_.Entity(fact.subject), store_.Predicate(fact.predicate), object_of(fact)});
        }
        for (const auto& [key, value] : statement.qualifiers) {
          draft.qualifiers.push_back({store_.Predicate(key), store_.Term(value)});
        }
        ids[statement.label] = store_.Add(draft).id;
      }
      if (statement.retracted_commit == commit) store_.Retract(ids.at(statement.label));
    }
    store_.Commit();
  }
}

EngineRun EngineWorld::Run(const EngineConfig& config, const std::string& text,
                           const storage::Clearance& clearance) {
  EngineRun run;
  run.name = config.name;
  query::EngineOptions options;
  options.optimizer_rules_off.insert(config.rules_off.begin(), config.rules_off.end());
  query::QueryEngine engine(&*store_, options);
  query::QueryRequest request;
  request.text = text;
  request.clearance = clearance;
  request.limits.batch_rows = config.batch_rows;
  const auto failed = [&](const Status& status) {
    const auto diagnostics = query::DiagnosticsOf(status);
    run.error_code = diagnostics.empty() ? "no diagnostic" : diagnostics[0].code;
    run.error_text = status.ToString();
    return run;
  };
  const auto cursor = engine.Execute(request);
  if (!cursor.ok()) return failed(cursor.status());
  const TermText term_text = [&](TermId term) {
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
      run.rows.push_back(RowText(cells, term_text));
    }
  }
  if ((*cursor)->summary().truncation != query::Truncation::kNone) run.error_code = "cut short";
  return run;
}

}  // namespace sightline::reference
