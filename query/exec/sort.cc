#include <algorithm>
#include <memory>
#include <utility>

#include "query/exec/operators.h"
#include "query/exec/row_order.h"
#include "query/exec/sorted_runs.h"
#include "query/functions/sort_in_steps.h"

namespace sightline::query {
namespace {

// When the rows outgrow the memory, those at hand are sorted and put into a temporary file; in the
// end all such runs are merged. When only the first rows are wanted, those that cannot be among
// them are not kept.
class SortOperator : public CollectingOperator {
 public:
  SortOperator(const LogicalSort& sort, bool all_needed, FramePtr frame, ExecutionContext* context,
               PhysicalOperatorPtr input)
      : CollectingOperator(std::move(input), std::move(frame), context),
        sort_(sort),
        row_order_(sort, *frame_, context),
        width_(row_order_.width()),
        all_needed_(all_needed) {}

 protected:
  Status Take(const Batch& in) override {
    SL_RETURN_IF_ERROR(context_->Tick(in.row_count));
    rows_seen_ += in.row_count;
    SL_ASSIGN_OR_RETURN(const bool is_anew, row_order_.ExpectRows(rows_seen_));
    if (is_anew && has_last_wanted_) SL_RETURN_IF_ERROR(FindLastWanted());
    if (has_last_wanted_) {
      SL_RETURN_IF_ERROR(PickWanted(in));
      for (const uint32_t row : picks_) SL_RETURN_IF_ERROR(Keep(in, row));
    } else if (const uint64_t bytes = BatchBytes(in) + in.row_count * OrderBytes();
               context_->HasRoom(kept_bytes() + 1, bytes)) {
      SL_RETURN_IF_ERROR(Reserve(in.row_count * OrderBytes()));
      SL_RETURN_IF_ERROR(rows_.AppendAll(in));
    } else {
      for (size_t row = 0; row < in.row_count; ++row) SL_RETURN_IF_ERROR(Keep(in, row));
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
  Status GiveSome(size_t first, size_t count, Batch* out) override {
    if (runs_ != nullptr) {
      for (size_t i = 0; i < count; ++i) SL_RETURN_IF_ERROR(runs_->Next(out));
      return OkStatus();
    }
    const auto begin = order_.begin() + static_cast<ptrdiff_t>(first);
    picks_.assign(begin, begin + static_cast<ptrdiff_t>(count));
    AppendRows(rows_.rows(), picks_, out);
    return context_->Tick(count);
  }

  void Forget() override {
    order_.clear();
    rows_seen_ = 0;
    has_last_wanted_ = false;
    remembered_bytes_ = 0;
    runs_ = nullptr;
  }

 private:
  // What is sorted in the place of a row.
  struct Item {
    uint64_t prefix;  // The row's first one.
    uint32_t row;
  };

  // For ordering a row, beside the row itself.
  uint64_t OrderBytes() const {
    return width_ * sizeof(uint64_t) + sizeof(Item) + sizeof(uint32_t);
  }

  Status Keep(const Batch& in, size_t row) {
    if (!context_->HasRoom(kept_bytes(), OrderBytes() + RowBytes(in, row))) {
      SL_RETURN_IF_ERROR(SpillRun());
    }
    SL_RETURN_IF_ERROR(Reserve(OrderBytes()));
    return rows_.Append(in, row);
  }

  // Rows that are equal in all keys stay in the order in which they came.
  Status Order() {
    SL_RETURN_IF_ERROR(row_order_.ExpectRows(rows_seen_).status());
    const size_t count = rows_.size();
    prefixes_.clear();
    prefixes_.reserve(count * width_);
    std::vector<Item> items(count);
    for (size_t row = 0; row < count; ++row) {
      SL_RETURN_IF_ERROR(context_->Tick());
      SL_RETURN_IF_ERROR(row_order_.AppendPrefixes(rows_.rows(), row, &prefixes_));
      items[row] = {.prefix = width_ > 0 ? prefixes_[row * width_] : 0,
                    .row = static_cast<uint32_t>(row)};
    }
    const uint64_t pieces = 1 + kept_bytes() / (count + 1) / 512;
    SL_RETURN_IF_ERROR(SortInSteps(
        &items, pieces,
        [this](const Item& a, const Item& b) {
          return a.prefix != b.prefix ? a.prefix < b.prefix
                                      : row_order_.IsBefore(Kept(a.row), Kept(b.row));
        },
        &context_->evaluation));
    SL_RETURN_IF_ERROR(row_order_.status());
    SL_RETURN_IF_ERROR(CountRemembered());
    if (sort_.rows_max && items.size() > *sort_.rows_max) items.resize(*sort_.rows_max);
    order_.resize(items.size());
    for (size_t i = 0; i < items.size(); ++i) order_[i] = items[i].row;
    return OkStatus();
  }

  // REQUIRES: prefixes_ are those of rows_.
  RowOrder::Row Kept(size_t row) const {
    return {.prefixes = &prefixes_[row * width_], .batch = &rows_.rows(), .row = row};
  }

  // Reserves what has been remembered of names and values since the last time.
  Status CountRemembered() {
    const uint64_t bytes = row_order_.memory_bytes();
    if (bytes <= remembered_bytes_) return OkStatus();
    SL_RETURN_IF_ERROR(Reserve(bytes - remembered_bytes_));
    remembered_bytes_ = bytes;
    return OkStatus();
  }

  // Lets go of all but the first rows_max rows.
  Status Shrink() {
    SL_RETURN_IF_ERROR(Order());
    const size_t before = rows_.size();
    rows_.Select(order_);
    Release((before - rows_.size()) * OrderBytes());
    has_last_wanted_ = true;
    return FindLastWanted();
  }

  // Makes its prefixes. REQUIRES: rows_ are ordered.
  Status FindLastWanted() {
    last_prefixes_.clear();
    if (rows_.size() == 0) return OkStatus();
    return row_order_.AppendPrefixes(rows_.rows(), std::min(rows_.size(), wanted()) - 1,
                                     &last_prefixes_);
  }
  size_t wanted() const { return static_cast<size_t>(*sort_.rows_max); }

  // The rows that come before the last one that is wanted.
  Status PickWanted(const Batch& in) {
    picks_.clear();
    if (wanted() == 0) return OkStatus();
    const RowOrder::Row last{
        .prefixes = last_prefixes_.data(), .batch = &rows_.rows(), .row = wanted() - 1};
    for (size_t row = 0; row < in.row_count; ++row) {
      row_prefixes_.clear();
      SL_RETURN_IF_ERROR(row_order_.AppendPrefixes(in, row, &row_prefixes_));
      if (row_order_.IsBefore({.prefixes = row_prefixes_.data(), .batch = &in, .row = row}, last)) {
        picks_.push_back(static_cast<uint32_t>(row));
      }
    }
    SL_RETURN_IF_ERROR(row_order_.status());
    return CountRemembered();
  }

  Status SpillRun() {
    if (runs_ == nullptr) {
      runs_ = std::make_unique<SortedRuns>(&row_order_, sort_.rows_max, frame_, context_);
    }
    has_last_wanted_ = false;
    if (rows_.size() == 0) return OkStatus();
    SL_RETURN_IF_ERROR(Order());
    SL_RETURN_IF_ERROR(runs_->AddRun(rows_.rows(), order_));
    order_.clear();
    ReleaseAll();
    remembered_bytes_ = 0;
    return OkStatus();
  }

  const LogicalSort& sort_;
  RowOrder row_order_;
  const size_t width_;
  const bool all_needed_;
  uint64_t rows_seen_ = 0;
  std::vector<uint64_t> prefixes_;  // Of each row, width_ of them; while rows are ordered.
  std::vector<uint32_t> order_;
  // Set when the first rows of rows_ are rows_max rows in order: others need only be kept when they
  // come before the last of these.
  bool has_last_wanted_ = false;
  std::vector<uint64_t> last_prefixes_;  // Of that row.
  std::vector<uint64_t> row_prefixes_;   // Of the row that is being looked at.
  std::vector<uint32_t> picks_;
  uint64_t remembered_bytes_ = 0;     // Counted of names and values that rows are ordered by.
  std::unique_ptr<SortedRuns> runs_;  // Null while all rows are in memory.
};

}  // namespace

PhysicalOperatorPtr MakeSort(const LogicalSort& sort, bool all_needed, FramePtr frame,
                             ExecutionContext* context, PhysicalOperatorPtr input) {
  return std::make_unique<SortOperator>(sort, all_needed, std::move(frame), context,
                                        std::move(input));
}

}  // namespace sightline::query
