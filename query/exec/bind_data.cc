#include "query/exec/match_operators.h"

namespace sightline::query {
namespace {

class BindDataOperator : public PhysicalOperator {
 public:
  BindDataOperator(MatchStatePtr state, uint32_t node, PhysicalOperatorPtr input)
      : state_(std::move(state)), node_(node), input_(std::move(input)) {}

  StatusOr<size_t> Next(Batch* batch) override {
    const PatternNode& node = state_->graph->nodes[node_];
    while (true) {
      SL_ASSIGN_OR_RETURN(const size_t count, input_->Next(batch));
      if (count == 0) return 0;
      std::vector<storage::TermId> terms(count);
      std::vector<uint32_t> kept;
      for (size_t row = 0; row < count; ++row) {
        const Datum& datum = DataAt(*batch, *node.data_slot, row);
        terms[row] = datum.node();
        if (terms[row].is_none() && datum.value() != nullptr && !datum.is_null()) {
          SL_ASSIGN_OR_RETURN(std::optional<storage::TermId> found,
                              state_->context->evaluation.view->FindValue(*datum.value()));
          if (found) terms[row] = *found;
        }
        if (!terms[row].is_none()) kept.push_back(static_cast<uint32_t>(row));
      }
      if (kept.empty()) continue;
      batch->columns[node.slot].terms() = std::move(terms);
      KeepRows(kept, batch);
      return batch->row_count;
    }
  }
  Status Reset() override { return input_->Reset(); }

 private:
  const MatchStatePtr state_;
  const uint32_t node_;
  PhysicalOperatorPtr input_;
};

}  // namespace

PhysicalOperatorPtr MakeBindData(MatchStatePtr state, uint32_t node, PhysicalOperatorPtr input) {
  return std::make_unique<BindDataOperator>(std::move(state), node, std::move(input));
}

}  // namespace sightline::query
