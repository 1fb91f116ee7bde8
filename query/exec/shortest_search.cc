#include "query/exec/shortest_search.h"

#include <algorithm>

namespace sightline::query {

using storage::TermId;

void ShortestSearch::Clear() {
  for (Side& side : sides_) side = Side();
  children_.clear();
  reading_.clear();
  facts_.clear();
  walker_->context()->Release(bytes_);
  bytes_ = 0;
}

Status ShortestSearch::Reserve(uint64_t bytes) {
  SL_RETURN_IF_ERROR(walker_->context()->Reserve(bytes));
  bytes_ += bytes;
  return OkStatus();
}

Status ShortestSearch::Start(bool backwards, TermId start) {
  Side& side = sides_[backwards ? 1 : 0];
  side.nodes.Add(start);
  side.level.push_back(0);
  side.first_link.push_back(kNone);
  side.frontier.push_back(0);
  return OkStatus();
}

Status ShortestSearch::Expand(bool backwards) {
  Side& side = sides_[backwards ? 1 : 0];
  std::vector<uint32_t> found;
  const uint32_t level = side.depth + 1;
  for (const uint32_t nearer : side.frontier) {
    const TermId from = side.nodes[nearer];
    if (side.depth > 0) {
      SL_ASSIGN_OR_RETURN(const bool crosses, walker_->MayCross(from));
      if (!crosses) continue;
    }
    ++side.nodes_expanded;
    SL_RETURN_IF_ERROR(
        walker_->ForEachMove(from, 0, 0, backwards, [&](const PathMove& walked) -> StatusOr<bool> {
          ++side.facts_read;
          const auto [index, is_new] = side.nodes.Add(walked.to);
          if (is_new) {
            SL_RETURN_IF_ERROR(Reserve(40));
            side.level.push_back(level);
            side.first_link.push_back(kNone);
            found.push_back(index);
          } else if (side.level[index] != level) {
            return true;  // There is a shorter way.
          }
          Link link{.nearer = nearer, .move = walked, .next = side.first_link[index]};
          if (backwards) link.move.to = from;
          const bool has_link = link.next != kNone;
          if (has_link && !all_) {
            // From the left the first way that was found is the first in order. From the right it
            // is the first step that decides, which is this one.
            Link& known = side.links[link.next];
            if (backwards && ComesBefore(link.move, known.move)) {
              known.nearer = nearer;
              known.move = link.move;
            }
            return true;
          }
          SL_RETURN_IF_ERROR(Reserve(sizeof(Link)));
          side.first_link[index] = static_cast<uint32_t>(side.links.size());
          side.links.push_back(link);
          return true;
        }));
    if (walker_->context()->out_of_steps) break;
  }
  side.frontier = std::move(found);
  side.depth = level;
  return OkStatus();
}

Status ShortestSearch::Explore(TermId start, bool backwards) {
  Clear();
  explored_backwards_ = backwards;
  SL_RETURN_IF_ERROR(Start(backwards, start));
  const Side& explored = side(backwards);
  while (!explored.frontier.empty() && explored.depth < walker_->length_max() &&
         !walker_->context()->out_of_steps) {
    SL_RETURN_IF_ERROR(Expand(backwards));
  }
  return OkStatus();
}

Status ShortestSearch::SelectEnd(TermId end) {
  children_.clear();
  const Side& explored = side(explored_backwards_);
  const std::optional<uint32_t> index = explored.nodes.Find(end);
  const TermId start = explored.nodes[0];
  if (!index) return BeginReading(start, TermId{});
  SL_RETURN_IF_ERROR(AddWays(explored_backwards_, {*index}));
  return explored_backwards_ ? BeginReading(end, start) : BeginReading(start, end);
}

Status ShortestSearch::Between(TermId left, TermId right) {
  Clear();
  SL_RETURN_IF_ERROR(BeginReading(left, TermId{}));
  SL_RETURN_IF_ERROR(Start(false, left));
  SL_RETURN_IF_ERROR(Start(true, right));
  std::vector<uint32_t> left_meetings;
  while (left_meetings.empty()) {
    if (side(false).frontier.empty() || side(true).frontier.empty() ||
        uint64_t{side(false).depth} + side(true).depth >= walker_->length_max()) {
      return OkStatus();
    }
    const bool backwards = side(true).NextCost() < side(false).NextCost();
    SL_RETURN_IF_ERROR(Expand(backwards));
    if (walker_->context()->out_of_steps) return OkStatus();
    // As all shorter paths would have been found before, those that meet now are the shortest.
    for (const uint32_t found : side(backwards).frontier) {
      const TermId node = side(backwards).nodes[found];
      const std::optional<uint32_t> other = side(!backwards).nodes.Find(node);
      if (!other) continue;
      if (node != left && node != right) {
        SL_ASSIGN_OR_RETURN(const bool crosses, walker_->MayCross(node));
        if (!crosses) continue;
      }
      left_meetings.push_back(backwards ? *other : found);
    }
  }
  // The nodes of one level are numbered in the order of their first ways from the left.
  if (!all_) left_meetings = {*std::min_element(left_meetings.begin(), left_meetings.end())};
  std::vector<uint32_t> right_meetings;
  for (const uint32_t meeting : left_meetings) {
    right_meetings.push_back(*side(true).nodes.Find(side(false).nodes[meeting]));
  }
  SL_RETURN_IF_ERROR(AddWays(/*backwards=*/false, left_meetings));
  SL_RETURN_IF_ERROR(AddWays(/*backwards=*/true, right_meetings));
  return BeginReading(left, right);
}

Status ShortestSearch::AddWays(bool backwards, const std::vector<uint32_t>& from) {
  const Side& ways = side(backwards);
  std::vector<uint32_t> pending = from;
  TermIndex seen;
  for (const uint32_t node : from) seen.Add(ways.nodes[node]);
  while (!pending.empty()) {
    const uint32_t node = pending.back();
    pending.pop_back();
    SL_RETURN_IF_ERROR(walker_->context()->Tick());
    for (uint32_t link = ways.first_link[node]; link != kNone; link = ways.links[link].next) {
      const uint32_t nearer = ways.links[link].nearer;
      // All are read from the left, where what is nearer to the right end comes later.
      children_[ways.nodes[backwards ? node : nearer]].push_back(ways.links[link].move);
      if (seen.Add(ways.nodes[nearer]).second) pending.push_back(nearer);
    }
  }
  return OkStatus();
}

Status ShortestSearch::BeginReading(TermId left, TermId right) {
  for (auto& [node, moves] : children_) std::sort(moves.begin(), moves.end(), ComesBefore);
  reading_.assign(right.is_none() ? 0 : 1, {left, 0});
  facts_.clear();
  right_ = right;
  found_one_ = false;
  return OkStatus();
}

StatusOr<bool> ShortestSearch::Next(FoundPath* path) {
  while (!reading_.empty() && (all_ || !found_one_)) {
    Reading& at = reading_.back();
    const auto moves = children_.find(at.node);
    if (at.node == right_ || moves == children_.end() || at.next == moves->second.size()) {
      const bool complete = at.node == right_;
      if (complete) {
        path->nodes.clear();
        for (const Reading& passed : reading_) path->nodes.push_back(passed.node);
        path->facts = facts_;
        path->walked_by.assign(facts_.size(), {0, 0});
        path->cost = static_cast<double>(facts_.size());
        found_one_ = true;
      }
      reading_.pop_back();
      if (!facts_.empty()) facts_.pop_back();
      if (complete) return true;
      continue;
    }
    // Every way on leads to the other end.
    SL_RETURN_IF_ERROR(walker_->context()->Tick());
    const PathMove& move = moves->second[at.next++];
    facts_.push_back(move.fact);
    reading_.push_back({move.to, 0});
  }
  return false;
}

}  // namespace sightline::query
