// WriterGate: one writer at a time, in the order in which they came.
//
// Thread safety: safe from any thread. A thread that waits for itself waits for ever.

#pragma once

#include <condition_variable>
#include <cstdint>

#include "storage/base/mutex.h"

namespace sightline::storage {

class WriterGate {
 public:
  void Enter() SL_EXCLUDES(mutex_);
  void Leave() SL_EXCLUDES(mutex_);

 private:
  Mutex mutex_;
  std::condition_variable turn_;
  uint64_t next_ticket_ SL_GUARDED_BY(mutex_) = 0;
  uint64_t serving_ SL_GUARDED_BY(mutex_) = 0;
};

}  // namespace sightline::storage
