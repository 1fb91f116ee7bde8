#include "query/evidence/evidence.h"
#include "query/exec/operators.h"

namespace sightline::query {

Status SetComputed(const BoundExpression& expression, const Batch& in, size_t row, uint32_t slot,
                   ExecutionContext* context, Batch* out) {
  if (const auto* variable = std::get_if<BoundSlot>(&expression.node)) {
    if (!IsBound(in, variable->column, row)) {
      SetNull(out, slot);
      return OkStatus();
    }
    if (in.columns[variable->column].kind() == Vector::Kind::kTerms) {
      return SetTerm(out, slot, in.columns[variable->column].terms()[row], context->evaluation);
    }
  }
  SL_ASSIGN_OR_RETURN(Datum value, Evaluate(expression, in, row, &context->evaluation));
  return SetDatum(out, slot, std::move(value), context->evaluation);
}

namespace {

class ExtendOperator : public RowByRowOperator {
 public:
  ExtendOperator(const Computed& items, FramePtr frame, ExecutionContext* context,
                 PhysicalOperatorPtr input)
      : RowByRowOperator(std::move(input), std::move(frame), context), items_(items) {}

 protected:
  Status Begin(const Batch&, size_t) override { return OkStatus(); }

  StatusOr<bool> Produce(const Batch& in, size_t row, Batch* out) override {
    AppendRow(in, row, out);
    // A later item may read an earlier one, so that they are computed from the row as it grows.
    context_->value_unknown = false;
    for (const auto& [slot, expression] : items_) {
      const Status set = SetComputed(*expression, *out, out->row_count - 1, slot, context_, out);
      if (!set.ok() && context_->value_unknown) {
        DropLastRow(out);
        return true;
      }
      SL_RETURN_IF_ERROR(set);
      if (MakesValue(*expression)) {
        SL_RETURN_IF_ERROR(given_.Add(*out, slot, out->row_count - 1));
      }
    }
    if (frame_->evidence_slot) {
      std::vector<EvidenceItem> evidence;
      for (const auto& [slot, expression] : items_) {
        SL_RETURN_IF_ERROR(AddExpressionEvidence(*expression, *frame_, *out, out->row_count - 1,
                                                 &context_->evaluation, &evidence));
      }
      SL_RETURN_IF_ERROR(SetDatum(out, *frame_->evidence_slot,
                                  ExtendEvidence(DataAt(in, *frame_->evidence_slot, row), evidence),
                                  context_->evaluation));
      SL_RETURN_IF_ERROR(given_.Add(*out, *frame_->evidence_slot, out->row_count - 1));
    }
    return true;
  }

 private:
  const Computed& items_;
};

}  // namespace

PhysicalOperatorPtr MakeExtend(const Computed& items, FramePtr frame, ExecutionContext* context,
                               PhysicalOperatorPtr input) {
  return std::make_unique<ExtendOperator>(items, std::move(frame), context, std::move(input));
}

}  // namespace sightline::query
