// One pass of a least-significant-digit radix sort: rows into the order of one digit, equal digits
// in the order they had. (D. Knuth, The Art of Computer Programming 3, 5.2.5.)

#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "storage/base/cancellation.h"
#include "storage/base/status.h"

namespace sightline::storage {

// Measured with tests/bench/storage/load_bench.cc: with more bits a pass writes to more pages than
// the processor's address cache holds, with fewer there are more passes.
inline constexpr int kRadixBitsMax = 11;

// `digit_of(row)` is below `digit_count`. REQUIRES: to.size() == from.size(), no overlap. Errors:
// the token's; then `to` holds nothing of use.
template <typename Row, typename DigitOf>
Status RadixPass(std::span<const Row> from, std::span<Row> to, size_t digit_count, DigitOf digit_of,
                 const CancellationToken& token) {
  constexpr size_t kRowsPerCheck = size_t{1} << 18;
  std::vector<size_t> next(digit_count);
  for (size_t begin = 0; begin < from.size(); begin += kRowsPerCheck) {
    SL_RETURN_IF_ERROR(token.Check());
    for (const Row& row : from.subspan(begin, std::min(kRowsPerCheck, from.size() - begin))) {
      ++next[digit_of(row)];
    }
  }
  size_t total = 0;
  for (size_t& place : next) {
    const size_t count = place;
    place = total;
    total += count;
  }
  for (size_t begin = 0; begin < from.size(); begin += kRowsPerCheck) {
    SL_RETURN_IF_ERROR(token.Check());
    for (const Row& row : from.subspan(begin, std::min(kRowsPerCheck, from.size() - begin))) {
      to[next[digit_of(row)]++] = row;
    }
  }
  return OkStatus();
}

}  // namespace sightline::storage
