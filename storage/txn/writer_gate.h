// WriterGate: one at a time, in the order in which they came: writers, and those who change the
// runs.
//
// Thread safety: safe from any thread. A thread that waits for itself waits until it is told to
// stop, or for ever.

#pragma once

#include <condition_variable>
#include <list>

#include "storage/base/cancellation.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"

namespace sightline::storage {

class WriterGate {
 public:
  // Waits for everyone who came before. `cancellation` may be null; then there is no error. Errors:
  // kCancelled and kDeadlineExceeded when it says so before the turn has come; the place is given
  // up, and those behind move on.
  Status Enter(const CancellationToken* cancellation = nullptr) SL_EXCLUDES(mutex_);
  // REQUIRES: entered.
  void Leave() SL_EXCLUDES(mutex_);

 private:
  Mutex mutex_;
  bool occupied_ SL_GUARDED_BY(mutex_) = false;
  // One a waiting writer, the next one first; each is woken by its own.
  std::list<std::condition_variable> queue_ SL_GUARDED_BY(mutex_);
};

}  // namespace sightline::storage
