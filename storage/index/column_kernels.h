// Passes over the unpacked columns of a group of quads, with the widest vectors the machine has.
//
// All of them: REQUIRES that this machine has `path`. At most 256 rows, of which nothing beyond the
// count told is touched.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "storage/index/bit_packing.h"

namespace sightline::storage {

// How far back the number is that a delta is relative to: a vector of 64-bit numbers, so that
// adding deltas up needs no sums across a vector.
inline constexpr size_t kDeltaDistance = 4;

// Makes deltas the numbers they stand for: numbers[i] += numbers[i - 4], and += first where there
// is no such number. Modulo 2^64.
void SumDeltas(uint64_t first, size_t count, VectorPath path, uint64_t* numbers);

inline constexpr size_t kReferencesMax = 16;
using References = std::array<uint64_t, kReferencesMax>;

// Makes slots the numbers they stand for: the low `index_bits` (at most four) say which reference
// to add to the bits above. Modulo 2^64.
void AddReferences(const References& references, unsigned index_bits, size_t count, VectorPath path,
                   uint64_t* numbers);

// Whether first <= number <= last for all. REQUIRES: first <= last.
bool AllWithin(const uint64_t* numbers, size_t count, uint64_t first, uint64_t last,
               VectorPath path);

// Whether any number equals the next one.
bool AnyEqualsNext(const uint64_t* numbers, size_t count, VectorPath path);

// Makes bit i of `marks` (the lowest of the first word being 0) whether bytes[i] is `value`. Bits
// from `count` on in the last word are 0.
void MarkEqual(const uint8_t* bytes, size_t count, uint8_t value, VectorPath path, uint64_t* marks);

// Copies the numbers whose bit is set in `marks` (the lowest of the first word is the first
// number's) to `kept`, one behind the other, and returns how many they are. REQUIRES: `kept` has
// room for `count` numbers and kKeptSlack more, all of which may be written to.
inline constexpr size_t kKeptSlack = 3;
size_t KeepMarked(const uint64_t* numbers, size_t count, const uint64_t* marks, VectorPath path,
                  void* kept);

// Some of the columns of quads, most significant first. Borrowed.
struct ColumnList {
  std::array<const uint64_t*, 4> columns{};
  size_t count = 0;

  void Add(const uint64_t* column) { columns[count++] = column; }
};

// Whether each row is before the next, going by these columns. REQUIRES: row_count > 0.
bool RowsAscend(const ColumnList& list, size_t row_count, VectorPath path);

}  // namespace sightline::storage
