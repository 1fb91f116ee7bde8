#include "storage/txn/writer_gate.h"

#include <chrono>

namespace sightline::storage {
namespace {

// A token wakes nobody, so that it is asked this often.
constexpr std::chrono::milliseconds kAskInterval{10};

Status AskToGoOn(const CancellationToken& cancellation) {
  const Status status = cancellation.Check();
  switch (status.code()) {
    case StatusCode::kOk:
      return status;
    case StatusCode::kDeadlineExceeded:
      return MakeStatus(status.code(),
                        "The time limit passed while another writer was at work; nothing was "
                        "written");
    default:
      return MakeStatus(status.code(),
                        "Cancelled while another writer was at work; nothing was written");
  }
}

}  // namespace

Status WriterGate::Enter(const CancellationToken* cancellation) {
  MutexLock lock(&mutex_);
  const auto place = queue_.emplace(queue_.end());
  while (occupied_ || place != queue_.begin()) {
    if (cancellation == nullptr) {
      place->wait(lock.native());
      continue;
    }
    if (Status status = AskToGoOn(*cancellation); !status.ok()) {
      // No one need be woken: the gate is taken, or the front of the queue is on its way.
      queue_.erase(place);
      return status;
    }
    place->wait_for(lock.native(), kAskInterval);
  }
  queue_.erase(place);
  occupied_ = true;
  return OkStatus();
}

void WriterGate::Leave() {
  MutexLock lock(&mutex_);
  occupied_ = false;
  // Under the lock, as the one who waits owns the variable.
  if (!queue_.empty()) queue_.front().notify_one();
}

}  // namespace sightline::storage
