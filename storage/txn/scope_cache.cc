#include "storage/txn/scope_cache.h"

#include <algorithm>
#include <utility>

namespace sightline::storage {

std::optional<ScopeCache::Entry> ScopeCache::Find(const ScopeKey& key) {
  MutexLock lock(&mutex_);
  Entry* best = nullptr;
  for (Entry& entry : entries_) {
    if (entry.key.known_at > key.known_at || !entry.key.SameQuestion(key)) continue;
    if (best == nullptr || best->key.known_at < entry.key.known_at) best = &entry;
  }
  if (best == nullptr) return std::nullopt;
  best->used_at = ++uses_;
  return *best;
}

void ScopeCache::Insert(ScopeKey key, StatementBitmapsPtr bitmaps) {
  MutexLock lock(&mutex_);
  if (entries_.size() >= kEntryCountMax) {
    const auto oldest =
        std::min_element(entries_.begin(), entries_.end(),
                         [](const Entry& a, const Entry& b) { return a.used_at < b.used_at; });
    entries_.erase(oldest);
  }
  entries_.push_back({std::move(key), std::move(bitmaps), ++uses_});
}

RatingsPtr RatingsCache::Find(const ScopeKey& key) {
  MutexLock lock(&mutex_);
  for (const auto& [of, ratings] : entries_) {
    if (of.known_at == key.known_at && of.SameQuestion(key)) return ratings;
  }
  return nullptr;
}

void RatingsCache::Insert(ScopeKey key, RatingsPtr ratings) {
  MutexLock lock(&mutex_);
  if (entries_.size() >= kEntryCountMax) entries_.erase(entries_.begin());
  entries_.emplace_back(std::move(key), std::move(ratings));
}

}  // namespace sightline::storage
