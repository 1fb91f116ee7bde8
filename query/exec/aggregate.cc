#include <unordered_map>

#include "query/evidence/evidence.h"
#include "query/exec/operators.h"

namespace sightline::query {
namespace {

class AggregateOperator : public PhysicalOperator {
 public:
  AggregateOperator(const LogicalAggregate& aggregate, FramePtr input_frame, FramePtr frame,
                    ExecutionContext* context, PhysicalOperatorPtr input)
      : context_(context),
        aggregate_(aggregate),
        input_frame_(std::move(input_frame)),
        frame_(frame),
        input_(std::move(input)),
        keys_(frame, context) {
    for (const auto& [slot, expression] : aggregate_.keys) key_slots_.push_back(slot);
  }
  ~AggregateOperator() override { context_->Release(bytes_); }

  StatusOr<size_t> Next(Batch* batch) override {
    if (!read_) SL_RETURN_IF_ERROR(Read());
    *batch = frame_->NewBatch();
    for (; next_ < groups_.size() && batch->row_count < context_->batch_rows; ++next_) {
      AppendRow(keys_.rows(), next_, batch);
      Group& group = groups_[next_];
      for (size_t call = 0; call < aggregate_.calls.size(); ++call) {
        StatusOr<Datum> value = group.aggregators[call]->Finish(&context_->evaluation);
        if (!value.ok()) return Placed(value.status(), call);
        SL_RETURN_IF_ERROR(
            SetDatum(batch, aggregate_.calls[call].slot, *std::move(value), context_->evaluation));
      }
      if (frame_->evidence_slot) {
        SL_RETURN_IF_ERROR(
            SetDatum(batch, *frame_->evidence_slot, group.evidence.Finish(), context_->evaluation));
      }
    }
    return batch->row_count;
  }

  Status Reset() override {
    keys_.Clear();
    groups_.clear();
    group_of_.clear();
    context_->Release(bytes_);
    bytes_ = 0;
    next_ = 0;
    read_ = false;
    return input_->Reset();
  }

 private:
  struct Group {
    std::vector<std::unique_ptr<Aggregator>> aggregators;
    EvidenceUnion evidence;
    uint64_t bytes = 0;
  };

  Status Placed(const Status& status, size_t call) const {
    std::vector<Diagnostic> diagnostics = DiagnosticsOf(status);
    if (diagnostics.empty()) return status;
    for (Diagnostic& diagnostic : diagnostics) {
      if (diagnostic.span.empty()) diagnostic.span = aggregate_.calls[call].span;
    }
    return ToStatus(std::move(diagnostics));
  }

  void NewGroup() {
    Group group;
    for (const AggregateCall& call : aggregate_.calls) {
      group.aggregators.push_back(Aggregator::New(call.kind, call.distinct));
    }
    groups_.push_back(std::move(group));
  }

  Status Add(const Batch& batch, size_t row, Group* group) {
    uint64_t bytes = 0;
    for (size_t call = 0; call < aggregate_.calls.size(); ++call) {
      Datum value = Datum::OfBoolean(true);  // count(*) counts the row itself.
      if (aggregate_.calls[call].argument != nullptr) {
        SL_ASSIGN_OR_RETURN(
            value, Evaluate(*aggregate_.calls[call].argument, batch, row, &context_->evaluation));
      }
      const Status status = group->aggregators[call]->Add(value, &context_->evaluation);
      if (!status.ok()) return Placed(status, call);
      bytes += group->aggregators[call]->memory_bytes();
    }
    if (frame_->evidence_slot && input_frame_->evidence_slot) {
      Datum evidence = DataAt(batch, *input_frame_->evidence_slot, row);
      std::vector<EvidenceItem> items;
      for (const auto& [slot, expression] : aggregate_.keys) {
        SL_RETURN_IF_ERROR(AddExpressionEvidence(*expression, *input_frame_, batch, row,
                                                 &context_->evaluation, &items));
      }
      for (const AggregateCall& call : aggregate_.calls) {
        if (call.argument == nullptr) continue;
        SL_RETURN_IF_ERROR(AddExpressionEvidence(*call.argument, *input_frame_, batch, row,
                                                 &context_->evaluation, &items));
      }
      group->evidence.Add(ExtendEvidence(evidence, items));
      bytes += group->evidence.memory_bytes();
    }
    if (bytes > group->bytes) {
      SL_RETURN_IF_ERROR(context_->Reserve(bytes - group->bytes));
      bytes_ += bytes - group->bytes;
      group->bytes = bytes;
    }
    return OkStatus();
  }

  Status Read() {
    read_ = true;
    if (aggregate_.keys.empty()) {
      NewGroup();
      keys_.mutable_rows()->row_count = 1;
    }
    Batch batch;
    while (true) {
      SL_RETURN_IF_ERROR(context_->CheckRunning());
      SL_ASSIGN_OR_RETURN(const size_t count, input_->Next(&batch));
      if (count == 0) break;
      for (size_t row = 0; row < count; ++row) {
        SL_RETURN_IF_ERROR(context_->Tick());
        size_t index = 0;
        if (!aggregate_.keys.empty()) {
          Batch key_row = frame_->NewBatch();
          ++key_row.row_count;
          for (const auto& [slot, expression] : aggregate_.keys) {
            SL_RETURN_IF_ERROR(SetComputed(*expression, batch, row, slot, context_, &key_row));
          }
          SL_ASSIGN_OR_RETURN(std::string key,
                              RowKey(key_row, 0, key_slots_, context_->evaluation));
          const uint64_t bytes = key.size() + sizeof(Group) + 64;
          const auto [known, is_new] = group_of_.emplace(std::move(key), groups_.size());
          if (is_new) {
            SL_RETURN_IF_ERROR(context_->Reserve(bytes));
            bytes_ += bytes;
            NewGroup();
            SL_RETURN_IF_ERROR(keys_.Append(key_row, 0));
          }
          index = known->second;
        }
        SL_RETURN_IF_ERROR(Add(batch, row, &groups_[index]));
      }
    }
    if (context_->out_of_steps) return context_->OutOfSteps("it had counted all rows");
    return OkStatus();
  }

  ExecutionContext* const context_;
  const LogicalAggregate& aggregate_;
  const FramePtr input_frame_, frame_;
  PhysicalOperatorPtr input_;
  std::vector<uint32_t> key_slots_;
  RowStore keys_;  // Row i holds the keys of group i.
  std::vector<Group> groups_;
  std::unordered_map<std::string, size_t> group_of_;
  uint64_t bytes_ = 0;
  size_t next_ = 0;
  bool read_ = false;
};

}  // namespace

PhysicalOperatorPtr MakeAggregate(const LogicalAggregate& aggregate, FramePtr input_frame,
                                  FramePtr frame, ExecutionContext* context,
                                  PhysicalOperatorPtr input) {
  return std::make_unique<AggregateOperator>(aggregate, std::move(input_frame), std::move(frame),
                                             context, std::move(input));
}

}  // namespace sightline::query
