#include "query/exec/count_rows.h"

#include <algorithm>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "query/exec/rows.h"
#include "query/exec/term_index.h"
#include "query/functions/datum_order.h"

namespace sightline::query {
namespace {

// About what a hash table spends on an entry besides its key.
constexpr uint64_t kCountedBytes = 64;
constexpr uint64_t kNodeBytes = 2 * (sizeof(storage::TermId) + 2 * sizeof(uint32_t));

// What one thread has counted for one call.
struct Count {
  int64_t values = 0;                        // Without DISTINCT.
  TermIndex nodes;                           // With it: nodes ...
  std::unordered_set<std::string> others{};  // ... and all else, by IdentityKey.

  Status Add(const Datum& datum, bool distinct, ExecutionContext* context) {
    if (datum.is_null()) return OkStatus();
    if (!distinct) {
      ++values;
      return OkStatus();
    }
    if (const storage::TermId node = datum.node(); !node.is_none()) return AddNode(node, context);
    SL_RETURN_IF_ERROR(context->evaluation.Work(1 + datum.heap_bytes() / 64));
    return AddOther(IdentityKey(datum), context);
  }
  Status AddNode(storage::TermId node, ExecutionContext* context) {
    return nodes.Add(node).second ? context->Reserve(kNodeBytes) : OkStatus();
  }
  Status AddOther(std::string key, ExecutionContext* context) {
    const uint64_t bytes = kCountedBytes + key.size();
    return others.insert(std::move(key)).second ? context->Reserve(bytes) : OkStatus();
  }
  int64_t total() const {
    return values + static_cast<int64_t>(nodes.size()) + static_cast<int64_t>(others.size());
  }
};

class CountRowsOperator : public PhysicalOperator {
 public:
  CountRowsOperator(const LogicalAggregate& aggregate, const ExchangePlan& plan, FramePtr frame,
                    ExecutionContext* context)
      : aggregate_(aggregate),
        frame_(std::move(frame)),
        context_(context),
        exchange_(Exchange::Make(
            plan, context,
            [this](size_t thread, ExecutionContext* own, uint64_t, const Batch& batch) {
              return Take(batch, own, &counts_[thread]);
            })),
        counts_(exchange_->thread_count(), std::vector<Count>(aggregate.calls.size())) {}
  ~CountRowsOperator() override { exchange_->Close(); }

  StatusOr<size_t> Next(Batch* batch) override {
    *batch = frame_->NewBatch();
    if (std::exchange(is_given_, true)) return 0;
    SL_RETURN_IF_ERROR(exchange_->RunAll());
    if (context_->out_of_steps) return context_->OutOfSteps("it had counted all rows");
    ++batch->row_count;
    for (size_t call = 0; call < aggregate_.calls.size(); ++call) {
      SL_ASSIGN_OR_RETURN(const int64_t total, TotalOf(call));
      SL_RETURN_IF_ERROR(SetDatum(batch, aggregate_.calls[call].slot, Datum::OfInteger(total),
                                  context_->evaluation));
    }
    return 1;
  }
  Status Reset() override { return Internal("Several threads start over"); }

 private:
  // Called by any thread.
  Status Take(const Batch& batch, ExecutionContext* own, std::vector<Count>* counts) {
    for (size_t i = 0; i < counts->size(); ++i) {
      const AggregateCall& call = aggregate_.calls[i];
      Count& count = (*counts)[i];
      if (call.argument == nullptr) {
        count.values += static_cast<int64_t>(batch.row_count);
        continue;
      }
      const auto* variable = std::get_if<BoundSlot>(&call.argument->node);
      for (size_t row = 0; row < batch.row_count; ++row) {
        SL_RETURN_IF_ERROR(own->Tick());
        const storage::TermId term =
            variable != nullptr ? TermAt(batch, variable->column, row) : storage::TermId{};
        if (call.distinct && term.is_node()) {
          SL_RETURN_IF_ERROR(count.AddNode(term, own));
          continue;
        }
        SL_ASSIGN_OR_RETURN(const Datum datum,
                            Evaluate(*call.argument, batch, row, &own->evaluation));
        SL_RETURN_IF_ERROR(count.Add(datum, call.distinct, own));
      }
    }
    return own->Tick(batch.row_count);
  }

  // What the threads have counted for a call, together.
  StatusOr<int64_t> TotalOf(size_t call) {
    Count& all = counts_.front()[call];
    for (size_t thread = 1; thread < counts_.size(); ++thread) {
      Count& more = counts_[thread][call];
      all.values += more.values;
      for (uint32_t i = 0; i < more.nodes.size(); ++i) {
        SL_RETURN_IF_ERROR(context_->Tick());
        SL_RETURN_IF_ERROR(all.AddNode(more.nodes[i], context_));
      }
      while (!more.others.empty()) {
        SL_RETURN_IF_ERROR(context_->Tick());
        auto other = more.others.extract(more.others.begin());
        SL_RETURN_IF_ERROR(all.AddOther(std::move(other.value()), context_));
      }
    }
    return all.total();
  }

  const LogicalAggregate& aggregate_;
  const FramePtr frame_;
  ExecutionContext* const context_;
  const std::shared_ptr<Exchange> exchange_;
  std::vector<std::vector<Count>> counts_;  // Of each thread: of each call.
  bool is_given_ = false;
};

}  // namespace

bool OnlyCountsRows(const LogicalAggregate& aggregate, const Frame& frame) {
  return aggregate.keys.empty() && !frame.evidence_slot &&
         std::all_of(aggregate.calls.begin(), aggregate.calls.end(), [](const AggregateCall& call) {
           return call.kind == AggregateKind::kCount || call.kind == AggregateKind::kCountStar;
         });
}

PhysicalOperatorPtr MakeCountRows(const LogicalAggregate& aggregate, const ExchangePlan& plan,
                                  FramePtr frame, ExecutionContext* context) {
  return std::make_unique<CountRowsOperator>(aggregate, plan, std::move(frame), context);
}

}  // namespace sightline::query
