// LogicalPlan: what a query asks for, as a tree of operators over frames. Made by the binder,
// improved by the optimizer, turned into running operators by exec/physical_planner.h.
//
// Thread-compatible: single-owner trees.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "query/functions/registry.h"
#include "query/plan/frame.h"
#include "query/plan/pattern.h"
#include "query/plan/procedure.h"
#include "query/plan/write_plan.h"

namespace sightline::query {

struct LogicalOperator;
using LogicalPlan = std::unique_ptr<LogicalOperator>;

// One row: empty at the top, the outer row inside an optional match.
struct LogicalArgument {};

// EXISTS { … }, COUNT { … } and what is written as a pattern. Its leaf is an argument; what it
// reads of the row in which it stands it finds in the locals of the evaluation.
struct SubqueryPlan {
  SubqueryKind kind = SubqueryKind::kExists;
  LogicalPlan plan;
  std::vector<uint32_t> captured;     // Locals.
  std::optional<uint32_t> collected;  // kCollect: the slot with the items of the list.
};

// Extends each row by the pattern's bindings.
struct LogicalMatch {
  PatternGraph graph;
};

// Numbers the rows, so that equal rows of a bag stay apart.
struct LogicalNumberRows {
  uint32_t slot = 0;
};

// Keeps one row of those that are equal in `keys`; merges their evidence.
struct LogicalDistinct {
  std::vector<uint32_t> keys;
};

// Keeps the rows whose condition is true, and counts those whose condition is unknown (N3002).
struct LogicalFilter {
  BoundExpressionPtr condition;
  std::string text;  // As the user wrote it.
  SourceSpan span;
};

// Left join: each row with its matches of `inner` (whose leaf is an argument), or once with
// `inner`'s columns unknown.
struct LogicalOptional {
  LogicalPlan inner;
  std::vector<uint32_t> slots;  // That `inner` binds.
};

// Joins each row with the rows of a query of its own, which depend on no row and are found once:
// those of a stored query (CALL), or the pairs of ends of an edge that is defined by a pattern.
struct LogicalCall {
  std::string text;  // As the user wrote it: suppliers("optics"), -[:arms]->
  SourceSpan span;
  LogicalPlan inner;  // Its leaf is an argument of its own. Its places are not those of this text.
  uint32_t scope_index = 0, base_scope_index = 0;  // The inner query's own.

  struct Column {
    uint32_t inner = 0;
    uint32_t outer = 0;
    bool bound = false;  // Rows go together when the two are the same node or value.
  };
  std::vector<Column> columns;

  // Set for an edge. Its ends are the first two columns.
  struct Edge {
    bool both_ways = false;
    bool variable_length = false;  // A chain: each pair of ends once, by a shortest way.
    uint64_t hops_min = 1, hops_max = 1;
  };
  std::optional<Edge> edge;
};

// Joins each row with the rows that a procedure gives for it.
struct LogicalProcedure {
  ProcedureKind kind = ProcedureKind::kContradictions;
  std::string text;  // As the user wrote it.
  SourceSpan span;
  BoundExpressionPtr about;                            // Null: all there is.
  uint32_t scope_index = 0;                            // Of the claims it goes through.
  std::vector<std::pair<uint32_t, uint32_t>> columns;  // Of the procedure, and the slot for it.
};

// Adds computed columns to the same frame.
struct LogicalExtend {
  std::vector<std::pair<uint32_t, BoundExpressionPtr>> items;
};

// Starts a new frame.
struct LogicalProject {
  std::vector<std::pair<uint32_t, BoundExpressionPtr>> items;
};

struct AggregateCall {
  uint32_t slot = 0;
  AggregateKind kind = AggregateKind::kCount;
  bool distinct = false;
  BoundExpressionPtr argument;  // Null for count(*).
  SourceSpan span;
};
// Starts a new frame: a row a group, in order of first appearance. Without keys always exactly one
// row.
struct LogicalAggregate {
  std::vector<std::pair<uint32_t, BoundExpressionPtr>> keys;
  std::vector<AggregateCall> calls;
};

struct SortKey {
  uint32_t slot = 0;
  bool descending = false;
};
struct LogicalSort {
  std::vector<SortKey> keys;
  // Rows wanted from the front; set by the rule top-n.
  std::optional<uint64_t> rows_max;
  // Rows that are equal in all keys are ordered by all that the frame holds of them: set by the
  // rule canonical-order. Else they stay as they came.
  bool total = false;
};
struct LogicalSkipLimit {
  uint64_t skip = 0;
  std::optional<uint64_t> limit;
};

struct LogicalUnwind {
  uint32_t slot = 0;
  BoundExpressionPtr list;
};

// The rows of the inputs one after the other; `columns` pairs each output slot with the slot of
// each input.
struct LogicalUnion {
  std::vector<std::vector<uint32_t>> columns;  // [output][input]
};

// Writes one statement a row.
struct LogicalAssert {
  AssertPlan plan;
};
struct LogicalRetract {
  RetractPlan plan;
};

struct LogicalOperator {
  std::variant<LogicalArgument, LogicalMatch, LogicalNumberRows, LogicalDistinct, LogicalFilter,
               LogicalOptional, LogicalCall, LogicalProcedure, LogicalExtend, LogicalProject,
               LogicalAggregate, LogicalSort, LogicalSkipLimit, LogicalUnwind, LogicalUnion,
               LogicalAssert, LogicalRetract>
      node;
  std::vector<LogicalPlan> inputs;
  FramePtr frame;  // Of the rows it gives.
};

template <typename Node>
LogicalPlan MakeOperator(Node node, FramePtr frame, LogicalPlan input = nullptr) {
  auto made = std::make_unique<LogicalOperator>();
  made->node = std::move(node);
  made->frame = std::move(frame);
  if (input != nullptr) made->inputs.push_back(std::move(input));
  return made;
}

}  // namespace sightline::query
