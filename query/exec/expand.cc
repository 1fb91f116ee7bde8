#include <algorithm>

#include "query/exec/match_operators.h"

namespace sightline::query {
namespace {

// Works on many rows of the input at once: looks the facts up in the order of their ends, which
// keeps the look-ups near one another and makes one of equal ones, and gives them in the order of
// the rows.
class ExpandOperator : public PhysicalOperator {
 public:
  ExpandOperator(MatchStatePtr state, uint32_t edge, bool from_right, bool target_bound,
                 const std::set<uint32_t>& placed, PhysicalOperatorPtr input)
      : state_(std::move(state)),
        context_(state_->context),
        edge_(edge),
        target_bound_(target_bound),
        source_(from_right ? state_->edge(edge).right : state_->edge(edge).left),
        target_(from_right ? state_->edge(edge).left : state_->edge(edge).right),
        target_id_(state_->testers[target_]->id()),
        has_target_(target_bound || target_id_),
        placed_(placed),
        differs_(std::any_of(state_->differs[edge].begin(), state_->differs[edge].end(),
                             [&placed](uint32_t other) { return placed.contains(other); })),
        edge_walk_(from_right ? state_->edge(edge).walk().Reversed() : state_->edge(edge).walk()),
        walk_(state_->context, state_->scope,
              state_->edge(edge).walks_statements() ? storage::ScanRows::kStatements
                                                    : storage::ScanRows::kFacts),
        wants_facts_(differs_ || state_->fact_slots[edge] || state_->edge(edge).statement_slot),
        // Whether there is a fact is all that a check without a variable asks.
        first_only_(target_bound && !state_->fact_slots[edge] &&
                    !state_->edge(edge).walks_statements() && !differs_),
        input_(std::move(input)) {}

  StatusOr<size_t> Next(Batch* batch) override {
    *batch = state_->frame->NewBatch();
    SL_RETURN_IF_ERROR(context_->CheckRunning());
    while (batch->row_count < context_->batch_rows) {
      if (given_ < ranges_.size()) {
        SL_RETURN_IF_ERROR(Give(batch));
        continue;
      }
      if (context_->out_of_steps) break;
      if (is_walking_) {
        SL_RETURN_IF_ERROR(WalkOn());
        continue;
      }
      if (row_ == in_.row_count) {
        row_ = 0;
        SL_ASSIGN_OR_RETURN(const size_t rows, input_->Next(&in_));
        if (rows == 0) {
          in_.row_count = 0;
          break;
        }
      }
      SL_RETURN_IF_ERROR(LookUp());
    }
    return batch->row_count;
  }

  Status Reset() override {
    in_ = Batch();
    row_ = given_ = 0;
    is_walking_ = false;
    ranges_.clear();
    return input_->Reset();
  }

 private:
  // Equal ends are looked up once.
  struct Ends {
    storage::TermId from, to;
    uint32_t row;  // Of those that are looked up together.

    bool SameAs(const Ends& other) const { return from == other.from && to == other.to; }
    bool operator<(const Ends& other) const {
      return from != other.from ? from < other.from : to < other.to;
    }
  };
  // Places in to_.
  struct Range {
    uint32_t begin = 0, end = 0;
  };

  static constexpr size_t kFirstRows = 64;
  // Of so few, neighbours are kept for later queries: of many they would drive out those of others.
  static constexpr size_t kFewRows = 256;
  size_t facts_max() const { return size_t{16} * context_->batch_rows; }

  // Looks up the facts of some rows from row_ on: not all at once, because nobody may want them,
  // and fewer when they have many facts.
  Status LookUp() {
    while (true) {
      const size_t count = std::min<size_t>(rows_at_once_, in_.row_count - row_);
      const uint64_t touched = context_->evaluation.facts_touched;
      SL_RETURN_IF_ERROR(LookUpRows(count));
      if (!is_walking_ || count == 1) {
        if (to_.size() < facts_max() / 4) {
          rows_at_once_ = std::min<size_t>(2 * rows_at_once_, context_->batch_rows);
        }
        first_row_ = row_;
        given_ = 0;
        row_ += count;
        return OkStatus();
      }
      rows_at_once_ = std::max<size_t>(1, count / 4);
      context_->evaluation.facts_touched = touched;
    }
  }

  // Ends early, and is_walking_, amid the facts of an end when there are more than are held at a
  // time.
  Status LookUpRows(size_t count) {
    ends_.clear();
    const uint32_t source_slot = state_->slot(source_), target_slot = state_->slot(target_);
    for (size_t i = 0; i < count; ++i) {
      Ends ends{TermAt(in_, source_slot, row_ + i), {}, static_cast<uint32_t>(i)};
      if (target_bound_) {
        ends.to = TermAt(in_, target_slot, row_ + i);
      } else if (target_id_) {
        ends.to = *target_id_;
      }
      if (ends.from.is_none() || (has_target_ && ends.to.is_none())) continue;
      ends_.push_back(ends);
    }
    if (!std::is_sorted(ends_.begin(), ends_.end())) std::sort(ends_.begin(), ends_.end());
    walk_.KeepNeighbours(ends_.size() <= kFewRows);
    ranges_.assign(count, {});
    to_.clear();
    facts_.clear();
    is_walking_ = false;
    for (size_t i = 0; i < ends_.size() && !is_walking_ && !context_->out_of_steps;) {
      const Ends& ends = ends_[i];
      walk_.Start(ends.from, edge_walk_,
                  has_target_ ? std::optional<storage::TermId>(ends.to) : std::nullopt);
      Range range;
      range.begin = static_cast<uint32_t>(to_.size());
      SL_RETURN_IF_ERROR(TakeFacts());
      range.end = static_cast<uint32_t>(to_.size());
      for (; i < ends_.size() && ends_[i].SameAs(ends); ++i) ranges_[ends_[i].row] = range;
    }
    return OkStatus();
  }

  // Takes facts off the walk: all, or as many as are held at a time; then is_walking_.
  Status TakeFacts() {
    NodeTester& tester = *state_->testers[target_];
    const bool tests = !target_bound_ && !tester.passes_all();
    FactSlice slice;
    while (true) {
      is_walking_ = to_.size() >= facts_max();
      if (is_walking_) return OkStatus();
      SL_ASSIGN_OR_RETURN(const bool more, walk_.NextSlice(&slice));
      if (!more) return OkStatus();
      if (!tests && !wants_facts_ && !first_only_) {
        to_.insert(to_.end(), slice.to, slice.to + slice.count);
        continue;
      }
      for (size_t row = 0; row < slice.count; ++row) {
        if (tests) {
          SL_ASSIGN_OR_RETURN(const bool passes, tester.Test(slice.to[row]));
          if (!passes) continue;
        }
        to_.push_back(slice.to[row]);
        if (wants_facts_) facts_.push_back(slice[row]);
        if (first_only_) return OkStatus();
      }
    }
  }

  // More facts of the one row before row_.
  Status WalkOn() {
    to_.clear();
    facts_.clear();
    SL_RETURN_IF_ERROR(TakeFacts());
    ranges_.assign(1, {0, static_cast<uint32_t>(to_.size())});
    first_row_ = row_ - 1;
    given_ = 0;
    return OkStatus();
  }

  // Pairs the rows that have been looked up with their facts.
  Status Give(Batch* batch) {
    const size_t room = context_->batch_rows - batch->row_count;
    rows_.clear();
    picks_.clear();
    for (; given_ < ranges_.size() && rows_.size() < room; ++given_) {
      Range& range = ranges_[given_];
      const auto row = static_cast<uint32_t>(first_row_ + given_);
      for (; range.begin < range.end && rows_.size() < room; ++range.begin) {
        if (differs_ && !KeepsApart(*state_, edge_, facts_[range.begin], placed_, in_, row)) {
          continue;
        }
        rows_.push_back(row);
        picks_.push_back(range.begin);
      }
      if (range.begin < range.end) break;
    }
    AppendRows(in_, rows_, batch);
    if (!target_bound_) {
      terms_.resize(picks_.size());
      for (size_t i = 0; i < picks_.size(); ++i) terms_[i] = to_[picks_[i]];
      SL_RETURN_IF_ERROR(AppendTerms(batch, state_->slot(target_), terms_, context_->evaluation));
    }
    SL_RETURN_IF_ERROR(AppendFacts(
        *state_, edge_, picks_.size(), [this](size_t i) { return facts_[picks_[i]]; }, batch));
    return context_->Tick(picks_.size());
  }

  const MatchStatePtr state_;
  ExecutionContext* const context_;
  const uint32_t edge_;
  const bool target_bound_;
  const uint32_t source_, target_;
  const std::optional<storage::TermId> target_id_;
  const bool has_target_;
  const std::set<uint32_t> placed_;
  const bool differs_;
  const EdgeWalk edge_walk_;
  FactWalk walk_;
  const bool wants_facts_;
  const bool first_only_;
  PhysicalOperatorPtr input_;

  Batch in_;
  size_t row_ = 0;  // Of in_: the first whose facts have not been looked up.
  size_t rows_at_once_ = kFirstRows;
  bool is_walking_ = false;  // The walk has more facts of the row before row_.

  std::vector<Ends> ends_;
  std::vector<storage::TermId> to_;  // The facts' other ends.
  std::vector<WalkedFact> facts_;    // The facts themselves, when they are asked for.
  std::vector<Range> ranges_;        // Of each row looked up: its facts that are still to be given.
  size_t first_row_ = 0;             // That of ranges_[0].
  size_t given_ = 0;                 // Of ranges_.
  std::vector<uint32_t> rows_, picks_;
  std::vector<storage::TermId> terms_;
};

}  // namespace

PhysicalOperatorPtr MakeExpand(MatchStatePtr state, uint32_t edge, bool from_right,
                               bool target_bound, const std::set<uint32_t>& placed,
                               PhysicalOperatorPtr input) {
  return std::make_unique<ExpandOperator>(std::move(state), edge, from_right, target_bound, placed,
                                          std::move(input));
}

}  // namespace sightline::query
