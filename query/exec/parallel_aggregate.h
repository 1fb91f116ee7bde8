// ParallelAggregate: an aggregate over a stretch of a query on which several threads work. Each
// thread groups the rows that it makes; in the end groups with the same keys are merged.
//
// Source: V. Leis, P. Boncz, A. Kemper, T. Neumann: Morsel-Driven Parallelism (SIGMOD 2014), 4.4,
// in a simpler form: a thread keeps its groups in one table, not in partitions, and one thread
// merges the tables.
//
// It gives what one thread would give, groups in their order of appearance included: a thread notes
// where among all rows a group begins. Rows of groups for which a thread has no room are put into a
// temporary file, and the thread that asks for groups takes them in, as MakeAggregate does.

#pragma once

#include <memory>

#include "query/exec/aggregate_columns.h"
#include "query/exec/exchange.h"
#include "query/exec/operator.h"
#include "query/plan/frame.h"
#include "query/plan/logical_plan.h"

namespace sightline::query {

// Whether each thread can group for itself: no call depends on the order of the rows, no evidence
// is gathered, and no sums are kept from adding a share to its whole. `input_frame` is that of the
// rows, `frame` that of the groups.
bool GroupsInThreads(const LogicalAggregate& aggregate, const Frame& input_frame,
                     const Frame& frame, ExecutionContext* context);

// The rows of `plan` have the columns that `columns` names. Starts over: never.
PhysicalOperatorPtr MakeParallelAggregate(const LogicalAggregate& aggregate,
                                          const std::shared_ptr<const AggregateColumns>& columns,
                                          const ExchangePlan& plan, FramePtr frame,
                                          ExecutionContext* context);

}  // namespace sightline::query
