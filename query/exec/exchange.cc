#include "query/exec/exchange.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <tuple>
#include <utility>

#include "query/exec/operators.h"
#include "query/exec/worker_pool.h"
#include "query/functions/runtime_error.h"

namespace sightline::query {
namespace {

// Rows that are kept for whoever asks for them: beyond, a morsel waits until it is its turn.
constexpr uint64_t kKeptBytesMax = uint64_t{8} << 20;
// How long the thread that asks waits before it looks whether the query is still wanted.
constexpr std::chrono::milliseconds kWait{10};

// An allocation that failed must not end a helper's thread.
template <typename Work>
auto CatchingBadAlloc(const Work& work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return RuntimeError("SL5005", "the server has no memory left for this query");
  }
}

}  // namespace

class Exchange::MorselOperator : public PhysicalOperator {
 public:
  void Set(Batch batch) {
    batch_ = std::move(batch);
    is_given_ = false;
  }
  StatusOr<size_t> Next(Batch* batch) override {
    if (std::exchange(is_given_, true)) {
      *batch = Batch();
      return 0;
    }
    *batch = std::move(batch_);
    return batch->row_count;
  }
  Status Reset() override { return OkStatus(); }

 private:
  Batch batch_;
  bool is_given_ = true;
};

std::shared_ptr<Exchange> Exchange::Make(const ExchangePlan& plan, ExecutionContext* context,
                                         Sink sink) {
  const std::shared_ptr<Exchange> made(new Exchange(context, std::move(sink)));
  const storage::MutexLock source_lock(&made->source_mutex_);
  const storage::MutexLock lock(&made->mutex_);
  context->ShareLimits();
  const auto start = [&](Thread* thread) {
    context->StartThread(&thread->context);
    thread->context.stopped = &made->stopped_;
    // Rows of different threads are to have different random numbers.
    thread->context.evaluation.random_state =
        static_cast<uint64_t>(context->evaluation.now_micros) + (thread->number << 40) + 1;
    if (context->profile != nullptr) thread->context.profile = &thread->profile;
  };
  start(made->source_.get());
  made->source_->context.batch_rows = std::min(context->batch_rows, made->options_.morsel_rows);
  made->source_->chain = plan.make_source(&made->source_->context);
  // One more than can run, so that another can begin while the rows of one are kept.
  const size_t more = made->sink_ == nullptr ? 1 : 0;
  for (size_t i = 1; i <= made->options_.threads_max + more; ++i) {
    auto thread = std::make_unique<Thread>();
    thread->number = i;
    start(thread.get());
    auto morsel = std::make_unique<MorselOperator>();
    thread->morsel = morsel.get();
    thread->chain = plan.make_chain(&thread->context, std::move(morsel));
    made->free_.push_back(thread.get());
    made->threads_.push_back(std::move(thread));
  }
  made->kept_of_query_ = storage::MemoryShare(&context->shared_limits->memory);
  made->kept_of_all_ = storage::MemoryShare(context->shared_memory.budget());
  return made;
}

// --- Any thread

Exchange::Morsel* Exchange::Claim() {
  storage::MutexLock source_lock(&source_mutex_);
  Thread* thread = nullptr;
  {
    storage::MutexLock lock(&mutex_);
    if (source_has_ended_ || free_.empty()) return nullptr;
    thread = free_.back();
    free_.pop_back();
  }
  Batch batch;
  PhysicalOperator& chain = *source_->chain;
  const StatusOr<size_t> count = CatchingBadAlloc([&] { return chain.Next(&batch); });
  storage::MutexLock lock(&mutex_);
  if (!count.ok() || *count == 0) {
    source_has_ended_ = true;
    source_status_ = count.status();
    free_.push_back(thread);
    changed_.notify_all();
    return nullptr;
  }
  thread->morsel->Set(std::move(batch));
  Morsel& morsel = morsels_[claimed_];
  morsel.number = claimed_++;
  morsel.thread = thread;
  return &morsel;
}

StatusOr<size_t> Exchange::Pull(Thread* thread, Batch* batch) {
  return CatchingBadAlloc([&]() -> StatusOr<size_t> {
    SL_RETURN_IF_ERROR(thread->context.CheckRunning());
    return thread->chain->Next(batch);
  });
}

void Exchange::Run(Morsel* morsel) {
  Thread* const thread = morsel->thread;
  while (true) {
    Batch batch;
    StatusOr<size_t> count = Pull(thread, &batch);
    if (count.ok() && *count > 0 && sink_ != nullptr) {
      const Status taken = CatchingBadAlloc(
          [&] { return sink_(thread->number - 1, &thread->context, morsel->number, batch); });
      if (taken.ok()) continue;
      count = taken;
    }
    storage::MutexLock lock(&mutex_);
    if (!count.ok() || *count == 0) {
      End(morsel, count.status());
      changed_.notify_all();
      return;
    }
    kept_bytes_ += BatchBytes(batch);
    morsel->batches.push_back(std::move(batch));
    changed_.notify_all();
    if (kept_bytes_ > kKeptBytesMax || !kept_of_query_.Cover(kept_bytes_) ||
        !kept_of_all_.Cover(kept_bytes_)) {
      morsel->is_running = false;
      return;
    }
  }
}

void Exchange::End(Morsel* morsel, const Status& status) {
  morsel->is_running = false;
  morsel->has_ended = true;
  morsel->status = status;
  morsel->was_cut = morsel->thread->context.out_of_steps;
  // Nothing behind it will be asked for.
  if (!status.ok() || morsel->was_cut) source_has_ended_ = true;
  if (status.ok() && !morsel->was_cut) {
    const Status reset = morsel->thread->chain->Reset();
    if (!reset.ok()) {
      morsel->status = reset;
      source_has_ended_ = true;
    }
  }
  free_.push_back(morsel->thread);
  // Nobody asks for its rows.
  const bool is_done = sink_ != nullptr && morsel->status.ok() && !morsel->was_cut;
  if (is_done) morsels_.erase(morsel->number);
}

void Exchange::Help() {
  while (!stopped_.load(std::memory_order_relaxed)) {
    Morsel* const morsel = Claim();
    if (morsel == nullptr) break;
    Run(morsel);
  }
  storage::MutexLock lock(&mutex_);
  --helpers_;
  changed_.notify_all();
}

// --- The thread that asks

void Exchange::StartHelpers() {
  while (true) {
    {
      storage::MutexLock lock(&mutex_);
      // One place is that of this thread.
      if (source_has_ended_ || free_.size() < 2 || helpers_ + 1 >= options_.threads_max) {
        return;
      }
      ++helpers_;
    }
    if (options_.pool->TryRun([self = shared_from_this()] { self->Help(); })) continue;
    storage::MutexLock lock(&mutex_);
    --helpers_;
    return;
  }
}

StatusOr<size_t> Exchange::Next(Batch* batch) {
  *batch = Batch();
  while (!is_finished_) {
    SL_RETURN_IF_ERROR(context_->CheckRunning());
    StartHelpers();
    Morsel* own = nullptr;
    {
      storage::MutexLock lock(&mutex_);
      const auto next = morsels_.find(given_);
      if (next == morsels_.end() && source_has_ended_) break;
      if (next != morsels_.end()) {
        Morsel& morsel = next->second;
        if (!morsel.batches.empty()) {
          *batch = std::move(morsel.batches.front());
          morsel.batches.pop_front();
          kept_bytes_ -= BatchBytes(*batch);
          kept_of_query_.ShrinkTo(kept_bytes_);
          kept_of_all_.ShrinkTo(kept_bytes_);
          return batch->row_count;
        }
        if (morsel.has_ended) {
          const Status status = morsel.status;
          if (morsel.was_cut) context_->out_of_steps = true;
          morsels_.erase(next);
          ++given_;
          SL_RETURN_IF_ERROR(status);
          if (context_->out_of_steps) break;
          continue;
        }
        if (!morsel.is_running) {
          morsel.is_running = true;
          own = &morsel;
        }
      }
    }
    if (own != nullptr) {
      // Its rows need not be kept.
      const StatusOr<size_t> count = Pull(own->thread, batch);
      storage::MutexLock lock(&mutex_);
      own->is_running = false;
      if (count.ok() && *count > 0) return count;
      End(own, count.status());
      continue;
    }
    if (Morsel* const morsel = Claim()) {
      storage::MutexLock lock(&mutex_);
      if (morsel->number == given_) {
        morsel->is_running = false;
        continue;
      }
      own = morsel;
    }
    if (own != nullptr) {
      Run(own);
      continue;
    }
    storage::MutexLock lock(&mutex_);
    const auto next = morsels_.find(given_);
    const bool waits = next != morsels_.end()
                           ? next->second.is_running && next->second.batches.empty()
                           : !source_has_ended_;
    if (waits) changed_.wait_for(lock.native(), kWait);
  }
  Stop();
  *batch = Batch();
  storage::MutexLock lock(&mutex_);
  if (!context_->out_of_steps) SL_RETURN_IF_ERROR(source_status_);
  return 0;
}

Status Exchange::RunAll() {
  while (true) {
    SL_RETURN_IF_ERROR(context_->CheckRunning());
    StartHelpers();
    if (Morsel* const morsel = Claim()) {
      Run(morsel);
      continue;
    }
    storage::MutexLock lock(&mutex_);
    if (source_has_ended_ && helpers_ == 0) break;
    changed_.wait_for(lock.native(), kWait);
  }
  Status status;
  {
    storage::MutexLock lock(&mutex_);
    status = source_status_;
    // Those are left that have not ended well: the first counts, as in Next.
    if (!morsels_.empty()) {
      const Morsel& first = morsels_.begin()->second;
      status = first.status;
      context_->out_of_steps |= first.was_cut;
    }
  }
  Stop();
  return status;
}

void Exchange::Stop() {
  if (std::exchange(is_finished_, true)) return;
  stopped_.store(true, std::memory_order_relaxed);
  {
    storage::MutexLock lock(&mutex_);
    while (helpers_ > 0) changed_.wait(lock.native());
  }
  const storage::MutexLock source_lock(&source_mutex_);
  const storage::MutexLock lock(&mutex_);
  context_->out_of_steps |= source_->context.out_of_steps;
  morsels_.clear();
  kept_bytes_ = 0;
  kept_of_query_.ShrinkTo(0);
  kept_of_all_.ShrinkTo(0);
  // The order in which threads have met what is worth a notice is as good as random.
  std::vector<Diagnostic> notices;
  Settle(source_.get(), &notices);
  for (const auto& thread : threads_) Settle(thread.get(), &notices);
  std::sort(notices.begin(), notices.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.span.begin, a.code, a.message) < std::tie(b.span.begin, b.code, b.message);
  });
  std::vector<Diagnostic>& known = context_->evaluation.notices;
  for (Diagnostic& notice : notices) {
    const bool is_known = std::any_of(known.begin(), known.end(), [&notice](const auto& other) {
      return other.code == notice.code && other.span == notice.span;
    });
    if (!is_known) known.push_back(std::move(notice));
  }
}

void Exchange::Close() {
  Stop();
  // A helper may hold this object for a moment longer.
  threads_.clear();
  const storage::MutexLock source_lock(&source_mutex_);
  source_ = nullptr;
}

void Exchange::Settle(Thread* thread, std::vector<Diagnostic>* notices) {
  thread->chain = nullptr;
  ExecutionContext& own = thread->context;
  const uint64_t touched = own.evaluation.facts_touched;
  // The thread has taken them of the shared ones: what is left of these goes back.
  context_->evaluation.facts_touched += touched;
  context_->steps_max += touched;
  if (own.steps_max > touched) {
    context_->shared_limits->steps_left.fetch_add(own.steps_max - touched,
                                                  std::memory_order_relaxed);
  }
  context_->spilled_bytes_total += own.spilled_bytes_total;
  for (const auto& [filter, rows] : own.rows_unknown) CountUnknown(*filter, rows, context_);
  for (Diagnostic& notice : own.evaluation.notices) {
    if (notice.code != kUnknownRows) notices->push_back(std::move(notice));
  }
  for (const auto& [node, did] : thread->profile) {
    OperatorProfile& all = (*context_->profile)[node];
    all.rows += did.rows;
    all.facts_touched += did.facts_touched;
    all.micros += did.micros;
    all.memory_bytes += did.memory_bytes;
    all.spilled_bytes += did.spilled_bytes;
  }
}

}  // namespace sightline::query
