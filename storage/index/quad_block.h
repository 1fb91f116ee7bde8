// QuadBlock: up to some thousand quads of one permutation, packed by column. FORMAT.md has the
// bytes.
//
// Rows stand in groups of 256. In a group each column has the narrowest of a few encodings: a
// constant, a frame of reference with bit packing, differences where it ascends, or one reference
// per term tag, because the upper bits of a TermId say of what type it is and a column of objects
// mixes types. A group can be unpacked without its neighbours.
//
// Sources: J. Goldstein, R. Ramakrishnan, U. Shaft: Compressing relations and indexes (1998), for
// the frame of reference; D. Lemire, L. Boytsov: Decoding billions of integers per second through
// vectorization (2015), for the interleaved bit packing.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/ids.h"
#include "storage/base/status.h"
#include "storage/index/quad_key.h"

namespace sightline::storage {

inline constexpr size_t kGroupRows = 256;
// What writers put into a block unless a test asks for less.
inline constexpr size_t kBlockRows = 4096;
// What a block can hold.
inline constexpr size_t kBlockRowsMax = 65536;

// Rows, column by column: the three terms in the permutation's order, then the statement. Borrowed.
struct QuadRows {
  std::array<const uint64_t*, 4> columns{};
  size_t row_count = 0;

  QuadKey Row(size_t row) const {
    return {columns[0][row], columns[1][row], columns[2][row], columns[3][row]};
  }
  QuadRows From(size_t row) const {
    return {{columns[0] + row, columns[1] + row, columns[2] + row, columns[3] + row},
            row_count - row};
  }
};

// The unpacked rows of a group.
struct GroupRows {
  alignas(64) std::array<std::array<uint64_t, kGroupRows>, 4> columns;
  size_t row_count = 0;

  QuadRows rows() const {
    return {{columns[0].data(), columns[1].data(), columns[2].data(), columns[3].data()},
            row_count};
  }
};

// REQUIRES: rows ascend strictly; 1 <= row_count <= kBlockRowsMax.
std::string EncodeQuadBlock(const QuadRows& rows);

// A block's bytes, read in place: they must outlive it. Immutable; thread-safe.
class QuadBlock {
 public:
  // An empty block; only to be assigned to.
  QuadBlock() = default;
  // Reads and checks the header, which says where everything is. Errors of all members that have
  // any: kDataLoss, for bytes that EncodeQuadBlock does not write.
  static StatusOr<QuadBlock> Open(std::string_view bytes);

  size_t row_count() const { return row_count_; }
  size_t group_count() const { return (row_count_ + kGroupRows - 1) / kGroupRows; }
  StatementId first_statement() const { return first_statement_; }  // The least number.
  StatementId last_statement() const { return last_statement_; }    // The greatest.

  // The first row of a group, without unpacking it. REQUIRES: group < group_count().
  QuadKey FirstOfGroup(size_t group) const;
  // The group that holds the first row at or after `key`, if any row is: the last whose first row
  // is not after it, or 0.
  size_t GroupFor(const QuadKey& key) const;
  // Unpacks a group and checks its checksum, and that the rows ascend and are of the statements
  // that the header names. No rows after an error. REQUIRES: group < group_count().
  Status UnpackGroup(size_t group, GroupRows* rows) const;

 private:
  std::string_view bytes_;
  size_t row_count_ = 0;
  StatementId first_statement_;
  StatementId last_statement_;
};

}  // namespace sightline::storage
