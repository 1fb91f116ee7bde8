#include "query/exec/match_operators.h"

namespace sightline::query {
namespace {

class ScanEdgeOperator : public RowByRowOperator {
 public:
  ScanEdgeOperator(MatchStatePtr state, uint32_t edge, const std::set<uint32_t>& placed,
                   PhysicalOperatorPtr input)
      : RowByRowOperator(std::move(input), state->frame, state->context),
        state_(std::move(state)),
        edge_(edge),
        placed_(placed),
        walk_(state_->context, state_->scope,
              state_->edge(edge).statement_slot ? storage::ScanRows::kStatements
                                                : storage::ScanRows::kFacts) {}

 protected:
  Status Begin(const Batch&, size_t) override {
    walk_.StartAll(state_->edge(edge_).walk());
    return OkStatus();
  }

  StatusOr<bool> Produce(const Batch& in, size_t row, Batch* out) override {
    const PatternEdge& edge = state_->edge(edge_);
    WalkedFact walked;
    while (!Full(*out)) {
      SL_ASSIGN_OR_RETURN(const bool more, walk_.Next(&walked));
      if (!more) return true;
      if (edge.left == edge.right && walked.from != walked.to) continue;
      SL_ASSIGN_OR_RETURN(const bool left, state_->testers[edge.left]->Test(walked.from));
      if (!left) continue;
      SL_ASSIGN_OR_RETURN(const bool right, state_->testers[edge.right]->Test(walked.to));
      if (!right) continue;
      if (!KeepsApart(*state_, edge_, walked, placed_, in, row)) continue;
      AppendRow(in, row, out);
      SL_RETURN_IF_ERROR(SetTerm(out, state_->slot(edge.left), walked.from, context_->evaluation));
      SL_RETURN_IF_ERROR(SetTerm(out, state_->slot(edge.right), walked.to, context_->evaluation));
      SL_RETURN_IF_ERROR(SetFact(*state_, edge_, walked, out));
    }
    return false;
  }

 private:
  const MatchStatePtr state_;
  const uint32_t edge_;
  const std::set<uint32_t> placed_;
  FactWalk walk_;
};

}  // namespace

PhysicalOperatorPtr MakeScanEdge(MatchStatePtr state, uint32_t edge,
                                 const std::set<uint32_t>& placed, PhysicalOperatorPtr input) {
  return std::make_unique<ScanEdgeOperator>(std::move(state), edge, placed, std::move(input));
}

}  // namespace sightline::query
