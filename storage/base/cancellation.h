// CancellationToken: tells running work that nobody waits for it any more.
//
// Thread safety: any thread may cancel, any thread may check.

#pragma once

#include <atomic>
#include <chrono>
#include <optional>

#include "storage/base/status.h"

namespace sightline::storage {

class CancellationToken {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  CancellationToken() = default;
  explicit CancellationToken(TimePoint deadline) : deadline_(deadline) {}

  void Cancel() { cancelled_.store(true, std::memory_order_relaxed); }

  // OK, kCancelled or kDeadlineExceeded. Cheap enough to ask once a batch or block.
  Status Check() const {
    if (cancelled_.load(std::memory_order_relaxed)) {
      return MakeStatus(StatusCode::kCancelled, "The query was cancelled");
    }
    if (deadline_ && std::chrono::steady_clock::now() > *deadline_) {
      return MakeStatus(StatusCode::kDeadlineExceeded, "The query ran into its time limit");
    }
    return OkStatus();
  }

 private:
  std::atomic<bool> cancelled_{false};
  const std::optional<TimePoint> deadline_;
};

}  // namespace sightline::storage
