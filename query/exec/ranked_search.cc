#include "query/exec/ranked_search.h"

#include <algorithm>

namespace sightline::query {

using storage::Fact;
using storage::TermId;

RankedSearch::RankedSearch(PathWalker* walker)
    : walker_(walker),
      trace_(walker),
      by_cost_(walker->pattern().cost != nullptr),
      one_walk_(walker->pattern().mode == PathMode::kWalk && !by_cost_ &&
                walker->pattern().choice == PathChoice::kShortest && walker->pattern().count == 1) {
}

void RankedSearch::Clear() {
  trace_.Clear();
  steps_.clear();
  queue_ = {};
  number_ = 0;
  visited_.clear();
  ends_.clear();
  walker_->context()->Release(bytes_);
  bytes_ = 0;
}

Status RankedSearch::Between(TermId left, TermId right, const PathReach& reach) {
  Clear();
  right_ = right;
  reach_ = &reach;
  if (!reach.Left(left, PathState{})) return OkStatus();
  return Begin(left);
}

Status RankedSearch::ToAnywhere(TermId left) {
  Clear();
  right_.reset();
  reach_ = nullptr;
  return Begin(left);
}

Status RankedSearch::Begin(TermId left) {
  steps_.push_back({.node = left, .state = {}, .before = 0});
  return Add(steps_.front(), false, 0);
}

Status RankedSearch::Add(const Step& step, bool complete, uint32_t index) {
  uint64_t length = step.length;
  if (!complete && reach_ != nullptr) {
    const std::optional<uint32_t> left = reach_->Left(step.node, step.state);
    length += left.value_or(0);
  }
  constexpr uint64_t kBytes = sizeof(Step) + sizeof(Entry);
  SL_RETURN_IF_ERROR(walker_->context()->Reserve(kBytes));
  bytes_ += kBytes;
  queue_.push({.cost = by_cost_ ? step.cost : 0,
               .length = length,
               .complete = complete,
               .number = number_++,
               .step = index});
  return OkStatus();
}

bool RankedSearch::PassesMode(uint32_t index, const PathMove& move) const {
  const PathMode mode = walker_->pattern().mode;
  if (mode == PathMode::kWalk) return true;
  bool fact_again = false, node_again = false;
  while (true) {
    const Step& at = steps_[index];
    const bool first = at.before == index;
    fact_again = fact_again || (!first && at.fact == move.fact);
    // Coming back to the first node ends a simple path.
    node_again = node_again || (at.node == move.to && !(first && mode == PathMode::kSimple));
    if (first) break;
    index = at.before;
  }
  switch (mode) {
    case PathMode::kTrail:
      return !fact_again;
    case PathMode::kSimple:
      return !fact_again && !node_again;
    case PathMode::kAcyclic:
      return !node_again;
    case PathMode::kWalk:
      break;
  }
  return true;
}

StatusOr<bool> RankedSearch::PassesPart(uint32_t index, uint32_t part) {
  if (!walker_->HasPartConditions(part)) return true;
  std::vector<TermId> nodes;
  std::vector<Fact> facts;
  for (size_t i = 0; i < walker_->pattern().parts[part].steps.size(); ++i) {
    nodes.push_back(steps_[index].node);
    facts.push_back(steps_[index].fact);
    index = steps_[index].before;
  }
  nodes.push_back(steps_[index].node);
  std::reverse(nodes.begin(), nodes.end());
  std::reverse(facts.begin(), facts.end());
  return walker_->PassesPart(part, nodes, facts);
}

bool RankedSearch::IsBeaten(TermId node, const PathState& state) {
  if (!one_walk_ || state.part >= walker_->part_count()) return false;
  // How a time began may decide how it may end.
  if (state.step > 0 && walker_->HasPartConditions(state.part)) return false;
  const uint64_t enough = std::min(state.times, walker_->TimesMin(state.part, false));
  const auto [known, is_new] =
      visited_.emplace(std::tuple(node, state.part, state.step, enough), state.times);
  if (is_new) return false;
  if (known->second <= state.times) return true;
  known->second = state.times;
  return false;
}

Status RankedSearch::GoOn(uint32_t index) {
  const Step step = steps_[index];
  std::vector<PathState> states;
  SL_RETURN_IF_ERROR(walker_->Closure(step.state, step.node, false, &states));
  if (states.back().part == walker_->part_count() && (!right_ || step.node == *right_)) {
    SL_RETURN_IF_ERROR(Add(step, true, index));
  }
  if (step.length >= walker_->length_max()) return OkStatus();
  if (step.length > 0) {
    const bool simple = walker_->pattern().mode == PathMode::kSimple;
    if (simple && step.node == steps_.front().node) return OkStatus();
    SL_ASSIGN_OR_RETURN(const bool crosses, walker_->MayCross(step.node));
    if (!crosses) return OkStatus();
  }
  for (const PathState& state : states) {
    if (state.part == walker_->part_count()) break;
    const PathPart& part = walker_->pattern().parts[state.part];
    const bool at_most = part.times_max != kUnboundedHops;
    if (state.step == 0 && at_most && state.times >= part.times_max) continue;
    if (IsBeaten(step.node, state)) continue;
    SL_ASSIGN_OR_RETURN(const PathMoves moves,
                        walker_->MovesOf(step.node, state.part, state.step, false));
    for (const PathMove& move : *moves) {
      const PathState behind = walker_->Behind(state, move.step, false);
      SL_ASSIGN_OR_RETURN(const bool may, walker_->Touch());
      if (!may) return OkStatus();
      if (reach_ != nullptr) {
        const std::optional<uint32_t> left = reach_->Left(move.to, behind);
        if (!left || step.length + 1 + *left > walker_->length_max()) continue;
      }
      if (!PassesMode(index, move)) continue;
      const auto added = static_cast<uint32_t>(steps_.size());
      steps_.push_back({.node = move.to,
                        .state = behind,
                        .before = index,
                        .length = step.length + 1,
                        .cost = step.cost + move.cost,
                        .fact = move.fact,
                        .walked_by = {state.part, move.step}});
      if (behind.step == 0) {
        SL_ASSIGN_OR_RETURN(const bool passes, PassesPart(added, state.part));
        if (!passes) {
          steps_.pop_back();
          continue;
        }
      }
      SL_RETURN_IF_ERROR(Add(steps_[added], false, added));
    }
  }
  return OkStatus();
}

void RankedSearch::SetPath(uint32_t index, FoundPath* path) const {
  path->nodes.clear();
  path->facts.clear();
  path->walked_by.clear();
  path->cost = steps_[index].cost;
  while (true) {
    const Step& at = steps_[index];
    path->nodes.push_back(at.node);
    if (at.before == index) break;
    path->facts.push_back(at.fact);
    path->walked_by.push_back(at.walked_by);
    index = at.before;
  }
  std::reverse(path->nodes.begin(), path->nodes.end());
  std::reverse(path->facts.begin(), path->facts.end());
  std::reverse(path->walked_by.begin(), path->walked_by.end());
}

StatusOr<bool> RankedSearch::Next(FoundPath* path) {
  while (!queue_.empty() && !walker_->context()->out_of_steps) {
    SL_RETURN_IF_ERROR(walker_->context()->Tick());
    const Entry entry = queue_.top();
    queue_.pop();
    if (!entry.complete) {
      SL_RETURN_IF_ERROR(GoOn(entry.step));
      continue;
    }
    if (!right_ && !ends_.insert(steps_[entry.step].node).second) continue;
    SetPath(entry.step, path);
    SL_ASSIGN_OR_RETURN(const bool is_new, trace_.Add(*path));
    if (is_new) return true;
  }
  return false;
}

}  // namespace sightline::query
