#include "query/evidence/evidence.h"
#include "query/exec/match_operators.h"

namespace sightline::query {
namespace {

class FinishMatchOperator : public PhysicalOperator {
 public:
  FinishMatchOperator(MatchStatePtr state, PhysicalOperatorPtr input)
      : state_(std::move(state)), input_(std::move(input)) {}

  StatusOr<size_t> Next(Batch* batch) override {
    SL_ASSIGN_OR_RETURN(const size_t count, input_->Next(batch));
    if (count == 0) return 0;
    for (const PatternPath& path : state_->graph->paths) {
      std::vector<Datum> cells(count);
      for (size_t row = 0; row < count; ++row) cells[row] = PathOf(path, *batch, row);
      batch->columns[path.slot].data() = std::move(cells);
    }
    if (state_->why) {
      const uint32_t slot = *state_->frame->evidence_slot;
      std::vector<Datum> cells(count);
      for (size_t row = 0; row < count; ++row) {
        SL_ASSIGN_OR_RETURN(const std::vector<EvidenceItem> items, ItemsOf(*batch, row));
        cells[row] = ExtendEvidence(DataAt(*batch, slot, row), items);
      }
      batch->columns[slot].data() = std::move(cells);
    }
    batch->columns.erase(
        batch->columns.begin() + std::min(state_->visible_columns, batch->columns.size()),
        batch->columns.end());
    return count;
  }
  Status Reset() override { return input_->Reset(); }

 private:
  Datum PathOf(const PatternPath& path, const Batch& batch, size_t row) const {
    PathDatum found;
    found.nodes.push_back(state_->TermAt(batch, path.nodes.front(), row));
    for (size_t i = 0; i < path.edges.size(); ++i) {
      const PatternEdge& edge = state_->edge(path.edges[i]);
      if (!edge.variable_length) {
        const FactDatum* fact = DataAt(batch, *state_->fact_slots[path.edges[i]], row).fact();
        if (fact != nullptr) found.facts.push_back(*fact);
        found.nodes.push_back(state_->TermAt(batch, path.nodes[i + 1], row));
        continue;
      }
      const PathDatum* chain = DataAt(batch, *state_->path_slots[path.edges[i]], row).path();
      if (chain == nullptr) continue;
      found.cost = chain->cost;
      if (edge.left == path.nodes[i]) {
        found.facts.insert(found.facts.end(), chain->facts.begin(), chain->facts.end());
        found.nodes.insert(found.nodes.end(), chain->nodes.begin() + 1, chain->nodes.end());
      } else {
        found.facts.insert(found.facts.end(), chain->facts.rbegin(), chain->facts.rend());
        found.nodes.insert(found.nodes.end(), chain->nodes.rbegin() + 1, chain->nodes.rend());
      }
    }
    return Datum(std::move(found));
  }

  // In the order of the text: a node, the edge behind it, the next node ...
  StatusOr<std::vector<EvidenceItem>> ItemsOf(const Batch& batch, size_t row) const {
    std::vector<EvidenceItem> items;
    std::vector<bool> told(state_->graph->nodes.size(), false);
    const auto tell = [&](uint32_t index) -> Status {
      if (told[index]) return OkStatus();
      told[index] = true;
      const storage::TermId term = TermAt(batch, state_->slot(index), row);
      SL_ASSIGN_OR_RETURN(std::vector<FactDatum> facts,
                          state_->testers[index]->Evidence(term, batch, row));
      for (const FactDatum& fact : facts) {
        items.push_back({state_->graph->nodes[index].text, fact, {}});
      }
      return OkStatus();
    };
    for (uint32_t index = 0; index < state_->graph->edges.size(); ++index) {
      const PatternEdge& edge = state_->edge(index);
      SL_RETURN_IF_ERROR(tell(edge.left));
      const Datum& held = DataAt(batch, *state_->fact_slots[index], row);
      if (held.fact() != nullptr) {
        storage::StatementId statement = held.fact()->statement;
        if (edge.statement_slot) {
          statement.value = TermAt(batch, *edge.statement_slot, row).payload();
        }
        items.push_back({edge.text, *held.fact(), statement});
      } else if (held.list() != nullptr) {
        for (const Datum& fact : *held.list()) {
          if (fact.fact() == nullptr) continue;
          items.push_back({edge.text, *fact.fact(), fact.fact()->statement});
        }
      }
      SL_RETURN_IF_ERROR(tell(edge.right));
    }
    for (uint32_t index = 0; index < state_->graph->nodes.size(); ++index) {
      SL_RETURN_IF_ERROR(tell(index));
    }
    return items;
  }

  const MatchStatePtr state_;
  PhysicalOperatorPtr input_;
};

}  // namespace

PhysicalOperatorPtr MakeFinishMatch(MatchStatePtr state, PhysicalOperatorPtr input) {
  return std::make_unique<FinishMatchOperator>(std::move(state), std::move(input));
}

}  // namespace sightline::query
