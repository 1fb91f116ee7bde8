// Statistics: how many facts a predicate has in a scope, between how many different ends, and how
// they lie over these (end_histogram.h).
//
// They come from scans through the reader's own view that stop early, so that no estimate, and no
// plan made of estimates, depends on what the reader may not see. A cache keeps them for the next
// query with the same clearance and conditions.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "query/optimizer/end_histogram.h"
#include "storage/base/ids.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/model/marking.h"
#include "storage/model/term_id.h"
#include "storage/statements/scope.h"
#include "storage/txn/read_view.h"

namespace sightline::query {

// All are exact up to kFactsCounted facts. Beyond, `facts` stands for "many", and the others keep
// its proportion.
struct PredicateStatistics {
  static constexpr uint64_t kFactsCounted = uint64_t{1} << 18;

  uint64_t facts = 0;
  uint64_t subjects = 0;  // Different ones.
  uint64_t objects = 0;
  EndHistogramPtr by_subject, by_object;
};

// What one scope has said so far. Thread-safe.
class ScopeStatistics {
 public:
  // Errors: the store's. REQUIRES: `scope` is the one that these are of, `view` a view that it may
  // be used with.
  StatusOr<PredicateStatistics> Of(storage::TermId predicate, const storage::ReadView& view,
                                   const storage::ScopePtr& scope) SL_EXCLUDES(mutex_);

 private:
  storage::Mutex mutex_;
  std::map<uint64_t, PredicateStatistics> of_ SL_GUARDED_BY(mutex_);
};

// Thread-safe.
class StatisticsCache {
 public:
  // Those of the scope, or of the same conditions and clearance at another revision a short time
  // ago.
  std::shared_ptr<ScopeStatistics> For(const storage::ReadView& view,
                                       const storage::ScopePtr& scope) SL_EXCLUDES(mutex_);

 private:
  struct Entry {
    storage::Clearance clearance;
    storage::ScopeConditions conditions;
    storage::Revision revision;
    int64_t made_micros = 0;
    std::shared_ptr<ScopeStatistics> statistics;
  };
  static constexpr size_t kEntriesMax = 32;
  // Counting anew after each commit would cost more than slightly old counts.
  static constexpr int64_t kAgeMaxMicros = 1'000'000;

  storage::Mutex mutex_;
  std::vector<Entry> entries_ SL_GUARDED_BY(mutex_);  // The one used last at the back.
};

}  // namespace sightline::query
