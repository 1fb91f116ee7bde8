// WholeEdgeExpand: pairs rows with the facts of an edge of one predicate that are all read, and not
// looked up row by row: what hash and merge joins share. Gives what an ExpandOperator gives, in the
// same order.
//
// Neighbours, the derived class, has
//   StatusOr<std::span<const TermId>> Of(TermId from)
// which gives the neighbours of a node, ascending and, where the target is not bound, tested; good
// until the next call.
//
// Thread-compatible.

#pragma once

#include <algorithm>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "query/exec/match_operators.h"

namespace sightline::query {

template <typename Neighbours>
class WholeEdgeExpand : public PhysicalOperator {
 public:
  Status Reset() override {
    in_ = Batch();
    row_ = 0;
    is_paired_ = false;
    return input_->Reset();
  }

 protected:
  using TermId = storage::TermId;

  WholeEdgeExpand(MatchStatePtr state, uint32_t edge, bool from_right, bool target_bound,
                  const std::set<uint32_t>& placed, PhysicalOperatorPtr input)
      : state_(std::move(state)),
        context_(state_->context),
        edge_(edge),
        from_right_(from_right),
        target_bound_(target_bound),
        source_(from_right ? state_->edge(edge).right : state_->edge(edge).left),
        target_(from_right ? state_->edge(edge).left : state_->edge(edge).right),
        placed_(placed),
        edge_walk_(from_right ? state_->edge(edge).walk().Reversed() : state_->edge(edge).walk()),
        input_(std::move(input)),
        differs_(std::any_of(state_->differs[edge].begin(), state_->differs[edge].end(),
                             [&placed](uint32_t other) { return placed.contains(other); })),
        predicate_(*edge_walk_.OnlyPredicate()),
        against_(edge_walk_.along.empty()) {}

  // Next of the operator. `ends_without_steps`: no further rows are taken in once there are no more
  // facts to be touched.
  StatusOr<size_t> Fill(bool ends_without_steps, Batch* batch) {
    *batch = state_->frame->NewBatch();
    SL_RETURN_IF_ERROR(context_->CheckRunning());
    while (batch->row_count < context_->batch_rows) {
      if (row_ == in_.row_count) {
        if (ends_without_steps && context_->out_of_steps) break;
        row_ = 0;
        is_paired_ = false;
        SL_ASSIGN_OR_RETURN(const size_t rows, input_->Next(&in_));
        if (rows == 0) {
          in_.row_count = 0;
          break;
        }
      }
      SL_RETURN_IF_ERROR(Give(batch));
    }
    return batch->row_count;
  }

  const MatchStatePtr state_;
  ExecutionContext* const context_;
  const uint32_t edge_;
  const bool from_right_;
  const bool target_bound_;
  const uint32_t source_, target_;
  const std::set<uint32_t> placed_;
  const EdgeWalk edge_walk_;
  PhysicalOperatorPtr input_;

 private:
  // Pairs rows from row_ on with their facts, as many as there is room for.
  Status Give(Batch* batch) {
    const size_t room = context_->batch_rows - batch->row_count;
    rows_.clear();
    terms_.clear();
    for (; row_ < in_.row_count && rows_.size() < room; ++row_, is_paired_ = false) {
      if (!is_paired_) SL_RETURN_IF_ERROR(Pair());
      for (; !to_.empty() && rows_.size() < room; to_ = to_.subspan(1)) {
        const TermId to = to_.front();
        if (differs_ && !KeepsApart(*state_, edge_, FactOf(row_, to), placed_, in_, row_)) {
          continue;
        }
        rows_.push_back(static_cast<uint32_t>(row_));
        terms_.push_back(to);
      }
      if (!to_.empty()) break;
    }
    AppendRows(in_, rows_, batch);
    if (!target_bound_) {
      SL_RETURN_IF_ERROR(AppendTerms(batch, state_->slot(target_), terms_, context_->evaluation));
    }
    SL_RETURN_IF_ERROR(AppendFacts(
        *state_, edge_, rows_.size(), [this](size_t i) { return FactOf(rows_[i], terms_[i]); },
        batch));
    return context_->Tick(1 + rows_.size());
  }

  // Finds the neighbours of row_, or the one that it knows.
  Status Pair() {
    is_paired_ = true;
    to_ = {};
    const TermId from = state_->TermAt(in_, source_, row_);
    if (from.is_none()) return OkStatus();
    SL_ASSIGN_OR_RETURN(to_, static_cast<Neighbours*>(this)->Of(from));
    if (!target_bound_) return OkStatus();
    const TermId wanted = state_->TermAt(in_, target_, row_);
    const auto found = std::lower_bound(to_.begin(), to_.end(), wanted);
    const size_t count = found != to_.end() && *found == wanted ? 1 : 0;
    to_ = to_.subspan(static_cast<size_t>(found - to_.begin()), count);
    return OkStatus();
  }

  WalkedFact FactOf(size_t row, TermId to) const {
    return WalkedFact::Of(state_->TermAt(in_, source_, row), predicate_, to, against_);
  }

  const bool differs_;
  const TermId predicate_;
  const bool against_;

  Batch in_;
  size_t row_ = 0;          // Of in_: the first that has not been paired with all of its facts.
  bool is_paired_ = false;  // What is left of its neighbours is to_.
  std::span<const TermId> to_;
  std::vector<uint32_t> rows_;
  std::vector<TermId> terms_;
};

}  // namespace sightline::query
