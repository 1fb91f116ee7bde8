// ReadOnlySwitch: whether anybody may write, and if not, why not. Administrators turn it; it stays
// as it was turned when the server starts again, so that a restart in the middle of an incident
// opens nothing. A server that was started with --read-only has it on for good.
//
// It stops what callers write: statements, definitions, files. Users and tokens can be managed all
// the same, and the store goes on looking after itself.
//
// Thread safety: safe from any thread.

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "storage/base/clock.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/store.h"

namespace sightline::server {

class ReadOnlySwitch {
 public:
  struct State {
    bool is_on = false;
    bool is_fixed = false;       // Since the server was started so.
    std::string reason{};        // For those who would write: "the disk is being replaced".
    std::string user{};          // Who turned it; empty when nobody has.
    int64_t changed_micros = 0;  // Since 1970; 0 when nobody has.
  };
  static constexpr size_t kReasonBytesMax = 500;
  // The code of a refused write (docs/language/errors/SL7003.md).
  static constexpr std::string_view kCode = "SL7003";

  // One that nobody turns.
  explicit ReadOnlySwitch(bool is_on) { SetState({.is_on = is_on, .is_fixed = true}); }
  // As it was left in the store, or on for good. Borrows both, which must outlive it. Errors: the
  // store's.
  static StatusOr<std::unique_ptr<ReadOnlySwitch>> Open(storage::Store* store,
                                                        storage::Clock* clock, bool is_fixed);
  ReadOnlySwitch(const ReadOnlySwitch&) = delete;
  ReadOnlySwitch& operator=(const ReadOnlySwitch&) = delete;

  bool is_on() const { return is_on_.load(std::memory_order_acquire); }
  State state() const SL_EXCLUDES(mutex_);
  // OK while writing is allowed, else kPermissionDenied with the reason; IsReadOnly tells it from
  // others.
  Status Check() const SL_EXCLUDES(mutex_);

  // Turns it; counts at once. Writes that were let in before see it at their turn (Check).
  //
  // Errors: kInvalidArgument for a reason that is too long or not UTF-8; kFailedPrecondition when
  // it is fixed; kUnavailable, kDataLoss when the store could not keep it: then it is on all the
  // same until the server ends, or still on.
  Status Set(bool is_on, std::string_view reason, std::string_view user) SL_EXCLUDES(mutex_);

 private:
  ReadOnlySwitch(storage::Store* store, storage::Clock* clock) : store_(store), clock_(clock) {}
  void SetState(State state) SL_EXCLUDES(mutex_);

  storage::Store* const store_ = nullptr;
  storage::Clock* const clock_ = nullptr;
  std::atomic<bool> is_on_{false};
  mutable storage::Mutex mutex_;
  State state_ SL_GUARDED_BY(mutex_);
  storage::Mutex turning_;  // One turns it at a time, to the end.
};

// Whether a status says that the server is read-only.
bool IsReadOnly(const Status& status);

}  // namespace sightline::server
