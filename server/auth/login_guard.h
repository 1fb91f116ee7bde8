// LoginGuard: locks out an address from which wrong tokens keep coming.
//
// After `failures_max` wrong ones in a row, nothing that is shown from there is looked at for
// `lock`, and for twice as long after each further wrong one, up to `lock_max`. A token that is
// right, or an hour of quiet, begins anew. Tokens cannot be guessed; this keeps those who try from
// using the server up, and makes them show.
//
// Thread safety: safe from any thread.

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <string_view>

#include "storage/base/mutex.h"

namespace sightline::server {

struct LoginGuardOptions {
  int64_t failures_max = 5;
  std::chrono::milliseconds lock{30'000};
  std::chrono::milliseconds lock_max{3'600'000};
};

class LoginGuard {
 public:
  using Clock = std::chrono::steady_clock;
  using Now = Clock::time_point (*)();

  explicit LoginGuard(const LoginGuardOptions& options, Now now = &Clock::now)
      : options_(options), now_(now) {}

  // How much longer `host` is locked out; 0: it is not.
  std::chrono::milliseconds LockedFor(std::string_view host) const;
  // What was shown from there was wrong, or right.
  void Fail(std::string_view host);
  void Succeed(std::string_view host);

  int64_t locked_hosts() const;

 private:
  struct Record {
    std::string host;
    int64_t failures = 0;
    Clock::time_point last;          // Failure.
    Clock::time_point locked_until;  // Past: it is not.
  };

  const LoginGuardOptions options_;
  const Now now_;
  // Nothing to look up, as nearly always.
  std::atomic<bool> is_empty_{true};
  mutable storage::Mutex mutex_;
  std::list<Record> records_ SL_GUARDED_BY(mutex_);  // Who failed longest ago comes first.
  std::map<std::string, std::list<Record>::iterator, std::less<>> hosts_ SL_GUARDED_BY(mutex_);
};

}  // namespace sightline::server
