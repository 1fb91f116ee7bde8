// GroupTable: the groups of an aggregate that are in memory, found by their keys, and what has been
// gathered of each.
//
// Thread safety: one thread at a time. Borrows the aggregate and the context.

#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "query/exec/aggregate_columns.h"
#include "query/exec/operator.h"
#include "query/exec/term_index.h"
#include "query/functions/batch.h"
#include "query/functions/registry.h"
#include "query/functions/runtime_error.h"
#include "query/plan/frame.h"
#include "query/plan/logical_plan.h"
#include "storage/base/status.h"

namespace sightline::query {

// Where a row comes among those that several threads make.
struct RowPlace {
  uint64_t morsel = 0, row = 0;
  friend auto operator<=>(const RowPlace&, const RowPlace&) = default;
};

class GroupTable {
 public:
  struct Group {
    RowPlace first;                   // Of its rows.
    const Batch* key_rows = nullptr;  // The row that has its keys.
    size_t key_row = 0;
    uint64_t bytes = 0;  // Of its aggregators.
  };

  // `frame` is that of the groups. `sharers`: as many tables are filled at a time, and share the
  // room that one would have.
  GroupTable(const LogicalAggregate& aggregate, std::shared_ptr<const AggregateColumns> columns,
             FramePtr frame, ExecutionContext* context, uint64_t sharers = 1);
  ~GroupTable() { Clear(); }
  GroupTable(const GroupTable&) = delete;
  GroupTable& operator=(const GroupTable&) = delete;

  size_t size() const { return groups_.size(); }
  const Group& operator[](size_t index) const { return groups_[index]; }

  // The number of the row's group, in order of appearance. None when it is a new group and there is
  // no room: no more are added then until Clear. Without keys, all rows are one group.
  StatusOr<std::optional<size_t>> FindOrAdd(const Batch& in, size_t row, RowPlace place = {});
  // From now on FindOrAdd adds none.
  void StopAdding() { full_ = true; }
  // A group of no rows and without keys.
  Status AddEmptyGroup() { return AddGroup({}); }
  // Adds what the row has for each call. SL5005, and the errors of the aggregators.
  Status Add(const Batch& in, size_t row, size_t index);
  // The group's keys are those of this row, which comes at `place`.
  Status SetFirst(const Batch& in, size_t row, RowPlace place, size_t index);
  // Whether what is gathered of groups that are here may grow, as far as it does: the rest is for
  // what else the query holds.
  bool MayGrow() const { return !grows_ || bytes_ <= context_->memory_bytes_max / 2 / sharers_; }

  // Adds a row with the group's keys.
  void AppendKeys(size_t index, Batch* out) const;
  // What a call gives for the group. To be asked once.
  StatusOr<Datum> Finish(size_t index, size_t call);

  // Takes in the groups of `other`, a table of the same aggregate and context: their rows count as
  // added here. `other` is to be kept, as it has the keys of some, but is of no other use.
  // REQUIRES: MergesExactly for the kind of each call.
  Status Merge(GroupTable* other);

  void Clear();
  // Counts what hangs on the groups against the budget, until Clear. SL5005.
  Status Reserve(uint64_t bytes);
  // From now on all counts against the budget of `context`, and is done on its thread.
  Status MoveTo(ExecutionContext* context);

 private:
  // The node that is all of the row's key; else none.
  storage::TermId NodeKey(const Batch& in, size_t row) const;
  Status AddGroup(RowPlace place);
  // Keeps the keys of a new group, if there is room.
  StatusOr<bool> AddKeys(const Batch& in, size_t row, size_t key_bytes);
  Status AppendKeyRow(const Batch& in, size_t row);
  Status AddValue(const Batch& in, size_t row, size_t call, Aggregator* aggregator);
  // Takes in group `theirs` of `other` as group `own`, which there may be.
  Status MergeGroup(size_t own, GroupTable* other, size_t theirs);
  // Counts what the aggregators of the group hold.
  Status ReserveFor(size_t index);
  // Those of the group, one for each call.
  std::unique_ptr<Aggregator>* AggregatorsOf(size_t index) {
    return aggregators_.data() + index * call_count_;
  }

  const LogicalAggregate& aggregate_;
  const std::shared_ptr<const AggregateColumns> columns_;
  const FramePtr frame_;
  ExecutionContext* context_;
  const uint64_t sharers_;
  const size_t call_count_;
  const bool grows_;                      // What is gathered of a group may.
  std::vector<BoundExpressionPtr> keys_;  // The columns of the keys.
  std::vector<Group> groups_;
  // Of all groups. Apart from them: a row needs nothing else of its group but its aggregators.
  std::vector<std::unique_ptr<Aggregator>> aggregators_;
  Batch key_rows_;
  std::unordered_map<std::string, size_t> group_of_;  // By RowKey,
  TermIndex nodes_;                                   // or where a node is all of the key.
  std::vector<uint32_t> group_of_node_;
  uint64_t bytes_ = 0;
  bool full_ = false;
};

// Runs `function`, the errors and notices of which are at `span`.
template <typename Function>
Status PlacedAt(const SourceSpan& span, EvaluationContext* context, const Function& function) {
  const size_t notice_count = context->notices.size();
  const Status status = function();
  PlaceNotices(context, notice_count, span);
  return status.ok() ? status : PlaceError(status, span);
}

}  // namespace sightline::query
