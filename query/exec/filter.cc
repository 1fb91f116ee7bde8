#include <fmt/format.h>

#include "query/evidence/evidence.h"
#include "query/exec/operators.h"

namespace sightline::query {
namespace {

class FilterOperator : public RowTestOperator {
 public:
  FilterOperator(const LogicalFilter& filter, FramePtr frame, ExecutionContext* context,
                 PhysicalOperatorPtr input)
      : RowTestOperator(std::move(input), context), filter_(filter), frame_(std::move(frame)) {}

 protected:
  StatusOr<bool> Keep(Batch* batch, size_t row) override {
    SL_ASSIGN_OR_RETURN(const Truth truth,
                        EvaluateCondition(*filter_.condition, *batch, row, &context_->evaluation));
    if (truth == Truth::kUnknown) CountUnknown();
    if (truth != Truth::kTrue) return false;
    if (frame_->evidence_slot) {
      std::vector<EvidenceItem> items;
      SL_RETURN_IF_ERROR(AddExpressionEvidence(*filter_.condition, *frame_, *batch, row,
                                               &context_->evaluation, &items));
      if (!items.empty()) {
        std::vector<Datum>& cells = batch->columns[*frame_->evidence_slot].data();
        if (cells.size() < batch->row_count) cells.resize(batch->row_count);
        cells[row] = ExtendEvidence(cells[row], items);
        SL_RETURN_IF_ERROR(given_.Add(*batch, *frame_->evidence_slot, row));
      }
    }
    return true;
  }

 private:
  // One notice a filter, whose count grows.
  void CountUnknown() {
    std::vector<Diagnostic>& notices = context_->evaluation.notices;
    if (++unknown_count_ == 1) {
      Diagnostic notice;
      notice.severity = Severity::kNotice;
      notice.code = "N3002";
      notice.span = filter_.span;
      notice.help = {"IS UNKNOWN and IS KNOWN ask whether a value is known"};
      notice_index_ = notices.size();
      notices.push_back(std::move(notice));
    }
    notices[notice_index_].message =
        fmt::format("{} {} left out, because it is not known whether {}", unknown_count_,
                    unknown_count_ == 1 ? "row was" : "rows were", filter_.text);
  }

  const LogicalFilter& filter_;
  const FramePtr frame_;
  uint64_t unknown_count_ = 0;
  size_t notice_index_ = 0;
};

}  // namespace

PhysicalOperatorPtr MakeFilter(const LogicalFilter& filter, FramePtr frame,
                               ExecutionContext* context, PhysicalOperatorPtr input) {
  return std::make_unique<FilterOperator>(filter, std::move(frame), context, std::move(input));
}

}  // namespace sightline::query
