#include "query/exec/operators.h"

namespace sightline::query {
namespace {

class OptionalOperator : public RowByRowOperator {
 public:
  OptionalOperator(const LogicalOptional& optional, FramePtr frame, ExecutionContext* context,
                   ArgumentOperator* argument, PhysicalOperatorPtr inner, PhysicalOperatorPtr input)
      : RowByRowOperator(std::move(input), std::move(frame), context),
        slots_(optional.slots),
        argument_(argument),
        inner_(std::move(inner)) {}

 protected:
  Status Begin(const Batch& in, size_t row) override {
    matched_ = false;
    found_ = Batch();
    next_ = 0;
    argument_->SetRow(in, row);
    return inner_->Reset();
  }

  StatusOr<bool> Produce(const Batch& in, size_t row, Batch* out) override {
    while (true) {
      for (; next_ < found_.row_count; ++next_) {
        if (Full(*out)) return false;
        AppendRow(in, row, out);
        for (const uint32_t slot : slots_) CopyCell(found_, next_, slot, out, slot);
        if (frame_->evidence_slot) {
          CopyCell(found_, next_, *frame_->evidence_slot, out, *frame_->evidence_slot);
        }
        matched_ = true;
      }
      next_ = 0;
      found_ = Batch();
      SL_ASSIGN_OR_RETURN(const size_t count, inner_->Next(&found_));
      if (count > 0) continue;
      found_ = Batch();
      // Cut short, nobody knows whether there is a match: no row rather than a wrong one.
      if (matched_ || context_->out_of_steps) return true;
      if (Full(*out)) return false;
      AppendRow(in, row, out);
      for (const uint32_t slot : slots_) SetNull(out, slot);
      if (frame_->evidence_slot) {
        CopyCell(in, row, *frame_->evidence_slot, out, *frame_->evidence_slot);
      }
      return true;
    }
  }

 private:
  const std::vector<uint32_t>& slots_;
  ArgumentOperator* const argument_;
  PhysicalOperatorPtr inner_;
  Batch found_;
  size_t next_ = 0;
  bool matched_ = false;
};

}  // namespace

PhysicalOperatorPtr MakeOptional(const LogicalOptional& optional, FramePtr frame,
                                 ExecutionContext* context, ArgumentOperator* argument,
                                 PhysicalOperatorPtr inner, PhysicalOperatorPtr input) {
  return std::make_unique<OptionalOperator>(optional, std::move(frame), context, argument,
                                            std::move(inner), std::move(input));
}

}  // namespace sightline::query
