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
      walk_(context, std::move(scope)) {
  left_.step = edge.groups.front().walk;
  right_.step = left_.step.Reversed();
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
  bool met = false;
  FactSlice slice;
  for (const TermId node : frontier) {
    ++side->nodes_expanded;
    walk_.Start(node, side->step);
    while (true) {
      SL_ASSIGN_OR_RETURN(const bool more, walk_.NextSlice(&slice));
      if (!more) break;
      side->facts_read += slice.count;
      const size_t known_before = side->found.size();
      for (size_t row = 0; row < slice.count; ++row) {
        const TermId to = slice.to[row];
        if (!avoided_->empty() && IsAvoided(slice[row].fact)) continue;
        if (!side->found.Add(to).second) continue;
        side->level.push_back(side->depth);
        side->frontier.push_back(to);
        if (in_found_order) side->found_by.push_back(slice[row]);
        if (other.found.Find(to)) {
          if (!chain_wanted_) return true;
          met = true;
        }
      }
      const uint64_t bytes = (side->found.size() - known_before) *
                             (kNodeBytes + (in_found_order ? sizeof(WalkedFact) : 0));
      SL_RETURN_IF_ERROR(context_->Reserve(bytes));
      bytes_ += bytes;
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
    const WalkedFact& step = left_.found_by[at];
    facts_.push_back(step.fact);
    nodes_.push_back(step.to);
    // The start of a chain that comes back to it is found at its end only.
    if (left_.level[at] == 1) break;
    at = *left_.found.Find(step.from);
  }
  nodes_.push_back(left);
  std::reverse(facts_.begin(), facts_.end());
  std::reverse(nodes_.begin(), nodes_.end());
  // On the right side every node has a fact that leads one level nearer.
  WalkedFact walked;
  for (uint32_t rest = right_.depth; rest > 0; --rest) {
    walk_.Start(nodes_.back(), left_.step);
    while (true) {
      SL_ASSIGN_OR_RETURN(const bool more, walk_.Next(&walked));
      if (!more) return false;  // Out of steps.
      if (IsAvoided(walked.fact)) continue;
      const std::optional<uint32_t> nearer = right_.found.Find(walked.to);
      if (nearer && right_.level[*nearer] == rest - 1) break;
    }
    facts_.push_back(walked.fact);
    nodes_.push_back(walked.to);
  }
  return true;
}

}  // namespace sightline::query
