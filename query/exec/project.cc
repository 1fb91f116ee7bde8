#include "query/evidence/evidence.h"
#include "query/exec/operators.h"

namespace sightline::query {
namespace {

class ProjectOperator : public RowByRowOperator {
 public:
  ProjectOperator(const Computed& items, FramePtr input_frame, FramePtr frame,
                  ExecutionContext* context, PhysicalOperatorPtr input)
      : RowByRowOperator(std::move(input), std::move(frame), context),
        items_(items),
        input_frame_(std::move(input_frame)) {}

 protected:
  Status Begin(const Batch&, size_t) override { return OkStatus(); }

  StatusOr<bool> Produce(const Batch& in, size_t row, Batch* out) override {
    ++out->row_count;
    std::vector<EvidenceItem> evidence;
    for (const auto& [slot, expression] : items_) {
      SL_RETURN_IF_ERROR(SetComputed(*expression, in, row, slot, context_, out));
      if (MakesValue(*expression)) {
        SL_RETURN_IF_ERROR(given_.Add(*out, slot, out->row_count - 1));
      }
      if (!frame_->evidence_slot) continue;
      SL_RETURN_IF_ERROR(AddExpressionEvidence(*expression, *input_frame_, in, row,
                                               &context_->evaluation, &evidence));
    }
    if (frame_->evidence_slot) {
      const Datum before =
          input_frame_->evidence_slot ? DataAt(in, *input_frame_->evidence_slot, row) : Datum();
      SL_RETURN_IF_ERROR(SetDatum(out, *frame_->evidence_slot, ExtendEvidence(before, evidence),
                                  context_->evaluation));
      SL_RETURN_IF_ERROR(given_.Add(*out, *frame_->evidence_slot, out->row_count - 1));
    }
    return true;
  }

 private:
  const Computed& items_;
  const FramePtr input_frame_;
};

}  // namespace

PhysicalOperatorPtr MakeProject(const Computed& items, FramePtr input_frame, FramePtr frame,
                                ExecutionContext* context, PhysicalOperatorPtr input) {
  return std::make_unique<ProjectOperator>(items, std::move(input_frame), std::move(frame), context,
                                           std::move(input));
}

}  // namespace sightline::query
