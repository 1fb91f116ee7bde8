// QuadIteratorPool: iterators over the committed quads of one snapshot, used again and again.
//
// Making a RocksDB iterator costs several microseconds, as much as a look-up; a query that follows
// edges node by node makes thousands of scans. Iterators of one snapshot differ in nothing, so that
// a scan can take one that an earlier scan has finished with.
//
// Thread safety: safe from any thread. The KvStore must outlive it.

#pragma once

#include <memory>
#include <vector>

#include "storage/base/mutex.h"
#include "storage/kv/kv_store.h"

namespace sightline::storage {

class QuadIteratorPool {
 public:
  QuadIteratorPool(const KvStore* kv, std::shared_ptr<const KvSnapshot> snapshot)
      : kv_(kv), snapshot_(std::move(snapshot)) {}

  // An iterator over all of kQuads, at no particular place.
  std::unique_ptr<KvIterator> Take() SL_EXCLUDES(mutex_);
  // Takes back an iterator that Take() gave.
  void Return(std::unique_ptr<KvIterator> iterator) SL_EXCLUDES(mutex_);

 private:
  // Idle iterators pin files and memory; more than run at the same time are of no use.
  static constexpr size_t kIdleMax = 16;

  const KvStore* const kv_;
  const std::shared_ptr<const KvSnapshot> snapshot_;
  Mutex mutex_;
  std::vector<std::unique_ptr<KvIterator>> idle_ SL_GUARDED_BY(mutex_);
};

}  // namespace sightline::storage
