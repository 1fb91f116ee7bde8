#include "query/exec/match_operators.h"

namespace sightline::query {
namespace {

class ExpandOperator : public RowByRowOperator {
 public:
  ExpandOperator(MatchStatePtr state, uint32_t edge, bool from_right, bool target_bound,
                 const std::set<uint32_t>& placed, PhysicalOperatorPtr input)
      : RowByRowOperator(std::move(input), state->frame, state->context),
        state_(std::move(state)),
        edge_(edge),
        target_bound_(target_bound),
        source_(from_right ? state_->edge(edge).right : state_->edge(edge).left),
        target_(from_right ? state_->edge(edge).left : state_->edge(edge).right),
        placed_(placed),
        edge_walk_(from_right ? state_->edge(edge).walk().Reversed() : state_->edge(edge).walk()),
        walk_(state_->context, state_->scope,
              state_->edge(edge).statement_slot ? storage::ScanRows::kStatements
                                                : storage::ScanRows::kFacts),
        // Whether there is a fact is all that a check without a variable asks.
        first_only_(target_bound && !state_->fact_slots[edge] &&
                    !state_->edge(edge).statement_slot) {}

 protected:
  Status Begin(const Batch& in, size_t row) override {
    const storage::TermId from = TermAt(in, state_->slot(source_), row);
    std::optional<storage::TermId> to;
    if (target_bound_) to = TermAt(in, state_->slot(target_), row);
    done_ = from.is_none() || (to && to->is_none());
    if (!done_) walk_.Start(from, edge_walk_, to);
    return OkStatus();
  }

  StatusOr<bool> Produce(const Batch& in, size_t row, Batch* out) override {
    WalkedFact walked;
    while (!done_) {
      if (Full(*out)) return false;
      SL_ASSIGN_OR_RETURN(const bool more, walk_.Next(&walked));
      if (!more) break;
      if (!target_bound_) {
        if (source_ == target_ && walked.from != walked.to) continue;
        SL_ASSIGN_OR_RETURN(const bool passes, state_->testers[target_]->Test(walked.to));
        if (!passes) continue;
      }
      if (!KeepsApart(*state_, edge_, walked, placed_, in, row)) continue;
      AppendRow(in, row, out);
      if (!target_bound_) {
        SL_RETURN_IF_ERROR(SetTerm(out, state_->slot(target_), walked.to, context_->evaluation));
      }
      SL_RETURN_IF_ERROR(SetFact(*state_, edge_, walked, out));
      done_ = first_only_;
    }
    return true;
  }

 private:
  const MatchStatePtr state_;
  const uint32_t edge_;
  const bool target_bound_;
  const uint32_t source_, target_;
  const std::set<uint32_t> placed_;
  const EdgeWalk edge_walk_;
  FactWalk walk_;
  const bool first_only_;
  bool done_ = false;
};

}  // namespace

PhysicalOperatorPtr MakeExpand(MatchStatePtr state, uint32_t edge, bool from_right,
                               bool target_bound, const std::set<uint32_t>& placed,
                               PhysicalOperatorPtr input) {
  return std::make_unique<ExpandOperator>(std::move(state), edge, from_right, target_bound, placed,
                                          std::move(input));
}

}  // namespace sightline::query
