#include "storage/index/quad_delta.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sightline::storage {
namespace {

void Append(const QuadRows& rows, SortedQuads* quads) {
  for (size_t i = 0; i < rows.columns.size(); ++i) {
    quads->columns[i].insert(quads->columns[i].end(), rows.columns[i],
                             rows.columns[i] + rows.row_count);
  }
}

std::shared_ptr<const SortedQuads> Merge(const SortedQuads& a, const SortedQuads& b) {
  auto merged = std::make_shared<SortedQuads>();
  for (auto& column : merged->columns) column.reserve(a.size() + b.size());
  QuadRows left = a.rows();
  QuadRows right = b.rows();
  while (left.row_count > 0 && right.row_count > 0) {
    const QuadKey left_key = left.Row(0);
    const QuadKey right_key = right.Row(0);
    if (!(right_key < left_key)) {
      merged->Append(left_key);
      left = left.From(1);
      if (left_key == right_key) right = right.From(1);
    } else {
      merged->Append(right_key);
      right = right.From(1);
    }
  }
  Append(left, merged.get());
  Append(right, merged.get());
  return merged;
}

}  // namespace

SortedQuads SortedIn(Permutation permutation, const std::vector<Quad>& quads,
                     const KeyPrefix& prefix) {
  std::vector<QuadKey> keys;
  if (prefix.length == 0) keys.reserve(quads.size());
  for (const Quad& quad : quads) {
    const QuadKey key = QuadKeyOf(permutation, quad);
    if (StartsWith(key, prefix)) keys.push_back(key);
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  SortedQuads sorted;
  for (auto& column : sorted.columns) column.reserve(keys.size());
  for (const QuadKey& key : keys) sorted.Append(key);
  return sorted;
}

QuadDeltaPtr QuadDelta::Empty() {
  static const QuadDeltaPtr empty = std::make_shared<QuadDelta>();
  return empty;
}

void QuadDelta::Add(std::shared_ptr<const SortedQuads> part, Parts* parts) {
  while (!parts->empty() && parts->back()->size() < kRatio * part->size()) {
    part = Merge(*parts->back(), *part);
    parts->pop_back();
  }
  parts->push_back(std::move(part));
}

void QuadDelta::Count() {
  quad_count_ = recent_.size();
  for (const auto& part : PartsOf(kPermutations[0])) quad_count_ += part->size();
}

QuadDeltaPtr QuadDelta::With(const std::vector<Quad>& quads) const {
  auto delta = std::make_shared<QuadDelta>(*this);
  std::vector<Quad>& recent = delta->recent_;
  if (recent.size() + quads.size() < kRecentMax) {
    for (const Quad& quad : quads) {
      if (std::find(recent.begin(), recent.end(), quad) == recent.end()) recent.push_back(quad);
    }
  } else {
    recent.insert(recent.end(), quads.begin(), quads.end());
    auto parts = std::make_shared<PartsOfAll>(*parts_);
    for (const Permutation permutation : kPermutations) {
      Add(std::make_shared<const SortedQuads>(SortedIn(permutation, recent)),
          &(*parts)[static_cast<size_t>(permutation)]);
    }
    delta->parts_ = std::move(parts);
    recent.clear();
    recent.shrink_to_fit();
  }
  delta->Count();
  return delta;
}

QuadDeltaPtr QuadDelta::With(const QuadDelta& later) const {
  if (later.PartsOf(kPermutations[0]).empty()) return With(later.recent_);
  auto delta = std::make_shared<QuadDelta>(*this);
  auto parts = std::make_shared<PartsOfAll>(*parts_);
  for (const Permutation permutation : kPermutations) {
    for (const auto& part : later.PartsOf(permutation)) {
      Add(part, &(*parts)[static_cast<size_t>(permutation)]);
    }
  }
  delta->parts_ = std::move(parts);
  return delta->With(later.recent_);
}

QuadDeltaPtr QuadDelta::After(StatementId folded_through) const {
  std::vector<Quad> kept;
  std::copy_if(recent_.begin(), recent_.end(), std::back_inserter(kept),
               [&](const Quad& quad) { return quad.statement > folded_through; });
  for (const auto& part : PartsOf(Permutation::kSpo)) {
    const QuadRows rows = part->rows();
    for (size_t row = 0; row < rows.row_count; ++row) {
      const QuadKey key = rows.Row(row);
      if (key[3] <= folded_through.value) continue;
      kept.push_back({{TermId{key[0]}, TermId{key[1]}, TermId{key[2]}}, StatementId{key[3]}});
    }
  }
  return Empty()->With(kept);
}

}  // namespace sightline::storage
