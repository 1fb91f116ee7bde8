// StatementTable: of every statement what scopes ask for, in memory, and what was retracted when.
//
// Rows lie in segments, packed by column; those behind the last full segment, and a transaction's,
// lie open. Retractions are a bitmap and the list of events that it came from.
//
// Thread safety: one writer. Readers hold a StatementSnapshot, which nothing changes: what it looks
// at is never moved or freed before it.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/ids.h"
#include "storage/base/status.h"
#include "storage/model/statement.h"
#include "storage/model/time_interval.h"
#include "storage/statements/append_only_array.h"
#include "storage/statements/interval_table.h"
#include "storage/statements/statement_bitmap.h"
#include "storage/statements/statement_codec.h"
#include "storage/statements/statement_columns.h"

namespace sightline::storage {

// The bitmaps and the table count in 32 bits, and 0 is no statement.
inline constexpr uint64_t kStatementCountMax = UINT32_MAX - 1;

struct RetractionEvent {
  Revision revision;
  StatementId statement;
};

class StatementTable;

// The statements at one time. Cheap to copy; thread-safe; the table must outlive it.
class StatementSnapshot {
 public:
  uint64_t size() const { return size_; }
  // REQUIRES: 1 <= id <= size().
  StatementRow operator[](StatementId id) const;
  const TimeInterval& ValidOf(const StatementRow& row) const;

  // One more than the greatest number of a context of the first `count` statements; 0 for none. As
  // contexts are numbered in the order of first use, it is how many contexts those have.
  uint64_t ContextCountOf(uint64_t count) const;

  // --- Retractions, up to the newest revision when the snapshot was taken

  bool IsRetracted(StatementId id) const { return retracted_->Contains(id.value); }
  // The statements that had been retracted at the revision.
  StatementBitmap RetractedAt(Revision revision) const;
  // Those retracted after `after` and not after `through`, in the order of retracting.
  std::vector<StatementId> RetractedBetween(Revision after, Revision through) const;

  // --- By segment

  // Calls visit(columns, first_row, row_count, first_statement) for the statements `first`, ...,
  // `last` in their order, segment by segment. REQUIRES: 1 <= first; last <= size().
  template <typename Visit>
  void VisitColumns(uint64_t first, uint64_t last, Visit visit) const;

  // How many full segments there are, of committed statements.
  uint64_t segment_count() const { return segment_count_; }
  // The value of kStatementColumns. REQUIRES: segment < segment_count().
  std::string EncodeSegment(uint64_t segment) const;

  // Of columns, intervals and retractions; without the open rows.
  uint64_t allocated_bytes() const;

 private:
  friend class StatementTable;

  // The events up to and including `revision`.
  uint64_t EventCountAt(Revision revision) const;
  std::vector<StatementId> Events(uint64_t begin, uint64_t end) const;

  const StatementTable* table_ = nullptr;
  uint64_t size_ = 0;
  uint64_t segment_count_ = 0;
  std::shared_ptr<const AppendOnlyArray<StatementRow>> open_rows_;  // Behind the last full segment.
  std::shared_ptr<const StatementBitmap> retracted_;
  uint64_t event_count_ = 0;
};

class StatementTable {
 public:
  StatementTable() = default;
  StatementTable(const StatementTable&) = delete;
  StatementTable& operator=(const StatementTable&) = delete;

  // All members are for the writer only.

  uint64_t size() const { return segments_.size() * kSegmentRows + open_rows_->size(); }
  // The head's revision is not kept. Errors: kResourceExhausted when there are kStatementCountMax.
  StatusOr<StatementId> Append(const StatementHead& head);
  // Forgets the statements that were appended since the last Commit.
  void RollBack();
  // Makes what was appended part of the table for good, and records the retractions of a commit.
  // REQUIRES: `revision` is not before the last one.
  void Commit(Revision revision, const std::vector<StatementId>& retracted);

  // --- For opening a store: both before the first Append, Load of segments first

  // Adds the next segment. Errors: kDataLoss, also for a context that is not below
  // `context_count`.
  Status LoadSegment(std::string_view bytes, uint64_t context_count);
  // REQUIRES: ascending by revision.
  void LoadRetractions(const std::vector<RetractionEvent>& events);

  // With what has been appended and not committed.
  StatementSnapshot Snapshot() const;
  // REQUIRES: 1 <= id <= size().
  StatementRow operator[](StatementId id) const;
  const TimeInterval& ValidOf(const StatementRow& row) const {
    return intervals_[row.interval_number];
  }
  // Whether a committed retraction names it.
  bool IsRetracted(StatementId id) const { return retracted_->Contains(id.value); }

 private:
  friend class StatementSnapshot;

  // Packs the open rows, as far as they fill segments.
  void Seal();

  AppendOnlyArray<StatementColumns> segments_;
  // Replaced when rows move from it into segments: snapshots go on reading the old one.
  std::shared_ptr<AppendOnlyArray<StatementRow>> open_rows_ =
      std::make_shared<AppendOnlyArray<StatementRow>>();
  uint64_t open_rows_committed_ = 0;
  IntervalTable intervals_{"intervals of time"};
  uint64_t intervals_committed_ = 0;
  AppendOnlyArray<RetractionEvent> events_;  // Ascending by revision.
  // All of `events_`. Replaced, never changed.
  std::shared_ptr<const StatementBitmap> retracted_ = std::make_shared<const StatementBitmap>();
};

template <typename Visit>
void StatementSnapshot::VisitColumns(uint64_t first, uint64_t last, Visit visit) const {
  const uint64_t full_rows = segment_count_ * kSegmentRows;
  while (first <= last && first <= full_rows) {
    const uint64_t segment = (first - 1) / kSegmentRows;
    const uint64_t segment_last = std::min(last, (segment + 1) * kSegmentRows);
    visit(table_->segments_[segment], (first - 1) % kSegmentRows, segment_last - first + 1, first);
    first = segment_last + 1;
  }
  std::vector<StatementRow> rows;
  while (first <= last) {
    const uint64_t row_count = std::min(last - first + 1, kSegmentRows);
    rows.clear();
    for (uint64_t i = 0; i < row_count; ++i) {
      rows.push_back((*open_rows_)[first - 1 - full_rows + i]);
    }
    visit(StatementColumns::Pack(rows.data(), row_count), size_t{0}, row_count, first);
    first += row_count;
  }
}

}  // namespace sightline::storage
