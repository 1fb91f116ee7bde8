#include "query/exec/rows.h"

#include <utility>

#include "query/functions/datum_order.h"

namespace sightline::query {
namespace {

const Datum kNull;

template <typename T>
void SetLast(std::vector<T>* cells, size_t row_count, T value) {
  if (cells->size() < row_count) cells->resize(row_count);
  cells->back() = std::move(value);
}

template <typename T>
void Keep(const std::vector<uint32_t>& rows, std::vector<T>* cells) {
  if (cells->empty()) return;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] != i) (*cells)[i] = std::move((*cells)[rows[i]]);
  }
  cells->resize(rows.size());
}

StatusOr<Datum> DatumOf(storage::TermId term, const EvaluationContext& context) {
  if (term.is_none()) return Datum();
  if (term.is_node()) return Datum::OfNode(term);
  SL_ASSIGN_OR_RETURN(storage::Value value, context.view->ValueOf(term));
  return Datum(std::move(value));
}

Status AppendCellKey(const Batch& batch, uint32_t slot, size_t row, EvaluationContext* context,
                     std::string* key) {
  std::string cell;
  if (IsBound(batch, slot, row)) {
    const Vector& column = batch.columns[slot];
    if (column.kind() == Vector::Kind::kTerms &&
        (column.terms()[row].is_node() || column.terms()[row].is_none())) {
      const uint64_t bits = column.terms()[row].bits;
      cell.push_back('t');
      cell.append(reinterpret_cast<const char*>(&bits), sizeof(bits));
    } else {
      SL_ASSIGN_OR_RETURN(const Datum datum, CellOf(column, row, *context));
      SL_RETURN_IF_ERROR(context->Work(1 + datum.heap_bytes() / 64));
      cell = IdentityKey(datum);
    }
  }
  const uint64_t length = cell.size();
  key->append(reinterpret_cast<const char*>(&length), sizeof(length));
  key->append(cell);
  return OkStatus();
}

}  // namespace

void AppendRow(const Batch& from, size_t row, Batch* to) {
  ++to->row_count;
  for (size_t slot = 0; slot < from.columns.size() && slot < to->columns.size(); ++slot) {
    const Vector& source = from.columns[slot];
    if (source.size() <= row) continue;
    if (source.kind() == Vector::Kind::kTerms) {
      to->columns[slot].terms().push_back(source.terms()[row]);
    } else {
      to->columns[slot].data().push_back(source.data()[row]);
    }
  }
}

void AppendRows(const Batch& from, const std::vector<uint32_t>& rows, Batch* to) {
  if (rows.empty()) return;
  to->row_count += rows.size();
  for (size_t slot = 0; slot < from.columns.size() && slot < to->columns.size(); ++slot) {
    const Vector& source = from.columns[slot];
    if (source.size() == 0) continue;
    if (source.kind() == Vector::Kind::kTerms) {
      std::vector<storage::TermId>& target = to->columns[slot].terms();
      const size_t before = target.size();
      target.resize(before + rows.size());
      const storage::TermId* const cells = source.terms().data();
      for (size_t i = 0; i < rows.size(); ++i) target[before + i] = cells[rows[i]];
    } else {
      std::vector<Datum>& target = to->columns[slot].data();
      target.reserve(target.size() + rows.size());
      for (const uint32_t row : rows) target.push_back(source.data()[row]);
    }
  }
}

void RepeatRow(const Batch& from, size_t row, size_t count, Batch* to) {
  to->row_count += count;
  for (size_t slot = 0; slot < from.columns.size() && slot < to->columns.size(); ++slot) {
    const Vector& source = from.columns[slot];
    if (source.size() <= row) continue;
    if (source.kind() == Vector::Kind::kTerms) {
      std::vector<storage::TermId>& target = to->columns[slot].terms();
      target.resize(target.size() + count, source.terms()[row]);
    } else {
      std::vector<Datum>& target = to->columns[slot].data();
      target.resize(target.size() + count, source.data()[row]);
    }
  }
}

Status AppendTerms(Batch* batch, uint32_t slot, const std::vector<storage::TermId>& terms,
                   const EvaluationContext& context) {
  Vector& column = batch->columns[slot];
  if (column.kind() == Vector::Kind::kTerms) {
    column.terms().resize(batch->row_count - terms.size());
    column.terms().insert(column.terms().end(), terms.begin(), terms.end());
    return OkStatus();
  }
  column.data().resize(batch->row_count - terms.size());
  for (const storage::TermId term : terms) {
    SL_ASSIGN_OR_RETURN(Datum datum, DatumOf(term, context));
    column.data().push_back(std::move(datum));
  }
  return OkStatus();
}

void CopyCell(const Batch& from, size_t row, uint32_t from_slot, Batch* to, uint32_t to_slot) {
  if (!IsBound(from, from_slot, row)) return SetNull(to, to_slot);
  const Vector& source = from.columns[from_slot];
  Vector& target = to->columns[to_slot];
  if (source.kind() == Vector::Kind::kTerms) {
    if (target.kind() == Vector::Kind::kTerms) {
      SetLast(&target.terms(), to->row_count, source.terms()[row]);
    } else {
      const storage::TermId term = source.terms()[row];
      SetLast(&target.data(), to->row_count, term.is_none() ? Datum() : Datum::OfNode(term));
    }
  } else if (target.kind() == Vector::Kind::kData) {
    SetLast(&target.data(), to->row_count, source.data()[row]);
  } else {
    SetLast(&target.terms(), to->row_count, source.data()[row].node());
  }
}

Status SetTerm(Batch* batch, uint32_t slot, storage::TermId term,
               const EvaluationContext& context) {
  Vector& column = batch->columns[slot];
  if (column.kind() == Vector::Kind::kTerms) {
    SetLast(&column.terms(), batch->row_count, term);
    return OkStatus();
  }
  SL_ASSIGN_OR_RETURN(Datum datum, DatumOf(term, context));
  SetLast(&column.data(), batch->row_count, std::move(datum));
  return OkStatus();
}

Status SetDatum(Batch* batch, uint32_t slot, Datum datum, const EvaluationContext& context) {
  Vector& column = batch->columns[slot];
  if (column.kind() == Vector::Kind::kData) {
    SetLast(&column.data(), batch->row_count, std::move(datum));
    return OkStatus();
  }
  storage::TermId term = datum.node();
  if (term.is_none() && !datum.is_null()) {
    if (datum.value() == nullptr) return Internal("A composite value in a column of terms");
    SL_ASSIGN_OR_RETURN(std::optional<storage::TermId> found,
                        context.view->FindValue(*datum.value()));
    if (!found) return Internal("A computed value in a column of terms");
    term = *found;
  }
  SetLast(&column.terms(), batch->row_count, term);
  return OkStatus();
}

void DropLastRow(Batch* batch) {
  --batch->row_count;
  for (Vector& column : batch->columns) {
    if (column.size() <= batch->row_count) continue;
    if (column.kind() == Vector::Kind::kTerms) {
      column.terms().resize(batch->row_count);
    } else {
      column.data().resize(batch->row_count);
    }
  }
}

void SetNull(Batch* batch, uint32_t slot) {
  Vector& column = batch->columns[slot];
  if (column.kind() == Vector::Kind::kTerms) {
    SetLast(&column.terms(), batch->row_count, storage::TermId{});
  } else {
    SetLast(&column.data(), batch->row_count, Datum());
  }
}

storage::TermId TermAt(const Batch& batch, uint32_t slot, size_t row) {
  if (!IsBound(batch, slot, row)) return {};
  const Vector& column = batch.columns[slot];
  return column.kind() == Vector::Kind::kTerms ? column.terms()[row] : column.data()[row].node();
}

const Datum& DataAt(const Batch& batch, uint32_t slot, size_t row) {
  if (!IsBound(batch, slot, row)) return kNull;
  const Vector& column = batch.columns[slot];
  return column.kind() == Vector::Kind::kData ? column.data()[row] : kNull;
}

void KeepRows(const std::vector<uint32_t>& rows, Batch* batch) {
  if (rows.size() == batch->row_count) return;
  for (Vector& column : batch->columns) {
    if (column.kind() == Vector::Kind::kTerms) {
      Keep(rows, &column.terms());
    } else {
      Keep(rows, &column.data());
    }
  }
  batch->row_count = rows.size();
}

StatusOr<std::string> RowKey(const Batch& batch, size_t row, const std::vector<uint32_t>& slots,
                             EvaluationContext* context) {
  std::string key;
  for (const uint32_t slot : slots) {
    SL_RETURN_IF_ERROR(AppendCellKey(batch, slot, row, context, &key));
  }
  return key;
}

uint64_t RowBytes(const Batch& batch, size_t row) {
  uint64_t bytes = 0;
  for (const Vector& column : batch.columns) {
    if (column.size() <= row) continue;
    bytes += column.kind() == Vector::Kind::kTerms ? sizeof(storage::TermId)
                                                   : DatumBytes(column.data()[row]);
  }
  return bytes;
}

uint64_t BatchBytes(const Batch& batch) {
  uint64_t bytes = 0;
  for (const Vector& column : batch.columns) {
    if (column.kind() == Vector::Kind::kTerms) {
      bytes += column.size() * sizeof(storage::TermId);
      continue;
    }
    for (const Datum& datum : column.data()) bytes += DatumBytes(datum);
  }
  return bytes;
}

Status RowStore::Append(const Batch& batch, size_t row) {
  const uint64_t bytes = RowBytes(batch, row);
  SL_RETURN_IF_ERROR(context_->Reserve(bytes));
  bytes_ += bytes;
  AppendRow(batch, row, &rows_);
  return OkStatus();
}

Status RowStore::AppendAll(const Batch& batch) {
  const uint64_t bytes = BatchBytes(batch);
  SL_RETURN_IF_ERROR(context_->Reserve(bytes));
  bytes_ += bytes;
  rows_.row_count += batch.row_count;
  for (size_t slot = 0; slot < batch.columns.size() && slot < rows_.columns.size(); ++slot) {
    const Vector& source = batch.columns[slot];
    Vector& target = rows_.columns[slot];
    target.terms().insert(target.terms().end(), source.terms().begin(), source.terms().end());
    target.data().insert(target.data().end(), source.data().begin(), source.data().end());
  }
  return OkStatus();
}

Status RowStore::Replace(uint32_t slot, size_t row, Datum datum) {
  Datum& held = rows_.columns[slot].data()[row];
  const uint64_t before = held.heap_bytes(), after = datum.heap_bytes();
  if (after > before) {
    SL_RETURN_IF_ERROR(context_->Reserve(after - before));
  } else {
    context_->Release(before - after);
  }
  bytes_ += after - before;
  held = std::move(datum);
  return OkStatus();
}

void RowStore::Clear() {
  context_->Release(bytes_);
  bytes_ = 0;
  for (Vector& column : rows_.columns) column.Clear();
  rows_.row_count = 0;
}

void RowStore::Select(const std::vector<uint32_t>& rows) {
  Batch kept;
  for (const Vector& column : rows_.columns) kept.columns.emplace_back(column.kind());
  uint64_t bytes = 0;
  for (const uint32_t row : rows) {
    bytes += RowBytes(rows_, row);
    AppendRow(rows_, row, &kept);
  }
  rows_ = std::move(kept);
  if (bytes < bytes_) {
    context_->Release(bytes_ - bytes);
    bytes_ = bytes;
  }
}

Status GivenBytes::Add(const Batch& batch, uint32_t slot, size_t row) {
  const Vector& column = batch.columns[slot];
  if (column.kind() != Vector::Kind::kData || column.size() <= row) return OkStatus();
  const uint64_t bytes = column.data()[row].heap_bytes();
  SL_RETURN_IF_ERROR(context_->Reserve(bytes));
  bytes_ += bytes;
  return OkStatus();
}

void GivenBytes::Release() {
  context_->Release(bytes_);
  bytes_ = 0;
}

StatusOr<size_t> RowByRowOperator::Next(Batch* batch) {
  *batch = frame_->NewBatch();
  given_.Release();
  SL_RETURN_IF_ERROR(context_->CheckRunning());
  while (!ended_ && !Full(*batch)) {
    if (!in_row_) {
      if (row_ == in_.row_count) {
        row_ = 0;
        SL_ASSIGN_OR_RETURN(const size_t rows, input_->Next(&in_));
        if (rows == 0) {
          ended_ = true;
          break;
        }
      }
      SL_RETURN_IF_ERROR(Begin(in_, row_));
      in_row_ = true;
    }
    SL_ASSIGN_OR_RETURN(const bool done, Produce(in_, row_, batch));
    if (done) {
      in_row_ = false;
      ++row_;
    }
    if (context_->out_of_steps) ended_ = true;
    SL_RETURN_IF_ERROR(context_->Tick());
  }
  return batch->row_count;
}

Status RowByRowOperator::Reset() {
  in_ = Batch();
  row_ = 0;
  in_row_ = ended_ = false;
  return input_->Reset();
}

StatusOr<size_t> RowTestOperator::Next(Batch* batch) {
  while (true) {
    given_.Release();
    SL_RETURN_IF_ERROR(context_->CheckRunning());
    SL_ASSIGN_OR_RETURN(const size_t count, Pull(batch));
    if (count == 0) return 0;
    std::vector<uint32_t> kept;
    kept.reserve(count);
    for (size_t row = 0; row < count; ++row) {
      SL_RETURN_IF_ERROR(context_->Tick());
      SL_ASSIGN_OR_RETURN(const bool keep, Keep(batch, row));
      if (keep) kept.push_back(static_cast<uint32_t>(row));
    }
    if (kept.empty()) continue;
    KeepRows(kept, batch);
    return batch->row_count;
  }
}

StatusOr<size_t> CollectingOperator::Next(Batch* batch) {
  if (!collected_) {
    collected_ = true;
    Batch in;
    while (true) {
      SL_RETURN_IF_ERROR(context_->CheckRunning());
      SL_ASSIGN_OR_RETURN(const size_t count, input_->Next(&in));
      if (count == 0) break;
      SL_RETURN_IF_ERROR(Take(in));
    }
    SL_RETURN_IF_ERROR(InputEnded());
  }
  *batch = frame_->NewBatch();
  while (batch->row_count < context_->batch_rows) {
    if (next_ < RowCount()) {
      const size_t count =
          std::min<size_t>(RowCount() - next_, context_->batch_rows - batch->row_count);
      SL_RETURN_IF_ERROR(GiveSome(next_, count, batch));
      next_ += count;
      continue;
    }
    SL_ASSIGN_OR_RETURN(const bool more, Refill());
    if (!more) break;
    next_ = 0;
  }
  return batch->row_count;
}

Status CollectingOperator::Reset() {
  Forget();
  ReleaseAll();
  next_ = 0;
  collected_ = false;
  return input_->Reset();
}

Status CollectingOperator::Reserve(uint64_t bytes) {
  SL_RETURN_IF_ERROR(context_->Reserve(bytes));
  bytes_ += bytes;
  return OkStatus();
}

void CollectingOperator::ReleaseAll() {
  rows_.Clear();
  Release(bytes_);
}

void CollectingOperator::Release(uint64_t bytes) {
  context_->Release(bytes);
  bytes_ -= bytes;
}

}  // namespace sightline::query
