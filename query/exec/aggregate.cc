#include <algorithm>
#include <unordered_map>

#include "query/evidence/evidence.h"
#include "query/exec/operators.h"
#include "query/exec/share_guard.h"
#include "query/exec/spilled_rows.h"
#include "query/functions/runtime_error.h"

namespace sightline::query {
namespace {

// When the groups outgrow the memory, rows of other groups are put off, and grouped when these have
// been given: so groups come in the order in which they appeared.
class AggregateOperator : public CollectingOperator {
 public:
  AggregateOperator(const LogicalAggregate& aggregate, FramePtr input_frame, FramePtr frame,
                    ExecutionContext* context, PhysicalOperatorPtr input)
      : CollectingOperator(std::move(input), std::move(frame), context),
        aggregate_(aggregate),
        input_frame_(std::move(input_frame)),
        shares_(context),
        deferred_(input_frame_, context) {
    for (const AggregateCall& call : aggregate_.calls) {
      things_of_.push_back(shares_.ColumnsOf(call, *input_frame_));
    }
    for (const auto& [slot, expression] : aggregate_.keys) key_slots_.push_back(slot);
    counts_rows_ = aggregate_.keys.empty() && !frame_->evidence_slot &&
                   std::all_of(aggregate_.calls.begin(), aggregate_.calls.end(),
                               [](const AggregateCall& call) {
                                 return call.kind == AggregateKind::kCountStar;
                               });
  }

 protected:
  Status Take(const Batch& in) override {
    if (counts_rows_) {
      row_count_ += in.row_count;
      return context_->Tick(in.row_count);
    }
    for (size_t row = 0; row < in.row_count; ++row) {
      SL_RETURN_IF_ERROR(context_->Tick());
      SL_ASSIGN_OR_RETURN(Group* const group, GroupOf(in, row));
      SL_RETURN_IF_ERROR(group != nullptr ? Add(in, row, group) : deferred_.Append(in, row));
    }
    return OkStatus();
  }

  Status InputEnded() override {
    if (context_->out_of_steps) return context_->OutOfSteps("it had counted all rows");
    if (aggregate_.keys.empty() && groups_.empty()) NewGroup();  // Of no rows.
    return OkStatus();
  }

  size_t RowCount() const override { return groups_.size(); }

  Status Give(size_t index, Batch* out) override {
    if (aggregate_.keys.empty()) {
      ++out->row_count;
    } else {
      AppendRow(rows_.rows(), index, out);
    }
    Group& group = groups_[index];
    for (size_t call = 0; call < aggregate_.calls.size(); ++call) {
      Datum value = Datum::OfInteger(row_count_);
      if (!counts_rows_) {
        SL_RETURN_IF_ERROR(Placed(call, [&]() -> Status {
          SL_ASSIGN_OR_RETURN(value, group.aggregators[call]->Finish(&context_->evaluation));
          if (things_of_[call].empty()) return OkStatus();
          SL_ASSIGN_OR_RETURN(const bool counts_twice,
                              shares_.AddsShareToWhole(group.things[call]));
          if (counts_twice) value = Datum();
          return OkStatus();
        }));
      }
      SL_RETURN_IF_ERROR(
          SetDatum(out, aggregate_.calls[call].slot, std::move(value), context_->evaluation));
    }
    if (!frame_->evidence_slot) return OkStatus();
    return SetDatum(out, *frame_->evidence_slot, group.evidence.Finish(), context_->evaluation);
  }

  StatusOr<bool> Refill() override {
    SL_ASSIGN_OR_RETURN(const bool more, deferred_.StartPass());
    if (!more) return false;
    ForgetGroups();
    ReleaseAll();
    SL_RETURN_IF_ERROR(deferred_.TakeRest([this](const Batch& in) { return Take(in); }));
    return true;
  }

  void Forget() override {
    ForgetGroups();
    deferred_.Clear();
    row_count_ = 0;
  }

 private:
  struct Group {
    std::vector<std::unique_ptr<Aggregator>> aggregators;
    EvidenceUnion evidence;
    std::vector<ShareGuard::Things> things;  // Of each call: whose figures it adds up.
    uint64_t bytes = 0;
  };

  // The errors and notices of `function` are at the place of the call.
  template <typename Function>
  Status Placed(size_t call, const Function& function) {
    const SourceSpan& span = aggregate_.calls[call].span;
    const size_t notice_count = context_->evaluation.notices.size();
    const Status status = function();
    PlaceNotices(&context_->evaluation, notice_count, span);
    return status.ok() ? status : PlaceError(status, span);
  }

  void ForgetGroups() {
    groups_.clear();
    group_of_.clear();
    full_ = false;
  }

  void NewGroup() {
    Group group;
    for (const AggregateCall& call : aggregate_.calls) {
      group.aggregators.push_back(Aggregator::New(call.kind, call.distinct));
    }
    group.things.resize(aggregate_.calls.size());
    groups_.push_back(std::move(group));
  }

  // Row i of rows_ holds the keys of group i. Without keys, all rows are one group. Null when it is
  // a new group and there is no room.
  StatusOr<Group*> GroupOf(const Batch& in, size_t row) {
    if (aggregate_.keys.empty()) {
      if (groups_.empty()) NewGroup();
      return &groups_.front();
    }
    Batch key_row = frame_->NewBatch();
    ++key_row.row_count;
    for (const auto& [slot, expression] : aggregate_.keys) {
      SL_RETURN_IF_ERROR(SetComputed(*expression, in, row, slot, context_, &key_row));
    }
    SL_ASSIGN_OR_RETURN(std::string key, RowKey(key_row, 0, key_slots_, &context_->evaluation));
    const auto known = group_of_.find(key);
    if (known != group_of_.end()) return &groups_[known->second];
    const uint64_t bytes = key.size() + sizeof(Group) + 64;
    full_ = full_ || !context_->HasRoom(kept_bytes(), bytes + RowBytes(key_row, 0));
    if (full_) return nullptr;
    SL_RETURN_IF_ERROR(Reserve(bytes));
    SL_RETURN_IF_ERROR(rows_.Append(key_row, 0));
    group_of_.emplace(std::move(key), groups_.size());
    NewGroup();
    return &groups_.back();
  }

  Status Add(const Batch& in, size_t row, Group* group) {
    uint64_t bytes = 0;
    for (size_t call = 0; call < aggregate_.calls.size(); ++call) {
      Datum value = Datum::OfBoolean(true);  // count(*) counts the row itself.
      if (aggregate_.calls[call].argument != nullptr) {
        SL_ASSIGN_OR_RETURN(
            value, Evaluate(*aggregate_.calls[call].argument, in, row, &context_->evaluation));
      }
      SL_RETURN_IF_ERROR(Placed(
          call, [&] { return group->aggregators[call]->Add(value, &context_->evaluation); }));
      bytes += group->aggregators[call]->memory_bytes();
      for (const uint32_t column : things_of_[call]) {
        const storage::TermId thing = TermAt(in, column, row);
        if (thing.is_node()) group->things[call].insert(thing);
      }
      bytes += group->things[call].size() * kThingBytes;
    }
    if (frame_->evidence_slot && input_frame_->evidence_slot) {
      SL_RETURN_IF_ERROR(AddEvidence(in, row, group));
      bytes += group->evidence.memory_bytes();
    }
    if (bytes > group->bytes) {
      SL_RETURN_IF_ERROR(Reserve(bytes - group->bytes));
      group->bytes = bytes;
    }
    return OkStatus();
  }

  Status AddEvidence(const Batch& in, size_t row, Group* group) {
    std::vector<EvidenceItem> items;
    for (const auto& [slot, expression] : aggregate_.keys) {
      SL_RETURN_IF_ERROR(AddExpressionEvidence(*expression, *input_frame_, in, row,
                                               &context_->evaluation, &items));
    }
    for (const AggregateCall& call : aggregate_.calls) {
      if (call.argument == nullptr) continue;
      SL_RETURN_IF_ERROR(AddExpressionEvidence(*call.argument, *input_frame_, in, row,
                                               &context_->evaluation, &items));
    }
    const Datum evidence = ExtendEvidence(DataAt(in, *input_frame_->evidence_slot, row), items);
    SL_RETURN_IF_ERROR(context_->evaluation.Work(1 + evidence.heap_bytes() / 64));
    group->evidence.Add(evidence);
    return OkStatus();
  }

  const LogicalAggregate& aggregate_;
  static constexpr uint64_t kThingBytes = 48;  // A node of the tree.

  const FramePtr input_frame_;
  ShareGuard shares_;
  std::vector<std::vector<uint32_t>> things_of_;  // Of each call, the columns to watch.
  std::vector<uint32_t> key_slots_;
  bool counts_rows_ = false;  // Nothing is asked but how many rows there are.
  int64_t row_count_ = 0;     // Then.
  std::vector<Group> groups_;
  std::unordered_map<std::string, size_t> group_of_;
  bool full_ = false;  // Until the groups have been given, no more are added.
  DeferredRows deferred_;
};

}  // namespace

PhysicalOperatorPtr MakeAggregate(const LogicalAggregate& aggregate, FramePtr input_frame,
                                  FramePtr frame, ExecutionContext* context,
                                  PhysicalOperatorPtr input) {
  return std::make_unique<AggregateOperator>(aggregate, std::move(input_frame), std::move(frame),
                                             context, std::move(input));
}

}  // namespace sightline::query
