// WriterGate: one at a time: writers, and those who change the runs.
//
// Those who must wait enter in the order in which they came. Who finds the gate free does not wait,
// though others may be on their way to it: waking a thread takes longer than a small transaction,
// and would leave the gate idle for each of them. But nobody is passed by for longer than a moment:
// once the first has waited for kPatience, all others queue up behind. (The compromise that locks
// in language run times make, Go's sync.Mutex, say.)
//
// Thread safety: safe from any thread. A thread that waits for itself waits until it is told to
// stop, or for ever.

#pragma once

#include <chrono>
#include <condition_variable>
#include <list>
#include <memory>

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
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kPatience{2};

  // Of a waiting thread. Shared with who wakes it, whose call may last longer than the wait.
  struct Place {
    const Clock::time_point since = Clock::now();
    bool is_woken = false;
    std::condition_variable woken;
  };
  using Queue = std::list<std::shared_ptr<Place>>;

  // The first of the queue, if there is one that sleeps and has nobody before it.
  std::shared_ptr<Place> NextToWake() SL_REQUIRES(mutex_);

  Mutex mutex_;
  bool occupied_ SL_GUARDED_BY(mutex_) = false;
  Queue queue_ SL_GUARDED_BY(mutex_);
};

}  // namespace sightline::storage
