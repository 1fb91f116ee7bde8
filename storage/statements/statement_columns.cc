#include "storage/statements/statement_columns.h"

#include <xxhash.h>

#include <algorithm>

#include "storage/base/check.h"
#include "storage/base/encoding.h"

namespace sightline::storage {
namespace {

constexpr uint8_t kSegmentLayout = 1;
constexpr size_t kChecksumBytes = 8;

uint32_t GradeOf(const StatementRow& row) {
  return static_cast<uint32_t>(row.polarity) + 2u * row.credibility;
}

template <typename ValueOf>
PackedColumn PackColumn(const StatementRow* rows, size_t row_count, ValueOf value_of) {
  std::array<uint32_t, kSegmentRows> values;
  for (size_t row = 0; row < row_count; ++row) values[row] = value_of(rows[row]);
  return PackedColumn::Pack(values.data(), row_count);
}

}  // namespace

StatementColumns StatementColumns::Pack(const StatementRow* rows, size_t row_count) {
  SL_CHECK(row_count >= 1 && row_count <= kSegmentRows);
  StatementColumns columns;
  columns.contexts_ =
      PackColumn(rows, row_count, [](const auto& row) { return row.context_number; });
  columns.intervals_ =
      PackColumn(rows, row_count, [](const auto& row) { return row.interval_number; });
  columns.grades_ = PackColumn(rows, row_count, GradeOf);
  columns.has_denials_ = std::any_of(rows, rows + row_count, [](const StatementRow& row) {
    return row.polarity == Polarity::kDenies;
  });
  return columns;
}

void SegmentEncoder::Add(const StatementHead& head) {
  SL_CHECK(rows_.size() < kSegmentRows);
  // It fails for 2^32 values only.
  const uint32_t interval_number = intervals_.Intern(head.valid).value();
  rows_.push_back({head.context_number, interval_number, head.polarity, head.credibility});
}

std::string SegmentEncoder::Encode() {
  SL_CHECK(rows_.size() == kSegmentRows);
  const StatementColumns columns = StatementColumns::Pack(rows_.data(), kSegmentRows);
  std::string out;
  AppendByte(kSegmentLayout, &out);
  columns.contexts().AppendTo(kSegmentRows, &out);
  columns.grades().AppendTo(kSegmentRows, &out);
  AppendVarint(intervals_.size(), &out);
  for (uint64_t number = 0; number < intervals_.size(); ++number) {
    AppendInterval(intervals_[static_cast<uint32_t>(number)], &out);
  }
  columns.intervals().AppendTo(kSegmentRows, &out);
  AppendFixed64(XXH3_64bits(out.data(), out.size()), &out);
  rows_.clear();
  intervals_.Truncate(0);
  return out;
}

std::string SegmentKey(uint64_t segment) {
  std::string key;
  AppendFixed64(segment, &key);
  return key;
}

Status DecodeSegment(std::string_view bytes, StatementSegment* segment) {
  if (bytes.size() < kChecksumBytes) return DataLoss("A segment of statements is cut short");
  const std::string_view content = bytes.substr(0, bytes.size() - kChecksumBytes);
  if (LoadFixed64(bytes.data() + content.size()) != XXH3_64bits(content.data(), content.size())) {
    return DataLoss("A segment of statements does not meet its checksum");
  }
  ByteReader reader(content);
  SL_ASSIGN_OR_RETURN(const uint8_t layout, reader.ReadByte());
  if (layout != kSegmentLayout) {
    return DataLoss("A segment of statements has an unknown layout: {}", layout);
  }
  SL_ASSIGN_OR_RETURN(const PackedColumn contexts, PackedColumn::Read(kSegmentRows, &reader));
  SL_ASSIGN_OR_RETURN(const PackedColumn grades, PackedColumn::Read(kSegmentRows, &reader));
  SL_ASSIGN_OR_RETURN(const uint64_t interval_count, reader.ReadVarint());
  if (interval_count > kSegmentRows) return DataLoss("A segment has too many intervals");
  segment->intervals.resize(interval_count);
  for (TimeInterval& interval : segment->intervals) {
    SL_ASSIGN_OR_RETURN(interval, ReadInterval(&reader));
  }
  SL_ASSIGN_OR_RETURN(const PackedColumn intervals, PackedColumn::Read(kSegmentRows, &reader));
  SL_RETURN_IF_ERROR(reader.ExpectEnd());
  if (grades.max() > kGradeMax || intervals.max() >= interval_count) {
    return DataLoss("A segment of statements holds a number that stands for nothing");
  }
  for (size_t row = 0; row < kSegmentRows; ++row) {
    segment->rows[row] = {contexts[row], intervals[row], static_cast<Polarity>(grades[row] & 1),
                          static_cast<Credibility>(grades[row] >> 1)};
  }
  return OkStatus();
}

}  // namespace sightline::storage
