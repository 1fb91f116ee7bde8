#include <algorithm>

#include "query/exec/whole_edge_expand.h"

namespace sightline::query {
namespace {

using storage::TermId;

// A hash join of the rows with an edge's facts: all facts are read once, and put into a table by
// the end that the rows know. Cheaper than looking each row's facts up when the rows are as many as
// the facts, and come in no order. Gives what an ExpandOperator gives, in the same order; when the
// table would not fit into memory, that is what takes its place.
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

  StatusOr<std::span<const TermId>> Of(TermId from) { return table_->Of(from); }

  Status Build() {
    is_built_ = true;
    NodeTester* const tester = target_bound_ ? nullptr : state_->testers[target_].get();
    SL_ASSIGN_OR_RETURN(
        table_, state_->tables->Get(context_, state_->scope, edge_walk_, tester, &table_bytes_));
    if (table_ != nullptr) {
      context_->out_of_steps |= table_->was_cut();
    } else {
      look_ups_ = MakeExpand(state_, edge_, from_right_, target_bound_, placed_, std::move(input_));
    }
    return OkStatus();
  }

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
