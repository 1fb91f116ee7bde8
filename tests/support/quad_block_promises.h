// What a QuadBlock promises whatever its bytes are, checked; and checksums put right, so that
// damaged bytes come past them to the decoder.

#pragma once

#include <xxhash.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/check.h"
#include "storage/index/quad_block.h"

namespace sightline::storage::test {

// The block with the checksums that its bytes should have, as far as its header says where they
// are. FORMAT.md has the numbers. (Inlined, GCC 12 takes the string's own buffer for
// uninitialised.)
[[gnu::noinline]] inline std::string WithChecksums(std::string block) {
  constexpr size_t kHeaderBytes = 32;
  constexpr size_t kEntryBytes = 40;
  const auto load = [&block](size_t offset) {
    uint32_t value;
    std::memcpy(&value, block.data() + offset, sizeof(value));
    return value;
  };
  if (block.size() < kHeaderBytes) return block;
  const size_t group_count = (size_t{load(12)} + kGroupRows - 1) / kGroupRows;
  const size_t directory_end = kHeaderBytes + group_count * kEntryBytes;
  if (block.size() < directory_end) return block;
  size_t begin = directory_end;
  for (size_t entry = kHeaderBytes; entry < directory_end; entry += kEntryBytes) {
    const size_t end = load(entry + 32);
    if (begin > end || end > block.size()) break;
    const auto checksum = static_cast<uint32_t>(XXH3_64bits(block.data() + begin, end - begin));
    std::memcpy(block.data() + entry + 36, &checksum, sizeof(checksum));
    begin = end;
  }
  const uint64_t checksum = XXH3_64bits(block.data() + 8, directory_end - 8);
  std::memcpy(block.data(), &checksum, sizeof(checksum));
  return block;
}

struct QuadBlockReading {
  std::vector<QuadKey> rows;
  bool whole = false;  // The header and all groups were readable.
};

// Reads all groups that are readable. Stops the process when the rows break a promise: they ascend,
// begin and count as the header says, and are of the header's statements.
inline QuadBlockReading ReadKeepingPromises(std::string_view bytes) {
  QuadBlockReading reading;
  // Of exactly that size, on the heap: AddressSanitizer sees what lies beyond.
  const std::unique_ptr<char[]> copy(new char[bytes.size()]);
  std::copy(bytes.begin(), bytes.end(), copy.get());
  const StatusOr<QuadBlock> block = QuadBlock::Open({copy.get(), bytes.size()});
  if (!block.ok()) {
    SL_CHECK(block.status().code() == StatusCode::kDataLoss);
    return reading;
  }
  SL_CHECK(block->row_count() >= 1 && block->row_count() <= kBlockRowsMax);
  reading.whole = true;
  const auto rows = std::make_unique<GroupRows>();
  for (size_t group = 0; group < block->group_count(); ++group) {
    const Status status = block->UnpackGroup(group, rows.get());
    if (!status.ok()) {
      SL_CHECK(status.code() == StatusCode::kDataLoss && rows->row_count == 0);
      reading.whole = false;
      continue;
    }
    SL_CHECK(rows->row_count == std::min(block->row_count() - group * kGroupRows, kGroupRows));
    SL_CHECK(block->FirstOfGroup(group) == rows->rows().Row(0));
    for (size_t row = 0; row < rows->row_count; ++row) {
      const QuadKey key = rows->rows().Row(row);
      SL_CHECK(reading.rows.empty() || reading.rows.back() < key);
      SL_CHECK(block->first_statement().value <= key[3] && key[3] <= block->last_statement().value);
      reading.rows.push_back(key);
    }
    if (group + 1 < block->group_count()) {
      SL_CHECK(reading.rows.back() < block->FirstOfGroup(group + 1));
    }
  }
  if (reading.whole) {
    for (size_t row = 0; row < reading.rows.size(); ++row) {
      SL_CHECK(block->GroupFor(reading.rows[row]) == row / kGroupRows);
    }
  }
  return reading;
}

// The block of these rows, which must ascend.
inline std::string EncodeRows(const std::vector<QuadKey>& rows) {
  std::vector<uint64_t> columns[4];
  QuadRows block;
  for (size_t i = 0; i < 4; ++i) {
    for (const QuadKey& row : rows) columns[i].push_back(row[i]);
    block.columns[i] = columns[i].data();
  }
  block.row_count = rows.size();
  return EncodeQuadBlock(block);
}

}  // namespace sightline::storage::test
