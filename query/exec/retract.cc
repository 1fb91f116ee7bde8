#include <set>

#include "query/exec/operators.h"

namespace sightline::query {
namespace {

class RetractOperator : public CollectingOperator {
 public:
  RetractOperator(const RetractPlan& plan, FramePtr frame, ExecutionContext* context,
                  PhysicalOperatorPtr input)
      : CollectingOperator(std::move(input), std::move(frame), context), plan_(plan) {}

  Status Reset() override { return Internal("A write is not repeated"); }

 protected:
  Status InputEnded() override {
    if (context_->transaction == nullptr) return Internal("A write without a transaction");
    if (context_->out_of_steps) return context_->OutOfSteps("it had all rows to retract for");
    for (size_t row = 0; row < rows_.size(); ++row) {
      SL_RETURN_IF_ERROR(context_->CheckRunning());
      SL_ASSIGN_OR_RETURN(const Datum reason,
                          Evaluate(*plan_.reason, rows_.rows(), row, &context_->evaluation));
      const auto* text =
          reason.value() != nullptr ? reason.value()->get_if<storage::Text>() : nullptr;
      if (text == nullptr || text->text.empty()) {
        return Fail("SL6002", "a retraction needs a reason in words", plan_.reason->span,
                    "BECAUSE \"wrong company\"");
      }
      int64_t count = 0;
      for (const BoundExpressionPtr& expression : plan_.statements) {
        SL_ASSIGN_OR_RETURN(const Datum value,
                            Evaluate(*expression, rows_.rows(), row, &context_->evaluation));
        const DatumList one = {value};
        for (const Datum& item : value.list() != nullptr ? *value.list() : one) {
          if (item.is_null()) continue;
          SL_ASSIGN_OR_RETURN(const bool retracted, Retract(item, text->text, expression->span));
          if (retracted) ++count;
        }
      }
      SL_RETURN_IF_ERROR(Reserve(sizeof(count)));
      counts_.push_back(count);
    }
    return OkStatus();
  }

  Status Give(size_t index, Batch* out) override {
    SL_RETURN_IF_ERROR(CollectingOperator::Give(index, out));
    return SetDatum(out, plan_.count_slot, Datum::OfInteger(counts_[index]), context_->evaluation);
  }

 private:
  // False when an earlier row has done it.
  StatusOr<bool> Retract(const Datum& item, const std::string& reason, const SourceSpan& span) {
    const storage::TermId node = item.node();
    if (!node.is_statement()) {
      return Fail("SL6004", "only statements can be retracted, and this is something else", span,
                  "name the statement in the pattern: -[:supplies @st]-> ... RETRACT st");
    }
    const storage::StatementId id{node.payload()};
    if (!retracted_.insert(id).second) return false;
    const Status status = context_->transaction->Retract(id, reason);
    if (status.ok()) {
      ++context_->statements_retracted;
      return true;
    }
    if (status.code() == StatusCode::kFailedPrecondition) return WithPlace(status, "SL6003", span);
    if (status.code() == StatusCode::kNotFound) return WithPlace(status, "SL6005", span);
    return WithPlace(status, "SL6002", span);
  }

  static Status Fail(std::string code, std::string message, const SourceSpan& span,
                     std::string help) {
    Diagnostic wrong;
    wrong.code = std::move(code);
    wrong.message = std::move(message);
    wrong.span = span;
    wrong.help = {std::move(help)};
    return ToStatus(std::move(wrong));
  }

  const RetractPlan& plan_;
  std::set<storage::StatementId> retracted_;
  std::vector<int64_t> counts_;  // Of each row.
};

}  // namespace

PhysicalOperatorPtr MakeRetract(const RetractPlan& plan, FramePtr frame, ExecutionContext* context,
                                PhysicalOperatorPtr input) {
  return std::make_unique<RetractOperator>(plan, std::move(frame), context, std::move(input));
}

}  // namespace sightline::query
