// The columns of a segment: 4,096 statements, as scopes read them in memory, and as the store keeps
// them so that opening it need not read every statement's record (docs/file-format.md).

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/ids.h"
#include "storage/base/status.h"
#include "storage/model/time_interval.h"
#include "storage/statements/interval_table.h"
#include "storage/statements/packed_column.h"
#include "storage/statements/statement_codec.h"

namespace sightline::storage {

// Segment n holds the statements n * 4,096 + 1, ..., (n + 1) * 4,096.
inline constexpr uint64_t kSegmentRows = 4096;

// Of every statement what scopes ask for. Its revision is not here: statements are numbered in the
// order of their commits, and the commit log says how many each added.
struct StatementRow {
  uint32_t context_number = 0;
  uint32_t interval_number = 0;  // When it held, in the table's IntervalTable.
  Polarity polarity = Polarity::kAsserts;
  Credibility credibility = 0;
};

// Polarity and credibility in one number: polarity + 2 * credibility.
inline constexpr uint32_t kGradeMax = 1 + 2 * 6;

// Up to kSegmentRows rows, packed by column. Immutable; thread-safe.
class StatementColumns {
 public:
  StatementColumns() = default;
  // REQUIRES: 1 <= row_count <= kSegmentRows.
  static StatementColumns Pack(const StatementRow* rows, size_t row_count);

  StatementRow operator[](size_t row) const {
    const uint32_t grade = grades_[row];
    return {contexts_[row], intervals_[row], static_cast<Polarity>(grade & 1),
            static_cast<Credibility>(grade >> 1)};
  }
  const PackedColumn& contexts() const { return contexts_; }
  const PackedColumn& intervals() const { return intervals_; }
  const PackedColumn& grades() const { return grades_; }
  bool has_denials() const { return has_denials_; }
  // Beside the object itself.
  size_t allocated_bytes(size_t row_count) const {
    return contexts_.allocated_bytes(row_count) + intervals_.allocated_bytes(row_count) +
           grades_.allocated_bytes(row_count);
  }

 private:
  PackedColumn contexts_;
  PackedColumn intervals_;
  PackedColumn grades_;
  bool has_denials_ = false;
};

// Makes the value of kStatementColumns. Thread-compatible.
class SegmentEncoder {
 public:
  size_t row_count() const { return rows_.size(); }
  // The next statement. The head's revision is not kept. REQUIRES: row_count() < kSegmentRows.
  void Add(const StatementHead& head);
  // Then the encoder is empty again. REQUIRES: row_count() == kSegmentRows.
  std::string Encode();

 private:
  std::vector<StatementRow> rows_;
  IntervalTable intervals_{"intervals of time"};  // Of this segment; the rows name these.
};

// A segment as it was read: interval numbers count within its own list.
struct StatementSegment {
  std::array<StatementRow, kSegmentRows> rows;
  std::vector<TimeInterval> intervals;
};
// Errors: kDataLoss, for bytes that SegmentEncoder does not write; a checksum covers them all.
Status DecodeSegment(std::string_view bytes, StatementSegment* segment);

// The key of kStatementColumns.
std::string SegmentKey(uint64_t segment);

}  // namespace sightline::storage
