#include "storage/index/quad_iterator_pool.h"

#include <utility>

namespace sightline::storage {

std::unique_ptr<KvIterator> QuadIteratorPool::Take() {
  {
    MutexLock lock(&mutex_);
    if (!idle_.empty()) {
      auto iterator = std::move(idle_.back());
      idle_.pop_back();
      return iterator;
    }
  }
  return kv_->NewIterator(ColumnFamily::kQuads, "", "", snapshot_.get());
}

void QuadIteratorPool::Return(std::unique_ptr<KvIterator> iterator) {
  // One that has failed stays failed; do not hand it on.
  if (!iterator->status().ok()) return;
  MutexLock lock(&mutex_);
  if (idle_.size() < kIdleMax) idle_.push_back(std::move(iterator));
}

}  // namespace sightline::storage
