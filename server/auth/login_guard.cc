#include "server/auth/login_guard.h"

#include <algorithm>
#include <iterator>

namespace sightline::server {
namespace {

using std::chrono::milliseconds;
using storage::MutexLock;

constexpr std::chrono::hours kQuiet{1};
// An attacker may have many addresses; their records must not fill the memory.
constexpr size_t kHostsMax = 10'000;

}  // namespace

milliseconds LoginGuard::LockedFor(std::string_view host) const {
  if (is_empty_.load(std::memory_order_relaxed)) return milliseconds(0);
  MutexLock lock(&mutex_);
  const auto found = hosts_.find(host);
  if (found == hosts_.end()) return milliseconds(0);
  // Rounded up, so that who waits for it has waited long enough.
  return std::max(milliseconds(0),
                  std::chrono::ceil<milliseconds>(found->second->locked_until - now_()));
}

void LoginGuard::Fail(std::string_view host) {
  const Clock::time_point now = now_();
  MutexLock lock(&mutex_);
  is_empty_.store(false, std::memory_order_relaxed);
  auto found = hosts_.find(host);
  if (found == hosts_.end()) {
    if (hosts_.size() >= kHostsMax) {
      hosts_.erase(records_.front().host);
      records_.pop_front();
    }
    records_.push_back({.host = std::string(host), .failures = 0, .last = now, .locked_until = {}});
    found = hosts_.emplace(host, std::prev(records_.end())).first;
  }
  Record& record = *found->second;
  if (now - record.last > kQuiet && now > record.locked_until) record.failures = 0;
  record.last = now;
  records_.splice(records_.end(), records_, found->second);
  if (++record.failures < options_.failures_max) return;
  milliseconds locked = options_.lock;
  for (int64_t i = options_.failures_max; i < record.failures && locked < options_.lock_max; ++i) {
    locked *= 2;
  }
  record.locked_until = now + std::min(locked, options_.lock_max);
}

void LoginGuard::Succeed(std::string_view host) {
  if (is_empty_.load(std::memory_order_relaxed)) return;
  MutexLock lock(&mutex_);
  const auto found = hosts_.find(host);
  if (found != hosts_.end()) {
    records_.erase(found->second);
    hosts_.erase(found);
  }
  is_empty_.store(hosts_.empty(), std::memory_order_relaxed);
}

int64_t LoginGuard::locked_hosts() const {
  MutexLock lock(&mutex_);
  const Clock::time_point now = now_();
  return std::count_if(records_.begin(), records_.end(),
                       [now](const Record& each) { return each.locked_until > now; });
}

}  // namespace sightline::server
