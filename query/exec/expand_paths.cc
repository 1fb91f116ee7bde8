#include <algorithm>
#include <optional>
#include <vector>

#include "query/exec/loopless_search.h"
#include "query/exec/match_operators.h"
#include "query/exec/path_reach.h"
#include "query/exec/path_walker.h"
#include "query/exec/ranked_search.h"
#include "query/exec/shortest_search.h"
#include "query/exec/trail_search.h"

namespace sightline::query {
namespace {

using storage::TermId;

// The paths of one input row: from its bound end to the other, which may be bound too.
class ExpandPathsOperator : public RowByRowOperator {
 public:
  ExpandPathsOperator(MatchStatePtr state, const ChainStep& step, const std::set<uint32_t>& placed,
                      PhysicalOperatorPtr input)
      : RowByRowOperator(std::move(input), state->frame, state->context),
        state_(std::move(state)),
        step_(step),
        edge_(state_->edge(step.edge)),
        pattern_(*edge_.search),
        source_(step.from_right ? edge_.right : edge_.left),
        target_(step.from_right ? edge_.left : edge_.right),
        walker_(*state_->graph, edge_, state_->frame, state_->scope, state_->context),
        trails_(&walker_),
        shortest_(&walker_, pattern_.GivesSeveral()),
        ranked_(&walker_),
        loopless_(&walker_) {
    for (const uint32_t other : state_->differs[step.edge]) {
      if (placed.contains(other)) avoided_slots_.push_back(*state_->fact_slots[other]);
    }
  }

 protected:
  Status Begin(const Batch& in, size_t row) override {
    way_ = Way::kNone;
    ends_.clear();
    next_end_ = 0;
    from_ = state_->TermAt(in, source_, row);
    to_ = step_.target_bound ? state_->TermAt(in, target_, row) : TermId{};
    if (from_.is_none() || (step_.target_bound && to_.is_none())) return OkStatus();
    std::vector<storage::Fact> avoided;
    for (const uint32_t slot : avoided_slots_) {
      const FactDatum* held = DataAt(in, slot, row).fact();
      if (held != nullptr) avoided.push_back(held->fact);
    }
    if (pattern_.reads_row || avoided != avoided_) reach_.reset();
    avoided_ = avoided;
    SL_RETURN_IF_ERROR(walker_.BeginRow(in, row, std::move(avoided)));
    if (!step_.settled) return BeginEndsOnly();
    if (pattern_.choice == PathChoice::kAll) return BeginAll();
    return BeginRanked();
  }

  StatusOr<bool> Produce(const Batch& in, size_t row, Batch* out) override {
    FoundPath path;
    while (true) {
      if (Full(*out)) return false;
      if (context_->out_of_steps && !step_.settled) return true;
      if (way_ == Way::kNone) {
        if (next_end_ == ends_.size()) return true;
        const TermId end = ends_[next_end_++];
        SL_RETURN_IF_ERROR(context_->Tick());
        if (!step_.target_bound) {
          SL_ASSIGN_OR_RETURN(const bool passes, MayEndAt(end));
          if (!passes) continue;
        }
        if (!step_.settled) {
          AppendRow(in, row, out);
          SL_RETURN_IF_ERROR(SetEnd(end, out));
          continue;
        }
        // Those that are explored were found in time.
        if (context_->out_of_steps && !explored_) return true;
        SL_RETURN_IF_ERROR(step_.from_right ? BeginPair(end, from_) : BeginPair(from_, end));
        continue;
      }
      SL_ASSIGN_OR_RETURN(const bool found, NextPath(&path));
      if (!found) {
        way_ = Way::kNone;
        continue;
      }
      const TermId end = step_.from_right ? path.nodes.front() : path.nodes.back();
      if (!pair_) {
        SL_ASSIGN_OR_RETURN(const bool passes, MayEndAt(end));
        if (!passes) continue;
      } else if (!IsChosen(path)) {
        way_ = Way::kNone;
        continue;
      }
      AppendRow(in, row, out);
      if (!step_.target_bound) SL_RETURN_IF_ERROR(SetEnd(end, out));
      SL_RETURN_IF_ERROR(SetPath(path, out));
    }
  }

 private:
  // Where the next path comes from.
  enum class Way : uint8_t { kNone, kTrails, kShortest, kRanked, kLoopless };

  Status SetEnd(TermId end, Batch* out) {
    return SetTerm(out, state_->slot(target_), end, context_->evaluation);
  }
  StatusOr<bool> MayEndAt(TermId end) {
    if (source_ == target_ && end != from_) return false;
    return state_->testers[target_]->Test(end);
  }

  // Which ends there may be; the paths are looked for when all that they must go around is known.
  Status BeginEndsOnly() {
    if (step_.target_bound) {
      ends_ = {to_};
      return OkStatus();
    }
    PathReach reach(&walker_);
    SL_RETURN_IF_ERROR(reach.Search(from_, step_.from_right));
    ends_ = reach.ends();
    return OkStatus();
  }

  Status BeginAll() {
    way_ = Way::kTrails;
    pair_ = false;
    if (!step_.target_bound) return trails_.Begin(from_, step_.from_right, std::nullopt);
    pair_ = true;
    return step_.from_right ? trails_.Begin(to_, false, from_) : trails_.Begin(from_, false, to_);
  }

  // Whether the paths that are asked for are those that breadth-first search comes by.
  bool AsksForShortest() const {
    return pattern_.IsPlain() && (pattern_.choice == PathChoice::kAllShortest ||
                                  ((pattern_.choice == PathChoice::kShortest ||
                                    pattern_.choice == PathChoice::kShortestGroups) &&
                                   pattern_.count == 1));
  }

  Status BeginRanked() {
    explored_ = false;
    if (step_.target_bound) {
      ends_ = {to_};
      return OkStatus();
    }
    if (AsksForShortest()) {
      explored_ = true;
      SL_RETURN_IF_ERROR(shortest_.Explore(from_, step_.from_right));
      ends_ = {from_};
      for (size_t i = 0; i < shortest_.end_count(); ++i) ends_.push_back(shortest_.end(i));
      return OkStatus();
    }
    const bool one_walk = pattern_.mode == PathMode::kWalk &&
                          pattern_.choice == PathChoice::kShortest && pattern_.count == 1;
    if (one_walk && !step_.from_right) {
      way_ = Way::kRanked;
      pair_ = false;
      return ranked_.ToAnywhere(from_);
    }
    PathReach reach(&walker_);
    SL_RETURN_IF_ERROR(reach.Search(from_, step_.from_right));
    ends_ = reach.ends();
    return OkStatus();
  }

  Status BeginPair(TermId left, TermId right) {
    pair_ = true;
    chosen_ = 0;
    lengths_ = 0;
    if (left != right && AsksForShortest()) {
      way_ = Way::kShortest;
      return explored_ ? shortest_.SelectEnd(step_.from_right ? left : right)
                       : shortest_.Between(left, right);
    }
    if (!reach_ || reached_from_ != right) {
      reach_.emplace(&walker_);
      reached_from_ = right;
      SL_RETURN_IF_ERROR(reach_->Search(right, true));
      if (context_->out_of_steps) {
        reach_.reset();
        return OkStatus();
      }
    }
    const bool loopless = pattern_.mode == PathMode::kSimple || pattern_.mode == PathMode::kAcyclic;
    if (left != right && pattern_.IsPlain() && loopless) {
      way_ = Way::kLoopless;
      return loopless_.Between(left, right, *reach_);
    }
    way_ = Way::kRanked;
    return ranked_.Between(left, right, *reach_);
  }

  StatusOr<bool> NextPath(FoundPath* path) {
    switch (way_) {
      case Way::kTrails:
        return trails_.Next(path);
      case Way::kShortest:
        return shortest_.Next(path);
      case Way::kRanked:
        return ranked_.Next(path);
      case Way::kLoopless:
        return loopless_.Next(path);
      case Way::kNone:
        break;
    }
    return false;
  }

  // Whether the path, which is the next in order between two ends, is one of those asked for.
  bool IsChosen(const FoundPath& path) {
    const size_t length = path.facts.size();
    if (lengths_ == 0 || length != last_length_) {
      ++lengths_;
      last_length_ = length;
    }
    ++chosen_;
    switch (pattern_.choice) {
      case PathChoice::kAll:
        return true;
      case PathChoice::kAllShortest:
        return lengths_ == 1;
      case PathChoice::kShortestGroups:
        return lengths_ <= pattern_.count;
      case PathChoice::kShortest:
      case PathChoice::kCheapest:
        return chosen_ <= pattern_.count;
    }
    return false;
  }

  // Sets what the row shows of the path: it itself, its facts, the variables within it.
  Status SetPath(const FoundPath& path, Batch* out) {
    PathDatum datum;
    datum.nodes = path.nodes;
    for (const storage::Fact& fact : path.facts) {
      datum.facts.push_back({fact, state_->graph->scope_index});
    }
    if (pattern_.cost != nullptr) datum.cost = path.cost;
    if (const std::optional<uint32_t>& slot = state_->fact_slots[step_.edge]) {
      // For evidence: what the inner nodes pass by is behind the facts.
      std::vector<FactDatum> facts = datum.facts;
      if (state_->why) SL_RETURN_IF_ERROR(walker_.AddEvidence(path, &facts));
      DatumList list;
      for (const FactDatum& fact : facts) list.emplace_back(fact);
      SL_RETURN_IF_ERROR(Set(*slot, Datum(std::move(list)), out));
    }
    SL_RETURN_IF_ERROR(SetVariables(path, datum, out));
    if (const std::optional<uint32_t>& slot = state_->path_slots[step_.edge]) {
      SL_RETURN_IF_ERROR(Set(*slot, Datum(std::move(datum)), out));
    }
    return OkStatus();
  }

  Status SetVariables(const FoundPath& path, const PathDatum& datum, Batch* out) {
    std::map<uint32_t, DatumList> lists;  // Column by column.
    for (const PathPart& part : pattern_.parts) {
      if (!part.repeated) continue;
      for (const PathStep& step : part.steps) {
        if (step.slot) lists[*step.slot];
        for (const auto& node : {step.before, step.after}) {
          if (node && pattern_.nodes[*node].slot) lists[*pattern_.nodes[*node].slot];
        }
      }
    }
    const auto set_node = [&](const std::optional<uint32_t>& node, TermId term,
                              bool repeated) -> Status {
      if (!node || !pattern_.nodes[*node].slot) return OkStatus();
      const uint32_t slot = *pattern_.nodes[*node].slot;
      if (!repeated) return SetTerm(out, slot, term, context_->evaluation);
      SL_ASSIGN_OR_RETURN(Datum item, DatumOf(term));
      lists[slot].push_back(std::move(item));
      return OkStatus();
    };
    SL_RETURN_IF_ERROR(SetPartPaths(path, datum, out));
    uint32_t part = 0;
    for (size_t i = 0; i <= path.facts.size(); ++i) {
      const uint32_t next =
          i < path.facts.size() ? path.walked_by[i].first : walker_.part_count() - 1;
      for (; part < next; ++part) {
        SL_RETURN_IF_ERROR(set_node(pattern_.junctions[part], path.nodes[i], false));
      }
      if (i == path.facts.size()) break;
      const bool repeated = pattern_.parts[part].repeated;
      const PathStep& step = pattern_.parts[part].steps[path.walked_by[i].second];
      const uint32_t walked_by = path.walked_by[i].second;
      if (walked_by == pattern_.parts[part].BranchBegin(walked_by)) {
        SL_RETURN_IF_ERROR(set_node(step.before, path.nodes[i], repeated));
      }
      if (step.slot) {
        if (repeated) {
          lists[*step.slot].emplace_back(datum.facts[i]);
        } else {
          SL_RETURN_IF_ERROR(Set(*step.slot, Datum(datum.facts[i]), out));
        }
      }
      SL_RETURN_IF_ERROR(set_node(step.after, path.nodes[i + 1], repeated));
    }
    for (auto& [slot, list] : lists) {
      SL_RETURN_IF_ERROR(Set(slot, Datum(std::move(list)), out));
    }
    return OkStatus();
  }

  // What a path variable within the pattern stands for: the piece of the path that its part is, or
  // the list of those that each time of it is.
  Status SetPartPaths(const FoundPath& path, const PathDatum& datum, Batch* out) {
    for (uint32_t index = 0; index < pattern_.parts.size(); ++index) {
      const PathPart& part = pattern_.parts[index];
      if (!part.path_slot) continue;
      DatumList pieces;
      PathDatum piece;
      for (size_t i = 0; i < path.facts.size(); ++i) {
        const auto& [walked_part, step] = path.walked_by[i];
        if (walked_part != index) continue;
        if (step == part.BranchBegin(step)) piece = {.nodes = {path.nodes[i]}, .facts = {}};
        piece.nodes.push_back(path.nodes[i + 1]);
        piece.facts.push_back(datum.facts[i]);
        if (step + 1 == part.BranchEnd(step)) pieces.emplace_back(piece);
      }
      SL_RETURN_IF_ERROR(Set(*part.path_slot,
                             part.repeated ? Datum(std::move(pieces)) : std::move(pieces.front()),
                             out));
    }
    return OkStatus();
  }

  StatusOr<Datum> DatumOf(TermId term) const {
    if (term.is_node()) return Datum::OfNode(term);
    SL_ASSIGN_OR_RETURN(storage::Value value, context_->evaluation.view->ValueOf(term));
    return Datum(std::move(value));
  }

  Status Set(uint32_t slot, Datum datum, Batch* out) {
    SL_RETURN_IF_ERROR(SetDatum(out, slot, std::move(datum), context_->evaluation));
    return given_.Add(*out, slot, out->row_count - 1);
  }

  const MatchStatePtr state_;
  const ChainStep step_;
  const PatternEdge& edge_;
  const PathPattern& pattern_;
  const uint32_t source_, target_;
  PathWalker walker_;
  TrailSearch trails_;
  ShortestSearch shortest_;
  RankedSearch ranked_;
  LooplessSearch loopless_;
  std::vector<uint32_t> avoided_slots_;

  // Of the current row of the input.
  TermId from_, to_;
  std::vector<storage::Fact> avoided_;
  std::vector<TermId> ends_;
  size_t next_end_ = 0;
  bool explored_ = false;
  std::optional<PathReach> reach_;  // From reached_from_, backwards.
  TermId reached_from_;
  // Of the paths that are being given.
  Way way_ = Way::kNone;
  bool pair_ = false;  // They are between two ends, the best ones first.
  uint64_t chosen_ = 0, lengths_ = 0;
  size_t last_length_ = 0;
};

}  // namespace

PhysicalOperatorPtr MakeExpandPaths(MatchStatePtr state, const ChainStep& step,
                                    const std::set<uint32_t>& placed, PhysicalOperatorPtr input) {
  return std::make_unique<ExpandPathsOperator>(std::move(state), step, placed, std::move(input));
}

}  // namespace sightline::query
