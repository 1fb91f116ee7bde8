#include <fmt/format.h>

#include <algorithm>

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
    context_->value_unknown = false;
    const StatusOr<Truth> evaluated =
        EvaluateCondition(*filter_.condition, *batch, row, &context_->evaluation);
    if (!evaluated.ok())
      return context_->value_unknown ? StatusOr<bool>(false) : evaluated.status();
    const Truth truth = *evaluated;
    if (truth == Truth::kUnknown) CountUnknown(filter_, 1, context_);
    if (truth != Truth::kTrue) return false;
    if (frame_->evidence_slot) {
      std::vector<EvidenceItem> items;
      SL_RETURN_IF_ERROR(AddExpressionEvidence(*filter_.condition, *frame_, *batch, row,
                                               &context_->evaluation, &items));
      // What was not found is what the condition asks for, in the user's own words.
      for (EvidenceItem& item : items) {
        if (item.not_found_under) item.element = filter_.text;
      }
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
  const LogicalFilter& filter_;
  const FramePtr frame_;
};

}  // namespace

// Found by its place: a filter of a subquery adds notices while others are evaluated, and their
// numbers change.
void CountUnknown(const LogicalFilter& filter, uint64_t rows, ExecutionContext* context) {
  const uint64_t count = context->rows_unknown[&filter] += rows;
  std::vector<Diagnostic>& notices = context->evaluation.notices;
  auto notice = std::find_if(notices.begin(), notices.end(), [&filter](const Diagnostic& known) {
    return known.code == kUnknownRows && known.span == filter.span;
  });
  if (notice == notices.end()) {
    Diagnostic made;
    made.severity = Severity::kNotice;
    made.code = kUnknownRows;
    made.span = filter.span;
    made.help = {"IS UNKNOWN and IS KNOWN ask whether a value is known"};
    notice = notices.insert(notices.end(), std::move(made));
  }
  notice->message = fmt::format("{} {} left out, because it is not known whether {}", count,
                                count == 1 ? "row was" : "rows were", filter.text);
}

PhysicalOperatorPtr MakeFilter(const LogicalFilter& filter, FramePtr frame,
                               ExecutionContext* context, PhysicalOperatorPtr input) {
  return std::make_unique<FilterOperator>(filter, std::move(frame), context, std::move(input));
}

}  // namespace sightline::query
