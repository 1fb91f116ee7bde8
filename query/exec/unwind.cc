#include "query/evidence/evidence.h"
#include "query/exec/operators.h"

namespace sightline::query {
namespace {

class UnwindOperator : public RowByRowOperator {
 public:
  UnwindOperator(const LogicalUnwind& unwind, FramePtr frame, ExecutionContext* context,
                 PhysicalOperatorPtr input)
      : RowByRowOperator(std::move(input), std::move(frame), context), unwind_(unwind) {}
  ~UnwindOperator() override { context_->Release(list_bytes_); }

 protected:
  Status Begin(const Batch& in, size_t row) override {
    next_ = 0;
    list_ = Datum();
    context_->Release(list_bytes_);
    list_bytes_ = 0;
    SL_ASSIGN_OR_RETURN(list_, Evaluate(*unwind_.list, in, row, &context_->evaluation));
    if (MakesValue(*unwind_.list)) {
      SL_RETURN_IF_ERROR(context_->Reserve(list_.heap_bytes()));
      list_bytes_ = list_.heap_bytes();
    }
    if (list_.is_null()) return OkStatus();
    if (list_.list() != nullptr) return KeepEvidence(in, row);
    Diagnostic wrong;
    wrong.code = "SL5004";
    wrong.message = "UNWIND takes a LIST, and this is something else";
    wrong.span = unwind_.list->span;
    wrong.help = {"put it in brackets to make a list of one: [x]"};
    return ToStatus(std::move(wrong));
  }

  StatusOr<bool> Produce(const Batch& in, size_t row, Batch* out) override {
    if (list_.is_null()) return true;
    const DatumList& items = *list_.list();
    for (; next_ < items.size(); ++next_) {
      if (Full(*out)) return false;
      AppendRow(in, row, out);
      SL_RETURN_IF_ERROR(SetDatum(out, unwind_.slot, items[next_], context_->evaluation));
      if (!frame_->evidence_slot) continue;
      SL_RETURN_IF_ERROR(SetDatum(out, *frame_->evidence_slot, evidence_, context_->evaluation));
    }
    return true;
  }

 private:
  // Of all rows that the list makes of this one: what the list rests on, as `UNWIND x.tag`.
  Status KeepEvidence(const Batch& in, size_t row) {
    if (!frame_->evidence_slot) return OkStatus();
    std::vector<EvidenceItem> items;
    SL_RETURN_IF_ERROR(
        AddExpressionEvidence(*unwind_.list, *frame_, in, row, &context_->evaluation, &items));
    evidence_ = ExtendEvidence(DataAt(in, *frame_->evidence_slot, row), items);
    return OkStatus();
  }

  const LogicalUnwind& unwind_;
  Datum list_;
  Datum evidence_;
  uint64_t list_bytes_ = 0;
  size_t next_ = 0;
};

}  // namespace

PhysicalOperatorPtr MakeUnwind(const LogicalUnwind& unwind, FramePtr frame,
                               ExecutionContext* context, PhysicalOperatorPtr input) {
  return std::make_unique<UnwindOperator>(unwind, std::move(frame), context, std::move(input));
}

}  // namespace sightline::query
