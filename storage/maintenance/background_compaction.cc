#include "storage/maintenance/background_compaction.h"

#include <chrono>

namespace sightline::storage {
namespace {

// A disk that is full now may have room later.
constexpr std::chrono::seconds kRetryAfter{10};

}  // namespace

BackgroundCompaction::BackgroundCompaction(Compactor* compactor)
    : compactor_(compactor), thread_([this] { Run(); }) {}

BackgroundCompaction::~BackgroundCompaction() {
  cancellation_.Cancel();
  {
    MutexLock lock(&mutex_);
    is_stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void BackgroundCompaction::Wake() {
  {
    MutexLock lock(&mutex_);
    is_woken_ = true;
  }
  wake_.notify_all();
}

Status BackgroundCompaction::status() const {
  MutexLock lock(&mutex_);
  return status_;
}

void BackgroundCompaction::Run() {
  while (true) {
    {
      MutexLock lock(&mutex_);
      if (status_.ok()) {
        while (!is_woken_ && !is_stopping_) wake_.wait(lock.native());
      } else {
        const auto retry_at = std::chrono::steady_clock::now() + kRetryAfter;
        while (!is_stopping_ &&
               wake_.wait_until(lock.native(), retry_at) != std::cv_status::timeout) {
        }
      }
      if (is_stopping_) return;
      is_woken_ = false;
    }
    Status status;
    while (true) {
      const StatusOr<bool> did_something = compactor_->DoWhatIsDue(cancellation_);
      status = did_something.status();
      if (!status.ok() || !*did_something) break;
    }
    MutexLock lock(&mutex_);
    status_ = status;
  }
}

}  // namespace sightline::storage
