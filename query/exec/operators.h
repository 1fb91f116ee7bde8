// The operators other than those of MATCH, one a file (query/exec/<name>.cc). What each does to the
// rows is said in query/plan/logical_plan.h; here, what it costs.
//
// All borrow the plan's nodes and the context.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "query/exec/operator.h"
#include "query/exec/rows.h"
#include "query/plan/logical_plan.h"

namespace sightline::query {

using Computed = std::vector<std::pair<uint32_t, BoundExpressionPtr>>;

// One row; inside an optional match, the outer row.
class ArgumentOperator : public PhysicalOperator {
 public:
  explicit ArgumentOperator(FramePtr frame) : frame_(std::move(frame)) {}

  // Copies the row. Without a call the row has no columns.
  void SetRow(const Batch& outer, size_t row);
  StatusOr<size_t> Next(Batch* batch) override;
  Status Reset() override;

 private:
  const FramePtr frame_;
  Batch outer_;
  bool given_ = false;
};

// When the query is profiled, `made` with its profile kept under `node`, the LogicalOperator or
// PatternStep that it was made for; else `made` itself.
PhysicalOperatorPtr Profiled(const void* node, ExecutionContext* context, PhysicalOperatorPtr made);

PhysicalOperatorPtr MakeNumberRows(uint32_t slot, PhysicalOperatorPtr input);
// Streams, and keeps a key a row; with evidence keeps the rows, as later ones add to it.
PhysicalOperatorPtr MakeDistinct(const LogicalDistinct& distinct, FramePtr frame,
                                 ExecutionContext* context, PhysicalOperatorPtr input);
// Counts rows that a filter has left out as unknown, in the one notice (N3002) that tells of them.
inline constexpr std::string_view kUnknownRows = "N3002";
void CountUnknown(const LogicalFilter& filter, uint64_t rows, ExecutionContext* context);
PhysicalOperatorPtr MakeFilter(const LogicalFilter& filter, FramePtr frame,
                               ExecutionContext* context, PhysicalOperatorPtr input);
// `argument` is the leaf of `inner`.
PhysicalOperatorPtr MakeOptional(const LogicalOptional& optional, FramePtr frame,
                                 ExecutionContext* context, ArgumentOperator* argument,
                                 PhysicalOperatorPtr inner, PhysicalOperatorPtr input);
// Keeps all rows of `inner`. A chain of a defined edge keeps what it reaches from one row's end.
PhysicalOperatorPtr MakeCall(const LogicalCall& call, FramePtr inner_frame, FramePtr frame,
                             ExecutionContext* context, PhysicalOperatorPtr inner,
                             PhysicalOperatorPtr input);
// Keeps all rows that the procedure gives for one value of its argument.
PhysicalOperatorPtr MakeProcedure(const LogicalProcedure& call, FramePtr frame,
                                  ExecutionContext* context, PhysicalOperatorPtr input);
PhysicalOperatorPtr MakeExtend(const Computed& items, FramePtr frame, ExecutionContext* context,
                               PhysicalOperatorPtr input);
PhysicalOperatorPtr MakeProject(const Computed& items, FramePtr input_frame, FramePtr frame,
                                ExecutionContext* context, PhysicalOperatorPtr input);
// Keeps a row a group. `input` has the columns that `columns` names (aggregate_columns.h).
class AggregateColumns;
PhysicalOperatorPtr MakeAggregate(const LogicalAggregate& aggregate,
                                  const std::shared_ptr<const AggregateColumns>& columns,
                                  FramePtr input_frame, FramePtr frame, ExecutionContext* context,
                                  PhysicalOperatorPtr input);
// Keeps all rows; about twice rows_max of them when that is set. `all_needed`: rows are taken from
// the front, so that an input that was cut short is an error.
PhysicalOperatorPtr MakeSort(const LogicalSort& sort, bool all_needed, FramePtr frame,
                             ExecutionContext* context, PhysicalOperatorPtr input);
// `drain`: the input writes, and does so for all rows whatever the limit.
PhysicalOperatorPtr MakeSkipLimit(const LogicalSkipLimit& skip_limit, bool drain,
                                  ExecutionContext* context, PhysicalOperatorPtr input);
PhysicalOperatorPtr MakeUnwind(const LogicalUnwind& unwind, FramePtr frame,
                               ExecutionContext* context, PhysicalOperatorPtr input);
PhysicalOperatorPtr MakeUnion(const LogicalUnion& node, std::vector<FramePtr> input_frames,
                              FramePtr frame, ExecutionContext* context,
                              std::vector<PhysicalOperatorPtr> inputs);
// Both read all of their input before the first write, and write for all of it before the first
// row.
PhysicalOperatorPtr MakeAssert(const AssertPlan& plan, FramePtr frame, ExecutionContext* context,
                               PhysicalOperatorPtr input);
PhysicalOperatorPtr MakeRetract(const RetractPlan& plan, FramePtr frame, ExecutionContext* context,
                                PhysicalOperatorPtr input);

// Runs `root`, whose expressions hold the subqueries. An operator is borrowed plan for plan, in the
// order of `subqueries`.
PhysicalOperatorPtr MakeWithSubqueries(const std::vector<SubqueryPlan>& subqueries,
                                       std::vector<PhysicalOperatorPtr> operators,
                                       ExecutionContext* context, PhysicalOperatorPtr root);

// Sets `slot` of the last row of `out` to the expression's value in a row of `in`. A bare variable
// keeps its term.
Status SetComputed(const BoundExpression& expression, const Batch& in, size_t row, uint32_t slot,
                   ExecutionContext* context, Batch* out);

}  // namespace sightline::query
