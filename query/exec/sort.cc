#include <iterator>
#include <memory>
#include <numeric>
#include <utility>

#include "query/exec/operators.h"
#include "query/exec/row_order.h"
#include "query/exec/sorted_runs.h"
#include "query/functions/sort_in_steps.h"
#include "query/functions/term_order.h"

namespace sightline::query {
namespace {

// When the rows outgrow the memory, those at hand are sorted and put into a temporary file; in the
// end all such runs are merged.
class SortOperator : public CollectingOperator {
 public:
  SortOperator(const LogicalSort& sort, bool all_needed, FramePtr frame, ExecutionContext* context,
               PhysicalOperatorPtr input)
      : CollectingOperator(std::move(input), std::move(frame), context),
        sort_(sort),
        row_order_(sort, *frame_, &this->context_->evaluation),
        all_needed_(all_needed) {}

 protected:
  Status Take(const Batch& in) override {
    for (size_t row = 0; row < in.row_count; ++row) {
      SL_RETURN_IF_ERROR(context_->Tick());
      row_keys_.clear();
      SL_RETURN_IF_ERROR(row_order_.AppendKeys(in, row, &row_keys_));
      uint64_t bytes = 0;
      for (const Datum& key : row_keys_) bytes += DatumBytes(key);
      if (!context_->HasRoom(kept_bytes(), bytes + RowBytes(in, row))) {
        SL_RETURN_IF_ERROR(SpillRun());
      }
      SL_RETURN_IF_ERROR(Reserve(bytes));
      SL_RETURN_IF_ERROR(rows_.Append(in, row));
      std::move(row_keys_.begin(), row_keys_.end(), std::back_inserter(keys_));
    }
    const bool many = sort_.rows_max && rows_.size() > context_->batch_rows &&
                      (rows_.size() - context_->batch_rows) / 2 > *sort_.rows_max;
    return many ? Shrink() : OkStatus();
  }

  Status InputEnded() override {
    if (all_needed_ && context_->out_of_steps) {
      return context_->OutOfSteps("it had all rows to take the first of");
    }
    if (runs_ == nullptr) return Order();
    SL_RETURN_IF_ERROR(SpillRun());
    return runs_->StartMerge();
  }

  size_t RowCount() const override {
    return runs_ == nullptr ? order_.size() : static_cast<size_t>(runs_->row_count());
  }
  Status Give(size_t index, Batch* out) override {
    if (runs_ != nullptr) return runs_->Next(out);
    return CollectingOperator::Give(order_[index], out);
  }

  void Forget() override {
    keys_.clear();
    order_.clear();
    name_bytes_ = 0;
    runs_ = nullptr;
  }

 private:
  // Rows that are equal in all keys stay in the order in which they came.
  Status Order() {
    order_.resize(rows_.size());
    std::iota(order_.begin(), order_.end(), 0);
    const uint64_t pieces = 1 + kept_bytes() / (rows_.size() + 1) / 128;
    const size_t width = row_order_.width();
    SL_RETURN_IF_ERROR(SortInSteps(
        &order_, pieces,
        [this, width](uint32_t a, uint32_t b) {
          return row_order_.IsBefore(&keys_[a * width], &keys_[b * width]);
        },
        &context_->evaluation));
    SL_RETURN_IF_ERROR(row_order_.status());
    SL_RETURN_IF_ERROR(CountNames());
    if (sort_.rows_max && order_.size() > *sort_.rows_max) order_.resize(*sort_.rows_max);
    return OkStatus();
  }

  // Reserves what has been remembered of the terms' names since the last time.
  Status CountNames() {
    const TermOrder* const terms = context_->evaluation.term_order.get();
    if (terms == nullptr || terms->memory_bytes() <= name_bytes_) return OkStatus();
    SL_RETURN_IF_ERROR(Reserve(terms->memory_bytes() - name_bytes_));
    name_bytes_ = terms->memory_bytes();
    return OkStatus();
  }

  // Lets go of all but the first rows_max rows.
  Status Shrink() {
    SL_RETURN_IF_ERROR(Order());
    rows_.Select(order_);
    std::vector<Datum> kept;
    const size_t width = row_order_.width();
    kept.reserve(order_.size() * width);
    uint64_t bytes = 0;
    for (const size_t row : order_) {
      for (size_t key = 0; key < width; ++key) {
        Datum& datum = keys_[row * width + key];
        bytes += DatumBytes(datum);
        kept.push_back(std::move(datum));
      }
    }
    const uint64_t key_bytes = kept_bytes() - rows_.bytes() - name_bytes_;
    keys_ = std::move(kept);
    Release(key_bytes - bytes);
    return OkStatus();
  }

  Status SpillRun() {
    if (runs_ == nullptr) {
      runs_ = std::make_unique<SortedRuns>(row_order_, sort_.rows_max, frame_, context_);
    }
    if (rows_.size() == 0) return OkStatus();
    SL_RETURN_IF_ERROR(Order());
    SL_RETURN_IF_ERROR(runs_->AddRun(rows_.rows(), order_));
    keys_.clear();
    order_.clear();
    ReleaseAll();
    name_bytes_ = 0;
    return OkStatus();
  }

  const LogicalSort& sort_;
  const RowOrder row_order_;
  const bool all_needed_;
  std::vector<Datum> keys_;      // Of each row, row_order_.width() of them.
  std::vector<Datum> row_keys_;  // Of the row that is being taken.
  std::vector<uint32_t> order_;
  uint64_t name_bytes_ = 0;           // Of the names that terms are ordered by.
  std::unique_ptr<SortedRuns> runs_;  // Null while all rows are in memory.
};

}  // namespace

PhysicalOperatorPtr MakeSort(const LogicalSort& sort, bool all_needed, FramePtr frame,
                             ExecutionContext* context, PhysicalOperatorPtr input) {
  return std::make_unique<SortOperator>(sort, all_needed, std::move(frame), context,
                                        std::move(input));
}

}  // namespace sightline::query
