#include "storage/statements/statement_table.h"

#include <utility>

#include "storage/base/check.h"

namespace sightline::storage {

// --- StatementSnapshot

StatementRow StatementSnapshot::operator[](StatementId id) const {
  const uint64_t row = id.value - 1;
  const uint64_t segment = row / kSegmentRows;
  if (segment < segment_count_) return table_->segments_[segment][row % kSegmentRows];
  return (*open_rows_)[row - segment_count_ * kSegmentRows];
}

const TimeInterval& StatementSnapshot::ValidOf(const StatementRow& row) const {
  return table_->ValidOf(row);
}

uint64_t StatementSnapshot::ContextCountOf(uint64_t count) const {
  uint64_t context_count = 0;
  VisitColumns(1, count,
               [&](const StatementColumns& columns, size_t row, size_t row_count, uint64_t) {
                 const PackedColumn& contexts = columns.contexts();
                 if (contexts.max() < context_count) return;
                 if (row_count == kSegmentRows) {
                   context_count = uint64_t{contexts.max()} + 1;
                   return;
                 }
                 for (const size_t end = row + row_count; row < end; ++row) {
                   context_count = std::max(context_count, uint64_t{contexts[row]} + 1);
                 }
               });
  return context_count;
}

uint64_t StatementSnapshot::EventCountAt(Revision revision) const {
  uint64_t low = 0, high = event_count_;
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    if (table_->events_[middle].revision <= revision) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

std::vector<StatementId> StatementSnapshot::Events(uint64_t begin, uint64_t end) const {
  std::vector<StatementId> statements;
  statements.reserve(end - begin);
  for (uint64_t i = begin; i < end; ++i) statements.push_back(table_->events_[i].statement);
  return statements;
}

StatementBitmap StatementSnapshot::RetractedAt(Revision revision) const {
  const uint64_t before = EventCountAt(revision);
  // From whichever end there are fewer events to go through.
  if (before < event_count_ - before) {
    StatementBitmap retracted;
    retracted.Add(Events(0, before));
    return retracted;
  }
  StatementBitmap retracted = *retracted_;
  retracted.Remove(Events(before, event_count_));
  return retracted;
}

std::vector<StatementId> StatementSnapshot::RetractedBetween(Revision after,
                                                             Revision through) const {
  return Events(EventCountAt(after), std::max(EventCountAt(after), EventCountAt(through)));
}

std::string StatementSnapshot::EncodeSegment(uint64_t segment) const {
  SL_CHECK(segment < segment_count_);
  SegmentEncoder encoder;
  for (size_t row = 0; row < kSegmentRows; ++row) {
    const StatementRow packed = table_->segments_[segment][row];
    StatementHead head;
    head.context_number = packed.context_number;
    head.polarity = packed.polarity;
    head.credibility = packed.credibility;
    head.valid = ValidOf(packed);
    encoder.Add(head);
  }
  return encoder.Encode();
}

uint64_t StatementSnapshot::allocated_bytes() const {
  uint64_t bytes = event_count_ * sizeof(RetractionEvent) + retracted_->chunk_bytes();
  uint32_t interval_max = 0;
  for (uint64_t segment = 0; segment < segment_count_; ++segment) {
    const StatementColumns& columns = table_->segments_[segment];
    bytes += sizeof(columns) + columns.allocated_bytes(kSegmentRows);
    interval_max = std::max(interval_max, columns.intervals().max());
  }
  return bytes + interval_max * (sizeof(TimeInterval) + sizeof(uint32_t));
}

// --- StatementTable

StatusOr<StatementId> StatementTable::Append(const StatementHead& head) {
  if (size() >= kStatementCountMax) {
    return ResourceExhausted("The store is full: a store holds at most {} statements",
                             kStatementCountMax);
  }
  SL_ASSIGN_OR_RETURN(const uint32_t interval_number, intervals_.Intern(head.valid));
  open_rows_->Append() = {head.context_number, interval_number, head.polarity, head.credibility};
  return StatementId{size()};
}

void StatementTable::RollBack() {
  open_rows_->Truncate(open_rows_committed_);
  intervals_.Truncate(intervals_committed_);
}

void StatementTable::Commit(Revision revision, const std::vector<StatementId>& retracted) {
  SL_CHECK(events_.size() == 0 || events_[events_.size() - 1].revision <= revision);
  Seal();
  open_rows_committed_ = open_rows_->size();
  intervals_committed_ = intervals_.size();
  if (retracted.empty()) return;
  for (const StatementId id : retracted) events_.Append() = {revision, id};
  auto all = std::make_shared<StatementBitmap>(*retracted_);
  all->Add(retracted);
  retracted_ = std::move(all);
}

void StatementTable::Seal() {
  const uint64_t full_count = open_rows_->size() / kSegmentRows;
  if (full_count == 0) return;
  std::vector<StatementRow> rows(kSegmentRows);
  for (uint64_t segment = 0; segment < full_count; ++segment) {
    for (uint64_t row = 0; row < kSegmentRows; ++row) {
      rows[row] = (*open_rows_)[segment * kSegmentRows + row];
    }
    segments_.Append() = StatementColumns::Pack(rows.data(), kSegmentRows);
  }
  auto rest = std::make_shared<AppendOnlyArray<StatementRow>>();
  for (uint64_t row = full_count * kSegmentRows; row < open_rows_->size(); ++row) {
    rest->Append() = (*open_rows_)[row];
  }
  open_rows_ = std::move(rest);
}

Status StatementTable::LoadSegment(std::string_view bytes, uint64_t context_count) {
  SL_CHECK(open_rows_->size() == 0);
  if (size() + kSegmentRows > kStatementCountMax)
    return DataLoss("The store has too many segments");
  StatementSegment segment;
  SL_RETURN_IF_ERROR(DecodeSegment(bytes, &segment));
  std::vector<uint32_t> numbers;
  numbers.reserve(segment.intervals.size());
  for (const TimeInterval& interval : segment.intervals) {
    SL_ASSIGN_OR_RETURN(const uint32_t number, intervals_.Intern(interval));
    numbers.push_back(number);
  }
  for (StatementRow& row : segment.rows) row.interval_number = numbers[row.interval_number];
  StatementColumns columns = StatementColumns::Pack(segment.rows.data(), kSegmentRows);
  if (columns.contexts().max() >= context_count) {
    return DataLoss("A segment of statements names a context that the store does not have: {}",
                    columns.contexts().max());
  }
  segments_.Append() = std::move(columns);
  intervals_committed_ = intervals_.size();
  return OkStatus();
}

void StatementTable::LoadRetractions(const std::vector<RetractionEvent>& events) {
  std::vector<StatementId> statements;
  statements.reserve(events.size());
  for (const RetractionEvent& event : events) {
    events_.Append() = event;
    statements.push_back(event.statement);
  }
  auto all = std::make_shared<StatementBitmap>(*retracted_);
  all->Add(std::move(statements));
  retracted_ = std::move(all);
}

StatementRow StatementTable::operator[](StatementId id) const {
  const uint64_t row = id.value - 1;
  const uint64_t segment = row / kSegmentRows;
  if (segment < segments_.size()) return segments_[segment][row % kSegmentRows];
  return (*open_rows_)[row - segments_.size() * kSegmentRows];
}

StatementSnapshot StatementTable::Snapshot() const {
  StatementSnapshot snapshot;
  snapshot.table_ = this;
  snapshot.size_ = size();
  snapshot.segment_count_ = segments_.size();
  snapshot.open_rows_ = open_rows_;
  snapshot.retracted_ = retracted_;
  snapshot.event_count_ = events_.size();
  return snapshot;
}

}  // namespace sightline::storage
