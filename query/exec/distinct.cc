#include <unordered_map>
#include <unordered_set>

#include "query/evidence/evidence.h"
#include "query/exec/operators.h"

namespace sightline::query {
namespace {

// About what a hash table spends on an entry besides its key.
constexpr uint64_t kEntryBytes = 64;

class DistinctOperator : public RowTestOperator {
 public:
  DistinctOperator(const LogicalDistinct& distinct, ExecutionContext* context,
                   PhysicalOperatorPtr input)
      : RowTestOperator(std::move(input), context), keys_(distinct.keys) {}
  ~DistinctOperator() override { context_->Release(bytes_); }

  Status Reset() override {
    seen_.clear();
    context_->Release(bytes_);
    bytes_ = 0;
    return RowTestOperator::Reset();
  }

 protected:
  StatusOr<bool> Keep(Batch* batch, size_t row) override {
    SL_ASSIGN_OR_RETURN(std::string key, RowKey(*batch, row, keys_, &context_->evaluation));
    const uint64_t bytes = key.size() + kEntryBytes;
    if (!seen_.insert(std::move(key)).second) return false;
    SL_RETURN_IF_ERROR(context_->Reserve(bytes));
    bytes_ += bytes;
    return true;
  }

 private:
  const std::vector<uint32_t>& keys_;
  std::unordered_set<std::string> seen_;
  uint64_t bytes_ = 0;
};

class DistinctWithEvidenceOperator : public CollectingOperator {
 public:
  DistinctWithEvidenceOperator(const LogicalDistinct& distinct, FramePtr frame,
                               ExecutionContext* context, PhysicalOperatorPtr input)
      : CollectingOperator(std::move(input), std::move(frame), context), keys_(distinct.keys) {}

 protected:
  Status Take(const Batch& in) override {
    const uint32_t evidence = *frame_->evidence_slot;
    for (size_t row = 0; row < in.row_count; ++row) {
      SL_ASSIGN_OR_RETURN(std::string key, RowKey(in, row, keys_, &context_->evaluation));
      const uint64_t bytes = key.size() + kEntryBytes;
      const auto [known, is_new] = row_of_.emplace(std::move(key), rows_.size());
      if (is_new) {
        SL_RETURN_IF_ERROR(Reserve(bytes));
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

  void Forget() override { row_of_.clear(); }

 private:
  const std::vector<uint32_t>& keys_;
  std::unordered_map<std::string, size_t> row_of_;
};

}  // namespace

PhysicalOperatorPtr MakeDistinct(const LogicalDistinct& distinct, FramePtr frame,
                                 ExecutionContext* context, PhysicalOperatorPtr input) {
  if (frame->evidence_slot) {
    return std::make_unique<DistinctWithEvidenceOperator>(distinct, std::move(frame), context,
                                                          std::move(input));
  }
  return std::make_unique<DistinctOperator>(distinct, context, std::move(input));
}

}  // namespace sightline::query
