#include "storage/txn/identity_cache.h"

#include <algorithm>
#include <utility>

namespace sightline::storage {

std::optional<IdentityMapPtr> IdentityCache::Find(const std::vector<Row>& rows) {
  const MutexLock lock(&mutex_);
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&rows](const Entry& entry) { return entry.rows == rows; });
  if (found == entries_.end()) return std::nullopt;
  entries_.splice(entries_.begin(), entries_, found);
  return found->map;
}

void IdentityCache::Insert(std::vector<Row> rows, IdentityMapPtr map) {
  const MutexLock lock(&mutex_);
  entries_.push_front({std::move(rows), std::move(map)});
  if (entries_.size() > kEntryCountMax) entries_.pop_back();
}

}  // namespace sightline::storage
