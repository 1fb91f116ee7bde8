// Rows: how operators copy, bind and compare the rows of a batch.
//
// A column that nobody has bound is empty. Within the batches of one operator the same columns are
// bound in all rows.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "query/exec/operator.h"
#include "query/functions/batch.h"
#include "query/functions/expression.h"
#include "query/plan/frame.h"
#include "storage/base/status.h"

namespace sightline::query {

// Whether the column has a cell in this row.
inline bool IsBound(const Batch& batch, uint32_t slot, size_t row) {
  return slot < batch.columns.size() && batch.columns[slot].size() > row;
}

// Adds a copy of the row's bound cells. `to` may have more columns than `from`.
void AppendRow(const Batch& from, size_t row, Batch* to);

// Copies one cell into the last row of `to`; an unbound one becomes null.
void CopyCell(const Batch& from, size_t row, uint32_t from_slot, Batch* to, uint32_t to_slot);

// Sets a cell of the last row. A column of data takes the term's value, read from the view.
Status SetTerm(Batch* batch, uint32_t slot, storage::TermId term, const EvaluationContext& context);
// A column of terms takes a node, null, or a value that the store has a term for.
Status SetDatum(Batch* batch, uint32_t slot, Datum datum, const EvaluationContext& context);
// Unknown.
void SetNull(Batch* batch, uint32_t slot);

// The term in a cell; none when it is unbound, unknown or data other than a node.
storage::TermId TermAt(const Batch& batch, uint32_t slot, size_t row);
// The datum in a cell of a data column; null when it is unbound or a term.
const Datum& DataAt(const Batch& batch, uint32_t slot, size_t row);

// Keeps these rows, given ascending.
void KeepRows(const std::vector<uint32_t>& rows, Batch* batch);

// Appends a byte string that is equal for cells that DISTINCT and grouping count as the same.
Status AppendCellKey(const Batch& batch, uint32_t slot, size_t row,
                     const EvaluationContext& context, std::string* key);
StatusOr<std::string> RowKey(const Batch& batch, size_t row, const std::vector<uint32_t>& slots,
                             const EvaluationContext& context);

// About how many bytes a row holds, composites counted in full.
uint64_t RowBytes(const Batch& batch, size_t row);
uint64_t DatumBytes(const Datum& datum);

// Rows that an operator keeps until it has seen all of its input, counted against the budget.
class RowStore {
 public:
  RowStore(FramePtr frame, ExecutionContext* context)
      : context_(context), rows_(frame->NewBatch()) {}
  ~RowStore() { Clear(); }
  RowStore(const RowStore&) = delete;
  RowStore& operator=(const RowStore&) = delete;

  Status Append(const Batch& batch, size_t row);
  Status AppendAll(const Batch& batch);
  void Clear();
  // Keeps these rows, in this order.
  void Select(const std::vector<uint32_t>& rows);

  size_t size() const { return rows_.row_count; }
  const Batch& rows() const { return rows_; }
  Batch* mutable_rows() { return &rows_; }

 private:
  ExecutionContext* const context_;
  Batch rows_;
  uint64_t bytes_ = 0;
};

// Base of the operators that make any number of rows from each row of their input.
class RowByRowOperator : public PhysicalOperator {
 public:
  RowByRowOperator(PhysicalOperatorPtr input, FramePtr frame, ExecutionContext* context)
      : context_(context), frame_(std::move(frame)), input_(std::move(input)) {}

  ~RowByRowOperator() override { context_->Release(held_bytes_); }

  StatusOr<size_t> Next(Batch* batch) override;
  Status Reset() override;

 protected:
  // Called once for each row of the input.
  virtual Status Begin(const Batch& in, size_t row) = 0;
  // Adds rows to `out` until it holds batch_rows, or this input row gives no more: then true.
  virtual StatusOr<bool> Produce(const Batch& in, size_t row, Batch* out) = 0;

  // A batch of large values ends early.
  bool Full(const Batch& out) const {
    return out.row_count >= context_->batch_rows ||
           (out.row_count > 0 && held_bytes_ > context_->memory_bytes_max / 16);
  }
  // Counts the computed value in this cell against the budget until the next batch is asked for.
  Status Hold(const Batch& out, uint32_t slot, size_t row);

  ExecutionContext* const context_;
  const FramePtr frame_;

 private:
  PhysicalOperatorPtr input_;
  Batch in_;
  size_t row_ = 0;
  bool in_row_ = false;
  bool ended_ = false;
  uint64_t held_bytes_ = 0;
};

// Base of the operators that keep or drop each row of their input.
class RowTestOperator : public PhysicalOperator {
 public:
  RowTestOperator(PhysicalOperatorPtr input, ExecutionContext* context)
      : context_(context), input_(std::move(input)) {}

  StatusOr<size_t> Next(Batch* batch) override;
  Status Reset() override { return input_->Reset(); }

 protected:
  virtual StatusOr<bool> Keep(Batch* batch, size_t row) = 0;

  ExecutionContext* const context_;

 private:
  PhysicalOperatorPtr input_;
};

}  // namespace sightline::query
