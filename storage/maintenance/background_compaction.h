// BackgroundCompaction: a thread that does what is due.
//
// Thread safety: safe from any thread. The destructor stops the thread, at the latest after the
// block it is writing.

#pragma once

#include <condition_variable>
#include <thread>

#include "storage/base/cancellation.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/maintenance/compactor.h"

namespace sightline::storage {

class BackgroundCompaction {
 public:
  // Borrows the compactor.
  explicit BackgroundCompaction(Compactor* compactor);
  ~BackgroundCompaction();
  BackgroundCompaction(const BackgroundCompaction&) = delete;
  BackgroundCompaction& operator=(const BackgroundCompaction&) = delete;

  // Something may be due now.
  void Wake() SL_EXCLUDES(mutex_);
  // Of the last attempt: OK, or why the store is not being compacted at present. It is tried again.
  Status status() const SL_EXCLUDES(mutex_);

 private:
  void Run();

  Compactor* const compactor_;
  CancellationToken cancellation_;
  mutable Mutex mutex_;
  std::condition_variable wake_;
  bool is_woken_ SL_GUARDED_BY(mutex_) = true;  // What an earlier process has left undone.
  bool is_stopping_ SL_GUARDED_BY(mutex_) = false;
  Status status_ SL_GUARDED_BY(mutex_);
  std::thread thread_;  // Last: it uses all the others.
};

}  // namespace sightline::storage
