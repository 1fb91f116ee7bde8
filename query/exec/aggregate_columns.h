// AggregateColumns: what an aggregate reads of each row, its keys and arguments, as columns. A
// variable is in one already; the others are computed a batch at a time, where several threads make
// the rows by these (query/exec/physical_planner.cc).
//
// Thread safety: immutable; the operator as any.

#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "query/exec/operator.h"
#include "query/plan/frame.h"
#include "query/plan/logical_plan.h"

namespace sightline::query {

class AggregateColumns {
 public:
  struct Computed {
    uint32_t column = 0;
    const BoundExpression* expression = nullptr;
  };

  // Borrows the aggregate. `input_frame` is that of its rows.
  AggregateColumns(const LogicalAggregate& aggregate, const Frame& input_frame);

  // The input's, with the computed columns, of data, behind its own.
  const FramePtr& frame() const { return frame_; }
  // Of each key.
  const std::vector<uint32_t>& keys() const { return keys_; }
  // Of each call's argument; count(*) has none, and any number here.
  const std::vector<uint32_t>& arguments() const { return arguments_; }
  const std::vector<Computed>& computed() const { return computed_; }
  size_t input_width() const { return input_width_; }

 private:
  uint32_t ColumnOf(const BoundExpression& expression);

  const size_t input_width_;
  const FramePtr frame_;
  std::vector<uint32_t> keys_, arguments_;
  std::vector<Computed> computed_;
};

// Adds the computed columns to the rows of `input`; `input` itself when there are none.
PhysicalOperatorPtr MakeAggregateColumns(std::shared_ptr<const AggregateColumns> columns,
                                         ExecutionContext* context, PhysicalOperatorPtr input);

}  // namespace sightline::query
