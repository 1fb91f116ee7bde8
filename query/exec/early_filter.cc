#include "query/exec/match_operators.h"

namespace sightline::query {
namespace {

class EarlyFilterOperator : public RowTestOperator {
 public:
  EarlyFilterOperator(std::vector<const BoundExpression*> conditions, ExecutionContext* context,
                      PhysicalOperatorPtr input)
      : RowTestOperator(std::move(input), context), conditions_(std::move(conditions)) {}

 protected:
  StatusOr<bool> Keep(Batch* batch, size_t row) override {
    // What cannot be said for certain is left to the filter proper, which counts and reports it.
    std::vector<Diagnostic>& notices = context_->evaluation.notices;
    const size_t notice_count = notices.size();
    bool keep = true;
    for (const BoundExpression* condition : conditions_) {
      const StatusOr<Truth> truth =
          EvaluateCondition(*condition, *batch, row, &context_->evaluation);
      if (truth.ok() && *truth == Truth::kFalse) {
        keep = false;
        break;
      }
    }
    notices.resize(notice_count);
    return keep;
  }

 private:
  const std::vector<const BoundExpression*> conditions_;
};

}  // namespace

PhysicalOperatorPtr MakeEarlyFilter(std::vector<const BoundExpression*> conditions,
                                    ExecutionContext* context, PhysicalOperatorPtr input) {
  return std::make_unique<EarlyFilterOperator>(std::move(conditions), context, std::move(input));
}

}  // namespace sightline::query
