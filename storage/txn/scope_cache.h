// ScopeCache: bitmaps of statements that were evaluated before.
//
// Thread safety: safe from any thread.

#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "storage/base/ids.h"
#include "storage/base/mutex.h"
#include "storage/model/marking.h"
#include "storage/statements/scope.h"
#include "storage/statements/scope_builder.h"

namespace sightline::storage {

// What a bitmap depends on. `conditions.known_at`, the dispute rule and BACKED BY are not part of
// it: the first has been resolved to `known_at`, the others work on facts.
struct ScopeKey {
  ScopeConditions conditions;
  Clearance clearance;
  RetractedStatements retracted = RetractedStatements::kLeaveOut;
  Revision known_at;
  RatingsPtr ratings = nullptr;  // Null when the conditions do not ask for grades.

  // Equal but for `known_at`: then the bitmap of the later revision can be made from the earlier's.
  bool SameQuestion(const ScopeKey& other) const {
    return retracted == other.retracted && clearance == other.clearance &&
           conditions == other.conditions && SameRatings(other);
  }

 private:
  bool SameRatings(const ScopeKey& other) const {
    if (ratings == nullptr || other.ratings == nullptr) return ratings == other.ratings;
    return ratings == other.ratings || *ratings == *other.ratings;
  }
};

// Ratings that were read before, by what may be seen of them: `conditions` have a valid time and
// handling only, `ratings` of the key is null. Safe from any thread.
class RatingsCache {
 public:
  // Null when there are none.
  RatingsPtr Find(const ScopeKey& key) SL_EXCLUDES(mutex_);
  void Insert(ScopeKey key, RatingsPtr ratings) SL_EXCLUDES(mutex_);

 private:
  static constexpr size_t kEntryCountMax = 16;

  Mutex mutex_;
  std::vector<std::pair<ScopeKey, RatingsPtr>> entries_ SL_GUARDED_BY(mutex_);  // Oldest first.
};

class ScopeCache {
 public:
  struct Entry {
    ScopeKey key;
    StatementBitmapsPtr bitmaps;
    uint64_t used_at = 0;
  };

  // The entry for the same question at the newest revision not after the key's.
  std::optional<Entry> Find(const ScopeKey& key) SL_EXCLUDES(mutex_);
  // Drops the entry that was not used for the longest time, when there are too many.
  void Insert(ScopeKey key, StatementBitmapsPtr bitmaps) SL_EXCLUDES(mutex_);

 private:
  static constexpr size_t kEntryCountMax = 64;

  Mutex mutex_;
  std::vector<Entry> entries_ SL_GUARDED_BY(mutex_);
  uint64_t uses_ SL_GUARDED_BY(mutex_) = 0;
};

}  // namespace sightline::storage
