#include "query/exec/match_operators.h"

namespace sightline::query {
namespace {

class TestNodeOperator : public RowTestOperator {
 public:
  TestNodeOperator(MatchStatePtr state, uint32_t node, bool row_tests, PhysicalOperatorPtr input)
      : RowTestOperator(std::move(input), state->context),
        state_(std::move(state)),
        node_(node),
        row_tests_(row_tests) {}

 protected:
  StatusOr<bool> Keep(Batch* batch, size_t row) override {
    const storage::TermId term = TermAt(*batch, state_->slot(node_), row);
    if (term.is_none()) return false;
    return row_tests_ ? state_->testers[node_]->TestRow(term, *batch, row)
                      : state_->testers[node_]->Test(term);
  }

 private:
  const MatchStatePtr state_;
  const uint32_t node_;
  const bool row_tests_;
};

}  // namespace

PhysicalOperatorPtr MakeTestNode(MatchStatePtr state, uint32_t node, bool row_tests,
                                 PhysicalOperatorPtr input) {
  return std::make_unique<TestNodeOperator>(std::move(state), node, row_tests, std::move(input));
}

}  // namespace sightline::query
