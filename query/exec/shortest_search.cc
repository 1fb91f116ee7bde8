#include "query/exec/shortest_search.h"

#include <algorithm>

#include "query/functions/sort_in_steps.h"

namespace sightline::query {

using storage::TermId;

namespace {

// What a node of a TermIndex takes, with its first link and its place in a frontier.
constexpr uint64_t kNodeBytes = 40;

}  // namespace

void ShortestSearch::Clear() {
  for (Side& side : sides_) side = Side();
  ClearWays();
  reading_.clear();
  facts_.clear();
  walker_->context()->Release(bytes_);
  bytes_ = 0;
}

void ShortestSearch::ClearWays() {
  way_nodes_ = TermIndex();
  ways_.clear();
  begins_.clear();
  in_order_.clear();
  walker_->context()->Release(way_bytes_);
  way_bytes_ = 0;
}

Status ShortestSearch::Reserve(uint64_t bytes) {
  SL_RETURN_IF_ERROR(walker_->context()->Reserve(bytes));
  bytes_ += bytes;
  return OkStatus();
}

Status ShortestSearch::Start(bool backwards, TermId start) {
  Side& side = sides_[backwards ? 1 : 0];
  side.nodes.Add(start);
  side.first_link.push_back(kNone);
  side.frontier.push_back(0);
  return OkStatus();
}

Status ShortestSearch::Expand(bool backwards) {
  Side& side = sides_[backwards ? 1 : 0];
  MoveOrder& order = walker_->order();
  std::vector<uint32_t> found;
  // Nodes of this level are numbered from here on.
  const auto level_begin = static_cast<uint32_t>(side.nodes.size());
  uint32_t nearer = 0;
  TermId from;
  const auto add = [&](const PathMove& walked) -> Status {
    const auto [index, is_new] = side.nodes.Add(walked.to);
    if (is_new) {
      side.first_link.push_back(kNone);
      found.push_back(index);
    } else if (index < level_begin) {
      return OkStatus();  // There is a shorter way.
    } else if (!keeps_all_ && !backwards) {
      return OkStatus();  // From the left the first way that was found is the first in order.
    }
    const Link link{.nearer = nearer, .next = side.first_link[index], .hop = HopOf(walked)};
    if (!is_new && !keeps_all_) {
      // From the right it is the first step that decides, which is this one.
      Link& known = side.links[link.next];
      SL_RETURN_IF_ERROR(order.Expect(1));
      if (order(MoveOf(walked.to, link.hop, from),
                MoveOf(walked.to, known.hop, side.nodes[known.nearer]))) {
        known.nearer = nearer;
        known.hop = link.hop;
      }
      return OkStatus();
    }
    SL_RETURN_IF_ERROR(Reserve(sizeof(Link) + (is_new ? kNodeBytes : 0)));
    side.first_link[index] = static_cast<uint32_t>(side.links.size());
    side.links.push_back(link);
    return OkStatus();
  };
  // What is new at a node, to be put in order before it is added.
  const bool in_order = !backwards && !keeps_all_ && order.is_of_names();
  std::vector<PathMove> moves;
  for (const uint32_t at : side.frontier) {
    nearer = at;
    from = side.nodes[nearer];
    if (side.depth > 0) {
      SL_ASSIGN_OR_RETURN(const bool crosses, walker_->MayCross(from));
      if (!crosses) continue;
    }
    ++side.nodes_expanded;
    SL_RETURN_IF_ERROR(
        walker_->ForEachMove(from, 0, 0, backwards, [&](const PathMove& walked) -> StatusOr<bool> {
          ++side.facts_read;
          if (!in_order) {
            SL_RETURN_IF_ERROR(add(walked));
          } else if (!side.nodes.Find(walked.to)) {
            SL_RETURN_IF_ERROR(Reserve(sizeof(PathMove)));
            moves.push_back(walked);
          }
          return true;
        }));
    SL_RETURN_IF_ERROR(order.Sort(&moves));
    for (const PathMove& move : moves) SL_RETURN_IF_ERROR(add(move));
    walker_->context()->Release(moves.size() * sizeof(PathMove));
    bytes_ -= moves.size() * sizeof(PathMove);
    moves.clear();
    if (walker_->context()->out_of_steps) break;
  }
  SL_RETURN_IF_ERROR(order.Settle());
  side.frontier = std::move(found);
  ++side.depth;
  return OkStatus();
}

PathMove ShortestSearch::MoveOf(TermId from, const Hop& hop, TermId to) const {
  PathMove move;
  move.to = to;
  move.against = hop.against != 0;
  move.step = hop.step;
  move.fact = {.subject = move.against ? to : from,
               .predicate = predicates_[hop.predicate],
               .object = move.against ? from : to};
  return move;
}

Status ShortestSearch::Explore(TermId start, bool backwards) {
  Clear();
  explored_backwards_ = backwards;
  keeps_all_ = all_;
  SL_RETURN_IF_ERROR(Start(backwards, start));
  const Side& explored = side(backwards);
  while (!explored.frontier.empty() && explored.depth < walker_->length_max() &&
         !walker_->context()->out_of_steps) {
    SL_RETURN_IF_ERROR(Expand(backwards));
  }
  return OkStatus();
}

Status ShortestSearch::SelectEnd(TermId end) {
  ClearWays();
  const Side& explored = side(explored_backwards_);
  const std::optional<uint32_t> index = explored.nodes.Find(end);
  const TermId start = explored.nodes[0];
  if (!index) return BeginReading(start, TermId{});
  SL_RETURN_IF_ERROR(AddWays(explored_backwards_, {*index}));
  return explored_backwards_ ? BeginReading(end, start) : BeginReading(start, end);
}

std::vector<std::pair<uint32_t, uint32_t>> ShortestSearch::Meetings(const Side& side,
                                                                    const Side& other) {
  std::vector<std::pair<uint32_t, uint32_t>> meetings;
  if (side.frontier.size() <= other.frontier.size()) {
    for (const uint32_t found : side.frontier) {
      const std::optional<uint32_t> there = other.nodes.Find(side.nodes[found]);
      if (there) meetings.emplace_back(found, *there);
    }
    return meetings;
  }
  for (const uint32_t there : other.frontier) {
    const std::optional<uint32_t> found = side.nodes.Find(other.nodes[there]);
    if (found && *found >= side.frontier.front()) meetings.emplace_back(*found, there);
  }
  std::sort(meetings.begin(), meetings.end());
  return meetings;
}

Status ShortestSearch::Between(TermId left, TermId right) {
  Clear();
  keeps_all_ = all_ || walker_->order().is_of_names();
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
    for (const auto& [found, other] : Meetings(side(backwards), side(!backwards))) {
      const TermId node = side(backwards).nodes[found];
      if (node != left && node != right) {
        SL_ASSIGN_OR_RETURN(const bool crosses, walker_->MayCross(node));
        if (!crosses) continue;
      }
      left_meetings.push_back(backwards ? other : found);
    }
  }
  // The nodes of one level are numbered in the order of their first ways from the left.
  if (!keeps_all_) left_meetings = {*std::min_element(left_meetings.begin(), left_meetings.end())};
  std::vector<uint32_t> right_meetings;
  for (const uint32_t meeting : left_meetings) {
    right_meetings.push_back(*side(true).nodes.Find(side(false).nodes[meeting]));
  }
  SL_RETURN_IF_ERROR(AddWays(/*backwards=*/false, left_meetings));
  SL_RETURN_IF_ERROR(AddWays(/*backwards=*/true, right_meetings));
  return BeginReading(left, right);
}

Status ShortestSearch::AddWays(bool backwards, const std::vector<uint32_t>& from) {
  const Side& side = this->side(backwards);
  // No node but those that the sides meet at lies on ways of both.
  std::vector<uint32_t> pending = from;
  for (const uint32_t node : from) way_nodes_.Add(side.nodes[node]);
  while (!pending.empty()) {
    const uint32_t node = pending.back();
    pending.pop_back();
    SL_RETURN_IF_ERROR(walker_->context()->Tick());
    const uint32_t farther = way_nodes_.Add(side.nodes[node]).first;
    for (uint32_t link = side.first_link[node]; link != kNone; link = side.links[link].next) {
      const auto [nearer, is_new] = way_nodes_.Add(side.nodes[side.links[link].nearer]);
      if (is_new) pending.push_back(side.links[link].nearer);
      // Twice: they are sorted.
      const uint64_t bytes = 2 * sizeof(Way) + (is_new ? kNodeBytes : 0);
      SL_RETURN_IF_ERROR(walker_->context()->Reserve(bytes));
      way_bytes_ += bytes;
      // All are read from the left, where what is nearer to the right end comes later.
      ways_.push_back({.from = backwards ? farther : nearer,
                       .to = backwards ? nearer : farther,
                       .hop = side.links[link].hop});
    }
  }
  return OkStatus();
}

Status ShortestSearch::BeginReading(TermId left, TermId right) {
  const auto is_before = [](const Way& a, const Way& b) { return a.from < b.from; };
  SL_RETURN_IF_ERROR(SortInSteps(&ways_, 1, is_before, &walker_->context()->evaluation));
  reading_.clear();
  facts_.clear();
  right_ = right;
  found_one_ = false;
  if (!right.is_none()) way_nodes_.Add(left);
  begins_.assign(way_nodes_.size() + 1, 0);
  for (const Way& way : ways_) ++begins_[way.from + 1];
  for (size_t i = 1; i < begins_.size(); ++i) begins_[i] += begins_[i - 1];
  in_order_.assign(way_nodes_.size(), false);
  return right.is_none() ? OkStatus() : Enter(*way_nodes_.Find(left));
}

Status ShortestSearch::Enter(uint32_t node) {
  reading_.push_back({node, begins_[node]});
  if (in_order_[node]) return OkStatus();
  in_order_[node] = true;
  const auto begin = ways_.begin() + begins_[node], end = ways_.begin() + begins_[node + 1];
  if (end - begin < 2) return OkStatus();
  MoveOrder& order = walker_->order();
  SL_RETURN_IF_ERROR(order.Expect(static_cast<uint64_t>(end - begin)));
  const TermId from = way_nodes_[node];
  std::vector<Way> ways(begin, end);
  SL_RETURN_IF_ERROR(SortInSteps(
      &ways, 1,
      [&](const Way& a, const Way& b) {
        return order(MoveOf(from, a.hop, way_nodes_[a.to]), MoveOf(from, b.hop, way_nodes_[b.to]));
      },
      &walker_->context()->evaluation));
  std::copy(ways.begin(), ways.end(), begin);
  return order.Settle();
}

StatusOr<bool> ShortestSearch::Next(FoundPath* path) {
  while (!reading_.empty() && (all_ || !found_one_)) {
    Reading& at = reading_.back();
    const TermId node = way_nodes_[at.node];
    if (node == right_ || at.next == begins_[at.node + 1]) {
      const bool complete = node == right_;
      if (complete) {
        path->nodes.clear();
        for (const Reading& passed : reading_) path->nodes.push_back(way_nodes_[passed.node]);
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
    const Way& way = ways_[at.next++];
    facts_.push_back(MoveOf(node, way.hop, way_nodes_[way.to]).fact);
    SL_RETURN_IF_ERROR(Enter(way.to));
  }
  return false;
}

}  // namespace sightline::query
