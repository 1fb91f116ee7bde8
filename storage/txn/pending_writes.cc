#include "storage/txn/pending_writes.h"

#include <utility>

namespace sightline::storage {

StatementBitmapsPtr PendingScopes::Bitmaps(const ScopeTables& tables, const ScopeKey& key,
                                           uint64_t statements_before, uint64_t last) {
  const auto evaluate = [&](uint64_t first) {
    return EvaluateScope(tables, {first, last}, key.conditions, key.clearance, key.known_at,
                         key.retracted);
  };
  for (Entry& entry : entries_) {
    if (!entry.key.SameQuestion(key)) continue;
    if (entry.last == last) return entry.bitmaps;
    if (entry.last > last) return evaluate(statements_before + 1);  // An older view; rare.
    entry.bitmaps = ExtendScope(*entry.bitmaps, *evaluate(entry.last + 1), {});
    entry.last = last;
    return entry.bitmaps;
  }
  if (entries_.size() >= kEntryCountMax) entries_.erase(entries_.begin());
  entries_.push_back({key, last, evaluate(statements_before + 1)});
  return entries_.back().bitmaps;
}

PendingWrites::PendingWrites(DictionaryDelta terms_in, uint64_t statements_before_in,
                             std::shared_ptr<const Catalog> catalog_in)
    : terms(std::move(terms_in)),
      statements_before(statements_before_in),
      catalog(std::move(catalog_in)) {}

void PendingWrites::AddQuads(const std::vector<Quad>& quads) {
  quads_.insert(quads_.end(), quads.begin(), quads.end());
}

const QuadDeltaPtr& PendingWrites::Quads() const {
  if (sorted_count_ < quads_.size()) {
    sorted_ = sorted_->With(
        std::vector<Quad>(quads_.begin() + static_cast<ptrdiff_t>(sorted_count_), quads_.end()));
    sorted_count_ = quads_.size();
  }
  return sorted_;
}

QuadDeltaPtr PendingWrites::QuadsOnTopOf(const QuadDelta& before) const {
  return sorted_count_ == 0 ? before.With(quads_) : before.With(*Quads());
}

void PendingWrites::AddRetraction(StatementId id, std::string reason) {
  retracted.Add({id});
  retractions.push_back({id, std::move(reason)});
}

}  // namespace sightline::storage
