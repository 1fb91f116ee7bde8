#include "query/exec/trail_search.h"

#include <algorithm>

namespace sightline::query {

using storage::Fact;
using storage::TermId;

namespace {

// Of a fact on the path, with its places in the tables; the moves it was found among are the
// walker's.
constexpr uint64_t kFrameBytes = 320;

}  // namespace

void TrailSearch::Clear() {
  trace_.Clear();
  walker_->context()->Release(frames_.size() * kFrameBytes);
  frames_.clear();
  facts_.clear();
  walked_by_.clear();
  node_count_.clear();
  fact_set_.clear();
}

Status TrailSearch::Begin(TermId start, bool backwards, std::optional<TermId> target) {
  Clear();
  backwards_ = backwards;
  target_ = target;
  reach_.reset();
  if (target) {
    reach_.emplace(walker_);
    SL_RETURN_IF_ERROR(reach_->Search(*target, true));
  }
  if (walker_->context()->out_of_steps) return OkStatus();
  return Push(start, PathState{});
}

Status TrailSearch::Push(TermId node, const PathState& state) {
  Frame frame{.node = node, .states = {}};
  SL_RETURN_IF_ERROR(walker_->context()->Reserve(kFrameBytes));
  SL_RETURN_IF_ERROR(walker_->Closure(state, node, backwards_, &frame.states));
  frames_.push_back(std::move(frame));
  ++node_count_[node];
  return OkStatus();
}

void TrailSearch::Pop() {
  const auto count = node_count_.find(frames_.back().node);
  if (--count->second == 0) node_count_.erase(count);
  frames_.pop_back();
  walker_->context()->Release(kFrameBytes);
  if (facts_.empty()) return;
  if (walker_->pattern().mode != PathMode::kWalk) fact_set_.erase(facts_.back());
  facts_.pop_back();
  walked_by_.pop_back();
}

bool TrailSearch::PassesMode(const PathMove& move) const {
  const PathMode mode = walker_->pattern().mode;
  if (mode == PathMode::kWalk) return true;
  if (fact_set_.contains(move.fact)) return false;
  if (mode == PathMode::kTrail) return true;
  if (!node_count_.contains(move.to)) return true;
  return mode == PathMode::kSimple && move.to == frames_.front().node;
}

PathMoves TrailSearch::NearestFirst(const std::vector<PathMove>& moves,
                                    const PathState& state) const {
  std::vector<std::pair<uint32_t, const PathMove*>> near;
  for (const PathMove& move : moves) {
    const std::optional<uint32_t> left =
        reach_->Left(move.to, walker_->Behind(state, move.step, backwards_));
    if (!left || facts_.size() + 1 + *left > walker_->length_max()) continue;
    near.emplace_back(*left, &move);
  }
  std::stable_sort(near.begin(), near.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  auto ordered = std::make_shared<std::vector<PathMove>>();
  ordered->reserve(near.size());
  for (const auto& [left, move] : near) ordered->push_back(*move);
  return ordered;
}

StatusOr<bool> TrailSearch::GoOn() {
  const PathPattern& pattern = walker_->pattern();
  const auto part_count = walker_->part_count();
  while (true) {
    Frame& frame = frames_.back();
    if (facts_.size() >= walker_->length_max()) return false;
    if (frame.moves == nullptr) {
      if (frame.state == frame.states.size()) return false;
      if (frame.state == 0 && frames_.size() > 1) {
        // Back at the first node a simple path is at its end.
        if (pattern.mode == PathMode::kSimple && frame.node == frames_.front().node) return false;
        SL_ASSIGN_OR_RETURN(const bool crosses, walker_->MayCross(frame.node));
        if (!crosses) return false;
      }
      const PathState& state = frame.states[frame.state];
      const PathPart* part =
          state.part < part_count
              ? &pattern.parts[backwards_ ? part_count - 1 - state.part : state.part]
              : nullptr;
      if (part == nullptr || (state.step == 0 && state.times >= part->times_max &&
                              part->times_max != kUnboundedHops)) {
        ++frame.state;
        continue;
      }
      SL_ASSIGN_OR_RETURN(frame.moves,
                          walker_->MovesOf(frame.node, state.part, state.step, backwards_));
      frame.next_move = 0;
      if (reach_) frame.moves = NearestFirst(*frame.moves, state);
    }
    if (frame.next_move == frame.moves->size()) {
      frame.moves = nullptr;
      ++frame.state;
      continue;
    }
    const PathMoves moves = frame.moves;
    const PathMove& move = (*moves)[frame.next_move++];
    SL_ASSIGN_OR_RETURN(const bool may, walker_->Touch());
    if (!may) return false;
    if (!PassesMode(move)) continue;
    const PathState state = frame.states[frame.state];
    const PathState behind = walker_->Behind(state, move.step, backwards_);
    const uint32_t part = backwards_ ? part_count - 1 - state.part : state.part;
    const auto steps = static_cast<uint32_t>(pattern.parts[part].steps.size());
    facts_.push_back(move.fact);
    walked_by_.emplace_back(part, backwards_ ? steps - 1 - move.step : move.step);
    if (pattern.mode != PathMode::kWalk) fact_set_.insert(move.fact);
    SL_RETURN_IF_ERROR(Push(move.to, behind));
    if (behind.step == 0 && walker_->HasPartConditions(part)) {
      // One time of the part is complete.
      std::vector<TermId> nodes;
      for (size_t i = frames_.size() - steps - 1; i < frames_.size(); ++i) {
        nodes.push_back(frames_[i].node);
      }
      std::vector<Fact> facts(facts_.end() - steps, facts_.end());
      if (backwards_) {
        std::reverse(nodes.begin(), nodes.end());
        std::reverse(facts.begin(), facts.end());
      }
      SL_ASSIGN_OR_RETURN(const bool holds, walker_->PassesPart(part, nodes, facts));
      if (!holds) {
        Pop();
        continue;
      }
    }
    return true;
  }
}

void TrailSearch::SetPath(FoundPath* path) const {
  path->nodes.clear();
  for (const Frame& frame : frames_) path->nodes.push_back(frame.node);
  path->facts = facts_;
  path->walked_by = walked_by_;
  path->cost = static_cast<double>(facts_.size());
  if (!backwards_) return;
  std::reverse(path->nodes.begin(), path->nodes.end());
  std::reverse(path->facts.begin(), path->facts.end());
  std::reverse(path->walked_by.begin(), path->walked_by.end());
}

StatusOr<bool> TrailSearch::Next(FoundPath* path) {
  while (!frames_.empty()) {
    Frame& frame = frames_.back();
    if (!frame.told) {
      frame.told = true;
      if (frame.states.back().part == walker_->part_count() &&
          (!target_ || frame.node == *target_)) {
        SetPath(path);
        SL_ASSIGN_OR_RETURN(const bool is_new, trace_.Add(*path));
        if (is_new) return true;
      }
    }
    SL_ASSIGN_OR_RETURN(const bool went_on, GoOn());
    if (walker_->context()->out_of_steps) {
      Clear();
      return false;
    }
    if (!went_on) Pop();
  }
  return false;
}

}  // namespace sightline::query
