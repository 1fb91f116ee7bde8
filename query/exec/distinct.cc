#include <unordered_map>
#include <unordered_set>

#include "query/evidence/evidence.h"
#include "query/exec/operators.h"
#include "query/exec/spilled_rows.h"

namespace sightline::query {
namespace {

// About what a hash table spends on an entry besides its key.
constexpr uint64_t kEntryBytes = 64;

// When the keys outgrow the memory, rows with other keys are put off, and looked at again when the
// input has ended and the keys are forgotten: so rows come in the order in which they came.
class DistinctOperator : public RowTestOperator {
 public:
  DistinctOperator(const LogicalDistinct& distinct, FramePtr frame, ExecutionContext* context,
                   PhysicalOperatorPtr input)
      : RowTestOperator(std::move(input), context),
        keys_(distinct.keys),
        deferred_(std::move(frame), context) {}
  ~DistinctOperator() override { context_->Release(bytes_); }

  Status Reset() override {
    Forget();
    deferred_.Clear();
    input_ended_ = false;
    return RowTestOperator::Reset();
  }

 protected:
  StatusOr<size_t> Pull(Batch* batch) override {
    if (!input_ended_) {
      SL_ASSIGN_OR_RETURN(const size_t count, RowTestOperator::Pull(batch));
      if (count > 0) return count;
      input_ended_ = true;
    }
    while (true) {
      SL_ASSIGN_OR_RETURN(const size_t count, deferred_.Next(batch));
      if (count > 0) return count;
      SL_ASSIGN_OR_RETURN(const bool more, deferred_.StartPass());
      if (!more) return 0;
      Forget();
    }
  }

  StatusOr<bool> Keep(Batch* batch, size_t row) override {
    SL_ASSIGN_OR_RETURN(std::string key, RowKey(*batch, row, keys_, &context_->evaluation));
    if (seen_.contains(key)) return false;
    const uint64_t bytes = key.size() + kEntryBytes;
    full_ = full_ || !context_->HasRoom(bytes_, bytes);
    if (full_) {
      SL_RETURN_IF_ERROR(deferred_.Append(*batch, row));
      return false;
    }
    SL_RETURN_IF_ERROR(context_->Reserve(bytes));
    seen_.insert(std::move(key));
    bytes_ += bytes;
    return true;
  }

 private:
  void Forget() {
    seen_.clear();
    context_->Release(bytes_);
    bytes_ = 0;
    full_ = false;
  }

  const std::vector<uint32_t>& keys_;
  std::unordered_set<std::string> seen_;
  uint64_t bytes_ = 0;
  bool full_ = false;  // Until the keys are forgotten, no more are added.
  bool input_ended_ = false;
  DeferredRows deferred_;
};

class DistinctWithEvidenceOperator : public CollectingOperator {
 public:
  DistinctWithEvidenceOperator(const LogicalDistinct& distinct, FramePtr frame,
                               ExecutionContext* context, PhysicalOperatorPtr input)
      : CollectingOperator(std::move(input), frame, context),
        keys_(distinct.keys),
        deferred_(std::move(frame), context) {}

 protected:
  Status Take(const Batch& in) override {
    const uint32_t evidence = *frame_->evidence_slot;
    for (size_t row = 0; row < in.row_count; ++row) {
      SL_ASSIGN_OR_RETURN(std::string key, RowKey(in, row, keys_, &context_->evaluation));
      const auto known = row_of_.find(key);
      if (known == row_of_.end()) {
        const uint64_t bytes = key.size() + kEntryBytes;
        full_ = full_ || !context_->HasRoom(kept_bytes(), bytes + RowBytes(in, row));
        if (full_) {
          SL_RETURN_IF_ERROR(deferred_.Append(in, row));
          continue;
        }
        SL_RETURN_IF_ERROR(Reserve(bytes));
        row_of_.emplace(std::move(key), rows_.size());
        SL_RETURN_IF_ERROR(rows_.Append(in, row));
        continue;
      }
      if (!IsBound(in, evidence, row)) continue;
      const Datum& held = DataAt(rows_.rows(), evidence, known->second);
      const Datum& more = DataAt(in, evidence, row);
      SL_RETURN_IF_ERROR(
          context_->evaluation.Work(1 + (held.heap_bytes() + more.heap_bytes()) / 64));
      SL_RETURN_IF_ERROR(rows_.Replace(evidence, known->second, MergeEvidence(held, more)));
    }
    return OkStatus();
  }

  StatusOr<bool> Refill() override {
    SL_ASSIGN_OR_RETURN(const bool more, deferred_.StartPass());
    if (!more) return false;
    ForgetRows();
    SL_RETURN_IF_ERROR(deferred_.TakeRest([this](const Batch& in) { return Take(in); }));
    return true;
  }

  void Forget() override {
    row_of_.clear();
    deferred_.Clear();
    full_ = false;
  }

 private:
  void ForgetRows() {
    row_of_.clear();
    ReleaseAll();
    full_ = false;
  }

  const std::vector<uint32_t>& keys_;
  std::unordered_map<std::string, size_t> row_of_;
  bool full_ = false;  // Until the rows have been given, no more are added.
  DeferredRows deferred_;
};

}  // namespace

PhysicalOperatorPtr MakeDistinct(const LogicalDistinct& distinct, FramePtr frame,
                                 ExecutionContext* context, PhysicalOperatorPtr input) {
  if (frame->evidence_slot) {
    return std::make_unique<DistinctWithEvidenceOperator>(distinct, std::move(frame), context,
                                                          std::move(input));
  }
  return std::make_unique<DistinctOperator>(distinct, std::move(frame), context, std::move(input));
}

}  // namespace sightline::query
