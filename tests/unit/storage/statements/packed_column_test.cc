#include "storage/statements/packed_column.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::OrThrow;

PackedColumn ReadBack(const PackedColumn& column, size_t row_count) {
  std::string bytes;
  column.AppendTo(row_count, &bytes);
  ByteReader reader(bytes);
  PackedColumn read = OrThrow(PackedColumn::Read(row_count, &reader));
  EXPECT_TRUE(reader.at_end());
  return read;
}

TEST(PackedColumn, TakesTheBytesThatItsValuesNeed) {
  const struct {
    std::vector<uint32_t> values;
    size_t bytes_a_row;
  } cases[] = {
      {{7, 7, 7}, 0},          {{UINT32_MAX, UINT32_MAX - 255, UINT32_MAX - 1}, 1},
      {{1000, 1256, 1001}, 2}, {{5, 65540, 6}, 2},
      {{5, 65541, 6}, 4},      {{0, UINT32_MAX, 1}, 4},
  };
  for (const auto& [values, bytes_a_row] : cases) {
    const PackedColumn column = PackedColumn::Pack(values.data(), values.size());
    EXPECT_EQ(column.allocated_bytes(values.size()), bytes_a_row * values.size());
    const PackedColumn read = ReadBack(column, values.size());
    EXPECT_EQ(read.min(), *std::min_element(values.begin(), values.end()));
    EXPECT_EQ(read.max(), *std::max_element(values.begin(), values.end()));
    for (size_t row = 0; row < values.size(); ++row) {
      EXPECT_EQ(column[row], values[row]);
      EXPECT_EQ(read[row], values[row]);
    }
  }
}

TEST(PackedColumn, RefusesWhatItDoesNotWrite) {
  const std::string cases[] = {
      std::string("\x03\x00", 2) + std::string(9, 'x'),       // No such width.
      std::string("\x02\x00\x01\x02\x03", 5),                 // Cut short.
      std::string("\x01\xff\xff\xff\xff\x0f\x00\x01\x00", 9)  // 2^32 - 1, plus 1.
  };
  for (const std::string& bytes : cases) {
    ByteReader reader(bytes);
    EXPECT_EQ(PackedColumn::Read(3, &reader).status().code(), StatusCode::kDataLoss);
  }
}

}  // namespace
}  // namespace sightline::storage
