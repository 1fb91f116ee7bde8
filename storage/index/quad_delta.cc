#include "storage/index/quad_delta.h"

#include <algorithm>
#include <utility>

#include "storage/index/quad_key.h"

namespace sightline::storage {
namespace {

void Append(const QuadKey& key, SortedQuads* quads) {
  for (size_t i = 0; i < key.size(); ++i) quads->columns[i].push_back(key[i]);
}

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
      Append(left_key, merged.get());
      left = left.From(1);
      if (left_key == right_key) right = right.From(1);
    } else {
      Append(right_key, merged.get());
      right = right.From(1);
    }
  }
  Append(left, merged.get());
  Append(right, merged.get());
  return merged;
}

std::shared_ptr<const SortedQuads> SortedIn(Permutation permutation,
                                            const std::vector<Quad>& quads) {
  std::vector<QuadKey> keys;
  keys.reserve(quads.size());
  for (const Quad& quad : quads) keys.push_back(QuadKeyOf(permutation, quad));
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  auto sorted = std::make_shared<SortedQuads>();
  for (auto& column : sorted->columns) column.reserve(keys.size());
  for (const QuadKey& key : keys) Append(key, sorted.get());
  return sorted;
}

}  // namespace

QuadDeltaPtr QuadDelta::Empty() {
  static const QuadDeltaPtr empty = std::make_shared<QuadDelta>();
  return empty;
}

void QuadDelta::Add(Permutation permutation, std::shared_ptr<const SortedQuads> part) {
  Parts& parts = parts_[static_cast<size_t>(permutation)];
  while (!parts.empty() && parts.back()->size() < kRatio * part->size()) {
    part = Merge(*parts.back(), *part);
    parts.pop_back();
  }
  parts.push_back(std::move(part));
}

void QuadDelta::Count() {
  quad_count_ = 0;
  for (const auto& part : parts_[0]) quad_count_ += part->size();
}

QuadDeltaPtr QuadDelta::With(const std::vector<Quad>& quads) const {
  auto delta = std::make_shared<QuadDelta>(*this);
  if (!quads.empty()) {
    for (const Permutation permutation : kPermutations) {
      delta->Add(permutation, SortedIn(permutation, quads));
    }
  }
  delta->Count();
  return delta;
}

QuadDeltaPtr QuadDelta::With(const QuadDelta& later) const {
  auto delta = std::make_shared<QuadDelta>(*this);
  for (const Permutation permutation : kPermutations) {
    for (const auto& part : later.PartsOf(permutation)) delta->Add(permutation, part);
  }
  delta->Count();
  return delta;
}

QuadDeltaPtr QuadDelta::After(StatementId folded_through) const {
  std::vector<Quad> kept;
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
