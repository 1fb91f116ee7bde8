#include "server/admission/call_registry.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace sightline::server {

void RegisteredCall::WaitForClient() {
  waiting_since_.store(Clock::now().time_since_epoch().count(), std::memory_order_relaxed);
}

void RegisteredCall::ClientMoved() { waiting_since_.store(0, std::memory_order_relaxed); }

bool RegisteredCall::Cancel() {
  std::lock_guard<std::recursive_mutex> lock(mutex_);
  // Moved out first, so that it is not destroyed while it runs.
  const std::function<void()> cancel = std::exchange(cancel_, nullptr);
  if (!cancel) return false;
  cancel();
  return true;
}

CallRegistry::CallRegistry(std::chrono::milliseconds stall_max, std::chrono::milliseconds interval)
    : stall_max_(stall_max), interval_(interval), watcher_([this] { Watch(); }) {}

CallRegistry::~CallRegistry() {
  {
    storage::MutexLock lock(&mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  watcher_.join();
}

std::shared_ptr<RegisteredCall> CallRegistry::Add(std::function<void()> cancel) {
  auto call = std::make_shared<RegisteredCall>();
  call->cancel_ = std::move(cancel);
  storage::MutexLock lock(&mutex_);
  calls_.insert(call);
  return call;
}

void CallRegistry::Remove(const std::shared_ptr<RegisteredCall>& call) {
  {
    std::lock_guard<std::recursive_mutex> lock(call->mutex_);
    call->cancel_ = nullptr;
  }
  storage::MutexLock lock(&mutex_);
  calls_.erase(call);
  if (calls_.empty()) changed_.notify_all();
}

size_t CallRegistry::running() const {
  storage::MutexLock lock(&mutex_);
  return calls_.size();
}

bool CallRegistry::WaitIdle(std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  storage::MutexLock lock(&mutex_);
  while (!calls_.empty()) {
    if (changed_.wait_until(lock.native(), deadline) == std::cv_status::timeout) {
      return calls_.empty();
    }
  }
  return true;
}

void CallRegistry::Watch() {
  while (true) {
    std::vector<std::shared_ptr<RegisteredCall>> stalled;
    {
      storage::MutexLock lock(&mutex_);
      changed_.wait_for(lock.native(), interval_);
      if (stopping_) return;
      const auto now = RegisteredCall::Clock::now();
      for (const std::shared_ptr<RegisteredCall>& call : calls_) {
        const RegisteredCall::Clock::rep since =
            call->waiting_since_.load(std::memory_order_relaxed);
        if (since == 0) continue;
        const RegisteredCall::Clock::time_point start{RegisteredCall::Clock::duration(since)};
        if (now - start > stall_max_) stalled.push_back(call);
      }
    }
    // Without the registry's lock: a cancelled call removes itself.
    stalled_.fetch_add(stalled.size(), std::memory_order_relaxed);
    for (const std::shared_ptr<RegisteredCall>& call : stalled) call->Cancel();
  }
}

bool CallRegistry::CutIdlestResult(std::chrono::milliseconds at_least) {
  std::vector<std::pair<RegisteredCall::Clock::rep, std::shared_ptr<RegisteredCall>>> idle;
  {
    const auto latest = (RegisteredCall::Clock::now() - at_least).time_since_epoch().count();
    storage::MutexLock lock(&mutex_);
    for (const std::shared_ptr<RegisteredCall>& call : calls_) {
      const auto since = call->waiting_since_.load(std::memory_order_relaxed);
      const bool has_result = call->has_result_.load(std::memory_order_relaxed);
      if (has_result && since != 0 && since <= latest) idle.emplace_back(since, call);
    }
  }
  std::sort(idle.begin(), idle.end());
  // The first may have been cut before, and be about to end.
  return std::any_of(idle.begin(), idle.end(),
                     [](const auto& each) { return each.second->Cancel(); });
}

}  // namespace sightline::server
