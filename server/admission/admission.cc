#include "server/admission/admission.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace sightline::server {
namespace {

// A token wakes nobody, so that it is asked this often.
constexpr std::chrono::milliseconds kSweepInterval{20};

}  // namespace

Admission::Admission(const AdmissionOptions& options) : options_(options) {
  for (size_t i = 0; i < options_.running_max; ++i) {
    threads_.emplace_back([this] { Work(Lane::kRead); });
  }
  threads_.emplace_back([this] { Work(Lane::kWrite); });
  sweeper_ = std::thread([this] { Sweep(); });
}

Admission::~Admission() { Stop(); }

Status Admission::Submit(Lane lane, bool opens_result, std::function<void()> work,
                         const storage::CancellationToken* cancellation) {
  storage::MutexLock lock(&mutex_);
  if (stopping_) return Unavailable("The server is shutting down");
  Queue& queue = queues_[static_cast<size_t>(lane)];
  if (queue.fresh.size() >= options_.queued_max) {
    ++queue.refused;
    return ResourceExhausted("The server is busy: requests waiting, {}; try again",
                             queue.fresh.size());
  }
  if (opens_result && results_open_ >= options_.results_max) {
    ++queue.refused;
    return ResourceExhausted("The server is busy: results open, {}; try again", results_open_);
  }
  if (opens_result) ++results_open_;
  queue.fresh.push_back({std::move(work), cancellation, std::chrono::steady_clock::now()});
  queue.changed.notify_one();
  // What an idle thread takes at once is not worth waking another for.
  if (queue.fresh.size() + queue.steps.size() > queue.idle) sweep_.notify_one();
  return OkStatus();
}

bool Admission::TryBegin() {
  {
    storage::MutexLock lock(&mutex_);
    Queue& queue = queues_[static_cast<size_t>(Lane::kRead)];
    if (stopping_ || !queue.fresh.empty() || !queue.steps.empty() ||
        queue.running >= options_.running_max || results_open_ >= options_.results_max) {
      return false;
    }
    ++queue.running;
    ++results_open_;
  }
  if (options_.on_begin) options_.on_begin(Lane::kRead, 0);
  return true;
}

void Admission::End() {
  storage::MutexLock lock(&mutex_);
  Queue& queue = queues_[static_cast<size_t>(Lane::kRead)];
  --queue.running;
  // A thread may have had to leave it.
  if (!queue.fresh.empty() || !queue.steps.empty()) queue.changed.notify_one();
}

void Admission::Continue(std::function<void()> work) {
  storage::MutexLock lock(&mutex_);
  Queue& queue = queues_[static_cast<size_t>(Lane::kRead)];
  queue.steps.push_back(std::move(work));
  queue.changed.notify_one();
}

int Admission::QueuePercent(Lane lane) {
  storage::MutexLock lock(&mutex_);
  const size_t waiting = queues_[static_cast<size_t>(lane)].fresh.size();
  const size_t queued_max = std::max<size_t>(options_.queued_max, 1);
  return static_cast<int>(std::min<size_t>(100, 100 * waiting / queued_max));
}

void Admission::CloseResult() {
  storage::MutexLock lock(&mutex_);
  // Which of them it is makes no difference.
  --(results_given_up_ > 0 ? results_given_up_ : results_open_);
}

bool Admission::IsFullOfResults() const {
  storage::MutexLock lock(&mutex_);
  return results_open_ >= options_.results_max;
}

void Admission::GiveUpResult() {
  storage::MutexLock lock(&mutex_);
  if (results_open_ == 0) return;
  --results_open_;
  ++results_given_up_;
}

AdmissionStatistics Admission::Statistics() const {
  storage::MutexLock lock(&mutex_);
  AdmissionStatistics statistics;
  for (size_t i = 0; i < queues_.size(); ++i) {
    statistics.lanes[i] = {queues_[i].fresh.size(), queues_[i].running, queues_[i].refused};
  }
  statistics.results_open = results_open_;
  return statistics;
}

void Admission::Stop() {
  {
    storage::MutexLock lock(&mutex_);
    stopping_ = true;
    for (Queue& queue : queues_) queue.changed.notify_all();
    sweep_.notify_all();
  }
  if (sweeper_.joinable()) sweeper_.join();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

bool Admission::MayTake(const Queue& queue) const {
  const bool is_empty = queue.fresh.empty() && queue.steps.empty();
  // The write lane has one thread, and nobody else in it.
  return !is_empty && (queue.running < options_.running_max || stopping_);
}

void Admission::Work(Lane lane) {
  Queue* const queue = &queues_[static_cast<size_t>(lane)];
  while (true) {
    std::function<void()> work;
    std::optional<std::chrono::steady_clock::time_point> submitted;  // Of new work.
    {
      storage::MutexLock lock(&mutex_);
      while (!MayTake(*queue) && !stopping_) {
        ++queue->idle;
        queue->changed.wait(lock.native());
        --queue->idle;
      }
      if (queue->fresh.empty() && queue->steps.empty()) return;
      const bool take_step = queue->fresh.empty() || (queue->step_is_next && !queue->steps.empty());
      queue->step_is_next = !take_step;
      if (take_step) {
        work = std::move(queue->steps.front());
        queue->steps.pop_front();
      } else {
        work = std::move(queue->fresh.front().work);
        submitted = queue->fresh.front().submitted;
        queue->fresh.pop_front();
      }
      ++queue->running;
    }
    if (submitted && options_.on_begin) {
      const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - *submitted;
      options_.on_begin(lane, waited.count());
    }
    work();
    work = nullptr;
    storage::MutexLock lock(&mutex_);
    --queue->running;
  }
}

bool Admission::NewWorkWaits() const {
  return std::any_of(queues_.begin(), queues_.end(),
                     [](const Queue& queue) { return !queue.fresh.empty(); });
}

void Admission::Sweep() {
  while (true) {
    std::vector<std::function<void()>> stopped;
    {
      storage::MutexLock lock(&mutex_);
      if (stopping_) return;
      if (NewWorkWaits()) {
        sweep_.wait_for(lock.native(), kSweepInterval);
      } else {
        sweep_.wait(lock.native());
      }
      if (stopping_) return;
      for (Queue& queue : queues_) {
        for (NewWork& fresh : queue.fresh) {
          if (fresh.cancellation == nullptr || fresh.cancellation->Check().ok()) continue;
          stopped.push_back(std::exchange(fresh.work, nullptr));
        }
        std::erase_if(queue.fresh, [](const NewWork& fresh) { return fresh.work == nullptr; });
      }
    }
    for (const std::function<void()>& work : stopped) work();
  }
}

}  // namespace sightline::server
