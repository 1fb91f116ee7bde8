#include <algorithm>

#include "query/evidence/evidence.h"
#include "query/exec/operators.h"

namespace sightline::query {
namespace {

// Of nothing but variables: columns change their places, and no row is looked at.
class ProjectColumnsOperator : public PhysicalOperator {
 public:
  ProjectColumnsOperator(const Computed& items, FramePtr frame, PhysicalOperatorPtr input)
      : frame_(std::move(frame)), input_(std::move(input)) {
    for (const auto& [slot, expression] : items) {
      sources_.push_back({slot, std::get<BoundSlot>(expression->node).column});
    }
  }

  // Whether it can do what is asked.
  static bool Serves(const Computed& items, const Frame& input_frame, const Frame& frame) {
    if (frame.evidence_slot) return false;
    return std::all_of(items.begin(), items.end(), [&](const auto& item) {
      const auto* variable = std::get_if<BoundSlot>(&item.second->node);
      return variable != nullptr && variable->column < input_frame.slots.size() &&
             input_frame.slots[variable->column].kind == frame.slots[item.first].kind;
    });
  }

  StatusOr<size_t> Next(Batch* batch) override {
    *batch = frame_->NewBatch();
    Batch in;
    SL_ASSIGN_OR_RETURN(const size_t count, input_->Next(&in));
    batch->row_count = count;
    for (const Source& source : sources_) {
      Vector& column = batch->columns[source.slot];
      // A variable may be asked for twice.
      if (source.column < in.columns.size()) column = in.columns[source.column];
      if (column.size() == count) continue;
      column.terms().resize(column.kind() == Vector::Kind::kTerms ? count : 0);
      column.data().resize(column.kind() == Vector::Kind::kData ? count : 0);
    }
    return count;
  }
  Status Reset() override { return input_->Reset(); }

 private:
  struct Source {
    uint32_t slot, column;
  };

  const FramePtr frame_;
  std::vector<Source> sources_;
  PhysicalOperatorPtr input_;
};

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
    context_->value_unknown = false;
    for (const auto& [slot, expression] : items_) {
      const Status set = SetComputed(*expression, in, row, slot, context_, out);
      if (!set.ok() && context_->value_unknown) {
        DropLastRow(out);
        return true;
      }
      SL_RETURN_IF_ERROR(set);
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
  if (ProjectColumnsOperator::Serves(items, *input_frame, *frame)) {
    return std::make_unique<ProjectColumnsOperator>(items, std::move(frame), std::move(input));
  }
  return std::make_unique<ProjectOperator>(items, std::move(input_frame), std::move(frame), context,
                                           std::move(input));
}

}  // namespace sightline::query
