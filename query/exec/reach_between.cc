#include "query/exec/reach_between.h"

#include <algorithm>
#include <optional>

namespace sightline::query {

using storage::Fact;
using storage::TermId;

namespace {

// A node with its places in the tables.
constexpr uint64_t kNodeBytes = 40;

}  // namespace

ReachBetween::ReachBetween(const PatternEdge& edge, storage::ScopePtr scope,
                           ExecutionContext* context)
    : context_(context),
      hops_min_(edge.groups.front().hops_min),
      hops_max_(edge.groups.front().hops_max),
      order_(context),
      walk_(context, std::move(scope)) {
  left_.step = edge.groups.front().walk;
  right_.step = left_.step.Reversed();
  walk_.KeepNeighbours();
}

void ReachBetween::Clear() {
  for (Side* side : {&left_, &right_}) {
    side->found = TermIndex();
    side->level.clear();
    side->found_by.clear();
    side->frontier.clear();
    side->depth = 0;
    side->facts_read = side->nodes_expanded = 0;
  }
  facts_.clear();
  nodes_.clear();
  context_->Release(bytes_);
  bytes_ = 0;
}

Status ReachBetween::Reserve(uint64_t bytes) {
  SL_RETURN_IF_ERROR(context_->Reserve(bytes));
  bytes_ += bytes;
  return OkStatus();
}

bool ReachBetween::IsAvoided(const Fact& fact) const {
  return std::find(avoided_->begin(), avoided_->end(), fact) != avoided_->end();
}

StatusOr<bool> ReachBetween::Search(TermId left, TermId right, const std::vector<Fact>& avoided,
                                    bool chain_wanted) {
  Clear();
  avoided_ = &avoided;
  chain_wanted_ = chain_wanted;
  if (left == right && hops_min_ == 0) {
    nodes_ = {left};
    return true;
  }
  left_.frontier = {left};
  right_.frontier = {right};
  right_.found.Add(right);
  right_.level.push_back(0);
  // A chain of one fact or more that comes back to its start has to find it.
  if (left != right) {
    left_.found.Add(left);
    left_.level.push_back(0);
    if (chain_wanted_) left_.found_by.emplace_back();
  }
  while (!left_.frontier.empty() && !right_.frontier.empty() &&
         uint64_t{left_.depth} + right_.depth < hops_max_) {
    // Until the left side has a level, nothing is known there that the other could meet.
    const bool from_left =
        (left == right && left_.depth == 0) || left_.NextCost() <= right_.NextCost();
    SL_ASSIGN_OR_RETURN(const bool met,
                        from_left ? Expand(&left_, right_) : Expand(&right_, left_));
    if (context_->out_of_steps) return met && !chain_wanted_;
    if (met) return chain_wanted_ ? ReadChain(left) : true;
  }
  return false;
}

StatusOr<bool> ReachBetween::Expand(Side* side, const Side& other) {
  const bool in_found_order = chain_wanted_ && side == &left_;
  std::vector<TermId> frontier = std::move(side->frontier);
  side->frontier.clear();
  ++side->depth;
  if (!in_found_order) std::sort(frontier.begin(), frontier.end());
  const bool by_names = in_found_order && order_.is_of_names();
  std::vector<PathMove> moves;  // From one node to new ones, to be put in order.
  bool met = false;
  const auto note_new = [&](const PathMove& move) {
    side->level.push_back(side->depth);
    side->frontier.push_back(move.to);
    if (in_found_order) side->found_by.push_back(move);
    if (other.found.Find(move.to)) met = true;
  };
  FactSlice slice;
  for (const TermId node : frontier) {
    ++side->nodes_expanded;
    walk_.Start(node, side->step);
    const size_t known_before = side->found.size();
    while (true) {
      SL_ASSIGN_OR_RETURN(const bool more, walk_.NextSlice(&slice));
      if (!more) break;
      side->facts_read += slice.count;
      const size_t slice_before = side->found.size(), moves_before = moves.size();
      for (size_t row = 0; row < slice.count; ++row) {
        if (!avoided_->empty() && IsAvoided(slice[row].fact)) continue;
        if (by_names) {
          if (!side->found.Find(slice.to[row])) moves.push_back(PathMove::Of(slice[row]));
          continue;
        }
        if (!side->found.Add(slice.to[row]).second) continue;
        note_new(PathMove::Of(slice[row]));
        if (met && !chain_wanted_ && !order_.is_of_names()) return true;
      }
      SL_RETURN_IF_ERROR(Reserve((side->found.size() - slice_before) *
                                     (kNodeBytes + (in_found_order ? sizeof(PathMove) : 0)) +
                                 (moves.size() - moves_before) * sizeof(PathMove)));
    }
    if (by_names) {
      SL_RETURN_IF_ERROR(order_.Sort(&moves));
      for (const PathMove& move : moves) {
        if (side->found.Add(move.to).second) note_new(move);
      }
      // What was reserved for the moves is for what found the nodes: no more of them.
      SL_RETURN_IF_ERROR(Reserve((side->found.size() - known_before) * kNodeBytes));
      moves.clear();
    }
    if (context_->out_of_steps) return met;
  }
  return met;
}

StatusOr<bool> ReachBetween::ReadChain(TermId left) {
  // The left side's nodes are numbered in the order of their first chains.
  std::optional<uint32_t> meeting;
  for (uint32_t i = 0; i < left_.found.size() && !meeting; ++i) {
    if (left_.level[i] != left_.depth) continue;
    const std::optional<uint32_t> other = right_.found.Find(left_.found[i]);
    if (other && right_.level[*other] == right_.depth) meeting = i;
  }
  if (!meeting) return false;
  for (uint32_t at = *meeting; left_.level[at] > 0;) {
    const PathMove& step = left_.found_by[at];
    facts_.push_back(step.fact);
    nodes_.push_back(step.to);
    // The start of a chain that comes back to it is found at its end only.
    if (left_.level[at] == 1) break;
    at = *left_.found.Find(step.against ? step.fact.object : step.fact.subject);
  }
  nodes_.push_back(left);
  std::reverse(facts_.begin(), facts_.end());
  std::reverse(nodes_.begin(), nodes_.end());
  // On the right side every node has a fact that leads one level nearer.
  WalkedFact walked;
  for (uint32_t rest = right_.depth; rest > 0; --rest) {
    std::optional<PathMove> first;
    walk_.Start(nodes_.back(), left_.step);
    while (!first || order_.is_of_names()) {
      SL_ASSIGN_OR_RETURN(const bool more, walk_.Next(&walked));
      if (!more) break;
      if (IsAvoided(walked.fact)) continue;
      const std::optional<uint32_t> nearer = right_.found.Find(walked.to);
      if (!nearer || right_.level[*nearer] != rest - 1) continue;
      SL_RETURN_IF_ERROR(order_.Expect(1));
      const PathMove move = PathMove::Of(walked);
      if (!first || order_(move, *first)) first = move;
    }
    SL_RETURN_IF_ERROR(order_.Settle());
    if (!first || context_->out_of_steps) return false;
    facts_.push_back(first->fact);
    nodes_.push_back(first->to);
  }
  return true;
}

}  // namespace sightline::query
