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

// Adds copies of these rows' bound cells. Faster than row by row.
void AppendRows(const Batch& from, const std::vector<uint32_t>& rows, Batch* to);
// Adds a row's bound cells `count` times.
void RepeatRow(const Batch& from, size_t row, size_t count, Batch* to);
// Sets a cell in each of the last terms.size() rows. As SetTerm.
Status AppendTerms(Batch* batch, uint32_t slot, const std::vector<storage::TermId>& terms,
                   const EvaluationContext& context);

// Copies one cell into the last row of `to`; an unbound one becomes null.
void CopyCell(const Batch& from, size_t row, uint32_t from_slot, Batch* to, uint32_t to_slot);

// Sets a cell of the last row. A column of data takes the term's value, read from the view.
Status SetTerm(Batch* batch, uint32_t slot, storage::TermId term, const EvaluationContext& context);
// A column of terms takes a node, null, or a value that the store has a term for.
Status SetDatum(Batch* batch, uint32_t slot, Datum datum, const EvaluationContext& context);
// Takes the last row away again.
void DropLastRow(Batch* batch);
// Unknown.
void SetNull(Batch* batch, uint32_t slot);

// The term in a cell; none when it is unbound, unknown or data other than a node.
storage::TermId TermAt(const Batch& batch, uint32_t slot, size_t row);
// The datum in a cell of a data column; null when it is unbound or a term.
const Datum& DataAt(const Batch& batch, uint32_t slot, size_t row);

// Keeps these rows, given ascending.
void KeepRows(const std::vector<uint32_t>& rows, Batch* batch);

// A byte string that is equal for rows whose cells DISTINCT and grouping count as the same.
StatusOr<std::string> RowKey(const Batch& batch, size_t row, const std::vector<uint32_t>& slots,
                             EvaluationContext* context);

// About how many bytes a row holds, composites counted in full.
uint64_t RowBytes(const Batch& batch, size_t row);
// All its rows together.
uint64_t BatchBytes(const Batch& batch);

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
  // Puts another datum into a cell of a data column.
  Status Replace(uint32_t slot, size_t row, Datum datum);
  void Clear();
  // Keeps these rows, in this order.
  void Select(const std::vector<uint32_t>& rows);

  size_t size() const { return rows_.row_count; }
  uint64_t bytes() const { return bytes_; }
  const Batch& rows() const { return rows_; }
  Batch* mutable_rows() { return &rows_; }

 private:
  ExecutionContext* const context_;
  Batch rows_;
  uint64_t bytes_ = 0;
};

// What hangs on the rows that an operator gives, counted against the budget until it is asked for
// the next ones.
class GivenBytes {
 public:
  explicit GivenBytes(ExecutionContext* context) : context_(context) {}
  ~GivenBytes() { Release(); }
  GivenBytes(const GivenBytes&) = delete;
  GivenBytes& operator=(const GivenBytes&) = delete;

  // The computed value in this cell. SL5005.
  Status Add(const Batch& batch, uint32_t slot, size_t row);
  void Release();
  uint64_t bytes() const { return bytes_; }

 private:
  ExecutionContext* const context_;
  uint64_t bytes_ = 0;
};

// Base of the operators that make any number of rows from each row of their input.
class RowByRowOperator : public PhysicalOperator {
 public:
  RowByRowOperator(PhysicalOperatorPtr input, FramePtr frame, ExecutionContext* context)
      : context_(context), frame_(std::move(frame)), given_(context), input_(std::move(input)) {}

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
           (out.row_count > 0 && given_.bytes() > context_->memory_bytes_max / 16);
  }

  ExecutionContext* const context_;
  const FramePtr frame_;
  GivenBytes given_;

 private:
  PhysicalOperatorPtr input_;
  Batch in_;
  size_t row_ = 0;
  bool in_row_ = false;
  bool ended_ = false;
};

// Base of the operators that keep or drop each row of their input.
class RowTestOperator : public PhysicalOperator {
 public:
  RowTestOperator(PhysicalOperatorPtr input, ExecutionContext* context)
      : context_(context), given_(context), input_(std::move(input)) {}

  StatusOr<size_t> Next(Batch* batch) override;
  Status Reset() override { return input_->Reset(); }

 protected:
  virtual StatusOr<bool> Keep(Batch* batch, size_t row) = 0;
  // The rows to be tested next; 0 is their end.
  virtual StatusOr<size_t> Pull(Batch* batch) { return input_->Next(batch); }

  ExecutionContext* const context_;
  GivenBytes given_;

 private:
  PhysicalOperatorPtr input_;
};

// Base of the operators that read all of their input before they give a row.
class CollectingOperator : public PhysicalOperator {
 public:
  CollectingOperator(PhysicalOperatorPtr input, FramePtr frame, ExecutionContext* context)
      : context_(context),
        frame_(std::move(frame)),
        rows_(frame_, context),
        input_(std::move(input)) {}
  ~CollectingOperator() override { context_->Release(bytes_); }

  StatusOr<size_t> Next(Batch* batch) final;
  Status Reset() override;

 protected:
  // Called with each batch of the input. Keeps its rows.
  virtual Status Take(const Batch& in) { return rows_.AppendAll(in); }
  // Called once, when the input has ended.
  virtual Status InputEnded() { return OkStatus(); }
  // The rows to give, from then on: how many, and number `index` of them added to `out`.
  virtual size_t RowCount() const { return rows_.size(); }
  virtual Status Give(size_t index, Batch* out) {
    AppendRow(rows_.rows(), index, out);
    return OkStatus();
  }
  // Those from number `first` on, `count` of them.
  virtual Status GiveSome(size_t first, size_t count, Batch* out) {
    for (size_t i = 0; i < count; ++i) SL_RETURN_IF_ERROR(Give(first + i, out));
    return OkStatus();
  }
  // Called when all rows have been given. Whether there are more, numbered from 0 again.
  virtual StatusOr<bool> Refill() { return false; }
  // Lets go of what is kept besides rows_, to start over.
  virtual void Forget() {}

  // Counts what is kept besides rows_ against the budget, as long as it is kept. SL5005.
  Status Reserve(uint64_t bytes);
  void Release(uint64_t bytes);
  // Lets go of rows_, and counts nothing as kept.
  void ReleaseAll();
  // All that is kept, in bytes.
  uint64_t kept_bytes() const { return bytes_ + rows_.bytes(); }

  ExecutionContext* const context_;
  const FramePtr frame_;
  RowStore rows_;

 private:
  PhysicalOperatorPtr input_;
  uint64_t bytes_ = 0;
  size_t next_ = 0;
  bool collected_ = false;
};

}  // namespace sightline::query
