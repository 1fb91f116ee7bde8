// Admission: how much work runs at once, and what is turned away.
//
// Two lanes of worker threads. The read lane has as many threads as queries may run at once; a
// query holds one while it works and none while its client reads, so that slow readers do not use
// the lane up. The write lane has one thread, as the store has one writer at a time: writers wait
// here and not on read threads. Work that nobody waits for any more leaves its queue at once, and
// not when its turn comes: a client that has left takes no place, and one whose time is up hears
// of it.
//
// Thread safety: safe from any thread.

#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "storage/base/cancellation.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"

namespace sightline::server {

enum class Lane : uint8_t { kRead = 0, kWrite = 1 };

struct AdmissionOptions {
  size_t running_max = 4;    // Threads of the read lane.
  size_t queued_max = 64;    // New work that waits for a thread, each lane.
  size_t results_max = 256;  // Results that are open: being computed, or waiting for their reader.
  // Told of new work that is begun, with how long it has waited. May be empty.
  std::function<void(Lane lane, double seconds)> on_begin = nullptr;
};

struct AdmissionStatistics {
  struct OfLane {
    size_t queued = 0;     // New work that waits.
    size_t running = 0;    // Threads that work.
    uint64_t refused = 0;  // New work, since the start.
  };
  std::array<OfLane, 2> lanes;  // By Lane.
  size_t results_open = 0;
};

class Admission {
 public:
  explicit Admission(const AdmissionOptions& options);
  // Stops, as Stop() does.
  ~Admission();

  // Runs `work` on a thread of the lane, after what was submitted earlier. `opens_result`: the work
  // leaves a result open, until CloseResult. `cancellation` (may be null; must live until the work
  // is called): when it says stop while the work waits, the work is called ahead of its turn, on
  // another thread; it should ask the token first, and end.
  //
  // Errors: kResourceExhausted when the lane's queue or the number of open results is full;
  // kUnavailable after Stop. Then `work` is not called, and there is no result to close.
  Status Submit(Lane lane, bool opens_result, std::function<void()> work,
                const storage::CancellationToken* cancellation = nullptr);

  // Lets a look-up of the read lane that leaves a result open be done on the caller's own thread,
  // where it does not have to wait: false where other work waits, or there is no place. After true
  // the work counts as a thread of the lane until End(). For what is over in a moment.
  bool TryBegin();
  void End();

  // The next step of work that was admitted before, on the read lane. Never refused: each open
  // result has one step waiting at most. New work and steps take turns.
  void Continue(std::function<void()> work);

  void CloseResult();

  AdmissionStatistics Statistics() const;
  // How full the queue of a lane is, 0 to 100.
  int QueuePercent(Lane lane);
  // Whether a new result would be turned away.
  bool IsFullOfResults() const;
  // One of those that are open is about to be closed: its place is free from now on.
  void GiveUpResult();

  // Refuses new work, finishes what was admitted, and ends the threads.
  void Stop();

  // How long a client that was turned away should wait.
  static constexpr int64_t kRetryMillis = 500;

 private:
  struct NewWork {
    std::function<void()> work;
    const storage::CancellationToken* cancellation;
    std::chrono::steady_clock::time_point submitted;
  };
  struct Queue {
    std::deque<NewWork> fresh;
    std::deque<std::function<void()>> steps;
    bool step_is_next = false;
    size_t idle = 0;     // Threads that wait for something to do.
    size_t running = 0;  // Threads that work, and callers between TryBegin and End.
    uint64_t refused = 0;
    std::condition_variable changed;
  };

  void Work(Lane lane);
  // Calls new work whose token says stop.
  void Sweep();
  bool NewWorkWaits() const SL_REQUIRES(mutex_);
  // Whether a thread of a lane may take what waits.
  bool MayTake(const Queue& queue) const SL_REQUIRES(mutex_);

  const AdmissionOptions options_;
  mutable storage::Mutex mutex_;
  std::array<Queue, 2> queues_;  // By Lane. Guarded by mutex_.
  size_t results_open_ SL_GUARDED_BY(mutex_) = 0;
  size_t results_given_up_ SL_GUARDED_BY(mutex_) = 0;  // Beside those; not closed yet.
  bool stopping_ SL_GUARDED_BY(mutex_) = false;
  std::condition_variable sweep_;  // New work may have to wait.
  std::vector<std::thread> threads_;
  std::thread sweeper_;
};

}  // namespace sightline::server
