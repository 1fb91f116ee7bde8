// IdentityCache: identity maps that were made before.
//
// Readers of different scopes and revisions mostly judge by the same statements, because few of all
// statements are judgements. A map is a function of its judgements alone, so equal ones share it.
//
// Thread safety: safe from any thread.

#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "storage/base/mutex.h"
#include "storage/model/statement.h"
#include "storage/statements/identity.h"

namespace sightline::storage {

class IdentityCache {
 public:
  // A statement that speaks of `sameAs`, as a scan gives it, and how it is rated in the scope (0:
  // not at all): what it says beyond is as immutable as the statement.
  struct Row {
    TermId subject, object;
    StatementId statement;
    bool denies = false;
    Credibility rated = 0;
    friend bool operator==(const Row&, const Row&) = default;
  };

  // None when it is not known. The map may be null.
  std::optional<IdentityMapPtr> Find(const std::vector<Row>& rows) SL_EXCLUDES(mutex_);
  // Drops the one that was not used for the longest time, when there are too many.
  void Insert(std::vector<Row> rows, IdentityMapPtr map) SL_EXCLUDES(mutex_);

 private:
  struct Entry {
    std::vector<Row> rows;
    IdentityMapPtr map;
  };
  static constexpr size_t kEntryCountMax = 16;

  Mutex mutex_;
  std::list<Entry> entries_ SL_GUARDED_BY(mutex_);  // The one used last comes first.
};

}  // namespace sightline::storage
