#include "query/exec/operators.h"

namespace sightline::query {
namespace {

class NumberRowsOperator : public PhysicalOperator {
 public:
  NumberRowsOperator(uint32_t slot, PhysicalOperatorPtr input)
      : slot_(slot), input_(std::move(input)) {}

  StatusOr<size_t> Next(Batch* batch) override {
    SL_ASSIGN_OR_RETURN(const size_t count, input_->Next(batch));
    Vector& column = batch->columns[slot_];
    for (size_t row = 0; row < count; ++row) {
      const storage::Value number(static_cast<int64_t>(next_++));
      if (column.kind() == Vector::Kind::kTerms) {
        column.terms().push_back(*storage::InlineTermId(number));
      } else {
        column.data().emplace_back(number);
      }
    }
    return count;
  }
  Status Reset() override {
    next_ = 0;
    return input_->Reset();
  }

 private:
  const uint32_t slot_;
  PhysicalOperatorPtr input_;
  uint64_t next_ = 0;
};

}  // namespace

PhysicalOperatorPtr MakeNumberRows(uint32_t slot, PhysicalOperatorPtr input) {
  return std::make_unique<NumberRowsOperator>(slot, std::move(input));
}

}  // namespace sightline::query
