#include <algorithm>

#include "query/exec/match_operators.h"

namespace sightline::query {
namespace {

using storage::TermId;

// A hash join of the rows with an edge's facts: all facts are read once, in the order of the index,
// and put into a table by the end that the rows know. Cheaper than looking each row's facts up when
// the rows are as many as the facts, and come in no order. Gives what an ExpandOperator gives, in
// the same order; when the table would not fit into memory, that is what takes its place.
class HashExpandOperator : public PhysicalOperator {
 public:
  HashExpandOperator(MatchStatePtr state, uint32_t edge, bool from_right, bool target_bound,
                     const std::set<uint32_t>& placed, PhysicalOperatorPtr input)
      : state_(std::move(state)),
        context_(state_->context),
        edge_(edge),
        from_right_(from_right),
        target_bound_(target_bound),
        source_(from_right ? state_->edge(edge).right : state_->edge(edge).left),
        target_(from_right ? state_->edge(edge).left : state_->edge(edge).right),
        placed_(placed),
        differs_(std::any_of(state_->differs[edge].begin(), state_->differs[edge].end(),
                             [&placed](uint32_t other) { return placed.contains(other); })),
        edge_walk_(from_right ? state_->edge(edge).walk().Reversed() : state_->edge(edge).walk()),
        predicate_(*edge_walk_.OnlyPredicate()),
        against_(edge_walk_.along.empty()),
        input_(std::move(input)) {}
  ~HashExpandOperator() override { context_->Release(table_bytes_); }

  StatusOr<size_t> Next(Batch* batch) override {
    if (!is_built_) SL_RETURN_IF_ERROR(Build());
    if (look_ups_ != nullptr) return look_ups_->Next(batch);
    *batch = state_->frame->NewBatch();
    SL_RETURN_IF_ERROR(context_->CheckRunning());
    while (batch->row_count < context_->batch_rows) {
      if (row_ == in_.row_count) {
        row_ = 0;
        is_probed_ = false;
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

  // The table is the same for every row of an outer query.
  Status Reset() override {
    if (look_ups_ != nullptr) return look_ups_->Reset();
    in_ = Batch();
    row_ = 0;
    is_probed_ = false;
    return input_->Reset();
  }

 private:
  Status Build() {
    is_built_ = true;
    if (state_->tables == nullptr) {
      SL_ASSIGN_OR_RETURN(table_, MakeTable());
    } else {
      SL_ASSIGN_OR_RETURN(table_, state_->tables->Get(&state_->edge(edge_), from_right_,
                                                      [this] { return MakeTable(); }));
    }
    if (table_ != nullptr) {
      context_->out_of_steps |= table_->was_cut;
    } else {
      look_ups_ = MakeExpand(state_, edge_, from_right_, target_bound_, placed_, std::move(input_));
    }
    return OkStatus();
  }

  // Null when it would not fit into memory.
  StatusOr<EdgeTablePtr> MakeTable() {
    NodeTester& tester = *state_->testers[target_];
    const bool tests = !target_bound_ && !tester.passes_all();
    FactWalk walk(context_, state_->scope);
    walk.StartAll(edge_walk_);
    const uint64_t touched = context_->evaluation.facts_touched;
    const auto table = std::make_shared<EdgeTable>();
    std::vector<uint32_t> source_of;  // Of each fact: the number of its source.
    std::vector<TermId> to;
    FactSlice slice;
    while (true) {
      SL_ASSIGN_OR_RETURN(const bool more, walk.NextSlice(&slice));
      if (!more) break;
      // The facts twice, once as they are read and once by their sources, and the index of these.
      const uint64_t bytes = (source_of.size() + slice.count) * kFactBytes;
      const uint64_t more_bytes = bytes - std::min(bytes, table_bytes_);
      if (!context_->HasRoom(table_bytes_ + 1, more_bytes)) {
        context_->evaluation.facts_touched = touched;
        context_->Release(std::exchange(table_bytes_, 0));
        return EdgeTablePtr();
      }
      SL_RETURN_IF_ERROR(context_->Reserve(more_bytes));
      table_bytes_ += more_bytes;
      for (size_t row = 0; row < slice.count; ++row) {
        if (tests) {
          SL_ASSIGN_OR_RETURN(const bool passes, tester.Test(slice.to[row]));
          if (!passes) continue;
        }
        source_of.push_back(table->sources.Add(slice.from[row]).first);
        to.push_back(slice.to[row]);
      }
    }
    std::vector<uint32_t>& begins = table->begins;
    begins.assign(table->sources.size() + 1, 0);
    for (const uint32_t source : source_of) ++begins[source + 1];
    for (size_t i = 1; i < begins.size(); ++i) begins[i] += begins[i - 1];
    std::vector<uint32_t> next(begins.begin(), begins.end());
    // The index is read by subject and object: so the neighbours of each source ascend.
    table->to.resize(to.size());
    for (size_t fact = 0; fact < to.size(); ++fact) {
      table->to[next[source_of[fact]]++] = to[fact];
    }
    table->was_cut = context_->out_of_steps;
    return EdgeTablePtr(table);
  }

  // Pairs rows from row_ on with their facts, as many as there is room for.
  Status Give(Batch* batch) {
    const size_t room = context_->batch_rows - batch->row_count;
    rows_.clear();
    terms_.clear();
    for (; row_ < in_.row_count && rows_.size() < room; ++row_, is_probed_ = false) {
      if (!is_probed_) Probe();
      for (; at_ < end_ && rows_.size() < room; ++at_) {
        const TermId to = table_->to[at_];
        if (differs_ && !KeepsApart(*state_, edge_, FactOf(row_, to), placed_, in_, row_)) {
          continue;
        }
        rows_.push_back(static_cast<uint32_t>(row_));
        terms_.push_back(to);
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

  // Finds the neighbours of row_, or the one that it knows.
  void Probe() {
    is_probed_ = true;
    at_ = end_ = 0;
    const TermId from = state_->TermAt(in_, source_, row_);
    if (from.is_none()) return;
    const std::optional<uint32_t> source = table_->sources.Find(from);
    if (!source) return;
    at_ = table_->begins[*source];
    end_ = table_->begins[*source + 1];
    if (!target_bound_) return;
    const TermId wanted = state_->TermAt(in_, target_, row_);
    const auto begin = table_->to.begin() + static_cast<ptrdiff_t>(at_);
    const auto end = table_->to.begin() + static_cast<ptrdiff_t>(end_);
    const auto found = std::lower_bound(begin, end, wanted);
    at_ = static_cast<size_t>(found - table_->to.begin());
    end_ = at_ + (found != end && *found == wanted ? 1 : 0);
  }

  WalkedFact FactOf(size_t row, TermId to) const {
    return WalkedFact::Of(state_->TermAt(in_, source_, row), predicate_, to, against_);
  }

  static constexpr uint64_t kFactBytes = 2 * (sizeof(TermId) + sizeof(uint32_t)) + 24;

  const MatchStatePtr state_;
  ExecutionContext* const context_;
  const uint32_t edge_;
  const bool from_right_;
  const bool target_bound_;
  const uint32_t source_, target_;
  const std::set<uint32_t> placed_;
  const bool differs_;
  const EdgeWalk edge_walk_;
  const TermId predicate_;
  const bool against_;
  PhysicalOperatorPtr input_;
  PhysicalOperatorPtr look_ups_;  // Set when there was no room for the table; has the input then.

  bool is_built_ = false;
  uint64_t table_bytes_ = 0;  // Of the table, when it was made here.
  EdgeTablePtr table_;        // Null when there was no room.

  Batch in_;
  size_t row_ = 0;          // Of in_: the first that has not been paired with all of its facts.
  bool is_probed_ = false;  // Its facts are those from at_ to end_.
  size_t at_ = 0, end_ = 0;
  std::vector<uint32_t> rows_;
  std::vector<TermId> terms_;
};

}  // namespace

PhysicalOperatorPtr MakeHashExpand(MatchStatePtr state, uint32_t edge, bool from_right,
                                   bool target_bound, const std::set<uint32_t>& placed,
                                   PhysicalOperatorPtr input) {
  return std::make_unique<HashExpandOperator>(std::move(state), edge, from_right, target_bound,
                                              placed, std::move(input));
}

}  // namespace sightline::query
