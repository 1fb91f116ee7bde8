// Feeds arbitrary bytes to QuadBlock, three ways: as a block; as a block with its checksums put
// right; as the bytes of a group in a sound header, which is the shortest way to the decoder. Holds
// it to its promises: no crash, no byte read beyond the block, rows that ascend and are what the
// header says. And, as rows, to the round trip.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/check.h"
#include "tests/support/quad_block_promises.h"

namespace sightline::storage {
namespace {

using test::ReadKeepingPromises;

// One group with this many rows, as FORMAT.md lays it out.
std::string BlockAround(uint32_t row_count, const QuadKey& first, std::string_view group) {
  std::string block;
  const auto append = [&block](auto value) {
    block.append(reinterpret_cast<const char*>(&value), sizeof(value));
  };
  append(uint64_t{0});
  append(uint32_t{1});
  append(row_count);
  append(uint64_t{0});
  append(UINT64_MAX);
  for (const uint64_t number : first) append(number);
  append(static_cast<uint32_t>(block.size() + 8 + group.size()));
  append(uint32_t{0});
  block.append(group);
  return test::WithChecksums(std::move(block));
}

void CheckBytes(std::string_view bytes) {
  ReadKeepingPromises(bytes);
  ReadKeepingPromises(test::WithChecksums(std::string(bytes)));

  // The first byte is the number of rows; the decoder tells full groups from partial ones.
  if (bytes.empty()) return;
  const uint32_t row_count = 1u + static_cast<uint8_t>(bytes[0]);
  for (const uint32_t count : {row_count, static_cast<uint32_t>(kGroupRows)}) {
    ReadKeepingPromises(BlockAround(count, QuadKey{}, bytes.substr(1)));
    ReadKeepingPromises(BlockAround(count, QuadKey{UINT64_MAX - 1, 1, 1, 1}, bytes.substr(1)));
  }

  std::vector<QuadKey> rows;
  for (size_t at = 0; at + sizeof(QuadKey) <= bytes.size() && rows.size() < kBlockRowsMax;
       at += sizeof(QuadKey)) {
    std::memcpy(rows.emplace_back().data(), bytes.data() + at, sizeof(QuadKey));
  }
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  if (rows.empty()) return;
  const test::QuadBlockReading reading = ReadKeepingPromises(test::EncodeRows(rows));
  SL_CHECK(reading.whole && reading.rows == rows);
}

}  // namespace
}  // namespace sightline::storage

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sightline::storage::CheckBytes({reinterpret_cast<const char*>(data), size});
  return 0;
}
