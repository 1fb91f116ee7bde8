#include "query/exec/parallel_aggregate.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "query/exec/group_table.h"
#include "query/exec/rows.h"
#include "query/exec/share_guard.h"
#include "query/exec/spilled_rows.h"
#include "query/functions/sort_in_steps.h"

namespace sightline::query {
namespace {

constexpr RowPlace kBehindAll{.morsel = std::numeric_limits<uint64_t>::max(),
                              .row = std::numeric_limits<uint64_t>::max()};

// Rows with their places, in two columns behind their own.
class PlacedRows {
 public:
  explicit PlacedRows(const Frame& frame)
      : frame_(std::make_shared<Frame>(frame)),
        morsel_(frame_->Add({.name = "", .kind = Vector::Kind::kData})),
        row_(frame_->Add({.name = "", .kind = Vector::Kind::kData})) {}

  const FramePtr& frame() const { return frame_; }
  // Makes `placed` one row. Its columns stay, to be filled again and again.
  void Set(const Batch& in, size_t row, RowPlace place, Batch* placed) const {
    Clear(placed);
    AppendRow(in, row, placed);
    placed->columns[morsel_].data().push_back(Datum::OfInteger(static_cast<int64_t>(place.morsel)));
    placed->columns[row_].data().push_back(Datum::OfInteger(static_cast<int64_t>(place.row)));
  }
  static void Clear(Batch* placed) {
    for (Vector& column : placed->columns) column.Clear();
    placed->row_count = 0;
  }
  RowPlace PlaceOf(const Batch& placed, size_t row) const {
    const auto number = [&](uint32_t column) {
      return static_cast<uint64_t>(*placed.columns[column].data()[row].value()->get_if<int64_t>());
    };
    return {.morsel = number(morsel_), .row = number(row_)};
  }

 private:
  const FramePtr frame_;
  const uint32_t morsel_, row_;
};

class ParallelAggregateOperator : public PhysicalOperator {
 public:
  ParallelAggregateOperator(const LogicalAggregate& aggregate,
                            const std::shared_ptr<const AggregateColumns>& columns,
                            const ExchangePlan& plan, FramePtr frame, ExecutionContext* context)
      : aggregate_(aggregate),
        columns_(columns),
        frame_(std::move(frame)),
        context_(context),
        placed_rows_(*columns->frame()),
        exchange_(
            Exchange::Make(plan, context,
                           [this](size_t thread, ExecutionContext* own, uint64_t morsel,
                                  const Batch& in) { return Take(thread, own, morsel, in); })),
        threads_(exchange_->thread_count()),
        later_(aggregate, columns, frame_, context),
        deferred_(placed_rows_.frame(), context) {}
  ~ParallelAggregateOperator() override {
    exchange_->Stop();
    threads_.clear();  // They may borrow the threads' contexts.
    exchange_->Close();
  }

  StatusOr<size_t> Next(Batch* batch) override {
    *batch = frame_->NewBatch();
    if (!std::exchange(is_grouped_, true)) SL_RETURN_IF_ERROR(GroupAll());
    while (batch->row_count < context_->batch_rows) {
      if (next_ < order_.size() && order_[next_].first < limit_ &&
          (next_later_ == later_.size() || order_[next_].first < later_[next_later_].first)) {
        SL_RETURN_IF_ERROR(Give(kept_, order_[next_++].index, batch));
      } else if (next_later_ < later_.size()) {
        SL_RETURN_IF_ERROR(Give(&later_, next_later_++, batch));
      } else {
        SL_ASSIGN_OR_RETURN(const bool more, StartPass());
        if (!more) break;
      }
    }
    return batch->row_count;
  }
  Status Reset() override { return Internal("Several threads start over"); }

 private:
  // What a thread has grouped, and the rows for which it had no room, in the order of their places.
  struct ThreadGroups {
    ThreadGroups(const ParallelAggregateOperator& all, ExecutionContext* own)
        : table(all.aggregate_, all.columns_, all.frame_, own, all.exchange_->thread_count()),
          placed_row(all.placed_rows_.frame()->NewBatch()),
          put_off(own) {}

    GroupTable table;
    uint64_t row_count = 0;
    Batch placed_row;
    SpilledRows put_off;
  };

  struct Placed {
    RowPlace first;
    size_t index = 0;
  };

  // Called by any thread.
  Status Take(size_t thread, ExecutionContext* own, uint64_t morsel, const Batch& in) {
    std::unique_ptr<ThreadGroups>& groups = threads_[thread];
    if (groups == nullptr) groups = std::make_unique<ThreadGroups>(*this, own);
    GroupTable& table = groups->table;
    for (size_t row = 0; row < in.row_count; ++row) {
      SL_RETURN_IF_ERROR(own->Tick());
      const RowPlace place{.morsel = morsel, .row = groups->row_count++};
      std::optional<size_t> group;
      // What threads keep of the data of a group is merged into less: a query must not fail for it.
      if (table.MayGrow()) {
        SL_ASSIGN_OR_RETURN(group, table.FindOrAdd(in, row, place));
      }
      if (group) {
        SL_RETURN_IF_ERROR(table.Add(in, row, *group));
      } else {
        placed_rows_.Set(in, row, place, &groups->placed_row);
        SL_RETURN_IF_ERROR(groups->put_off.Append(groups->placed_row, 0));
      }
    }
    return OkStatus();
  }

  Status GroupAll() {
    SL_RETURN_IF_ERROR(exchange_->RunAll());
    if (context_->out_of_steps) return context_->OutOfSteps("it had counted all rows");
    std::erase(threads_, nullptr);
    if (threads_.empty()) {
      threads_.push_back(std::make_unique<ThreadGroups>(*this, context_));
    }
    for (const auto& thread : threads_) SL_RETURN_IF_ERROR(thread->table.MoveTo(context_));
    kept_ = &threads_.front()->table;
    for (size_t i = 1; i < threads_.size(); ++i) {
      SL_RETURN_IF_ERROR(kept_->Merge(&threads_[i]->table));
    }
    if (aggregate_.keys.empty() && kept_->size() == 0) {
      SL_RETURN_IF_ERROR(kept_->AddEmptyGroup());
    }
    kept_->StopAdding();
    SL_RETURN_IF_ERROR(TakePutOff());
    return Order();
  }

  // The rows that threads have put off, in the order of their places.
  Status TakePutOff() {
    struct Head {
      SpilledRowReader reader;
      Batch row;
      RowPlace place{};
    };
    std::vector<Head> heads;
    const auto advance = [this](Head* head) -> Status {
      PlacedRows::Clear(&head->row);
      SL_ASSIGN_OR_RETURN(const bool found, head->reader.Next(&head->row));
      head->place = found ? placed_rows_.PlaceOf(head->row, 0) : kBehindAll;
      return OkStatus();
    };
    for (const auto& thread : threads_) {
      if (thread->put_off.appended() == 0) continue;
      SL_ASSIGN_OR_RETURN(const SpilledRows::Run run, thread->put_off.EndRun());
      heads.push_back({.reader = SpilledRowReader(thread->put_off, run),
                       .row = placed_rows_.frame()->NewBatch()});
      SL_RETURN_IF_ERROR(advance(&heads.back()));
    }
    while (!heads.empty()) {
      SL_RETURN_IF_ERROR(context_->Tick());
      const auto first =
          std::min_element(heads.begin(), heads.end(),
                           [](const Head& a, const Head& b) { return a.place < b.place; });
      if (first->place == kBehindAll) break;
      SL_RETURN_IF_ERROR(TakeFirst(first->row));
      SL_RETURN_IF_ERROR(advance(&*first));
    }
    return OkStatus();
  }

  // A row that a thread has put off: of a group that others have kept, or of another.
  Status TakeFirst(const Batch& in) {
    SL_ASSIGN_OR_RETURN(const std::optional<size_t> kept, kept_->FindOrAdd(in, 0));
    if (!kept) return TakeAgain(in, 0);
    const RowPlace place = placed_rows_.PlaceOf(in, 0);
    if (place < (*kept_)[*kept].first) SL_RETURN_IF_ERROR(kept_->SetFirst(in, 0, place, *kept));
    return kept_->Add(in, 0, *kept);
  }

  // A row of a group that no thread has kept. They come in the order of their places: so the groups
  // of later_ are in the order in which they appear, and before all those that there is no room
  // for.
  Status TakeAgain(const Batch& in, size_t row) {
    const RowPlace place = placed_rows_.PlaceOf(in, row);
    SL_ASSIGN_OR_RETURN(const std::optional<size_t> later, later_.FindOrAdd(in, row, place));
    if (later) return later_.Add(in, row, *later);
    limit_ = std::min(limit_, place);
    return deferred_.Append(in, row);
  }

  Status Order() {
    SL_RETURN_IF_ERROR(kept_->Reserve(kept_->size() * sizeof(Placed)));
    order_.resize(kept_->size());
    for (size_t i = 0; i < order_.size(); ++i) order_[i] = {.first = (*kept_)[i].first, .index = i};
    return SortInSteps(
        &order_, 1, [](const Placed& a, const Placed& b) { return a.first < b.first; },
        &context_->evaluation);
  }

  // The groups before limit_ have been given. Whether there are more.
  StatusOr<bool> StartPass() {
    SL_ASSIGN_OR_RETURN(const bool more, deferred_.StartPass());
    if (!more) return false;
    later_.Clear();
    next_later_ = 0;
    limit_ = kBehindAll;
    SL_RETURN_IF_ERROR(deferred_.TakeRest([this](const Batch& in) -> Status {
      for (size_t row = 0; row < in.row_count; ++row) SL_RETURN_IF_ERROR(TakeAgain(in, row));
      return OkStatus();
    }));
    return true;
  }

  Status Give(GroupTable* table, size_t index, Batch* out) {
    SL_RETURN_IF_ERROR(context_->Tick());
    table->AppendKeys(index, out);
    for (size_t call = 0; call < aggregate_.calls.size(); ++call) {
      SL_ASSIGN_OR_RETURN(Datum value, table->Finish(index, call));
      SL_RETURN_IF_ERROR(
          SetDatum(out, aggregate_.calls[call].slot, std::move(value), context_->evaluation));
    }
    return OkStatus();
  }

  const LogicalAggregate& aggregate_;
  const std::shared_ptr<const AggregateColumns> columns_;
  const FramePtr frame_;
  ExecutionContext* const context_;
  const PlacedRows placed_rows_;
  const std::shared_ptr<Exchange> exchange_;
  std::vector<std::unique_ptr<ThreadGroups>> threads_;

  bool is_grouped_ = false;
  GroupTable* kept_ = nullptr;  // The groups of all threads, merged into the first one's table.
  std::vector<Placed> order_;   // Of kept_: by where they begin.
  size_t next_ = 0;             // Of order_.
  GroupTable later_;            // Groups that no thread had room for, as many as there is room for;
  size_t next_later_ = 0;
  DeferredRows deferred_;        // and the rows of the others, the first of which is at
  RowPlace limit_ = kBehindAll;  // limit_.
};

// Whether the argument is never a list, a map, a fact or a path.
bool IsScalar(const BoundExpression& argument, const Frame& frame) {
  if (const auto* slot = std::get_if<BoundSlot>(&argument.node)) {
    const bool is_term =
        slot->column < frame.slots.size() && frame.slots[slot->column].kind == Vector::Kind::kTerms;
    if (is_term) return true;
  }
  if (const auto* property = std::get_if<BoundProperty>(&argument.node)) {
    const PropertyAccess& access = property->access;
    if (property->object->type == StaticType::kEntity && !access.predicates.empty() &&
        !access.many) {
      return true;
    }
  }
  switch (argument.type) {
    case StaticType::kAny:
    case StaticType::kFact:
    case StaticType::kPath:
    case StaticType::kList:
    case StaticType::kMap:
      return false;
    default:
      return true;
  }
}

}  // namespace

bool GroupsInThreads(const LogicalAggregate& aggregate, const Frame& input_frame,
                     const Frame& frame, ExecutionContext* context) {
  if (frame.evidence_slot) return false;
  const ShareGuard shares(context);
  return std::all_of(
      aggregate.calls.begin(), aggregate.calls.end(), [&](const AggregateCall& call) {
        const bool is_extreme =
            call.kind == AggregateKind::kMin || call.kind == AggregateKind::kMax;
        return MergesExactly(call.kind) && shares.ColumnsOf(call, input_frame).empty() &&
               (!is_extreme || IsScalar(*call.argument, input_frame));
      });
}

PhysicalOperatorPtr MakeParallelAggregate(const LogicalAggregate& aggregate,
                                          const std::shared_ptr<const AggregateColumns>& columns,
                                          const ExchangePlan& plan, FramePtr frame,
                                          ExecutionContext* context) {
  return std::make_unique<ParallelAggregateOperator>(aggregate, columns, plan, std::move(frame),
                                                     context);
}

}  // namespace sightline::query
