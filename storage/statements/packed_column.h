// PackedColumn: a column of 32-bit numbers, each in as many whole bytes as the column needs.
//
// A frame of reference (J. Goldstein, R. Ramakrishnan, U. Shaft: Compressing relations and indexes,
// 1998) with widths of 0, 1, 2 or 4 bytes: scopes pass over all rows of all columns, and whole
// bytes are read without shifts.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "storage/base/encoding.h"
#include "storage/base/status.h"

namespace sightline::storage {

// Immutable; thread-safe.
class PackedColumn {
 public:
  PackedColumn() = default;
  static PackedColumn Pack(const uint32_t* values, size_t row_count);

  // The least and the greatest value.
  uint32_t min() const { return min_; }
  uint32_t max() const { return max_; }

  // REQUIRES: row < row_count.
  uint32_t operator[](size_t row) const {
    switch (width_) {
      case 0:
        return min_;
      case 1:
        return min_ + bytes_[row];
      case 2:
        return min_ + reinterpret_cast<const uint16_t*>(bytes_.get())[row];
      default:
        return min_ + reinterpret_cast<const uint32_t*>(bytes_.get())[row];
    }
  }
  // Calls visit(offsets) with a pointer to the offsets from min() of all rows, of type uint8_t,
  // uint16_t or uint32_t. REQUIRES: min() < max().
  template <typename Visit>
  void VisitOffsets(Visit visit) const {
    switch (width_) {
      case 1:
        return visit(static_cast<const uint8_t*>(bytes_.get()));
      case 2:
        return visit(reinterpret_cast<const uint16_t*>(bytes_.get()));
      case 4:
        return visit(reinterpret_cast<const uint32_t*>(bytes_.get()));
      default:
        return;
    }
  }

  // Beside the object itself.
  size_t allocated_bytes(size_t row_count) const { return width_ * row_count; }

  // Appends the form of docs/file-format.md.
  void AppendTo(size_t row_count, std::string* out) const;
  // Errors: kDataLoss.
  static StatusOr<PackedColumn> Read(size_t row_count, ByteReader* reader);

 private:
  void Allocate(uint8_t width, size_t row_count) {
    width_ = width;
    // From operator new, and so aligned for every width.
    if (width > 0) bytes_ = std::make_unique<uint8_t[]>(width * row_count);
  }

  uint32_t min_ = 0;
  uint32_t max_ = 0;
  uint8_t width_ = 0;  // Of an offset, in bytes: 0, 1, 2 or 4.
  std::unique_ptr<uint8_t[]> bytes_;
};

}  // namespace sightline::storage
