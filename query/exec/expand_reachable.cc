#include <algorithm>
#include <optional>
#include <unordered_map>
#include <vector>

#include "query/exec/match_operators.h"
#include "query/exec/reach_between.h"

namespace sightline::query {
namespace {

// A tree from a start is first tried when searches between it and single ends have cost so much.
constexpr uint64_t kTreeTriedFrom = 4096;
// Starts whose costs are kept.
constexpr size_t kKnownCostsMax = 64 << 10;

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
                      (state_->fact_slots[step.edge] || state_->path_slots[step.edge])) {
    // Where the chain was walked before, its trees are at hand.
    const bool has_trees = state_->searches.contains({step.edge, step.from_right});
    const PatternEdge& edge = state_->edge(step.edge);
    if (step.target_bound && !has_trees && ReachBetween::Serves(edge)) {
      between_.emplace(edge, state_->scope, context_);
    } else {
      UseTrees();
    }
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
    from_ = state_->TermAt(in, source_, row);
    if (from_.is_none()) return OkStatus();
    for (const uint32_t slot : avoided_slots_) {
      const FactDatum* held = DataAt(in, slot, row).fact();
      if (held != nullptr) avoided_.push_back(held->fact);
    }
    if (between_) {
      SL_ASSIGN_OR_RETURN(tree_, TreeIfWorthwhile());
      if (tree_ == nullptr) return OkStatus();
    } else {
      SL_ASSIGN_OR_RETURN(tree_, search_->From(from_));
    }
    asking_left_ = tree_->size();
    return OkStatus();
  }

  StatusOr<bool> Produce(const Batch& in, size_t row, Batch* out) override {
    if (from_.is_none()) return true;
    if (tree_ == nullptr) {
      SL_RETURN_IF_ERROR(EmitBetween(in, row, out));
      return true;
    }
    if (step_.target_bound) {
      const storage::TermId to = state_->TermAt(in, target_, row);
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
  void UseTrees() {
    search_ = state_->search(step_.edge, step_.from_right);
    opposite_ = state_->search(step_.edge, !step_.from_right);
  }

  // What has been spent on searches from one start to single ends, and when to try the tree next.
  struct PairCost {
    uint64_t facts = 0;
    uint64_t tree_from = kTreeTriedFrom;
    bool has_small_tree = false;
  };

  // One tree serves all ends of a start, but may be far larger than what a few ends take: it may
  // cost as much as these have, so that all in all it is at most a few times the better way.
  StatusOr<ReachTreePtr> TreeIfWorthwhile() {
    const auto known = pair_costs_.find(from_);
    if (known == pair_costs_.end()) return ReachTreePtr();
    PairCost& cost = known->second;
    if (!cost.has_small_tree && cost.facts >= cost.tree_from) {
      cost.tree_from = 2 * cost.facts;
      UseTrees();
      // No node is none: answered when everything has been found.
      SL_ASSIGN_OR_RETURN(const std::optional<bool> complete,
                          search_->Reaches(from_, storage::TermId{}, {}, cost.facts));
      cost.has_small_tree = complete.has_value();
    }
    return cost.has_small_tree ? search_->From(from_) : StatusOr<ReachTreePtr>(ReachTreePtr());
  }

  Status EmitBetween(const Batch& in, size_t row, Batch* out) {
    const storage::TermId to = state_->TermAt(in, target_, row);
    if (to.is_none()) return OkStatus();
    const uint64_t before = context_->evaluation.facts_touched;
    SL_ASSIGN_OR_RETURN(const bool found,
                        between_->Search(step_.from_right ? to : from_,
                                         step_.from_right ? from_ : to, avoided_, chain_wanted_));
    if (pair_costs_.size() >= kKnownCostsMax) pair_costs_.clear();
    pair_costs_[from_].facts += context_->evaluation.facts_touched - before;
    if (!found) return OkStatus();
    AppendRow(in, row, out);
    return chain_wanted_ ? SetChain(between_->facts(), PathOf(between_->nodes()), out) : OkStatus();
  }

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
    if (!chain_wanted_) return OkStatus();
    PathDatum path;
    const std::vector<storage::Fact> facts = tree->FactsTo(step, &path.nodes);
    return SetChain(facts, std::move(path), out);
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

  static PathDatum PathOf(const std::vector<storage::TermId>& nodes) {
    PathDatum path;
    path.nodes = nodes;
    return path;
  }

  // `path` has its nodes, and gets its facts.
  Status SetChain(const std::vector<storage::Fact>& facts, PathDatum path, Batch* out) {
    DatumList list;
    for (const storage::Fact& fact : facts) {
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
  ReachSearch* search_ = nullptr;
  ReachSearch* opposite_ = nullptr;
  std::optional<ReachBetween> between_;  // When both ends are bound, and it can.
  std::unordered_map<storage::TermId, PairCost> pair_costs_;
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
