#include <algorithm>
#include <utility>

#include "query/exec/match_operators.h"

namespace sightline::query {
namespace {

using storage::TermId;

// A merge join of rows, in the order of the end that they know, with an edge's facts in the order
// of the same end: both are gone through once. Where the rows leave a gap, the facts of the gap are
// skipped. A row that is out of order costs what a look-up costs. Gives what an ExpandOperator
// gives, in the same order.
class MergeExpandOperator : public PhysicalOperator {
 public:
  MergeExpandOperator(MatchStatePtr state, uint32_t edge, bool from_right, bool target_bound,
                      const std::set<uint32_t>& placed, PhysicalOperatorPtr input)
      : state_(std::move(state)),
        context_(state_->context),
        edge_(edge),
        target_bound_(target_bound),
        source_(from_right ? state_->edge(edge).right : state_->edge(edge).left),
        target_(from_right ? state_->edge(edge).left : state_->edge(edge).right),
        placed_(placed),
        differs_(std::any_of(state_->differs[edge].begin(), state_->differs[edge].end(),
                             [&placed](uint32_t other) { return placed.contains(other); })),
        edge_walk_(from_right ? state_->edge(edge).walk().Reversed() : state_->edge(edge).walk()),
        predicate_(*edge_walk_.OnlyPredicate()),
        against_(edge_walk_.along.empty()),
        walk_(context_, state_->scope),
        input_(std::move(input)) {}
  ~MergeExpandOperator() override { context_->Release(held_bytes_); }

  StatusOr<size_t> Next(Batch* batch) override {
    *batch = state_->frame->NewBatch();
    SL_RETURN_IF_ERROR(context_->CheckRunning());
    while (batch->row_count < context_->batch_rows) {
      if (row_ == in_.row_count) {
        if (context_->out_of_steps) break;
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

  Status Reset() override {
    in_ = Batch();
    row_ = 0;
    is_paired_ = false;
    return input_->Reset();
  }

 private:
  // Pairs rows from row_ on with their facts, as many as there is room for.
  Status Give(Batch* batch) {
    const size_t room = context_->batch_rows - batch->row_count;
    rows_.clear();
    terms_.clear();
    for (; row_ < in_.row_count && rows_.size() < room; ++row_, is_paired_ = false) {
      if (!is_paired_) SL_RETURN_IF_ERROR(Pair());
      for (; at_ < end_ && rows_.size() < room; ++at_) {
        if (differs_ && !KeepsApart(*state_, edge_, FactOf(row_, to_[at_]), placed_, in_, row_)) {
          continue;
        }
        rows_.push_back(static_cast<uint32_t>(row_));
        terms_.push_back(to_[at_]);
      }
      if (at_ < end_) break;
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

  // Finds the neighbours of row_, or the one that it knows: to_[at_] to to_[end_].
  Status Pair() {
    is_paired_ = true;
    at_ = end_ = 0;
    const TermId from = state_->TermAt(in_, source_, row_);
    if (from.is_none()) return OkStatus();
    if (from != from_) SL_RETURN_IF_ERROR(TakeFactsOf(from));
    end_ = to_.size();
    if (!target_bound_) return OkStatus();
    const TermId wanted = state_->TermAt(in_, target_, row_);
    const auto found = std::lower_bound(to_.begin(), to_.end(), wanted);
    at_ = static_cast<size_t>(found - to_.begin());
    end_ = at_ + (found != to_.end() && *found == wanted ? 1 : 0);
    return OkStatus();
  }

  // Puts the neighbours of `from` into to_, ascending.
  Status TakeFactsOf(TermId from) {
    to_.clear();
    if (!is_walking_ || from < from_) {
      walk_.StartInOrder(edge_walk_);
      slice_ = FactSlice();
      next_ = 0;
      is_walking_ = true;
    }
    from_ = from;
    NodeTester& tester = *state_->testers[target_];
    const bool tests = !target_bound_ && !tester.passes_all();
    while (true) {
      if (next_ == slice_.count || slice_.from[slice_.count - 1] < from) {
        // A source whose facts go on behind the slice is where the walk stands anyway.
        SL_RETURN_IF_ERROR(walk_.SkipTo(from));
        next_ = 0;
        SL_ASSIGN_OR_RETURN(const bool more, walk_.NextSlice(&slice_));
        if (!more) {
          slice_ = FactSlice();
          return OkStatus();
        }
      }
      const TermId* const end = slice_.from + slice_.count;
      next_ = static_cast<size_t>(Gallop(slice_.from + next_, end, from) - slice_.from);
      for (; next_ < slice_.count && slice_.from[next_] == from; ++next_) {
        if (tests) {
          SL_ASSIGN_OR_RETURN(const bool passes, tester.Test(slice_.to[next_]));
          if (!passes) continue;
        }
        to_.push_back(slice_.to[next_]);
      }
      const uint64_t bytes = to_.capacity() * sizeof(TermId);
      if (bytes > held_bytes_) {
        SL_RETURN_IF_ERROR(context_->Reserve(bytes - held_bytes_));
        held_bytes_ = bytes;
      }
      if (next_ < slice_.count) return OkStatus();
    }
  }

  // The first place from `begin` on whose term is not below `term`.
  static const TermId* Gallop(const TermId* begin, const TermId* end, TermId term) {
    ptrdiff_t step = 1;
    while (step < end - begin && begin[step] < term) {
      begin += step;
      step *= 2;
    }
    return std::lower_bound(begin, begin + std::min(step + 1, end - begin), term);
  }

  WalkedFact FactOf(size_t row, TermId to) const {
    return WalkedFact::Of(state_->TermAt(in_, source_, row), predicate_, to, against_);
  }

  const MatchStatePtr state_;
  ExecutionContext* const context_;
  const uint32_t edge_;
  const bool target_bound_;
  const uint32_t source_, target_;
  const std::set<uint32_t> placed_;
  const bool differs_;
  const EdgeWalk edge_walk_;
  const TermId predicate_;
  const bool against_;
  FactWalk walk_;
  PhysicalOperatorPtr input_;

  Batch in_;
  size_t row_ = 0;          // Of in_: the first that has not been paired with all of its facts.
  bool is_paired_ = false;  // Its facts are those to to_[at_] up to to_[end_].
  size_t at_ = 0, end_ = 0;

  bool is_walking_ = false;
  FactSlice slice_;
  size_t next_ = 0;         // Of slice_: the first fact that has not been gone by.
  TermId from_;             // Whose neighbours are in to_.
  std::vector<TermId> to_;  // Ascending.
  uint64_t held_bytes_ = 0;
  std::vector<uint32_t> rows_;
  std::vector<TermId> terms_;
};

}  // namespace

PhysicalOperatorPtr MakeMergeExpand(MatchStatePtr state, uint32_t edge, bool from_right,
                                    bool target_bound, const std::set<uint32_t>& placed,
                                    PhysicalOperatorPtr input) {
  return std::make_unique<MergeExpandOperator>(std::move(state), edge, from_right, target_bound,
                                               placed, std::move(input));
}

}  // namespace sightline::query
