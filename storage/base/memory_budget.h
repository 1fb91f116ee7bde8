// MemoryBudget: the bytes that many holders may hold together. MemoryShare: what one of them holds.
//
// Thread safety: a budget is safe from any thread; a share belongs to one thread at a time.

#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace sightline::storage {

class MemoryBudget {
 public:
  explicit MemoryBudget(uint64_t bytes_max) : bytes_max_(bytes_max) {}

  uint64_t bytes_max() const { return bytes_max_; }
  uint64_t bytes_held() const { return bytes_held_.load(std::memory_order_relaxed); }

  // Whether there were so many bytes left; then they are taken.
  bool Take(uint64_t bytes) {
    uint64_t held = bytes_held_.load(std::memory_order_relaxed);
    do {
      if (bytes > bytes_max_ - held) return false;
    } while (!bytes_held_.compare_exchange_weak(held, held + bytes, std::memory_order_relaxed));
    return true;
  }
  void GiveBack(uint64_t bytes) { bytes_held_.fetch_sub(bytes, std::memory_order_relaxed); }

 private:
  const uint64_t bytes_max_;
  std::atomic<uint64_t> bytes_held_{0};  // At most bytes_max_.
};

// Taken in steps, so that a row does not cost an access to what all threads share.
class MemoryShare {
 public:
  MemoryShare() = default;  // Of no budget: covers anything.
  // Borrows the budget, which may be null and must outlive the share.
  explicit MemoryShare(MemoryBudget* budget) : budget_(budget) {}
  ~MemoryShare() { ShrinkTo(0); }
  MemoryShare(MemoryShare&& other) noexcept { *this = std::move(other); }
  MemoryShare& operator=(MemoryShare&& other) noexcept {
    std::swap(budget_, other.budget_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }

  MemoryBudget* budget() const { return budget_; }

  // Makes it hold `bytes` at least. Whether the budget had that much; if not, it holds what it
  // held.
  bool Cover(uint64_t bytes) {
    if (budget_ == nullptr || bytes <= bytes_) return true;
    const uint64_t more = bytes - bytes_;
    // The last bytes of a budget are not lost to the step.
    const uint64_t step = more > kStepBytes ? more : kStepBytes;
    if (budget_->Take(step)) {
      bytes_ += step;
      return true;
    }
    if (!budget_->Take(more)) return false;
    bytes_ += more;
    return true;
  }
  // Gives back what it holds beyond `bytes`, but for a step while there are any.
  void ShrinkTo(uint64_t bytes) {
    const uint64_t kept = bytes == 0 ? 0 : bytes + kStepBytes;
    if (budget_ == nullptr || bytes_ <= kept) return;
    budget_->GiveBack(bytes_ - kept);
    bytes_ = kept;
  }

 private:
  static constexpr uint64_t kStepBytes = 256 << 10;

  MemoryBudget* budget_ = nullptr;
  uint64_t bytes_ = 0;
};

}  // namespace sightline::storage
