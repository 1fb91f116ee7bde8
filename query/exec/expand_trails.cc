// Every trail that a chain may be (CYPHER): all ways from the bound end, no statement twice.
//
// Depth first, one trail at a time: what is held is the moves at the nodes of one trail. There may
// be exponentially many; the query's limits on steps and time bound them.

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "query/exec/match_operators.h"
#include "query/exec/qualifier_test.h"

namespace sightline::query {
namespace {

class ExpandTrailsOperator : public RowByRowOperator {
 public:
  ExpandTrailsOperator(MatchStatePtr state, uint32_t edge, bool from_right, bool target_bound,
                       const std::set<uint32_t>& placed, PhysicalOperatorPtr input)
      : RowByRowOperator(std::move(input), state->frame, state->context),
        state_(std::move(state)),
        edge_(edge),
        from_right_(from_right),
        target_bound_(target_bound),
        source_(from_right ? state_->edge(edge).right : state_->edge(edge).left),
        target_(from_right ? state_->edge(edge).left : state_->edge(edge).right),
        placed_(placed),
        edge_walk_(from_right ? state_->edge(edge).walk().Reversed() : state_->edge(edge).walk()),
        hops_(state_->edge(edge).groups.front()),
        walk_(state_->context, state_->scope, storage::ScanRows::kStatements) {}

 protected:
  Status Begin(const Batch& in, size_t row) override {
    levels_.clear();
    trail_.clear();
    wanted_.clear();
    from_ = state_->TermAt(in, source_, row);
    to_.reset();
    if (target_bound_) to_ = state_->TermAt(in, target_, row);
    if (source_ == target_) to_ = from_;
    if (from_.is_none() || (to_ && to_->is_none())) return OkStatus();
    for (const QualifierTest& test : state_->edge(edge_).qualifiers) {
      SL_ASSIGN_OR_RETURN(wanted_.emplace_back(),
                          Evaluate(*test.value, in, row, &context_->evaluation));
    }
    levels_.emplace_back();
    is_new_ = true;
    return OkStatus();
  }

  StatusOr<bool> Produce(const Batch& in, size_t row, Batch* out) override {
    while (!levels_.empty()) {
      if (Full(*out)) return false;
      if (std::exchange(is_new_, false)) {
        if (trail_.size() >= hops_.hops_min) SL_RETURN_IF_ERROR(Emit(in, row, out));
        if (trail_.size() < hops_.hops_max) SL_RETURN_IF_ERROR(FindMoves());
      }
      Level& level = levels_.back();
      if (level.next == level.moves.size()) {
        levels_.pop_back();
        if (!trail_.empty()) trail_.pop_back();
        continue;
      }
      const WalkedFact& walked = level.moves[level.next++];
      const bool again = std::any_of(trail_.begin(), trail_.end(), [&](const WalkedFact& earlier) {
        return earlier.statement == walked.statement && earlier.fact == walked.fact;
      });
      if (again || !KeepsApart(*state_, edge_, walked, placed_, in, row)) continue;
      trail_.push_back(walked);
      levels_.emplace_back();
      is_new_ = true;
    }
    return true;
  }

 private:
  // The moves from the node that the trail has come to.
  struct Level {
    std::vector<WalkedFact> moves;
    size_t next = 0;
  };

  storage::TermId End() const { return trail_.empty() ? from_ : trail_.back().to; }

  Status FindMoves() {
    walk_.Start(End(), edge_walk_);
    WalkedFact walked;
    while (true) {
      SL_ASSIGN_OR_RETURN(const bool more, walk_.Next(&walked));
      if (!more) return OkStatus();
      SL_ASSIGN_OR_RETURN(const bool passes, HasQualifiers(walked.statement));
      if (passes) levels_.back().moves.push_back(walked);
    }
  }

  StatusOr<bool> HasQualifiers(storage::StatementId id) {
    if (wanted_.empty()) return true;
    SL_ASSIGN_OR_RETURN(const storage::Statement statement,
                        context_->evaluation.view->GetStatement(id));
    for (size_t i = 0; i < wanted_.size(); ++i) {
      SL_ASSIGN_OR_RETURN(const bool has, HasQualifier(statement, state_->edge(edge_).qualifiers[i],
                                                       wanted_[i], *state_->scope, *context_));
      if (!has) return false;
    }
    return true;
  }

  Status Emit(const Batch& in, size_t row, Batch* out) {
    if (to_ && *to_ != End()) return OkStatus();
    if (!target_bound_) {
      SL_ASSIGN_OR_RETURN(const bool passes, state_->testers[target_]->Test(End()));
      if (!passes) return OkStatus();
    }
    AppendRow(in, row, out);
    if (!target_bound_) {
      SL_RETURN_IF_ERROR(SetTerm(out, state_->slot(target_), End(), context_->evaluation));
    }
    PathDatum path;
    path.nodes.push_back(from_);
    for (const WalkedFact& walked : trail_) {
      path.facts.push_back({walked.fact, state_->graph->scope_index, walked.statement});
      path.nodes.push_back(walked.to);
    }
    if (from_right_) {
      std::reverse(path.nodes.begin(), path.nodes.end());
      std::reverse(path.facts.begin(), path.facts.end());
    }
    if (const std::optional<uint32_t>& slot = state_->fact_slots[edge_]) {
      DatumList list;
      for (const FactDatum& fact : path.facts) list.emplace_back(fact);
      SL_RETURN_IF_ERROR(SetDatum(out, *slot, Datum(std::move(list)), context_->evaluation));
      SL_RETURN_IF_ERROR(given_.Add(*out, *slot, out->row_count - 1));
    }
    if (const std::optional<uint32_t>& slot = state_->path_slots[edge_]) {
      SL_RETURN_IF_ERROR(SetDatum(out, *slot, Datum(std::move(path)), context_->evaluation));
      SL_RETURN_IF_ERROR(given_.Add(*out, *slot, out->row_count - 1));
    }
    return OkStatus();
  }

  const MatchStatePtr state_;
  const uint32_t edge_;
  const bool from_right_, target_bound_;
  const uint32_t source_, target_;
  const std::set<uint32_t> placed_;
  const EdgeWalk edge_walk_;
  const HopGroup hops_;
  FactWalk walk_;

  // Of the current row of the input.
  storage::TermId from_;
  std::optional<storage::TermId> to_;
  std::vector<Datum> wanted_;  // The values of the edge's qualifiers.
  std::vector<Level> levels_;  // One more than the trail has facts.
  std::vector<WalkedFact> trail_;
  bool is_new_ = false;  // Nobody has looked at the trail as it stands.
};

}  // namespace

PhysicalOperatorPtr MakeExpandTrails(MatchStatePtr state, uint32_t edge, bool from_right,
                                     bool target_bound, const std::set<uint32_t>& placed,
                                     PhysicalOperatorPtr input) {
  return std::make_unique<ExpandTrailsOperator>(std::move(state), edge, from_right, target_bound,
                                                placed, std::move(input));
}

}  // namespace sightline::query
