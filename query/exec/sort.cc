#include <numeric>

#include "query/exec/operators.h"
#include "query/functions/datum_order.h"
#include "query/functions/sort_in_steps.h"

namespace sightline::query {
namespace {

class SortOperator : public CollectingOperator {
 public:
  SortOperator(const LogicalSort& sort, bool all_needed, FramePtr frame, ExecutionContext* context,
               PhysicalOperatorPtr input)
      : CollectingOperator(std::move(input), std::move(frame), context),
        sort_(sort),
        all_needed_(all_needed) {}

 protected:
  Status Take(const Batch& in) override {
    for (size_t row = 0; row < in.row_count; ++row) {
      std::vector<Datum> key;
      uint64_t bytes = 0;
      for (const SortKey& sort_key : sort_.keys) {
        Datum cell;
        if (IsBound(in, sort_key.slot, row)) {
          SL_ASSIGN_OR_RETURN(cell, CellOf(in.columns[sort_key.slot], row, context_->evaluation));
        }
        bytes += DatumBytes(cell);
        key.push_back(std::move(cell));
      }
      SL_RETURN_IF_ERROR(Reserve(bytes));
      key_bytes_ += bytes;
      keys_.push_back(std::move(key));
    }
    SL_RETURN_IF_ERROR(rows_.AppendAll(in));
    const bool many = sort_.rows_max && rows_.size() > context_->batch_rows &&
                      (rows_.size() - context_->batch_rows) / 2 > *sort_.rows_max;
    return many ? Shrink() : OkStatus();
  }

  Status InputEnded() override {
    if (all_needed_ && context_->out_of_steps) {
      return context_->OutOfSteps("it had all rows to take the first of");
    }
    return Order();
  }

  size_t RowCount() const override { return order_.size(); }
  Status Give(size_t index, Batch* out) override {
    return CollectingOperator::Give(order_[index], out);
  }

  void Forget() override {
    keys_.clear();
    order_.clear();
    key_bytes_ = 0;
  }

 private:
  // Rows that are equal in all keys stay in the order in which they came.
  Status Order() {
    order_.resize(rows_.size());
    std::iota(order_.begin(), order_.end(), 0);
    const uint64_t pieces = 1 + key_bytes_ / (rows_.size() + 1) / 64;
    SL_RETURN_IF_ERROR(SortInSteps(
        &order_, pieces, [this](uint32_t a, uint32_t b) { return IsBefore(keys_[a], keys_[b]); },
        &context_->evaluation));
    if (sort_.rows_max && order_.size() > *sort_.rows_max) order_.resize(*sort_.rows_max);
    return OkStatus();
  }

  bool IsBefore(const std::vector<Datum>& a, const std::vector<Datum>& b) const {
    for (size_t key = 0; key < sort_.keys.size(); ++key) {
      const std::weak_ordering order = SortOrder(a[key], b[key]);
      if (order != 0) return sort_.keys[key].descending ? order > 0 : order < 0;
    }
    return false;
  }

  // Lets go of all but the first rows_max rows.
  Status Shrink() {
    SL_RETURN_IF_ERROR(Order());
    rows_.Select(order_);
    std::vector<std::vector<Datum>> kept;
    kept.reserve(order_.size());
    uint64_t bytes = 0;
    for (const uint32_t row : order_) {
      for (const Datum& datum : keys_[row]) bytes += DatumBytes(datum);
      kept.push_back(std::move(keys_[row]));
    }
    keys_ = std::move(kept);
    Release(key_bytes_ - bytes);
    key_bytes_ = bytes;
    return OkStatus();
  }

  const LogicalSort& sort_;
  const bool all_needed_;
  std::vector<std::vector<Datum>> keys_;  // Of each row.
  std::vector<uint32_t> order_;
  uint64_t key_bytes_ = 0;
};

}  // namespace

PhysicalOperatorPtr MakeSort(const LogicalSort& sort, bool all_needed, FramePtr frame,
                             ExecutionContext* context, PhysicalOperatorPtr input) {
  return std::make_unique<SortOperator>(sort, all_needed, std::move(frame), context,
                                        std::move(input));
}

}  // namespace sightline::query
