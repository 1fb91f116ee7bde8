#include <algorithm>
#include <unordered_map>

#include "query/evidence/evidence.h"
#include "query/exec/aggregate_columns.h"
#include "query/exec/operators.h"
#include "query/exec/share_guard.h"
#include "query/exec/spilled_rows.h"
#include "query/exec/term_index.h"
#include "query/functions/runtime_error.h"

namespace sightline::query {
namespace {

// When the groups outgrow the memory, rows of other groups are put off, and grouped when these have
// been given: so groups come in the order in which they appeared.
class AggregateOperator : public CollectingOperator {
 public:
  AggregateOperator(const LogicalAggregate& aggregate,
                    std::shared_ptr<const AggregateColumns> columns, FramePtr input_frame,
                    FramePtr frame, ExecutionContext* context, PhysicalOperatorPtr input)
      : CollectingOperator(std::move(input), std::move(frame), context),
        aggregate_(aggregate),
        columns_(std::move(columns)),
        input_frame_(std::move(input_frame)),
        shares_(context),
        deferred_(columns_->frame(), context) {
    for (const AggregateCall& call : aggregate_.calls) {
      things_of_.push_back(shares_.ColumnsOf(call, *input_frame_));
    }
    for (const uint32_t column : columns_->keys()) {
      keys_.push_back(std::make_unique<BoundExpression>());
      keys_.back()->node = BoundSlot{column};
    }
    watches_things_ = std::any_of(things_of_.begin(), things_of_.end(),
                                  [](const auto& columns_of) { return !columns_of.empty(); });
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
    nodes_ = TermIndex();
    group_of_node_.clear();
    full_ = false;
  }

  void NewGroup() {
    Group group;
    for (const AggregateCall& call : aggregate_.calls) {
      group.aggregators.push_back(Aggregator::New(call.kind, call.distinct));
    }
    if (watches_things_) group.things.resize(aggregate_.calls.size());
    groups_.push_back(std::move(group));
  }

  // Row i of rows_ holds the keys of group i. Without keys, all rows are one group. Null when it is
  // a new group and there is no room.
  StatusOr<Group*> GroupOf(const Batch& in, size_t row) {
    if (aggregate_.keys.empty()) {
      if (groups_.empty()) NewGroup();
      return &groups_.front();
    }
    if (keys_.size() == 1) {
      const storage::TermId node = TermAt(in, columns_->keys().front(), row);
      if (node.is_node()) return GroupOfNode(node, in, row);
    }
    SL_ASSIGN_OR_RETURN(std::string key, RowKey(in, row, columns_->keys(), &context_->evaluation));
    const auto known = group_of_.find(key);
    if (known != group_of_.end()) return &groups_[known->second];
    SL_ASSIGN_OR_RETURN(const bool has_room, AddKeys(in, row, key.size()));
    if (!has_room) return nullptr;
    group_of_.emplace(std::move(key), groups_.size());
    NewGroup();
    return &groups_.back();
  }

  // The same where one node is the key.
  StatusOr<Group*> GroupOfNode(storage::TermId node, const Batch& in, size_t row) {
    if (const std::optional<uint32_t> known = nodes_.Find(node)) {
      return &groups_[group_of_node_[*known]];
    }
    SL_ASSIGN_OR_RETURN(const bool has_room, AddKeys(in, row, sizeof(node)));
    if (!has_room) return nullptr;
    nodes_.Add(node);
    group_of_node_.push_back(static_cast<uint32_t>(groups_.size()));
    NewGroup();
    return &groups_.back();
  }

  // Keeps the keys of a new group, if there is room.
  StatusOr<bool> AddKeys(const Batch& in, size_t row, size_t key_bytes) {
    if (full_) return false;
    Batch key_row = frame_->NewBatch();
    ++key_row.row_count;
    for (size_t key = 0; key < keys_.size(); ++key) {
      SL_RETURN_IF_ERROR(
          SetComputed(*keys_[key], in, row, aggregate_.keys[key].first, context_, &key_row));
    }
    const uint64_t bytes = key_bytes + sizeof(Group) + 64;
    full_ = !context_->HasRoom(kept_bytes(), bytes + RowBytes(key_row, 0));
    if (full_) return false;
    SL_RETURN_IF_ERROR(Reserve(bytes));
    SL_RETURN_IF_ERROR(rows_.Append(key_row, 0));
    return true;
  }

  Status Add(const Batch& in, size_t row, Group* group) {
    uint64_t bytes = 0;
    for (size_t call = 0; call < aggregate_.calls.size(); ++call) {
      SL_RETURN_IF_ERROR(AddValue(in, row, call, group->aggregators[call].get()));
      bytes += group->aggregators[call]->memory_bytes();
      for (const uint32_t column : things_of_[call]) {
        const storage::TermId thing = TermAt(in, column, row);
        if (thing.is_node()) group->things[call].insert(thing);
      }
      if (watches_things_) bytes += group->things[call].size() * kThingBytes;
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

  Status AddValue(const Batch& in, size_t row, size_t call, Aggregator* aggregator) {
    static const Datum row_itself = Datum::OfBoolean(true);  // What count(*) counts.
    const auto add = [&](const Datum& value) {
      return Placed(call, [&] { return aggregator->Add(value, &context_->evaluation); });
    };
    if (aggregate_.calls[call].argument == nullptr) return add(row_itself);
    const uint32_t column = columns_->arguments()[call];
    if (!IsBound(in, column, row)) return add(Datum());
    const Vector& values = in.columns[column];
    if (values.kind() == Vector::Kind::kData) return add(values.data()[row]);
    SL_ASSIGN_OR_RETURN(const Datum value, CellOf(values, row, context_->evaluation));
    return add(value);
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

  const std::shared_ptr<const AggregateColumns> columns_;
  const FramePtr input_frame_;
  ShareGuard shares_;
  std::vector<std::vector<uint32_t>> things_of_;  // Of each call, the columns to watch.
  bool watches_things_ = false;                   // One of them has such columns.
  std::vector<BoundExpressionPtr> keys_;          // The columns of the keys.
  bool counts_rows_ = false;                      // Nothing is asked but how many rows there are.
  int64_t row_count_ = 0;                         // Then.
  std::vector<Group> groups_;
  std::unordered_map<std::string, size_t> group_of_;  // By RowKey,
  TermIndex nodes_;                                   // or where a node is all of the key.
  std::vector<uint32_t> group_of_node_;
  bool full_ = false;  // Until the groups have been given, no more are added.
  DeferredRows deferred_;
};

}  // namespace

PhysicalOperatorPtr MakeAggregate(const LogicalAggregate& aggregate,
                                  std::shared_ptr<const AggregateColumns> columns,
                                  FramePtr input_frame, FramePtr frame, ExecutionContext* context,
                                  PhysicalOperatorPtr input) {
  return std::make_unique<AggregateOperator>(aggregate, std::move(columns), std::move(input_frame),
                                             std::move(frame), context, std::move(input));
}

}  // namespace sightline::query
