// Runs the subqueries of a query's expressions, one row of the outer query at a time.

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "query/evidence/evidence.h"
#include "query/exec/operators.h"
#include "query/functions/datum_order.h"
#include "query/functions/runtime_error.h"

namespace sightline::query {
namespace {

// EXISTS wants one row: what lies below it should not look for thousands at a time.
constexpr uint32_t kExistsBatchRows = 8;
// Values that are remembered, because many rows often ask the same: so many bytes of them, and no
// more than this part of what the query may hold.
constexpr uint64_t kRememberedBytesMax = 1 << 20;
constexpr uint64_t kRememberedPart = 16;
// About what a hash table spends on an entry besides its key.
constexpr uint64_t kEntryBytes = 96;

class SubqueryOperators : public SubqueryRunner {
 public:
  SubqueryOperators(const std::vector<SubqueryPlan>& subqueries,
                    std::vector<PhysicalOperatorPtr> operators, ExecutionContext* context)
      : context_(context) {
    for (size_t i = 0; i < subqueries.size(); ++i) {
      running_.push_back({.plan = &subqueries[i], .top = std::move(operators[i]), .values = {}});
    }
  }
  ~SubqueryOperators() override { context_->Release(remembered_bytes_); }

  StatusOr<Datum> Run(uint32_t index) override {
    Running& subquery = running_[index];
    if (subquery.plan->kind == SubqueryKind::kCollect) return Collect(&subquery);
    SL_ASSIGN_OR_RETURN(std::string key, KeyOf(subquery));
    const auto known = subquery.values.find(key);
    if (known != subquery.values.end()) return known->second;
    SL_ASSIGN_OR_RETURN(Datum value, Count(&subquery));
    Remember(std::move(key), value, &subquery);
    return value;
  }

  StatusOr<Datum> Evidence(uint32_t index) override {
    Running& subquery = running_[index];
    const std::optional<uint32_t>& slot = subquery.plan->plan->frame->evidence_slot;
    if (!slot) return Internal("evidence of a subquery that keeps none");
    Datum first;
    EvidenceUnion all;
    bool found = false;
    SL_RETURN_IF_ERROR(ForEachBatch(&subquery, [&](const Batch& batch) {
      if (!found) first = DataAt(batch, *slot, 0);
      found = true;
      if (subquery.plan->kind == SubqueryKind::kExists) return StatusOr<bool>(false);
      for (size_t row = 0; row < batch.row_count; ++row) all.Add(DataAt(batch, *slot, row));
      return StatusOr<bool>(true);
    }));
    return subquery.plan->kind == SubqueryKind::kExists ? first : all.Finish();
  }

 private:
  struct Running {
    const SubqueryPlan* plan;  // Borrowed.
    PhysicalOperatorPtr top;
    std::unordered_map<std::string, Datum> values;  // By what was captured.
  };

  // What the captures are now.
  StatusOr<std::string> KeyOf(const Running& subquery) {
    std::string key;
    for (const uint32_t local : subquery.plan->captured) {
      const Datum& value = context_->evaluation.locals[local];
      SL_RETURN_IF_ERROR(context_->evaluation.Work(1 + value.heap_bytes() / 64));
      const std::string part = IdentityKey(value);
      key += std::to_string(part.size()) + ":" + part;
    }
    return key;
  }

  void Remember(std::string key, const Datum& value, Running* subquery) {
    const uint64_t most =
        std::min(kRememberedBytesMax, context_->memory_bytes_max / kRememberedPart);
    const uint64_t bytes = key.size() + kEntryBytes;
    if (remembered_bytes_ + bytes > most) {
      for (Running& each : running_) each.values.clear();
      context_->Release(std::exchange(remembered_bytes_, 0));
    }
    // Nobody needs it: where there is no room, it is asked again.
    if (bytes > most || !context_->Reserve(bytes).ok()) return;
    remembered_bytes_ += bytes;
    subquery->values.emplace(std::move(key), value);
  }

  // Hands over batch after batch, until there are no more or `take` wants none. A limit that cut
  // the rows short before that leaves the value unknown.
  template <typename Take>
  Status ForEachBatch(Running* subquery, const Take& take) {
    const uint32_t batch_rows = context_->batch_rows;
    if (subquery->plan->kind == SubqueryKind::kExists) {
      context_->batch_rows = std::min(batch_rows, kExistsBatchRows);
    }
    const auto run = [&]() -> Status {
      SL_RETURN_IF_ERROR(subquery->top->Reset());
      Batch batch;
      while (true) {
        SL_RETURN_IF_ERROR(context_->CheckRunning());
        SL_ASSIGN_OR_RETURN(const size_t count, subquery->top->Next(&batch));
        if (count == 0) break;
        SL_ASSIGN_OR_RETURN(const bool more, take(batch));
        if (!more) return OkStatus();
      }
      return context_->out_of_steps ? context_->OutOfSteps("it had asked a subquery to its end")
                                    : OkStatus();
    };
    const Status status = run();
    context_->batch_rows = batch_rows;
    if (!status.ok() && context_->out_of_steps) {
      const std::vector<Diagnostic> why = DiagnosticsOf(status);
      if (!why.empty() && why.front().code == "SL5001") context_->value_unknown = true;
    }
    return status;
  }

  StatusOr<Datum> Count(Running* subquery) {
    uint64_t rows = 0;
    const bool first_only = subquery->plan->kind == SubqueryKind::kExists;
    SL_RETURN_IF_ERROR(ForEachBatch(subquery, [&](const Batch& batch) {
      rows += batch.row_count;
      return StatusOr<bool>(!first_only);
    }));
    return first_only ? Datum::OfBoolean(rows > 0) : Datum::OfInteger(static_cast<int64_t>(rows));
  }

  StatusOr<Datum> Collect(Running* subquery) {
    const uint32_t slot = *subquery->plan->collected;
    DatumList items;
    uint64_t bytes = 0, expanded = 0;
    const Status status = ForEachBatch(subquery, [&](const Batch& batch) -> StatusOr<bool> {
      for (size_t row = 0; row < batch.row_count; ++row) {
        const Datum& item = DataAt(batch, slot, row);
        expanded += 1 + item.expanded();
        if (expanded > kExpandedItemsMax) return TooLarge("this LIST");
        const uint64_t more = sizeof(Datum) + item.heap_bytes();
        SL_RETURN_IF_ERROR(context_->Reserve(more));
        bytes += more;
        items.push_back(item);
      }
      return true;
    });
    // Whoever keeps the list counts it anew.
    context_->Release(bytes);
    SL_RETURN_IF_ERROR(status);
    return Datum(std::move(items));
  }

  ExecutionContext* const context_;
  std::vector<Running> running_;
  uint64_t remembered_bytes_ = 0;
};

class WithSubqueriesOperator : public PhysicalOperator {
 public:
  WithSubqueriesOperator(const std::vector<SubqueryPlan>& subqueries,
                         std::vector<PhysicalOperatorPtr> operators, ExecutionContext* context,
                         PhysicalOperatorPtr root)
      : context_(context),
        runner_(subqueries, std::move(operators), context),
        root_(std::move(root)) {
    context_->evaluation.subqueries = &runner_;
  }
  ~WithSubqueriesOperator() override { context_->evaluation.subqueries = nullptr; }

  StatusOr<size_t> Next(Batch* batch) override { return root_->Next(batch); }
  Status Reset() override { return root_->Reset(); }

 private:
  ExecutionContext* const context_;
  SubqueryOperators runner_;
  PhysicalOperatorPtr root_;
};

}  // namespace

PhysicalOperatorPtr MakeWithSubqueries(const std::vector<SubqueryPlan>& subqueries,
                                       std::vector<PhysicalOperatorPtr> operators,
                                       ExecutionContext* context, PhysicalOperatorPtr root) {
  return std::make_unique<WithSubqueriesOperator>(subqueries, std::move(operators), context,
                                                  std::move(root));
}

}  // namespace sightline::query
