#include <algorithm>
#include <chrono>
#include <utility>

#include "query/exec/operators.h"

namespace sightline::query {
namespace {

// Passes everything on, and notes what it took.
class ProfiledOperator : public PhysicalOperator {
 public:
  ProfiledOperator(OperatorProfile* profile, ExecutionContext* context, PhysicalOperatorPtr made)
      : profile_(profile), context_(context), made_(std::move(made)) {}

  StatusOr<size_t> Next(Batch* batch) override {
    const auto started = std::chrono::steady_clock::now();
    const uint64_t facts_before = context_->evaluation.facts_touched;
    const uint64_t bytes_before = context_->memory_bytes;
    const uint64_t spilled_before = context_->spilled_bytes_total;
    StatusOr<size_t> count = made_->Next(batch);
    profile_->micros += static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(
                                                  std::chrono::steady_clock::now() - started)
                                                  .count());
    profile_->facts_touched += context_->evaluation.facts_touched - facts_before;
    profile_->spilled_bytes += context_->spilled_bytes_total - spilled_before;
    held_bytes_ += static_cast<int64_t>(context_->memory_bytes - bytes_before);
    profile_->memory_bytes =
        std::max(profile_->memory_bytes, static_cast<uint64_t>(std::max<int64_t>(held_bytes_, 0)));
    if (count.ok()) profile_->rows += *count;
    return count;
  }

  Status Reset() override { return made_->Reset(); }

 private:
  OperatorProfile* const profile_;
  ExecutionContext* const context_;
  PhysicalOperatorPtr made_;
  int64_t held_bytes_ = 0;
};

}  // namespace

PhysicalOperatorPtr Profiled(const void* node, ExecutionContext* context,
                             PhysicalOperatorPtr made) {
  if (context->profile == nullptr) return made;
  return std::make_unique<ProfiledOperator>(&(*context->profile)[node], context, std::move(made));
}

}  // namespace sightline::query
