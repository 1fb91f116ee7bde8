// Exchange: hands the rows of one operator, the source, out to several threads, a morsel at a time,
// each of which runs a copy of the operators above, the chain.
//
// Source: V. Leis, P. Boncz, A. Kemper, T. Neumann: Morsel-Driven Parallelism (SIGMOD 2014). Not
// ranges of the index are divided but the rows of the source, which one thread at a time reads:
// where a block of the index ends depends on what is stored in it, hidden or not, and so would
// whatever shows where one morsel ends; and reading rows costs little beside joining them.
//
// The thread that asks for rows works on morsels itself; helpers come from the pool when they are
// idle, and go back to it when there is nothing to do for them, so that nobody waits for a client
// that does not read. Rows come in the order of their morsels, as if one thread had made them. When
// the query runs out of facts that it may touch, the rows that come are the first ones.
//
// Each thread has a context, a chain and a budget taken from the query's (SharedLimits): all
// threads together stay within it; the last few thousand facts may be left over when it ends.
//
// Thread safety: one thread at a time for Exchange itself.

#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "query/exec/operator.h"
#include "query/exec/plan_profile.h"
#include "storage/base/memory_budget.h"
#include "storage/base/mutex.h"

namespace sightline::query {

// How the operators are made, each with the context of the thread that runs it.
struct ExchangePlan {
  std::function<PhysicalOperatorPtr(ExecutionContext*)> make_source;
  // The chain above `source`; it must give the rows of each batch from that batch alone.
  std::function<PhysicalOperatorPtr(ExecutionContext*, PhysicalOperatorPtr source)> make_chain;
};

class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  // What becomes of the rows of a morsel that the chain of thread `thread` (from 0, below
  // thread_count()) has made, whose context is given: then they are not kept for Next. Called by
  // one thread at a time for each, with the rows of a morsel in their order, and with morsels in
  // the order of their numbers, though not with all.
  using Sink =
      std::function<Status(size_t thread, ExecutionContext*, uint64_t morsel, const Batch&)>;

  // Borrows the context, and whatever the plan borrows.
  static std::shared_ptr<Exchange> Make(const ExchangePlan& plan, ExecutionContext* context,
                                        Sink sink = nullptr);

  size_t thread_count() const { return threads_.size(); }
  // The next rows; 0 at the end. Errors: those of the operators.
  StatusOr<size_t> Next(Batch* batch);
  // With a sink: runs everything. Errors: as Next, and those of the sink; the first in the order of
  // the rows.
  Status RunAll();
  // Ends the work of all threads, and adds to the context what they did. The threads' contexts stay
  // until Close.
  void Stop();
  // Ends all work, and lets go of all that it borrows. To be called before that goes.
  void Close();

 private:
  // The batch that a chain works on.
  class MorselOperator;
  // What one thread at a time uses.
  struct Thread {
    size_t number = 0;  // From 1; 0 for the source.
    ExecutionContext context;
    PlanProfile profile;
    MorselOperator* morsel = nullptr;
    PhysicalOperatorPtr chain;  // Borrows the context.
  };
  struct Morsel {
    uint64_t number = 0;
    Thread* thread = nullptr;
    bool is_running = true;  // A thread is at it.
    bool has_ended = false;
    bool was_cut = false;  // Out of steps: there are more rows.
    Status status;
    std::deque<Batch> batches{};  // Not given yet.
  };

  Exchange(ExecutionContext* context, Sink sink)
      : context_(context),
        options_(context->parallel),
        sink_(std::move(sink)),
        source_(std::make_unique<Thread>()) {}

  void StartHelpers();
  void Help();
  // The next rows of the source for a free thread; null when there is nothing to do at present.
  Morsel* Claim();
  // Pulls rows of the morsel's chain until they end, or as many are kept as may be.
  void Run(Morsel* morsel);
  StatusOr<size_t> Pull(Thread* thread, Batch* batch);
  // Takes note of the end of a morsel's rows, and lets go of its thread; of the morsel as well,
  // when nothing of it is needed any more.
  void End(Morsel* morsel, const Status& status) SL_REQUIRES(mutex_);
  // Adds what a thread did to the query's context. Called once for each.
  void Settle(Thread* thread, std::vector<Diagnostic>* notices);

  ExecutionContext* const context_;
  const ParallelOptions options_;
  const Sink sink_;
  std::atomic<bool> stopped_{false};
  std::vector<std::unique_ptr<Thread>> threads_;

  storage::Mutex source_mutex_;  // Before mutex_.
  std::unique_ptr<Thread> source_ SL_GUARDED_BY(source_mutex_);

  storage::Mutex mutex_;
  std::condition_variable changed_;
  std::vector<Thread*> free_ SL_GUARDED_BY(mutex_);
  std::map<uint64_t, Morsel> morsels_ SL_GUARDED_BY(mutex_);  // Not all given; by number.
  uint64_t claimed_ SL_GUARDED_BY(mutex_) = 0;                // Morsels.
  uint64_t given_ SL_GUARDED_BY(mutex_) = 0;
  bool source_has_ended_ SL_GUARDED_BY(mutex_) = false;
  Status source_status_ SL_GUARDED_BY(mutex_);
  size_t helpers_ SL_GUARDED_BY(mutex_) = 0;
  uint64_t kept_bytes_ SL_GUARDED_BY(mutex_) = 0;  // Of all batches.
  storage::MemoryShare kept_of_query_ SL_GUARDED_BY(mutex_);
  storage::MemoryShare kept_of_all_ SL_GUARDED_BY(mutex_);
  bool is_finished_ = false;  // After Stop.
};

}  // namespace sightline::query
