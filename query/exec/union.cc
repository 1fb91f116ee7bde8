#include "query/exec/operators.h"

namespace sightline::query {
namespace {

class UnionOperator : public PhysicalOperator {
 public:
  UnionOperator(const LogicalUnion& node, std::vector<FramePtr> input_frames, FramePtr frame,
                ExecutionContext* context, std::vector<PhysicalOperatorPtr> inputs)
      : context_(context),
        columns_(node.columns),
        input_frames_(std::move(input_frames)),
        frame_(std::move(frame)),
        inputs_(std::move(inputs)) {
    // The evidence is nobody's column: the others are counted without it.
    for (uint32_t slot = 0; slot < frame_->slots.size(); ++slot) {
      if (frame_->evidence_slot != slot) slots_.push_back(slot);
    }
  }

  StatusOr<size_t> Next(Batch* batch) override {
    *batch = frame_->NewBatch();
    Batch in;
    while (input_ < inputs_.size()) {
      SL_ASSIGN_OR_RETURN(const size_t count, inputs_[input_]->Next(&in));
      if (count == 0) {
        ++input_;
        continue;
      }
      for (size_t row = 0; row < count; ++row) {
        ++batch->row_count;
        for (size_t column = 0; column < columns_.size(); ++column) {
          SL_RETURN_IF_ERROR(Copy(in, row, columns_[column][input_], slots_[column], batch));
        }
        const std::optional<uint32_t>& evidence = input_frames_[input_]->evidence_slot;
        if (frame_->evidence_slot && evidence) {
          CopyCell(in, row, *evidence, batch, *frame_->evidence_slot);
        }
      }
      return batch->row_count;
    }
    return 0;
  }

  Status Reset() override {
    input_ = 0;
    for (PhysicalOperatorPtr& input : inputs_) SL_RETURN_IF_ERROR(input->Reset());
    return OkStatus();
  }

 private:
  // A column that holds terms in one part may hold data in the other.
  Status Copy(const Batch& in, size_t row, uint32_t from, uint32_t to, Batch* out) const {
    if (!IsBound(in, from, row)) {
      SetNull(out, to);
      return OkStatus();
    }
    const Vector& column = in.columns[from];
    return column.kind() == Vector::Kind::kTerms
               ? SetTerm(out, to, column.terms()[row], context_->evaluation)
               : SetDatum(out, to, column.data()[row], context_->evaluation);
  }

  ExecutionContext* const context_;
  const std::vector<std::vector<uint32_t>>& columns_;
  const std::vector<FramePtr> input_frames_;
  const FramePtr frame_;
  std::vector<PhysicalOperatorPtr> inputs_;
  std::vector<uint32_t> slots_;
  size_t input_ = 0;
};

}  // namespace

PhysicalOperatorPtr MakeUnion(const LogicalUnion& node, std::vector<FramePtr> input_frames,
                              FramePtr frame, ExecutionContext* context,
                              std::vector<PhysicalOperatorPtr> inputs) {
  return std::make_unique<UnionOperator>(node, std::move(input_frames), std::move(frame), context,
                                         std::move(inputs));
}

}  // namespace sightline::query
