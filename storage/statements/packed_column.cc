#include "storage/statements/packed_column.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace sightline::storage {
namespace {

// Offsets are written to disk as they lie in memory.
static_assert(std::endian::native == std::endian::little);

uint8_t WidthFor(uint32_t greatest) {
  if (greatest == 0) return 0;
  if (greatest <= UINT8_MAX) return 1;
  return greatest <= UINT16_MAX ? 2 : 4;
}

}  // namespace

PackedColumn PackedColumn::Pack(const uint32_t* values, size_t row_count) {
  PackedColumn column;
  if (row_count == 0) return column;
  const auto [least, greatest] = std::minmax_element(values, values + row_count);
  column.min_ = *least;
  column.max_ = *greatest;
  column.Allocate(WidthFor(column.max_ - column.min_), row_count);
  uint8_t* out = column.bytes_.get();
  for (size_t row = 0; row < row_count; ++row, out += column.width_) {
    const uint32_t offset = values[row] - column.min_;
    if (column.width_ > 0) std::memcpy(out, &offset, column.width_);
  }
  return column;
}

void PackedColumn::AppendTo(size_t row_count, std::string* out) const {
  AppendByte(width_, out);
  AppendVarint(min_, out);
  if (width_ > 0) out->append(reinterpret_cast<const char*>(bytes_.get()), width_ * row_count);
}

StatusOr<PackedColumn> PackedColumn::Read(size_t row_count, ByteReader* reader) {
  SL_ASSIGN_OR_RETURN(const uint8_t width, reader->ReadByte());
  if (width > 4 || width == 3) return DataLoss("A column has an unknown width: {}", width);
  SL_ASSIGN_OR_RETURN(const uint64_t least, reader->ReadVarint());
  SL_ASSIGN_OR_RETURN(const std::string_view bytes, reader->ReadBytes(width * row_count));
  PackedColumn column;
  column.Allocate(width, row_count);
  if (width > 0) std::memcpy(column.bytes_.get(), bytes.data(), bytes.size());
  uint32_t greatest = 0;
  for (size_t row = 0; row < row_count; ++row) greatest = std::max(greatest, column[row]);
  if (least > UINT32_MAX - uint64_t{greatest}) return DataLoss("A column's values are too great");
  column.min_ = static_cast<uint32_t>(least);
  column.max_ = column.min_ + greatest;
  return column;
}

}  // namespace sightline::storage
