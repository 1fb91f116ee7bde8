#include <algorithm>
#include <optional>
#include <vector>

#include "query/exec/match_operators.h"

namespace sightline::query {
namespace {

class ExpandReachableOperator : public RowByRowOperator {
 public:
  ExpandReachableOperator(MatchStatePtr state, const ChainStep& step,
                          const std::set<uint32_t>& placed, PhysicalOperatorPtr input)
      : RowByRowOperator(std::move(input), state->frame, state->context),
        state_(std::move(state)),
        step_(step),
        source_(step.from_right ? state_->edge(step.edge).right : state_->edge(step.edge).left),
        target_(step.from_right ? state_->edge(step.edge).left : state_->edge(step.edge).right),
        chain_wanted_(step.settled &&
                      (state_->fact_slots[step.edge] || state_->path_slots[step.edge])),
        search_(state_->search(step.edge, step.from_right)),
        opposite_(state_->search(step.edge, !step.from_right)) {
    for (const uint32_t other : state_->differs[step.edge]) {
      if (placed.contains(other)) avoided_slots_.push_back(*state_->fact_slots[other]);
    }
  }

 protected:
  Status Begin(const Batch& in, size_t row) override {
    tree_.reset();
    around_.reset();
    next_ = 0;
    avoided_.clear();
    from_ = TermAt(in, state_->slot(source_), row);
    if (from_.is_none()) return OkStatus();
    for (const uint32_t slot : avoided_slots_) {
      const FactDatum* held = DataAt(in, slot, row).fact();
      if (held != nullptr) avoided_.push_back(held->fact);
    }
    SL_ASSIGN_OR_RETURN(tree_, search_->From(from_));
    asking_left_ = tree_->size();
    return OkStatus();
  }

  StatusOr<bool> Produce(const Batch& in, size_t row, Batch* out) override {
    if (tree_ == nullptr) return true;
    if (step_.target_bound) {
      const storage::TermId to = TermAt(in, state_->slot(target_), row);
      const std::optional<uint32_t> step = tree_->StepOf(to);
      if (step) SL_RETURN_IF_ERROR(Emit(in, row, to, *step, out));
      return true;
    }
    const auto& ends = tree_->ends();
    for (; next_ < ends.size(); ++next_) {
      if (Full(*out)) return false;
      SL_RETURN_IF_ERROR(context_->Tick());
      const auto [to, step] = ends[next_];
      if (source_ == target_ && to != from_) continue;
      SL_ASSIGN_OR_RETURN(const bool passes, state_->testers[target_]->Test(to));
      if (passes) SL_RETURN_IF_ERROR(Emit(in, row, to, step, out));
    }
    return true;
  }

 private:
  // `step` is of the tree that is free to pass all facts.
  Status Emit(const Batch& in, size_t row, storage::TermId to, uint32_t step, Batch* out) {
    ReachTreePtr tree = tree_;
    if (!avoided_.empty() && tree_->Passes(step, avoided_)) {
      SL_ASSIGN_OR_RETURN(const bool reaches, ReachesAround(to));
      if (!reaches) return OkStatus();
      if (chain_wanted_ && !step_.from_right) {
        SL_RETURN_IF_ERROR(SearchAround());
        tree = around_;
        const std::optional<uint32_t> step_around = tree->StepOf(to);
        if (!step_around) return OkStatus();  // Out of steps on the way.
        step = *step_around;
      }
    }
    if (chain_wanted_ && step_.from_right) {
      // The chain that stands for the pair is the first one from the left end, whichever end the
      // search began at: what is shown does not depend on the plan.
      SL_ASSIGN_OR_RETURN(tree, opposite_->From(to));
      std::optional<uint32_t> forward_step = tree->StepOf(from_);
      if (forward_step && !avoided_.empty() && tree->Passes(*forward_step, avoided_)) {
        SL_ASSIGN_OR_RETURN(tree, opposite_->From(to, avoided_));
        forward_step = tree->StepOf(from_);
      }
      if (!forward_step) return OkStatus();  // Out of steps on the way.
      step = *forward_step;
    }
    AppendRow(in, row, out);
    if (!step_.target_bound) {
      SL_RETURN_IF_ERROR(SetTerm(out, state_->slot(target_), to, context_->evaluation));
    }
    return chain_wanted_ ? SetChain(*tree, step, out) : OkStatus();
  }

  // Whether there is a way to `to` around the avoided facts. Often `to` is a leaf that hangs by one
  // of them, which is seen at once from there; that is tried until it has cost as much as a new
  // search.
  StatusOr<bool> ReachesAround(storage::TermId to) {
    if (around_ == nullptr && asking_left_ > 0) {
      const uint64_t before = context_->evaluation.facts_touched;
      SL_ASSIGN_OR_RETURN(const std::optional<bool> reaches,
                          opposite_->Reaches(to, from_, avoided_, asking_left_));
      const uint64_t cost = 1 + context_->evaluation.facts_touched - before;
      asking_left_ -= std::min(asking_left_, cost);
      if (reaches) return *reaches;
    }
    SL_RETURN_IF_ERROR(SearchAround());
    return around_->StepOf(to).has_value();
  }

  Status SearchAround() {
    if (around_ != nullptr) return OkStatus();
    SL_ASSIGN_OR_RETURN(around_, search_->From(from_, avoided_));
    return OkStatus();
  }

  Status SetChain(const ReachTree& tree, uint32_t step, Batch* out) {
    PathDatum path;
    DatumList list;
    for (const storage::Fact& fact : tree.FactsTo(step, &path.nodes)) {
      path.facts.push_back({fact, state_->graph->scope_index});
      list.emplace_back(path.facts.back());
    }
    if (const std::optional<uint32_t>& slot = state_->fact_slots[step_.edge]) {
      SL_RETURN_IF_ERROR(SetDatum(out, *slot, Datum(std::move(list)), context_->evaluation));
    }
    if (const std::optional<uint32_t>& slot = state_->path_slots[step_.edge]) {
      SL_RETURN_IF_ERROR(SetDatum(out, *slot, Datum(std::move(path)), context_->evaluation));
    }
    return OkStatus();
  }

  const MatchStatePtr state_;
  const ChainStep step_;
  const uint32_t source_, target_;
  const bool chain_wanted_;
  ReachSearch* const search_;
  ReachSearch* const opposite_;
  std::vector<uint32_t> avoided_slots_;

  // Of the current row of the input.
  storage::TermId from_;
  std::vector<storage::Fact> avoided_;
  ReachTreePtr tree_;    // Free to pass the avoided facts.
  ReachTreePtr around_;  // Set when somebody had to know.
  uint64_t asking_left_ = 0;
  size_t next_ = 0;
};

}  // namespace

PhysicalOperatorPtr MakeExpandReachable(MatchStatePtr state, const ChainStep& step,
                                        const std::set<uint32_t>& placed,
                                        PhysicalOperatorPtr input) {
  return std::make_unique<ExpandReachableOperator>(std::move(state), step, placed,
                                                   std::move(input));
}

}  // namespace sightline::query
