#include <algorithm>

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
              state_->edge(edge).walks_statements() ? storage::ScanRows::kStatements
                                                    : storage::ScanRows::kFacts) {}

 protected:
  Status Begin(const Batch&, size_t) override {
    walk_.StartAll(state_->edge(edge_).walk());
    slice_ = FactSlice();
    next_ = 0;
    return OkStatus();
  }

  StatusOr<bool> Produce(const Batch& in, size_t row, Batch* out) override {
    const PatternEdge& edge = state_->edge(edge_);
    NodeTester& left = *state_->testers[edge.left];
    NodeTester& right = *state_->testers[edge.right];
    const bool tests_left = !left.passes_all(), tests_right = !right.passes_all();
    while (!Full(*out)) {
      if (next_ == slice_.count) {
        next_ = 0;
        slice_ = FactSlice();
        SL_ASSIGN_OR_RETURN(const bool more, walk_.NextSlice(&slice_));
        if (!more) return true;
      }
      picks_.clear();
      const size_t room = context_->batch_rows - out->row_count;
      for (; next_ < slice_.count && picks_.size() < room; ++next_) {
        const storage::TermId from = slice_.from[next_], to = slice_.to[next_];
        if (edge.left == edge.right && from != to) continue;
        if (tests_left) {
          SL_ASSIGN_OR_RETURN(const bool passes, left.Test(from));
          if (!passes) continue;
        }
        if (tests_right) {
          SL_ASSIGN_OR_RETURN(const bool passes, right.Test(to));
          if (!passes) continue;
        }
        if (!state_->differs[edge_].empty() &&
            !KeepsApart(*state_, edge_, slice_[next_], placed_, in, row)) {
          continue;
        }
        picks_.push_back(static_cast<uint32_t>(next_));
      }
      SL_RETURN_IF_ERROR(Give(in, row, out));
    }
    return false;
  }

 private:
  Status Give(const Batch& in, size_t row, Batch* out) {
    const PatternEdge& edge = state_->edge(edge_);
    RepeatRow(in, row, picks_.size(), out);
    terms_.resize(picks_.size());
    for (size_t i = 0; i < picks_.size(); ++i) terms_[i] = slice_.from[picks_[i]];
    SL_RETURN_IF_ERROR(AppendTerms(out, state_->slot(edge.left), terms_, context_->evaluation));
    for (size_t i = 0; i < picks_.size(); ++i) terms_[i] = slice_.to[picks_[i]];
    SL_RETURN_IF_ERROR(AppendTerms(out, state_->slot(edge.right), terms_, context_->evaluation));
    return AppendFacts(
        *state_, edge_, picks_.size(), [this](size_t i) { return slice_[picks_[i]]; }, out);
  }

  const MatchStatePtr state_;
  const uint32_t edge_;
  const std::set<uint32_t> placed_;
  FactWalk walk_;
  FactSlice slice_;  // What the walk has given last.
  size_t next_ = 0;  // Of slice_.
  std::vector<uint32_t> picks_;
  std::vector<storage::TermId> terms_;
};

}  // namespace

PhysicalOperatorPtr MakeScanEdge(MatchStatePtr state, uint32_t edge,
                                 const std::set<uint32_t>& placed, PhysicalOperatorPtr input) {
  return std::make_unique<ScanEdgeOperator>(std::move(state), edge, placed, std::move(input));
}

}  // namespace sightline::query
