#include "query/exec/match_operators.h"
#include "query/exec/qualifier_test.h"

namespace sightline::query {
namespace {

class TestQualifierOperator : public RowTestOperator {
 public:
  TestQualifierOperator(MatchStatePtr state, uint32_t edge, const QualifierTest* test,
                        PhysicalOperatorPtr input)
      : RowTestOperator(std::move(input), state->context),
        state_(std::move(state)),
        edge_(edge),
        test_(test) {}

 protected:
  StatusOr<bool> Keep(Batch* batch, size_t row) override {
    SL_ASSIGN_OR_RETURN(const Datum value,
                        Evaluate(*test_->value, *batch, row, &context_->evaluation));
    if (value.is_null()) return false;
    if (const std::optional<uint32_t>& slot = state_->edge(edge_).statement_slot) {
      return StatementHasQualifier({TermAt(*batch, *slot, row).payload()}, *test_, value,
                                   *state_->scope, context_);
    }
    const FactDatum* held = DataAt(*batch, *state_->fact_slots[edge_], row).fact();
    if (held == nullptr) return false;
    if (held->statement.value != 0) {
      return StatementHasQualifier(held->statement, *test_, value, *state_->scope, context_);
    }
    return FactHasQualifier(held->fact, *test_, value, state_->scope, context_);
  }

 private:
  const MatchStatePtr state_;
  const uint32_t edge_;
  const QualifierTest* const test_;
};

}  // namespace

PhysicalOperatorPtr MakeTestQualifier(MatchStatePtr state, uint32_t edge, const QualifierTest* test,
                                      PhysicalOperatorPtr input) {
  return std::make_unique<TestQualifierOperator>(std::move(state), edge, test, std::move(input));
}

}  // namespace sightline::query
