#include <algorithm>
#include <numeric>

#include "query/exec/operators.h"
#include "query/functions/datum_order.h"

namespace sightline::query {
namespace {

class SortOperator : public PhysicalOperator {
 public:
  SortOperator(const LogicalSort& sort, bool all_needed, FramePtr frame, ExecutionContext* context,
               PhysicalOperatorPtr input)
      : context_(context),
        sort_(sort),
        all_needed_(all_needed),
        frame_(frame),
        input_(std::move(input)),
        rows_(frame, context) {}
  ~SortOperator() override { context_->Release(key_bytes_); }

  StatusOr<size_t> Next(Batch* batch) override {
    if (!read_) SL_RETURN_IF_ERROR(Read());
    *batch = frame_->NewBatch();
    for (; next_ < order_.size() && batch->row_count < context_->batch_rows; ++next_) {
      AppendRow(rows_.rows(), order_[next_], batch);
    }
    return batch->row_count;
  }

  Status Reset() override {
    rows_.Clear();
    keys_.clear();
    order_.clear();
    context_->Release(key_bytes_);
    key_bytes_ = 0;
    next_ = 0;
    read_ = false;
    return input_->Reset();
  }

 private:
  // Rows that are equal in all keys stay in the order in which they came.
  void Order() {
    order_.resize(rows_.size());
    std::iota(order_.begin(), order_.end(), 0);
    std::stable_sort(order_.begin(), order_.end(), [this](uint32_t a, uint32_t b) {
      for (size_t key = 0; key < sort_.keys.size(); ++key) {
        const std::weak_ordering order = SortOrder(keys_[a][key], keys_[b][key]);
        if (order != 0) return sort_.keys[key].descending ? order > 0 : order < 0;
      }
      return false;
    });
    if (sort_.rows_max && order_.size() > *sort_.rows_max) order_.resize(*sort_.rows_max);
  }

  // Lets go of all but the first rows_max rows.
  void Shrink() {
    Order();
    rows_.Select(order_);
    std::vector<std::vector<Datum>> kept;
    kept.reserve(order_.size());
    for (const uint32_t row : order_) kept.push_back(std::move(keys_[row]));
    keys_ = std::move(kept);
    uint64_t bytes = 0;
    for (const auto& key : keys_) {
      for (const Datum& datum : key) bytes += DatumBytes(datum);
    }
    if (bytes < key_bytes_) {
      context_->Release(key_bytes_ - bytes);
      key_bytes_ = bytes;
    }
  }

  Status Read() {
    read_ = true;
    Batch batch;
    while (true) {
      SL_RETURN_IF_ERROR(context_->CheckRunning());
      SL_ASSIGN_OR_RETURN(const size_t count, input_->Next(&batch));
      if (count == 0) break;
      for (size_t row = 0; row < count; ++row) {
        std::vector<Datum> key;
        uint64_t bytes = 0;
        for (const SortKey& sort_key : sort_.keys) {
          Datum cell;
          if (IsBound(batch, sort_key.slot, row)) {
            SL_ASSIGN_OR_RETURN(cell,
                                CellOf(batch.columns[sort_key.slot], row, context_->evaluation));
          }
          bytes += DatumBytes(cell);
          key.push_back(std::move(cell));
        }
        SL_RETURN_IF_ERROR(context_->Reserve(bytes));
        key_bytes_ += bytes;
        keys_.push_back(std::move(key));
        SL_RETURN_IF_ERROR(rows_.Append(batch, row));
      }
      if (sort_.rows_max && rows_.size() > context_->batch_rows &&
          (rows_.size() - context_->batch_rows) / 2 > *sort_.rows_max) {
        Shrink();
      }
    }
    if (all_needed_ && context_->out_of_steps) {
      return context_->OutOfSteps("it had all rows to take the first of");
    }
    Order();
    return OkStatus();
  }

  ExecutionContext* const context_;
  const LogicalSort& sort_;
  const bool all_needed_;
  const FramePtr frame_;
  PhysicalOperatorPtr input_;
  RowStore rows_;
  std::vector<std::vector<Datum>> keys_;
  std::vector<uint32_t> order_;
  uint64_t key_bytes_ = 0;
  size_t next_ = 0;
  bool read_ = false;
};

}  // namespace

PhysicalOperatorPtr MakeSort(const LogicalSort& sort, bool all_needed, FramePtr frame,
                             ExecutionContext* context, PhysicalOperatorPtr input) {
  return std::make_unique<SortOperator>(sort, all_needed, std::move(frame), context,
                                        std::move(input));
}

}  // namespace sightline::query
