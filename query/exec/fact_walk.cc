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

void FactWalk::Add(Permutation permutation, TermId predicate, const KeyPrefix& prefix, bool against,
                   TermId from) {
  // The walk is mostly the one of the last start: then its lanes stand in the same order.
  size_t lane = segments_.size();
  const auto serves = [&](const Lane& candidate) {
    return candidate.permutation == permutation && candidate.predicate == predicate;
  };
  if (lane >= lanes_.size() || !serves(lanes_[lane])) {
    lane = static_cast<size_t>(std::find_if(lanes_.begin(), lanes_.end(), serves) - lanes_.begin());
    if (lane == lanes_.size()) lanes_.push_back({permutation, predicate, nullptr, nullptr});
  }
  segments_.push_back({lane, prefix, against, from});
}

void FactWalk::Start(TermId from, const EdgeWalk& walk, std::optional<TermId> to) {
  Begin(walk);
  // Facts are about nodes: a value can be the object only.
  if (from.is_node() && !walk.along.empty()) {
    if (!walk.along.all_but) {
      for (const TermId predicate : walk.along.predicates) {
        Add(Permutation::kPso, LaneOf(walk.along, predicate),
            to ? KeyPrefix::Of(predicate, from, *to) : KeyPrefix::Of(predicate, from), false,
            to ? TermId() : from);
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
            to ? KeyPrefix::Of(predicate, from, *to) : KeyPrefix::Of(predicate, from), true,
            to ? TermId() : from);
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

size_t FactWalk::batch_rows_max() const {
  // Who asks for few rows, as EXISTS does, reads few facts.
  return std::min<size_t>(storage::MergedScanOptions().batch_rows_max, context_->batch_rows);
}

Status FactWalk::Open(const Segment& segment) {
  Lane& lane = lanes_[segment.lane];
  SL_RETURN_IF_ERROR(context_->Tick());
  FindKnown(segment);
  if (known_) {
    is_open_ = true;
    return OkStatus();
  }
  if (lane.scan != nullptr) {
    SL_RETURN_IF_ERROR(lane.scan->Rebind(segment.prefix));
  } else {
    storage::MergedScanOptions options;
    options.rows = rows_;
    options.batch_rows_max = batch_rows_max();
    SL_ASSIGN_OR_RETURN(lane.scan, context_->evaluation.view->Scan(lane.permutation, segment.prefix,
                                                                   scope_, options));
  }
  is_open_ = true;
  return OkStatus();
}

void FactWalk::FindKnown(const Segment& segment) {
  known_.reset();
  keeps_ = false;
  Lane& lane = lanes_[segment.lane];
  if (neighbours_ == nullptr || segment.from.is_none() || lane.predicate.is_none()) return;
  if (lane.table == nullptr) {
    lane.table = neighbours_->TableOf(scope_, lane.permutation, lane.predicate);
    if (lane.table == nullptr) return;
  }
  known_ = lane.table->Find(segment.from);
  keeps_ = !known_;
  read_.clear();
}

size_t FactWalk::TakeKnown(const Segment& segment) {
  const size_t count = std::min(known_->size(), batch_rows_max());
  batch_.columns[0].assign(count, scope_->CanonicalOf(lanes_[segment.lane].predicate));
  batch_.columns[1].assign(count, scope_->CanonicalOf(segment.from));
  batch_.columns[2].assign(known_->begin(), known_->begin() + static_cast<std::ptrdiff_t>(count));
  batch_.row_count = count;
  known_ = known_->subspan(count);
  return count;
}

StatusOr<size_t> FactWalk::NextRows(const Segment& segment) {
  if (known_) return TakeKnown(segment);
  const Lane& lane = lanes_[segment.lane];
  SL_ASSIGN_OR_RETURN(const size_t rows, lane.scan->Next(&batch_));
  if (!keeps_) return rows;
  if (rows == 0) {
    neighbours_->Add(lane.table.get(), segment.from, read_);
  } else {
    const std::vector<TermId>& ends = batch_.columns[2];
    read_.insert(read_.end(), ends.begin(), ends.end());
    keeps_ = read_.size() <= NeighbourCache::kNeighboursMax;
  }
  return rows;
}

StatusOr<bool> FactWalk::Load() {
  row_ = 0;
  for (; segment_ < segments_.size(); ++segment_) {
    const Segment& segment = segments_[segment_];
    if (!is_open_) SL_RETURN_IF_ERROR(Open(segment));
    SL_ASSIGN_OR_RETURN(const size_t rows, NextRows(segment));
    if (rows > 0) {
      slice_ = Slice(segment);
      all_belong_ = AllBelong(segment);
      return true;
    }
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
    const size_t row = row_++;
    if (!all_belong_ && !Belongs(segments_[segment_], slice_, row)) continue;
    *walked = slice_[row];
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
    *slice = slice_;
    slice->count = batch_.row_count;
    if (all_belong_) return true;
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
