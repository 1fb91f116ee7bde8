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
    const FactDatum* held = DataAt(batch, *state.fact_slots[other], row).fact();
    if (held == nullptr || held->fact != walked.fact) continue;
    const std::optional<uint32_t>& statement_slot = state.edge(other).statement_slot;
    if (walked.statement.value != 0 && statement_slot &&
        TermAt(batch, *statement_slot, row).payload() != walked.statement.value) {
      continue;
    }
    return false;
  }
  return true;
}

Status SetFact(const MatchState& state, uint32_t edge, const WalkedFact& walked, Batch* batch) {
  const EvaluationContext& evaluation = state.context->evaluation;
  if (state.fact_slots[edge]) {
    SL_RETURN_IF_ERROR(SetDatum(batch, *state.fact_slots[edge],
                                Datum(FactDatum{walked.fact, state.graph->scope_index}),
                                evaluation));
  }
  if (const std::optional<uint32_t>& slot = state.edge(edge).statement_slot) {
    SL_RETURN_IF_ERROR(SetTerm(
        batch, *slot, storage::TermId::Make(storage::TermTag::kStatement, walked.statement.value),
        evaluation));
  }
  return OkStatus();
}

}  // namespace sightline::query
