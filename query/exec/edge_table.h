// EdgeTable: all facts of an edge by the end that rows know, for joining with them by hashing.
// EdgeTables: those that several threads share: the first that needs one makes it.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "query/exec/term_index.h"
#include "query/plan/pattern.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/model/term_id.h"

namespace sightline::query {

// Immutable when it has been made.
struct EdgeTable {
  TermIndex sources;
  std::vector<uint32_t> begins;     // Of each source, and the end: places in `to`.
  std::vector<storage::TermId> to;  // The neighbours of each source, ascending.
  bool was_cut = false;             // Out of steps: there are more facts.
};
using EdgeTablePtr = std::shared_ptr<const EdgeTable>;

// Thread-safe.
class EdgeTables {
 public:
  // The table of this edge, walked this way; null when there was no room for it. Made by the first
  // who asks, while others wait. Errors: those of `make`; then the next who asks tries.
  StatusOr<EdgeTablePtr> Get(const PatternEdge* edge, bool from_right,
                             const std::function<StatusOr<EdgeTablePtr>()>& make)
      SL_EXCLUDES(mutex_) {
    Entry* entry = nullptr;
    {
      const storage::MutexLock lock(&mutex_);
      entry = &entries_[{edge, from_right}];
    }
    const storage::MutexLock lock(&entry->mutex);
    if (!entry->is_made) {
      SL_ASSIGN_OR_RETURN(entry->table, make());
      entry->is_made = true;
    }
    return entry->table;
  }

 private:
  struct Entry {
    storage::Mutex mutex;
    bool is_made SL_GUARDED_BY(mutex) = false;
    EdgeTablePtr table SL_GUARDED_BY(mutex);
  };

  storage::Mutex mutex_;
  // Entries stay where they are.
  std::map<std::pair<const PatternEdge*, bool>, Entry> entries_ SL_GUARDED_BY(mutex_);
};

}  // namespace sightline::query
