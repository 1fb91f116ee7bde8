#include "server/admission/admission.h"

#include <utility>

namespace sightline::server {

Admission::Admission(const AdmissionOptions& options) : options_(options) {
  for (size_t i = 0; i < options_.running_max; ++i) {
    threads_.emplace_back([this] { Work(&queues_[static_cast<size_t>(Lane::kRead)]); });
  }
  threads_.emplace_back([this] { Work(&queues_[static_cast<size_t>(Lane::kWrite)]); });
}

Admission::~Admission() { Stop(); }

Status Admission::Submit(Lane lane, bool opens_result, std::function<void()> work) {
  storage::MutexLock lock(&mutex_);
  if (stopping_) return Unavailable("The server is shutting down");
  Queue& queue = queues_[static_cast<size_t>(lane)];
  if (queue.fresh.size() >= options_.queued_max) {
    return ResourceExhausted("The server is busy: requests waiting, {}; try again",
                             queue.fresh.size());
  }
  if (opens_result && results_open_ >= options_.results_max) {
    return ResourceExhausted("The server is busy: results open, {}; try again", results_open_);
  }
  if (opens_result) ++results_open_;
  queue.fresh.push_back(std::move(work));
  queue.changed.notify_one();
  return OkStatus();
}

void Admission::Continue(std::function<void()> work) {
  storage::MutexLock lock(&mutex_);
  Queue& queue = queues_[static_cast<size_t>(Lane::kRead)];
  queue.steps.push_back(std::move(work));
  queue.changed.notify_one();
}

void Admission::CloseResult() {
  storage::MutexLock lock(&mutex_);
  --results_open_;
}

void Admission::Stop() {
  {
    storage::MutexLock lock(&mutex_);
    stopping_ = true;
    for (Queue& queue : queues_) queue.changed.notify_all();
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Admission::Work(Queue* queue) {
  while (true) {
    std::function<void()> work;
    {
      storage::MutexLock lock(&mutex_);
      while (queue->fresh.empty() && queue->steps.empty() && !stopping_) {
        queue->changed.wait(lock.native());
      }
      if (queue->fresh.empty() && queue->steps.empty()) return;
      const bool take_step = queue->fresh.empty() || (queue->step_is_next && !queue->steps.empty());
      std::deque<std::function<void()>>& source = take_step ? queue->steps : queue->fresh;
      queue->step_is_next = !take_step;
      work = std::move(source.front());
      source.pop_front();
    }
    work();
  }
}

}  // namespace sightline::server
