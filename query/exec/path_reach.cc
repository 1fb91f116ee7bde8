#include "query/exec/path_reach.h"

#include <algorithm>

namespace sightline::query {

using storage::TermId;

namespace {

constexpr uint32_t kFar = UINT32_MAX;

struct Place {
  uint32_t node;
  uint32_t part, step;
  bool again;
};

}  // namespace

Status PathReach::Search(TermId start, bool backwards) {
  ExecutionContext* const context = walker_->context();
  const auto& parts = walker_->pattern().parts;
  const uint32_t part_count = walker_->part_count();
  for (uint32_t part = 0; part < part_count; ++part) {
    offsets_.push_back(place_count_);
    steps_.push_back(
        static_cast<uint32_t>(parts[backwards ? part_count - 1 - part : part].steps.size()));
    place_count_ += steps_.back() + 1;
  }
  std::vector<bool> is_end;
  std::vector<Place> level, next_level;
  uint32_t distance = 0;
  const auto push = [&](TermId node, uint32_t part, uint32_t step, bool again,
                        std::vector<Place>* to) -> Status {
    const auto [index, is_new] = nodes_.Add(node);
    if (is_new) {
      const uint64_t bytes = 24 + place_count_ * sizeof(uint32_t);
      SL_RETURN_IF_ERROR(context->Reserve(bytes));
      bytes_ += bytes;
      distances_.resize(distances_.size() + place_count_, kFar);
      is_end.push_back(false);
    }
    if (part == part_count) {
      if (!is_end[index]) {
        is_end[index] = true;
        ends_.push_back(node);
      }
      return OkStatus();
    }
    uint32_t& known = distances_[index * place_count_ + PlaceOf(part, step, again)];
    if (known != kFar) return OkStatus();
    known = distance;
    to->push_back({index, part, step, again});
    return OkStatus();
  };
  SL_RETURN_IF_ERROR(push(start, 0, 0, false, &level));
  while (!level.empty()) {
    // It grows while it is gone through: where a part may be left, the next begins at once.
    for (size_t i = 0; i < level.size(); ++i) {
      const Place visit = level[i];
      const TermId node = nodes_[visit.node];
      if (visit.step == 0 && (visit.again || walker_->TimesMin(visit.part, backwards) == 0)) {
        bool joins = true;
        if (visit.part + 1 < part_count) {
          SL_ASSIGN_OR_RETURN(
              joins, walker_->MayJoin(node, backwards ? part_count - 2 - visit.part : visit.part));
        }
        if (joins) {
          SL_RETURN_IF_ERROR(push(node, visit.part + 1, 0, false, &level));
        }
      }
    }
    if (distance >= walker_->length_max()) break;
    ++distance;
    for (const Place& visit : level) {
      const TermId node = nodes_[visit.node];
      if (distance > 1) {
        SL_ASSIGN_OR_RETURN(const bool crosses, walker_->MayCross(node));
        if (!crosses && node != start) continue;
      }
      SL_RETURN_IF_ERROR(walker_->ForEachMove(
          node, visit.part, visit.step, backwards, [&](const PathMove& move) -> StatusOr<bool> {
            const PathState behind = walker_->Behind({.part = visit.part}, move.step, backwards);
            SL_RETURN_IF_ERROR(
                push(move.to, visit.part, behind.step, behind.step == 0, &next_level));
            return true;
          }));
      if (context->out_of_steps) return OkStatus();
    }
    level.swap(next_level);
    next_level.clear();
  }
  return OkStatus();
}

std::optional<uint32_t> PathReach::Left(TermId node, const PathState& state) const {
  const std::optional<uint32_t> index = nodes_.Find(node);
  if (!index) return std::nullopt;
  const auto part_count = static_cast<uint32_t>(steps_.size());
  const uint32_t part = part_count - 1 - state.part;
  const size_t at = *index * place_count_;
  uint32_t least = kFar;
  if (state.step > 0) {
    least = distances_[at + PlaceOf(part, steps_[part] - state.step, false)];
  } else {
    least = distances_[at + PlaceOf(part, 0, true)];
    // Only a part that has been walked, or need not be, can be behind the path already.
    if (state.times > 0 || walker_->TimesMin(state.part, false) == 0) {
      least = std::min(least, distances_[at + PlaceOf(part, 0, false)]);
    }
  }
  return least == kFar ? std::nullopt : std::optional<uint32_t>(least);
}

}  // namespace sightline::query
