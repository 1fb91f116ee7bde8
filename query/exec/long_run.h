// LongRun: a query that runs long steps back. When its thread has worked on it for a tenth of a
// second of processor time, the thread's priority is lowered for as long as it goes on with it, so
// that look-ups of others, which take a tenth of a millisecond, need not wait for a time slice.
//
// On Linux a thread has a niceness of its own (sched(7)), which anybody may raise, but only a
// process with RLIMIT_NICE or CAP_SYS_NICE may lower again. Threads serve one query after the
// other: where what was taken cannot be given back, it is not taken.
//
// Thread safety: one thread at a time, which may be another in each stretch.

#pragma once

#include <cstdint>
#include <optional>

namespace sightline::query {

class LongRun {
 public:
  // Added to the thread's own niceness: a thread with 10 more gets a tenth of a core that another
  // wants whole.
  static constexpr int kNiceness = 10;
  static constexpr int64_t kLongNanos = 100'000'000;

  // While it lives, the calling thread works on the query. Borrows the run, which may be null.
  class Stretch {
   public:
    explicit Stretch(LongRun* run) : run_(run) {
      if (run_ != nullptr) run_->Begin();
    }
    ~Stretch() {
      if (run_ != nullptr) run_->End();
    }
    Stretch(const Stretch&) = delete;
    Stretch& operator=(const Stretch&) = delete;

   private:
    LongRun* const run_;
  };

  // Called again and again in a stretch; reads the clock now and then.
  void Check() {
    if (is_on_ && (++checks_ & kChecksMask) == 0) Ask();
  }

 private:
  static constexpr uint32_t kChecksMask = 31;

  void Begin() {
    is_on_ = true;
    checks_ = 0;
  }
  void End();
  void Ask();

  bool is_on_ = false;  // Within a stretch.
  uint32_t checks_ = 0;
  int64_t used_nanos_ = 0;                // Of processor time, in stretches before this one.
  std::optional<int64_t> asked_nanos_{};  // What the thread's clock showed when first asked in it.
  std::optional<int> niceness_{};         // The thread's own, while it is raised.
};

}  // namespace sightline::query
