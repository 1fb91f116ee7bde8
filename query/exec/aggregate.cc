#include <algorithm>

#include "query/evidence/evidence.h"
#include "query/exec/aggregate_columns.h"
#include "query/exec/group_table.h"
#include "query/exec/operators.h"
#include "query/exec/share_guard.h"
#include "query/exec/spilled_rows.h"

namespace sightline::query {
namespace {

// When the groups outgrow the memory, rows of other groups are put off, and grouped when these have
// been given: so groups come in the order in which they appeared.
class AggregateOperator : public CollectingOperator {
 public:
  AggregateOperator(const LogicalAggregate& aggregate,
                    const std::shared_ptr<const AggregateColumns>& columns, FramePtr input_frame,
                    FramePtr frame, ExecutionContext* context, PhysicalOperatorPtr input)
      : CollectingOperator(std::move(input), std::move(frame), context),
        aggregate_(aggregate),
        input_frame_(std::move(input_frame)),
        shares_(context),
        table_(aggregate, columns, frame_, context),
        deferred_(columns->frame(), context) {
    for (const AggregateCall& call : aggregate_.calls) {
      things_of_.push_back(shares_.ColumnsOf(call, *input_frame_));
    }
    watches_things_ = std::any_of(things_of_.begin(), things_of_.end(),
                                  [](const auto& columns_of) { return !columns_of.empty(); });
    gathers_evidence_ = frame_->evidence_slot && input_frame_->evidence_slot;
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
      SL_ASSIGN_OR_RETURN(const std::optional<size_t> group, table_.FindOrAdd(in, row));
      SL_RETURN_IF_ERROR(group ? Add(in, row, *group) : deferred_.Append(in, row));
    }
    return OkStatus();
  }

  Status InputEnded() override {
    if (context_->out_of_steps) return context_->OutOfSteps("it had counted all rows");
    return aggregate_.keys.empty() && table_.size() == 0 ? table_.AddEmptyGroup() : OkStatus();
  }

  size_t RowCount() const override { return table_.size(); }

  Status Give(size_t index, Batch* out) override {
    table_.AppendKeys(index, out);
    for (size_t call = 0; call < aggregate_.calls.size(); ++call) {
      Datum value = Datum::OfInteger(row_count_);
      if (!counts_rows_) {
        SL_ASSIGN_OR_RETURN(value, table_.Finish(index, call));
        if (!things_of_[call].empty()) SL_RETURN_IF_ERROR(TestShares(index, call, &value));
      }
      SL_RETURN_IF_ERROR(
          SetDatum(out, aggregate_.calls[call].slot, std::move(value), context_->evaluation));
    }
    if (!frame_->evidence_slot) return OkStatus();
    Datum evidence =
        index < extras_.size() ? extras_[index].evidence.Finish() : EvidenceUnion().Finish();
    return SetDatum(out, *frame_->evidence_slot, std::move(evidence), context_->evaluation);
  }

  StatusOr<bool> Refill() override {
    SL_ASSIGN_OR_RETURN(const bool more, deferred_.StartPass());
    if (!more) return false;
    ForgetGroups();
    SL_RETURN_IF_ERROR(deferred_.TakeRest([this](const Batch& in) { return Take(in); }));
    return true;
  }

  void Forget() override {
    ForgetGroups();
    deferred_.Clear();
    row_count_ = 0;
  }

 private:
  // What only some aggregates gather of a group.
  struct Extra {
    EvidenceUnion evidence;
    std::vector<ShareGuard::Things> things;  // Of each call: whose figures it adds up.
    uint64_t bytes = 0;
  };

  void ForgetGroups() {
    table_.Clear();
    extras_.clear();
  }

  // A sum that adds a share to its whole is unknown.
  Status TestShares(size_t index, size_t call, Datum* value) {
    if (index >= extras_.size()) return OkStatus();
    return PlacedAt(aggregate_.calls[call].span, &context_->evaluation, [&]() -> Status {
      SL_ASSIGN_OR_RETURN(const bool counts_twice,
                          shares_.AddsShareToWhole(extras_[index].things[call]));
      if (counts_twice) *value = Datum();
      return OkStatus();
    });
  }

  Status Add(const Batch& in, size_t row, size_t index) {
    SL_RETURN_IF_ERROR(table_.Add(in, row, index));
    return watches_things_ || gathers_evidence_ ? AddExtra(in, row, index) : OkStatus();
  }

  Status AddExtra(const Batch& in, size_t row, size_t index) {
    if (index >= extras_.size()) extras_.resize(index + 1);
    Extra& extra = extras_[index];
    extra.things.resize(aggregate_.calls.size());
    uint64_t bytes = 0;
    for (size_t call = 0; call < aggregate_.calls.size(); ++call) {
      for (const uint32_t column : things_of_[call]) {
        const storage::TermId thing = TermAt(in, column, row);
        if (thing.is_node()) extra.things[call].insert(thing);
      }
      bytes += extra.things[call].size() * kThingBytes;
    }
    if (gathers_evidence_) {
      SL_RETURN_IF_ERROR(AddEvidence(in, row, &extra.evidence));
      bytes += extra.evidence.memory_bytes();
    }
    if (bytes <= extra.bytes) return OkStatus();
    SL_RETURN_IF_ERROR(table_.Reserve(bytes - extra.bytes));
    extra.bytes = bytes;
    return OkStatus();
  }

  Status AddEvidence(const Batch& in, size_t row, EvidenceUnion* all) {
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
    all->Add(evidence);
    return OkStatus();
  }

  static constexpr uint64_t kThingBytes = 48;  // A node of the tree.

  const LogicalAggregate& aggregate_;
  const FramePtr input_frame_;
  ShareGuard shares_;
  std::vector<std::vector<uint32_t>> things_of_;  // Of each call, the columns to watch.
  bool watches_things_ = false;                   // One of them has such columns.
  bool gathers_evidence_ = false;
  bool counts_rows_ = false;  // Nothing is asked but how many rows there are.
  int64_t row_count_ = 0;     // Then.
  GroupTable table_;
  std::vector<Extra> extras_;  // Of the groups of table_.
  DeferredRows deferred_;
};

}  // namespace

PhysicalOperatorPtr MakeAggregate(const LogicalAggregate& aggregate,
                                  const std::shared_ptr<const AggregateColumns>& columns,
                                  FramePtr input_frame, FramePtr frame, ExecutionContext* context,
                                  PhysicalOperatorPtr input) {
  return std::make_unique<AggregateOperator>(aggregate, columns, std::move(input_frame),
                                             std::move(frame), context, std::move(input));
}

}  // namespace sightline::query
