#include <algorithm>

#include "query/exec/whole_edge_expand.h"

namespace sightline::query {
namespace {

using storage::TermId;

// A hash join of the rows with an edge's facts: all facts are read once, in the order of the index,
// and put into a table by the end that the rows know. Cheaper than looking each row's facts up when
// the rows are as many as the facts, and come in no order. Gives what an ExpandOperator gives, in
// the same order; when the table would not fit into memory, that is what takes its place.
class HashExpandOperator : public WholeEdgeExpand<HashExpandOperator> {
 public:
  HashExpandOperator(MatchStatePtr state, uint32_t edge, bool from_right, bool target_bound,
                     const std::set<uint32_t>& placed, PhysicalOperatorPtr input)
      : WholeEdgeExpand(std::move(state), edge, from_right, target_bound, placed,
                        std::move(input)) {}
  ~HashExpandOperator() override { context_->Release(table_bytes_); }

  StatusOr<size_t> Next(Batch* batch) override {
    if (!is_built_) SL_RETURN_IF_ERROR(Build());
    if (look_ups_ != nullptr) return look_ups_->Next(batch);
    return Fill(/*ends_without_steps=*/false, batch);
  }

  // The table is the same for every row of an outer query.
  Status Reset() override {
    return look_ups_ != nullptr ? look_ups_->Reset() : WholeEdgeExpand::Reset();
  }

 private:
  friend class WholeEdgeExpand<HashExpandOperator>;

  StatusOr<std::span<const TermId>> Of(TermId from) {
    const std::optional<uint32_t> source = table_->sources.Find(from);
    if (!source) return std::span<const TermId>();
    const size_t begin = table_->begins[*source];
    return std::span<const TermId>(table_->to).subspan(begin, table_->begins[*source + 1] - begin);
  }

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

  static constexpr uint64_t kFactBytes = 2 * (sizeof(TermId) + sizeof(uint32_t)) + 24;

  PhysicalOperatorPtr look_ups_;  // Set when there was no room for the table; has the input then.

  bool is_built_ = false;
  uint64_t table_bytes_ = 0;  // Of the table, when it was made here.
  EdgeTablePtr table_;        // Null when there was no room.
};

}  // namespace

PhysicalOperatorPtr MakeHashExpand(MatchStatePtr state, uint32_t edge, bool from_right,
                                   bool target_bound, const std::set<uint32_t>& placed,
                                   PhysicalOperatorPtr input) {
  return std::make_unique<HashExpandOperator>(std::move(state), edge, from_right, target_bound,
                                              placed, std::move(input));
}

}  // namespace sightline::query
