#include <algorithm>

#include "query/exec/match_operators.h"
#include "query/functions/datum_order.h"

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
      return HasQualifier({TermAt(*batch, *slot, row).payload()}, value);
    }
    const FactDatum* held = DataAt(*batch, *state_->fact_slots[edge_], row).fact();
    if (held == nullptr) return false;
    EdgeWalk exactly;
    exactly.along.predicates = {held->fact.predicate};
    FactWalk walk(context_, state_->scope, storage::ScanRows::kStatements);
    walk.Start(held->fact.subject, exactly, held->fact.object);
    WalkedFact walked;
    while (true) {
      SL_ASSIGN_OR_RETURN(const bool more, walk.Next(&walked));
      if (!more) return false;
      SL_ASSIGN_OR_RETURN(const bool has, HasQualifier(walked.statement, value));
      if (has) return true;
    }
  }

 private:
  StatusOr<bool> HasQualifier(storage::StatementId id, const Datum& value) {
    const storage::ReadView& view = *context_->evaluation.view;
    SL_ASSIGN_OR_RETURN(const storage::Statement statement, view.GetStatement(id));
    for (const storage::Qualifier& qualifier : statement.content.qualifiers) {
      if (std::find(test_->predicates.begin(), test_->predicates.end(), qualifier.predicate) ==
          test_->predicates.end()) {
        continue;
      }
      Datum held = Datum::OfNode(qualifier.value);
      if (!qualifier.value.is_node()) {
        SL_ASSIGN_OR_RETURN(storage::Value decoded, view.ValueOf(qualifier.value));
        held = Datum(std::move(decoded));
      }
      if (Equal(held, value) == std::optional<bool>(true)) return true;
    }
    return false;
  }

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
