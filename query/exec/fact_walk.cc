#include "query/exec/fact_walk.h"

#include <algorithm>

namespace sightline::query {

using storage::KeyPrefix;
using storage::Permutation;
using storage::TermId;

namespace {

// Which columns of a permutation's rows are subject, predicate and object.
struct Places {
  uint8_t subject, predicate, object;
};

constexpr Places PlacesOf(Permutation permutation) {
  switch (permutation) {
    case Permutation::kSpo:
      return {0, 1, 2};
    case Permutation::kPos:
      return {2, 0, 1};
    case Permutation::kOsp:
      return {1, 2, 0};
    case Permutation::kPso:
      return {1, 0, 2};
    case Permutation::kOps:
      return {2, 1, 0};
    case Permutation::kSop:
      return {0, 2, 1};
  }
  return {};
}

// Each lane holds an iterator and a group of rows: of many predicates, all share one.
constexpr size_t kLanesMax = 16;
TermId LaneOf(const PredicateSet& set, TermId predicate) {
  return set.predicates.size() <= kLanesMax ? predicate : TermId{};
}

}  // namespace

void FactWalk::Begin(const EdgeWalk& walk) {
  walk_ = &walk;
  segments_.clear();
  segment_ = 0;
  is_open_ = false;
  row_ = 0;
  batch_.row_count = 0;
}

void FactWalk::Add(Permutation permutation, TermId predicate, const KeyPrefix& prefix,
                   bool against) {
  // The walk is mostly the one of the last start: then its lanes stand in the same order.
  size_t lane = segments_.size();
  const auto serves = [&](const Lane& candidate) {
    return candidate.permutation == permutation && candidate.predicate == predicate;
  };
  if (lane >= lanes_.size() || !serves(lanes_[lane])) {
    lane = static_cast<size_t>(std::find_if(lanes_.begin(), lanes_.end(), serves) - lanes_.begin());
    if (lane == lanes_.size()) lanes_.push_back({permutation, predicate, nullptr});
  }
  segments_.push_back({lane, prefix, against});
}

void FactWalk::Start(TermId from, const EdgeWalk& walk, std::optional<TermId> to) {
  Begin(walk);
  // Facts are about nodes: a value can be the object only.
  if (from.is_node() && !walk.along.empty()) {
    if (!walk.along.all_but) {
      for (const TermId predicate : walk.along.predicates) {
        Add(Permutation::kPso, LaneOf(walk.along, predicate),
            to ? KeyPrefix::Of(predicate, from, *to) : KeyPrefix::Of(predicate, from), false);
      }
    } else if (to) {
      Add(Permutation::kSop, {}, KeyPrefix::Of(from, *to), false);
    } else {
      Add(Permutation::kSpo, {}, KeyPrefix::Of(from), false);
    }
  }
  if (!from.is_none() && !walk.against.empty() && (!to || to->is_node())) {
    if (!walk.against.all_but) {
      for (const TermId predicate : walk.against.predicates) {
        Add(Permutation::kPos, LaneOf(walk.against, predicate),
            to ? KeyPrefix::Of(predicate, from, *to) : KeyPrefix::Of(predicate, from), true);
      }
    } else if (to) {
      Add(Permutation::kSop, {}, KeyPrefix::Of(*to, from), true);
    } else {
      Add(Permutation::kOps, {}, KeyPrefix::Of(from), true);
    }
  }
}

void FactWalk::StartAll(const EdgeWalk& walk) {
  Begin(walk);
  for (const bool against : {false, true}) {
    const PredicateSet& set = against ? walk.against : walk.along;
    if (set.empty()) continue;
    if (set.all_but) {
      Add(Permutation::kPso, {}, KeyPrefix::Of(), against);
    } else {
      for (const TermId predicate : set.predicates) {
        Add(Permutation::kPso, LaneOf(set, predicate), KeyPrefix::Of(predicate), against);
      }
    }
  }
}

void FactWalk::StartInOrder(const EdgeWalk& walk) {
  Begin(walk);
  const TermId predicate = *walk.OnlyPredicate();
  const bool against = walk.along.empty();
  Add(against ? Permutation::kPos : Permutation::kPso, predicate, KeyPrefix::Of(predicate),
      against);
}

Status FactWalk::SkipTo(TermId from) {
  if (segment_ == segments_.size()) return OkStatus();
  const Segment& segment = segments_[segment_];
  if (!is_open_) SL_RETURN_IF_ERROR(Open(segment));
  return lanes_[segment.lane].scan->SeekForward(
      KeyPrefix::Of(lanes_[segment.lane].predicate, from));
}

Status FactWalk::Open(const Segment& segment) {
  Lane& lane = lanes_[segment.lane];
  SL_RETURN_IF_ERROR(context_->Tick());
  if (lane.scan != nullptr) {
    SL_RETURN_IF_ERROR(lane.scan->Rebind(segment.prefix));
  } else {
    storage::MergedScanOptions options;
    options.rows = rows_;
    // Who asks for few rows, as EXISTS does, reads few facts.
    options.batch_rows_max = std::min<size_t>(options.batch_rows_max, context_->batch_rows);
    SL_ASSIGN_OR_RETURN(lane.scan, context_->evaluation.view->Scan(lane.permutation, segment.prefix,
                                                                   scope_, options));
  }
  is_open_ = true;
  return OkStatus();
}

StatusOr<bool> FactWalk::Load() {
  row_ = 0;
  for (; segment_ < segments_.size(); ++segment_) {
    const Segment& segment = segments_[segment_];
    if (!is_open_) SL_RETURN_IF_ERROR(Open(segment));
    SL_ASSIGN_OR_RETURN(const size_t rows, lanes_[segment.lane].scan->Next(&batch_));
    if (rows > 0) return true;
    is_open_ = false;
  }
  batch_.row_count = 0;
  return false;
}

FactSlice FactWalk::Slice(const Segment& segment) const {
  const Places places = PlacesOf(lanes_[segment.lane].permutation);
  FactSlice slice;
  slice.count = batch_.row_count;
  slice.from = batch_.columns[segment.against ? places.object : places.subject].data();
  slice.to = batch_.columns[segment.against ? places.subject : places.object].data();
  slice.predicates = batch_.columns[places.predicate].data();
  if (rows_ == storage::ScanRows::kStatements) slice.statements = batch_.statements.data();
  slice.against = segment.against;
  return slice;
}

bool FactWalk::Belongs(const Segment& segment, const FactSlice& slice, size_t row) const {
  const PredicateSet& set = segment.against ? walk_->against : walk_->along;
  if (set.all_but && !set.Contains(slice.predicates[row])) return false;
  if (set.nodes_only && !(segment.against ? slice.from : slice.to)[row].is_node()) return false;
  // From a node to itself both ways are the same: found along already.
  return !(segment.against && slice.from[row] == slice.to[row] && !walk_->along.empty() &&
           walk_->along.Contains(slice.predicates[row]));
}

bool FactWalk::AllBelong(const Segment& segment) const {
  const PredicateSet& set = segment.against ? walk_->against : walk_->along;
  return !set.all_but && !set.nodes_only && !(segment.against && !walk_->along.empty());
}

StatusOr<bool> FactWalk::Next(WalkedFact* walked) {
  while (true) {
    if (row_ == batch_.row_count) {
      SL_ASSIGN_OR_RETURN(const bool more, Load());
      if (!more) return false;
    }
    if (context_->StepsFor(1) == 0) {
      context_->out_of_steps = true;
      Begin(*walk_);
      return false;
    }
    ++context_->evaluation.facts_touched;
    SL_RETURN_IF_ERROR(context_->Tick());
    const Segment& segment = segments_[segment_];
    const FactSlice slice = Slice(segment);
    const size_t row = row_++;
    if (!Belongs(segment, slice, row)) continue;
    *walked = slice[row];
    return true;
  }
}

StatusOr<bool> FactWalk::NextSlice(FactSlice* slice) {
  while (true) {
    SL_ASSIGN_OR_RETURN(const bool more, Load());
    if (!more) return false;
    uint64_t& touched = context_->evaluation.facts_touched;
    const uint64_t left = context_->StepsFor(batch_.row_count);
    if (left == 0) {
      context_->out_of_steps = true;
      Begin(*walk_);
      return false;
    }
    const Segment segment = segments_[segment_];
    if (batch_.row_count > left) {
      // These are the last.
      batch_.row_count = left;
      context_->out_of_steps = true;
      segments_.clear();
    }
    touched += batch_.row_count;
    SL_RETURN_IF_ERROR(context_->Tick(batch_.row_count));
    *slice = Slice(segment);
    if (AllBelong(segment)) return true;
    size_t kept = 0;
    for (size_t row = 0; row < slice->count; ++row) {
      if (!Belongs(segment, *slice, row)) continue;
      for (auto& column : batch_.columns) column[kept] = column[row];
      if (slice->statements != nullptr) batch_.statements[kept] = batch_.statements[row];
      ++kept;
    }
    slice->count = kept;
    if (kept > 0) return true;
  }
}

}  // namespace sightline::query
