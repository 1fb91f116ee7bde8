#include "query/exec/aggregate_columns.h"

#include <numeric>
#include <utility>

#include "query/exec/rows.h"

namespace sightline::query {
namespace {

class AggregateColumnsOperator : public PhysicalOperator {
 public:
  AggregateColumnsOperator(std::shared_ptr<const AggregateColumns> columns,
                           ExecutionContext* context, PhysicalOperatorPtr input)
      : columns_(std::move(columns)),
        context_(context),
        given_(context),
        input_(std::move(input)) {}

  StatusOr<size_t> Next(Batch* batch) override {
    given_.Release();
    if (row_ == in_.row_count) {
      row_ = 0;
      SL_ASSIGN_OR_RETURN(const size_t count, input_->Next(&in_));
      if (count == 0) {
        in_ = Batch();
        *batch = columns_->frame()->NewBatch();
        return 0;
      }
      const std::vector<Slot>& slots = columns_->frame()->slots;
      if (in_.columns.size() > columns_->input_width()) {
        in_.columns.resize(columns_->input_width());
      }
      while (in_.columns.size() < slots.size()) {
        in_.columns.emplace_back(slots[in_.columns.size()].kind);
      }
    }
    const size_t begin = row_;
    SL_RETURN_IF_ERROR(ComputeSome());
    if (begin == 0 && row_ == in_.row_count) {
      *batch = std::exchange(in_, Batch());
      row_ = 0;
      return batch->row_count;
    }
    // The computed cells are those of these rows, as no others are kept.
    *batch = columns_->frame()->NewBatch();
    std::vector<uint32_t> rows(row_ - begin);
    std::iota(rows.begin(), rows.end(), static_cast<uint32_t>(begin));
    AppendRows(in_, rows, batch);
    for (const AggregateColumns::Computed& item : columns_->computed()) {
      for (Datum& datum : in_.columns[item.column].data()) datum = Datum();
    }
    return batch->row_count;
  }

  Status Reset() override {
    given_.Release();
    in_ = Batch();
    row_ = 0;
    return input_->Reset();
  }

 private:
  // From row_ on, which it moves; a batch of large values ends early.
  Status ComputeSome() {
    for (; row_ < in_.row_count; ++row_) {
      if (given_.bytes() > context_->memory_bytes_max / 16) return OkStatus();
      SL_RETURN_IF_ERROR(context_->Tick());
      for (const AggregateColumns::Computed& item : columns_->computed()) {
        SL_ASSIGN_OR_RETURN(Datum value,
                            Evaluate(*item.expression, in_, row_, &context_->evaluation));
        in_.columns[item.column].data().push_back(std::move(value));
        if (MakesValue(*item.expression)) {
          SL_RETURN_IF_ERROR(given_.Add(in_, item.column, row_));
        }
      }
    }
    return OkStatus();
  }

  const std::shared_ptr<const AggregateColumns> columns_;
  ExecutionContext* const context_;
  GivenBytes given_;
  PhysicalOperatorPtr input_;
  Batch in_;
  size_t row_ = 0;  // Of in_: the first that has not been given.
};

}  // namespace

AggregateColumns::AggregateColumns(const LogicalAggregate& aggregate, const Frame& input_frame)
    : input_width_(input_frame.slots.size()), frame_(std::make_shared<Frame>(input_frame)) {
  for (const auto& [slot, expression] : aggregate.keys) keys_.push_back(ColumnOf(*expression));
  for (const AggregateCall& call : aggregate.calls) {
    arguments_.push_back(call.argument != nullptr ? ColumnOf(*call.argument) : 0);
  }
}

uint32_t AggregateColumns::ColumnOf(const BoundExpression& expression) {
  const auto* const variable = std::get_if<BoundSlot>(&expression.node);
  if (variable != nullptr && variable->column < input_width_) return variable->column;
  const uint32_t column = frame_->Add({.name = "", .kind = Vector::Kind::kData});
  computed_.push_back({.column = column, .expression = &expression});
  return column;
}

PhysicalOperatorPtr MakeAggregateColumns(std::shared_ptr<const AggregateColumns> columns,
                                         ExecutionContext* context, PhysicalOperatorPtr input) {
  if (columns->computed().empty()) return input;
  return std::make_unique<AggregateColumnsOperator>(std::move(columns), context, std::move(input));
}

}  // namespace sightline::query
