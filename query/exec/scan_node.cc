#include <algorithm>

#include "query/exec/match_operators.h"

namespace sightline::query {
namespace {

class ScanNodeOperator : public RowByRowOperator {
 public:
  ScanNodeOperator(MatchStatePtr state, uint32_t node, std::optional<ScanHint> hint,
                   PhysicalOperatorPtr input)
      : RowByRowOperator(std::move(input), state->frame, state->context),
        state_(std::move(state)),
        node_(node),
        hint_(std::move(hint)) {}

 protected:
  Status Begin(const Batch&, size_t) override {
    next_ = 0;
    if (found_) return OkStatus();
    NodeTester& tester = *state_->testers[node_];
    SL_ASSIGN_OR_RETURN(std::optional<std::vector<storage::TermId>> candidates,
                        tester.Candidates());
    const auto& edges = state_->graph->edges;
    const bool alone = std::none_of(edges.begin(), edges.end(), [this](const PatternEdge& edge) {
      return edge.left == node_ || edge.right == node_;
    });
    if (candidates && alone) SL_RETURN_IF_ERROR(tester.LeaveOutUnspoken(&*candidates));
    if (!candidates && hint_ && hint_->any_node) {
      SL_ASSIGN_OR_RETURN(candidates, AllNodes(state_->scope, state_->context));
    } else if (!candidates && hint_) {
      SL_ASSIGN_OR_RETURN(candidates,
                          EndsOf(hint_->walk, hint_->right, state_->scope, state_->context));
    }
    if (!candidates) {
      SL_ASSIGN_OR_RETURN(
          candidates, AllNodes(state_->context->evaluation.scopes[state_->graph->base_scope_index],
                               state_->context));
    }
    if (tester.passes_all()) {
      nodes_ = *std::move(candidates);
      candidates.emplace();
    }
    for (const storage::TermId candidate : *candidates) {
      SL_RETURN_IF_ERROR(context_->Tick());
      SL_ASSIGN_OR_RETURN(const bool passes, tester.Test(candidate));
      if (passes) nodes_.push_back(candidate);
    }
    SL_RETURN_IF_ERROR(context_->Reserve(nodes_.size() * sizeof(storage::TermId)));
    // A list that was cut short serves this row only; the query ends after it.
    found_ = true;
    return OkStatus();
  }

  StatusOr<bool> Produce(const Batch& in, size_t row, Batch* out) override {
    const size_t count = std::min(nodes_.size() - next_, context_->batch_rows - out->row_count);
    RepeatRow(in, row, count, out);
    const auto begin = nodes_.begin() + static_cast<ptrdiff_t>(next_);
    terms_.assign(begin, begin + static_cast<ptrdiff_t>(count));
    SL_RETURN_IF_ERROR(AppendTerms(out, state_->slot(node_), terms_, context_->evaluation));
    next_ += count;
    return next_ == nodes_.size();
  }

 private:
  const MatchStatePtr state_;
  const uint32_t node_;
  const std::optional<ScanHint> hint_;
  bool found_ = false;
  std::vector<storage::TermId> nodes_;
  size_t next_ = 0;
  std::vector<storage::TermId> terms_;
};

}  // namespace

PhysicalOperatorPtr MakeScanNode(MatchStatePtr state, uint32_t node, std::optional<ScanHint> hint,
                                 PhysicalOperatorPtr input) {
  return std::make_unique<ScanNodeOperator>(std::move(state), node, std::move(hint),
                                            std::move(input));
}

}  // namespace sightline::query
