#include <algorithm>
#include <utility>

#include "query/exec/whole_edge_expand.h"

namespace sightline::query {
namespace {

using storage::TermId;

// A merge join of rows, in the order of the end that they know, with an edge's facts in the order
// of the same end: both are gone through once. Where the rows leave a gap, the facts of the gap are
// skipped. A row that is out of order costs what a look-up costs. Gives what an ExpandOperator
// gives, in the same order.
class MergeExpandOperator : public WholeEdgeExpand<MergeExpandOperator> {
 public:
  MergeExpandOperator(MatchStatePtr state, uint32_t edge, bool from_right, bool target_bound,
                      const std::set<uint32_t>& placed, PhysicalOperatorPtr input)
      : WholeEdgeExpand(std::move(state), edge, from_right, target_bound, placed, std::move(input)),
        walk_(context_, state_->scope) {}
  ~MergeExpandOperator() override { context_->Release(held_bytes_); }

  StatusOr<size_t> Next(Batch* batch) override { return Fill(/*ends_without_steps=*/true, batch); }

 private:
  friend class WholeEdgeExpand<MergeExpandOperator>;

  StatusOr<std::span<const TermId>> Of(TermId from) {
    if (from != from_) SL_RETURN_IF_ERROR(TakeFactsOf(from));
    return std::span<const TermId>(to_);
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

  FactWalk walk_;
  bool is_walking_ = false;
  FactSlice slice_;
  size_t next_ = 0;         // Of slice_: the first fact that has not been gone by.
  TermId from_;             // Whose neighbours are in to_.
  std::vector<TermId> to_;  // Ascending.
  uint64_t held_bytes_ = 0;
};

}  // namespace

PhysicalOperatorPtr MakeMergeExpand(MatchStatePtr state, uint32_t edge, bool from_right,
                                    bool target_bound, const std::set<uint32_t>& placed,
                                    PhysicalOperatorPtr input) {
  return std::make_unique<MergeExpandOperator>(std::move(state), edge, from_right, target_bound,
                                               placed, std::move(input));
}

}  // namespace sightline::query
