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
    SL_ASSIGN_OR_RETURN(std::string key, RowKey(*batch, row, keys_, context_->evaluation));
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

class DistinctWithEvidenceOperator : public PhysicalOperator {
 public:
  DistinctWithEvidenceOperator(const LogicalDistinct& distinct, FramePtr frame,
                               ExecutionContext* context, PhysicalOperatorPtr input)
      : context_(context),
        frame_(frame),
        keys_(distinct.keys),
        input_(std::move(input)),
        rows_(frame, context) {}
  ~DistinctWithEvidenceOperator() override { context_->Release(bytes_); }

  StatusOr<size_t> Next(Batch* batch) override {
    if (!read_) SL_RETURN_IF_ERROR(Read());
    *batch = frame_->NewBatch();
    for (; next_ < rows_.size() && batch->row_count < context_->batch_rows; ++next_) {
      AppendRow(rows_.rows(), next_, batch);
    }
    return batch->row_count;
  }

  Status Reset() override {
    rows_.Clear();
    row_of_.clear();
    context_->Release(bytes_);
    bytes_ = 0;
    next_ = 0;
    read_ = false;
    return input_->Reset();
  }

 private:
  Status Read() {
    read_ = true;
    const uint32_t evidence = *frame_->evidence_slot;
    Batch batch;
    while (true) {
      SL_RETURN_IF_ERROR(context_->CheckRunning());
      SL_ASSIGN_OR_RETURN(const size_t count, input_->Next(&batch));
      if (count == 0) return OkStatus();
      for (size_t row = 0; row < count; ++row) {
        SL_ASSIGN_OR_RETURN(std::string key, RowKey(batch, row, keys_, context_->evaluation));
        const uint64_t bytes = key.size() + kEntryBytes;
        const auto [known, is_new] = row_of_.emplace(std::move(key), rows_.size());
        if (is_new) {
          SL_RETURN_IF_ERROR(context_->Reserve(bytes));
          bytes_ += bytes;
          SL_RETURN_IF_ERROR(rows_.Append(batch, row));
          continue;
        }
        if (!IsBound(batch, evidence, row)) continue;
        Datum& held = rows_.mutable_rows()->columns[evidence].data()[known->second];
        held = MergeEvidence(held, DataAt(batch, evidence, row));
      }
    }
  }

  ExecutionContext* const context_;
  const FramePtr frame_;
  const std::vector<uint32_t>& keys_;
  PhysicalOperatorPtr input_;
  RowStore rows_;
  std::unordered_map<std::string, size_t> row_of_;
  uint64_t bytes_ = 0;
  size_t next_ = 0;
  bool read_ = false;
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
