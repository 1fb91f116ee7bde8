#include "storage/txn/writer_gate.h"

namespace sightline::storage {

void WriterGate::Enter() {
  MutexLock lock(&mutex_);
  const uint64_t ticket = next_ticket_++;
  while (serving_ != ticket) turn_.wait(lock.native());
}

void WriterGate::Leave() {
  {
    MutexLock lock(&mutex_);
    ++serving_;
  }
  turn_.notify_all();
}

}  // namespace sightline::storage
