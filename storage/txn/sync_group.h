// SyncGroup: writers who wait for one sync of the log.
//
// All of them are told at once that they have been served, which is one call of the system; whom
// the sync does not serve sleeps on in another group. Members that are asked, not served, look at
// the store again: one of them to do the next sync, all of them when writing has failed.
//
// Thread safety: safe from any thread.

#pragma once

#include <condition_variable>
#include <cstdint>

#include "storage/base/mutex.h"

namespace sightline::storage {

class SyncGroup {
 public:
  enum class Outcome : uint8_t { kServed, kAsked };

  // Until served, or asked. Once the group has been served, all who wait are, now or later.
  Outcome Wait() SL_EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    while (!is_served_ && !all_asked_ && !one_asked_) woken_.wait(lock.native());
    if (is_served_) return Outcome::kServed;
    one_asked_ = false;
    return Outcome::kAsked;
  }

  void Serve() SL_EXCLUDES(mutex_) {
    {
      MutexLock lock(&mutex_);
      is_served_ = true;
    }
    woken_.notify_all();
  }
  // One member, or who comes first when there is none yet.
  void AskOne() SL_EXCLUDES(mutex_) {
    {
      MutexLock lock(&mutex_);
      one_asked_ = true;
    }
    woken_.notify_one();
  }
  // For good.
  void AskAll() SL_EXCLUDES(mutex_) {
    {
      MutexLock lock(&mutex_);
      all_asked_ = true;
    }
    woken_.notify_all();
  }

 private:
  Mutex mutex_;
  std::condition_variable woken_;
  bool is_served_ SL_GUARDED_BY(mutex_) = false;
  bool all_asked_ SL_GUARDED_BY(mutex_) = false;
  bool one_asked_ SL_GUARDED_BY(mutex_) = false;
};

}  // namespace sightline::storage
