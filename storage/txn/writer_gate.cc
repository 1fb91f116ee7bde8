#include "storage/txn/writer_gate.h"

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
  if (!occupied_ && (queue_.empty() || Clock::now() - queue_.front()->since < kPatience)) {
    occupied_ = true;
    return OkStatus();
  }
  const auto place = queue_.insert(queue_.end(), std::make_shared<Place>());
  Place& mine = **place;
  Status status;
  while (occupied_ || place != queue_.begin()) {
    mine.is_woken = false;
    if (cancellation == nullptr) {
      mine.woken.wait(lock.native());
      continue;
    }
    status = AskToGoOn(*cancellation);
    if (!status.ok()) break;
    mine.woken.wait_for(lock.native(), kAskInterval);
  }
  queue_.erase(place);
  if (status.ok()) {
    occupied_ = true;
    return status;
  }
  // The gate may be free, and the wake-up for it spent on the one who goes away.
  const std::shared_ptr<Place> next = NextToWake();
  lock.native().unlock();
  if (next != nullptr) next->woken.notify_one();
  return status;
}

void WriterGate::Leave() {
  std::shared_ptr<Place> next;
  {
    MutexLock lock(&mutex_);
    occupied_ = false;
    next = NextToWake();
  }
  if (next != nullptr) next->woken.notify_one();
}

std::shared_ptr<WriterGate::Place> WriterGate::NextToWake() {
  if (occupied_ || queue_.empty() || queue_.front()->is_woken) return nullptr;
  queue_.front()->is_woken = true;
  return queue_.front();
}

}  // namespace sightline::storage
