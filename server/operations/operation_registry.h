// OperationRegistry: the operations of a server, those that run and the last that have ended.
//
// Each runs on a thread of its own and goes on whether or not its caller is still there. Of a kind,
// one runs at a time, so that there are never more threads than kinds; and what works on the
// backups runs alone among its like. What has ended is remembered until the server ends, the last
// kEndedMax.
//
// Thread safety: safe from any thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "server/operations/operation.h"
#include "storage/base/cancellation.h"
#include "storage/base/clock.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"

namespace sightline::server {

// What an operation's work has of it. Thread safety: safe from any thread.
class OperationProgress {
 public:
  virtual ~OperationProgress() = default;
  virtual const storage::CancellationToken& cancellation() const = 0;
  // `done` of `total` (0: not known) of a stage.
  virtual void Report(std::string_view stage, uint64_t done, uint64_t total) = 0;
};

class OperationRegistry {
 public:
  static constexpr size_t kEndedMax = 100;

  using Work = std::function<StatusOr<OperationResult>(OperationProgress*)>;

  // Borrows `clock`.
  explicit OperationRegistry(storage::Clock* clock) : clock_(clock) {}
  // Stops, as Stop() does.
  ~OperationRegistry();
  OperationRegistry(const OperationRegistry&) = delete;
  OperationRegistry& operator=(const OperationRegistry&) = delete;

  // Begins `work`. An error of it that is kCancelled, after Cancel, is no failure. Errors:
  // kFailedPrecondition naming the one that is in the way; kUnavailable after Stop.
  StatusOr<Operation> Start(OperationKind kind, std::string user, Work work) SL_EXCLUDES(mutex_);

  // Errors: kNotFound, also for one that is remembered no more.
  StatusOr<Operation> Find(uint64_t number) const SL_EXCLUDES(mutex_);
  // The newest first.
  std::vector<Operation> List() const SL_EXCLUDES(mutex_);
  // Asks it to stop, which it does at the next step. Nothing happens to one that has ended. Errors:
  // as Find.
  StatusOr<Operation> Cancel(uint64_t number) SL_EXCLUDES(mutex_);

  // Cancels what runs, waits for its end, and begins nothing any more.
  void Stop() SL_EXCLUDES(mutex_);

 private:
  class Entry;

  void Run(const std::shared_ptr<Entry>& entry, const Work& work) SL_EXCLUDES(mutex_);
  // Lets go of threads that have ended, and of what is to be forgotten.
  void TidyUp() SL_REQUIRES(mutex_);

  storage::Clock* const clock_;
  mutable storage::Mutex mutex_;
  std::map<uint64_t, std::shared_ptr<Entry>> entries_ SL_GUARDED_BY(mutex_);  // By number.
  std::map<uint64_t, std::thread> threads_ SL_GUARDED_BY(mutex_);             // As above.
  uint64_t last_number_ SL_GUARDED_BY(mutex_) = 0;
  bool is_stopped_ SL_GUARDED_BY(mutex_) = false;
};

}  // namespace sightline::server
