// CancelSource: ends running calls from another thread.

#pragma once

#include <grpcpp/client_context.h>

#include <mutex>
#include <set>

namespace sightline::client {

// Thread safety: any thread, any number at a time. Not safe in a signal handler.
class CancelSource {
 public:
  // Ends all calls that run with this source, and lets none begin. They fail with CANCELLED.
  void Cancel() {
    const std::lock_guard lock(mutex_);
    is_cancelled_ = true;
    for (grpc::ClientContext* context : running_) context->TryCancel();
  }
  bool is_cancelled() const {
    const std::lock_guard lock(mutex_);
    return is_cancelled_;
  }

 private:
  friend class RunningCall;
  mutable std::mutex mutex_;
  bool is_cancelled_ = false;
  std::set<grpc::ClientContext*> running_;
};

// A call's context, tied to a source (which may be null) while it lives.
class RunningCall {
 public:
  explicit RunningCall(CancelSource* source) : source_(source) {
    if (source_ == nullptr) return;
    const std::lock_guard lock(source_->mutex_);
    source_->running_.insert(&context_);
    if (source_->is_cancelled_) context_.TryCancel();
  }
  ~RunningCall() {
    if (source_ == nullptr) return;
    const std::lock_guard lock(source_->mutex_);
    source_->running_.erase(&context_);
  }
  RunningCall(const RunningCall&) = delete;
  RunningCall& operator=(const RunningCall&) = delete;

  grpc::ClientContext& context() { return context_; }

 private:
  CancelSource* const source_;
  grpc::ClientContext context_;
};

}  // namespace sightline::client
