#include "query/exec/group_table.h"

#include <algorithm>
#include <utility>

#include "query/exec/operators.h"
#include "query/exec/rows.h"

namespace sightline::query {
namespace {

// About what the table spends on a group besides its keys and aggregators, and on each of these
// besides itself.
constexpr uint64_t kGroupBytes = sizeof(GroupTable::Group) + 64;
constexpr uint64_t kCallBytes = sizeof(std::unique_ptr<Aggregator>);

}  // namespace

GroupTable::GroupTable(const LogicalAggregate& aggregate,
                       std::shared_ptr<const AggregateColumns> columns, FramePtr frame,
                       ExecutionContext* context, uint64_t sharers)
    : aggregate_(aggregate),
      columns_(std::move(columns)),
      frame_(std::move(frame)),
      context_(context),
      sharers_(sharers),
      call_count_(aggregate.calls.size()),
      grows_(std::any_of(
          aggregate.calls.begin(), aggregate.calls.end(),
          [](const AggregateCall& call) { return GrowsWithData(call.kind, call.distinct); })),
      key_rows_(frame_->NewBatch()) {
  for (const uint32_t column : columns_->keys()) {
    keys_.push_back(std::make_unique<BoundExpression>());
    keys_.back()->node = BoundSlot{column};
  }
}

StatusOr<std::optional<size_t>> GroupTable::FindOrAdd(const Batch& in, size_t row, RowPlace place) {
  if (keys_.empty()) {
    if (groups_.empty()) SL_RETURN_IF_ERROR(AddGroup(place));
    return 0;
  }
  if (const storage::TermId node = NodeKey(in, row); !node.is_none()) {
    if (const std::optional<uint32_t> known = nodes_.Find(node)) return group_of_node_[*known];
    SL_ASSIGN_OR_RETURN(const bool has_room, AddKeys(in, row, sizeof(node)));
    if (!has_room) return std::nullopt;
    nodes_.Add(node);
    group_of_node_.push_back(static_cast<uint32_t>(groups_.size()));
  } else {
    SL_ASSIGN_OR_RETURN(std::string key, RowKey(in, row, columns_->keys(), &context_->evaluation));
    const auto known = group_of_.find(key);
    if (known != group_of_.end()) return known->second;
    SL_ASSIGN_OR_RETURN(const bool has_room, AddKeys(in, row, key.size()));
    if (!has_room) return std::nullopt;
    group_of_.emplace(std::move(key), groups_.size());
  }
  SL_RETURN_IF_ERROR(AddGroup(place));
  return groups_.size() - 1;
}

storage::TermId GroupTable::NodeKey(const Batch& in, size_t row) const {
  if (keys_.size() != 1) return {};
  const storage::TermId term = TermAt(in, columns_->keys().front(), row);
  return term.is_node() ? term : storage::TermId{};
}

Status GroupTable::AddGroup(RowPlace place) {
  groups_.push_back({.first = place,
                     .key_rows = &key_rows_,
                     .key_row = key_rows_.row_count - (keys_.empty() ? 0 : 1)});
  for (const AggregateCall& call : aggregate_.calls) {
    aggregators_.push_back(Aggregator::New(call.kind, call.distinct));
  }
  return ReserveFor(groups_.size() - 1);
}

StatusOr<bool> GroupTable::AddKeys(const Batch& in, size_t row, size_t key_bytes) {
  if (full_) return false;
  SL_RETURN_IF_ERROR(AppendKeyRow(in, row));
  const uint64_t bytes = key_bytes + kGroupBytes + call_count_ * kCallBytes +
                         RowBytes(key_rows_, key_rows_.row_count - 1);
  full_ = !context_->HasRoom(bytes_ * sharers_, bytes * sharers_);
  if (full_) {
    DropLastRow(&key_rows_);
    return false;
  }
  SL_RETURN_IF_ERROR(Reserve(bytes));
  return true;
}

Status GroupTable::AppendKeyRow(const Batch& in, size_t row) {
  ++key_rows_.row_count;
  for (size_t key = 0; key < keys_.size(); ++key) {
    SL_RETURN_IF_ERROR(
        SetComputed(*keys_[key], in, row, aggregate_.keys[key].first, context_, &key_rows_));
  }
  return OkStatus();
}

Status GroupTable::SetFirst(const Batch& in, size_t row, RowPlace place, size_t index) {
  Group& group = groups_[index];
  group.first = place;
  if (keys_.empty()) return OkStatus();
  SL_RETURN_IF_ERROR(AppendKeyRow(in, row));
  group.key_rows = &key_rows_;
  group.key_row = key_rows_.row_count - 1;
  return Reserve(RowBytes(key_rows_, group.key_row));
}

Status GroupTable::Add(const Batch& in, size_t row, size_t index) {
  std::unique_ptr<Aggregator>* const aggregators = AggregatorsOf(index);
  for (size_t call = 0; call < call_count_; ++call) {
    SL_RETURN_IF_ERROR(AddValue(in, row, call, aggregators[call].get()));
  }
  return grows_ ? ReserveFor(index) : OkStatus();
}

Status GroupTable::ReserveFor(size_t index) {
  uint64_t bytes = 0;
  for (size_t call = 0; call < call_count_; ++call) {
    bytes += AggregatorsOf(index)[call]->memory_bytes();
  }
  Group& group = groups_[index];
  if (bytes <= group.bytes) return OkStatus();
  SL_RETURN_IF_ERROR(Reserve(bytes - group.bytes));
  group.bytes = bytes;
  return OkStatus();
}

Status GroupTable::AddValue(const Batch& in, size_t row, size_t call, Aggregator* aggregator) {
  static const Datum row_itself = Datum::OfBoolean(true);  // What count(*) counts.
  const auto add = [&](const Datum& value) {
    return PlacedAt(aggregate_.calls[call].span, &context_->evaluation,
                    [&] { return aggregator->Add(value, &context_->evaluation); });
  };
  if (aggregate_.calls[call].argument == nullptr) return add(row_itself);
  const uint32_t column = columns_->arguments()[call];
  if (!IsBound(in, column, row)) return add(Datum());
  const Vector& values = in.columns[column];
  if (values.kind() == Vector::Kind::kData) return add(values.data()[row]);
  SL_ASSIGN_OR_RETURN(const Datum value, CellOf(values, row, context_->evaluation));
  return add(value);
}

void GroupTable::AppendKeys(size_t index, Batch* out) const {
  if (keys_.empty()) {
    ++out->row_count;
  } else {
    AppendRow(*groups_[index].key_rows, groups_[index].key_row, out);
  }
}

StatusOr<Datum> GroupTable::Finish(size_t index, size_t call) {
  Datum value;
  SL_RETURN_IF_ERROR(PlacedAt(aggregate_.calls[call].span, &context_->evaluation, [&]() -> Status {
    SL_ASSIGN_OR_RETURN(value, AggregatorsOf(index)[call]->Finish(&context_->evaluation));
    return OkStatus();
  }));
  return value;
}

Status GroupTable::Merge(GroupTable* other) {
  bytes_ += std::exchange(other->bytes_, 0);
  if (keys_.empty() && !other->groups_.empty()) SL_RETURN_IF_ERROR(MergeGroup(0, other, 0));
  for (uint32_t i = 0; i < other->nodes_.size(); ++i) {
    const auto [node, is_new] = nodes_.Add(other->nodes_[i]);
    if (is_new) group_of_node_.push_back(static_cast<uint32_t>(groups_.size()));
    SL_RETURN_IF_ERROR(MergeGroup(group_of_node_[node], other, other->group_of_node_[i]));
  }
  group_of_.reserve(group_of_.size() + other->group_of_.size());
  while (!other->group_of_.empty()) {
    auto entry = other->group_of_.extract(other->group_of_.begin());
    const size_t theirs = std::exchange(entry.mapped(), groups_.size());
    const auto placed = group_of_.insert(std::move(entry));
    SL_RETURN_IF_ERROR(MergeGroup(placed.position->second, other, theirs));
  }
  return OkStatus();
}

Status GroupTable::MergeGroup(size_t own, GroupTable* other, size_t theirs) {
  SL_RETURN_IF_ERROR(context_->Tick());
  const Group& their_group = other->groups_[theirs];
  std::unique_ptr<Aggregator>* const their_aggregators = other->AggregatorsOf(theirs);
  if (own == groups_.size()) {
    groups_.push_back(their_group);
    for (size_t call = 0; call < call_count_; ++call) {
      aggregators_.push_back(std::move(their_aggregators[call]));
    }
    return OkStatus();
  }
  for (size_t call = 0; call < call_count_; ++call) {
    SL_RETURN_IF_ERROR(PlacedAt(aggregate_.calls[call].span, &context_->evaluation, [&] {
      return AggregatorsOf(own)[call]->Merge(their_aggregators[call].get(), &context_->evaluation);
    }));
    their_aggregators[call] = nullptr;
  }
  context_->Release(their_group.bytes);
  bytes_ -= their_group.bytes;
  Group& group = groups_[own];
  if (their_group.first < group.first) {
    group.first = their_group.first;
    group.key_rows = their_group.key_rows;
    group.key_row = their_group.key_row;
  }
  return grows_ ? ReserveFor(own) : OkStatus();
}

void GroupTable::Clear() {
  groups_.clear();
  aggregators_.clear();
  for (Vector& column : key_rows_.columns) column.Clear();
  key_rows_.row_count = 0;
  group_of_.clear();
  nodes_ = TermIndex();
  group_of_node_.clear();
  context_->Release(bytes_);
  bytes_ = 0;
  full_ = false;
}

Status GroupTable::Reserve(uint64_t bytes) {
  SL_RETURN_IF_ERROR(context_->Reserve(bytes));
  bytes_ += bytes;
  return OkStatus();
}

Status GroupTable::MoveTo(ExecutionContext* context) {
  const uint64_t bytes = std::exchange(bytes_, 0);
  context_->Release(bytes);
  context_ = context;
  return Reserve(bytes);
}

}  // namespace sightline::query
