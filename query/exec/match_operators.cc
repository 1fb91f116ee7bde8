#include "query/exec/match_operators.h"

#include <algorithm>

namespace sightline::query {

ReachSearch* MatchState::search(uint32_t edge_index, bool from_right) {
  const bool chains_wanted = fact_slots[edge_index] || path_slots[edge_index];
  return &searches
              .try_emplace({edge_index, from_right}, edge(edge_index), from_right, chains_wanted,
                           scope, context)
              .first->second;
}

bool KeepsApart(const MatchState& state, uint32_t edge, const WalkedFact& walked,
                const std::set<uint32_t>& placed, const Batch& batch, size_t row) {
  const auto is_in = [&walked](const Datum& held) {
    const FactDatum* fact = held.fact();
    return fact != nullptr && fact->fact == walked.fact && fact->statement == walked.statement;
  };
  for (const uint32_t other : state.differs[edge]) {
    if (!placed.contains(other)) continue;
    if (state.edge(other).walks_trails()) {
      const DatumList* chain = DataAt(batch, *state.fact_slots[other], row).list();
      if (chain != nullptr && std::any_of(chain->begin(), chain->end(), is_in)) return false;
      continue;
    }
    // Chains look out for themselves.
    if (state.edge(other).variable_length) continue;
    if (const auto& columns = state.fact_columns[other]) {
      if (columns->predicate != walked.fact.predicate ||
          state.scope->CanonicalOf(TermAt(batch, columns->subject_slot, row)) !=
              walked.fact.subject ||
          state.scope->CanonicalOf(TermAt(batch, columns->object_slot, row)) !=
              walked.fact.object) {
        continue;
      }
    } else {
      const FactDatum* held = DataAt(batch, *state.fact_slots[other], row).fact();
      if (held == nullptr || held->fact != walked.fact) continue;
      if (held->statement.value != 0 && walked.statement != held->statement) continue;
    }
    const std::optional<uint32_t>& statement_slot = state.edge(other).statement_slot;
    if (walked.statement.value != 0 && statement_slot &&
        TermAt(batch, *statement_slot, row).payload() != walked.statement.value) {
      continue;
    }
    return false;
  }
  return true;
}

Status AppendFacts(const MatchState& state, uint32_t edge, size_t count,
                   const std::function<WalkedFact(size_t)>& fact, Batch* batch) {
  if (const std::optional<uint32_t>& slot = state.fact_slots[edge]) {
    const bool each_statement = state.edge(edge).each_statement;
    std::vector<Datum>& cells = batch->columns[*slot].data();
    cells.resize(batch->row_count - count);
    for (size_t i = 0; i < count; ++i) {
      const WalkedFact walked = fact(i);
      cells.push_back(Datum(
          FactDatum{.fact = walked.fact,
                    .scope_index = state.graph->scope_index,
                    .statement = each_statement ? walked.statement : storage::StatementId{}}));
    }
  }
  if (const std::optional<uint32_t>& slot = state.edge(edge).statement_slot) {
    std::vector<storage::TermId> terms;
    terms.reserve(count);
    for (size_t i = 0; i < count; ++i) {
      terms.push_back(storage::TermId::Make(storage::TermTag::kStatement, fact(i).statement.value));
    }
    SL_RETURN_IF_ERROR(AppendTerms(batch, *slot, terms, state.context->evaluation));
  }
  return OkStatus();
}

}  // namespace sightline::query
