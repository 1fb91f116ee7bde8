// ScopeCache: bitmaps of statements that were evaluated before.
//
// Thread safety: safe from any thread.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "storage/base/ids.h"
#include "storage/base/mutex.h"
#include "storage/model/marking.h"
#include "storage/statements/scope.h"
#include "storage/statements/scope_builder.h"

namespace sightline::storage {

// What a bitmap depends on. `conditions.known_at` and the dispute rule are not part of it: the
// first has been resolved to `known_at`, the second works on facts.
struct ScopeKey {
  ScopeConditions conditions;
  Clearance clearance;
  RetractedStatements retracted = RetractedStatements::kLeaveOut;
  Revision known_at;

  // Equal but for `known_at`: then the bitmap of the later revision can be made from the earlier's.
  bool SameQuestion(const ScopeKey& other) const {
    return retracted == other.retracted && clearance == other.clearance &&
           conditions == other.conditions;
  }
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
