#include "query/exec/match_operators.h"

namespace sightline::query {

ReachSearch* MatchState::search(uint32_t edge_index, bool from_right) {
  return &searches
              .try_emplace({edge_index, from_right}, edge(edge_index), from_right, scope, context)
              .first->second;
}

bool KeepsApart(const MatchState& state, uint32_t edge, const WalkedFact& walked,
                const std::set<uint32_t>& placed, const Batch& batch, size_t row) {
  for (const uint32_t other : state.differs[edge]) {
    // Chains look out for themselves.
    if (!placed.contains(other) || state.edge(other).variable_length) continue;
    if (const auto& columns = state.fact_columns[other]) {
      if (columns->predicate != walked.fact.predicate ||
          TermAt(batch, columns->subject_slot, row) != walked.fact.subject ||
          TermAt(batch, columns->object_slot, row) != walked.fact.object) {
        continue;
      }
    } else {
      const FactDatum* held = DataAt(batch, *state.fact_slots[other], row).fact();
      if (held == nullptr || held->fact != walked.fact) continue;
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
    std::vector<Datum>& cells = batch->columns[*slot].data();
    cells.resize(batch->row_count - count);
    for (size_t i = 0; i < count; ++i) {
      cells.push_back(Datum(FactDatum{fact(i).fact, state.graph->scope_index}));
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
