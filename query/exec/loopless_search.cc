#include "query/exec/loopless_search.h"

#include <algorithm>
#include <queue>
#include <tuple>
#include <unordered_map>

namespace sightline::query {

using storage::Fact;
using storage::TermId;

bool LooplessSearch::PathOrder::operator()(const Path& a, const Path& b) const {
  if (a.cost != b.cost) return a.cost < b.cost;
  if (a.moves.size() != b.moves.size()) return a.moves.size() < b.moves.size();
  return std::lexicographical_compare(
      a.moves.begin(), a.moves.end(), b.moves.begin(), b.moves.end(),
      [this](const PathMove& x, const PathMove& y) { return (*moves)(x, y); });
}

void LooplessSearch::Clear() {
  given_.clear();
  candidates_.clear();
  begun_ = false;
  walker_->context()->Release(bytes_);
  bytes_ = 0;
}

Status LooplessSearch::Between(TermId left, TermId right, const PathReach& reach) {
  Clear();
  left_ = left;
  right_ = right;
  reach_ = &reach;
  return OkStatus();
}

Status LooplessSearch::Keep(Path path) {
  const uint64_t bytes = 96 + path.moves.size() * sizeof(PathMove);
  if (candidates_.insert(std::move(path)).second) {
    SL_RETURN_IF_ERROR(walker_->context()->Reserve(bytes));
    bytes_ += bytes;
  }
  return walker_->order().Settle();
}

StatusOr<bool> LooplessSearch::Deviate(const Path& path, size_t common,
                                       const std::vector<Fact>& closed, Path* found) {
  // A label: a way from the place of deviation to a node.
  struct Label {
    TermId node;
    uint32_t before;
    uint32_t length;
    double cost;
    PathMove move;
  };
  struct Entry {
    double cost;
    uint64_t length;  // At least, to the right end.
    uint64_t number;
    uint32_t label;
    bool operator>(const Entry& other) const {
      return std::tuple(cost, length, number) > std::tuple(other.cost, other.length, other.number);
    }
  };
  std::unordered_set<TermId> passed = {left_};
  TermId from = left_;
  for (size_t i = 0; i < common; ++i) {
    from = path.moves[i].to;
    passed.insert(from);
  }
  double cost_before = 0;
  for (size_t i = 0; i < common; ++i) cost_before += path.moves[i].cost;
  const uint64_t length_left = walker_->length_max() - common;

  ExecutionContext* const context = walker_->context();
  constexpr uint64_t kLabelBytes = sizeof(Label) + sizeof(Entry) + 48;
  uint64_t bytes = 0;
  struct Releaser {
    ExecutionContext* context;
    uint64_t* bytes;
    ~Releaser() { context->Release(*bytes); }
  } releaser{context, &bytes};

  std::vector<Label> labels = {{from, 0, 0, 0, {}}};
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
  uint64_t number = 0;
  queue.push({0, 0, number++, 0});
  // The fewest facts of the labels that a node was done with: costs only grow, so a label with no
  // fewer is beaten.
  std::unordered_map<TermId, uint32_t> done;
  while (!queue.empty()) {
    SL_RETURN_IF_ERROR(context->Tick());
    const uint32_t index = queue.top().label;
    queue.pop();
    const Label label = labels[index];
    if (label.node == right_) {
      found->moves.assign(path.moves.begin(), path.moves.begin() + static_cast<ptrdiff_t>(common));
      found->cost = cost_before + label.cost;
      found->common = common;
      std::vector<PathMove> way;
      for (uint32_t at = index; at != 0; at = labels[at].before) way.push_back(labels[at].move);
      found->moves.insert(found->moves.end(), way.rbegin(), way.rend());
      return true;
    }
    const auto [known, is_new] = done.emplace(label.node, label.length);
    if (!is_new) {
      if (known->second <= label.length) continue;
      known->second = label.length;
    }
    if (label.node != left_) {
      SL_ASSIGN_OR_RETURN(const bool crosses, walker_->MayCross(label.node));
      if (!crosses) continue;
    }
    SL_ASSIGN_OR_RETURN(const PathMoves moves, walker_->MovesOf(label.node, 0, 0, false));
    for (const PathMove& move : *moves) {
      SL_ASSIGN_OR_RETURN(const bool may, walker_->Touch());
      if (!may) return false;
      if (passed.contains(move.to)) continue;
      if (index == 0 && std::find(closed.begin(), closed.end(), move.fact) != closed.end()) {
        continue;
      }
      const std::optional<uint32_t> left = reach_->Left(move.to, {0, 0, 1});
      if (!left || label.length + 1 + *left > length_left) continue;
      const auto beaten = done.find(move.to);
      if (beaten != done.end() && beaten->second <= label.length + 1) continue;
      SL_RETURN_IF_ERROR(context->Reserve(kLabelBytes));
      bytes += kLabelBytes;
      const double cost = label.cost + move.cost;
      queue.push({by_cost_ ? cost : 0, label.length + 1 + *left, number++,
                  static_cast<uint32_t>(labels.size())});
      labels.push_back({move.to, index, label.length + 1, cost, move});
    }
    if (context->out_of_steps) return false;
  }
  return false;
}

StatusOr<bool> LooplessSearch::Next(FoundPath* path) {
  ExecutionContext* const context = walker_->context();
  if (!begun_) {
    begun_ = true;
    Path first;
    SL_ASSIGN_OR_RETURN(const bool found, Deviate(Path{}, 0, {}, &first));
    if (found) SL_RETURN_IF_ERROR(Keep(std::move(first)));
  } else {
    const Path last = given_.back();
    for (size_t common = last.common; common < last.moves.size(); ++common) {
      // What paths with the same beginning took next.
      std::vector<Fact> closed;
      for (const Path& given : given_) {
        const bool same_beginning =
            given.moves.size() > common &&
            std::equal(last.moves.begin(), last.moves.begin() + static_cast<ptrdiff_t>(common),
                       given.moves.begin(), [](const PathMove& a, const PathMove& b) {
                         return a.fact == b.fact && a.to == b.to;
                       });
        if (same_beginning) closed.push_back(given.moves[common].fact);
      }
      Path found;
      SL_ASSIGN_OR_RETURN(const bool deviates, Deviate(last, common, closed, &found));
      if (context->out_of_steps) break;
      if (deviates) SL_RETURN_IF_ERROR(Keep(std::move(found)));
    }
  }
  // A candidate may be beaten by one that there were no steps left to find.
  if (candidates_.empty() || context->out_of_steps) return false;
  given_.push_back(*candidates_.begin());
  candidates_.erase(candidates_.begin());
  const Path& next = given_.back();
  path->nodes = {left_};
  path->facts.clear();
  for (const PathMove& move : next.moves) {
    path->nodes.push_back(move.to);
    path->facts.push_back(move.fact);
  }
  path->walked_by.assign(next.moves.size(), {0, 0});
  path->cost = next.cost;
  return true;
}

}  // namespace sightline::query
