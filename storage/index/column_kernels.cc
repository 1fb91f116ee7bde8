#include "storage/index/column_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <algorithm>
#include <cstring>

namespace sightline::storage {
namespace {

// The compilers' own vectors: they become whatever instructions the enclosing function may use.
using Numbers = uint64_t __attribute__((vector_size(32)));
using Flags = int64_t __attribute__((vector_size(32)));
constexpr size_t kVectorNumbers = 4;
static_assert(kDeltaDistance == kVectorNumbers);

[[gnu::always_inline]] inline void SumDeltasIn(uint64_t first, size_t count, uint64_t* numbers) {
  Numbers sums = Numbers{} + first;
  size_t i = 0;
  for (; i + kVectorNumbers <= count; i += kVectorNumbers) {
    Numbers deltas;
    std::memcpy(&deltas, numbers + i, sizeof(deltas));
    sums += deltas;
    std::memcpy(numbers + i, &sums, sizeof(sums));
  }
  for (; i < count; ++i) numbers[i] += i < kDeltaDistance ? first : numbers[i - kDeltaDistance];
}

void AddReferencesOneByOne(const References& references, unsigned index_bits, size_t begin,
                           size_t count, uint64_t* numbers) {
  const uint64_t index_mask = (uint64_t{1} << index_bits) - 1;
  for (size_t i = begin; i < count; ++i) {
    numbers[i] = references[numbers[i] & index_mask] + (numbers[i] >> index_bits);
  }
}

// Neither baseline vectors nor the compilers have an unsigned comparison of 64 bits.
bool AllWithinOneByOne(const uint64_t* numbers, size_t count, uint64_t first, uint64_t last) {
  bool within = true;
  for (size_t i = 0; i < count; ++i) within &= numbers[i] - first <= last - first;
  return within;
}

bool AnyEqualsNextOneByOne(const uint64_t* numbers, size_t count) {
  bool any = false;
  for (size_t i = 0; i + 1 < count; ++i) any |= numbers[i] == numbers[i + 1];
  return any;
}

void MarkEqualOneByOne(const uint8_t* bytes, size_t begin, size_t count, uint8_t value,
                       uint64_t* marks) {
  for (size_t i = begin; i < count; ++i) {
    if (i % 64 == 0) marks[i / 64] = 0;
    marks[i / 64] |= uint64_t{bytes[i] == value} << (i % 64);
  }
}

// Of the numbers from `begin` on, behind the first `size` of `kept`.
size_t KeepMarkedOneByOne(const uint64_t* numbers, size_t begin, size_t count,
                          const uint64_t* marks, size_t size, char* kept) {
  for (size_t i = begin; i < count; ++i) {
    // Without branches: what is marked is as random as the data.
    std::memcpy(kept + size * sizeof(uint64_t), numbers + i, sizeof(uint64_t));
    size += marks[i / 64] >> (i % 64) & 1;
  }
  return size;
}

template <size_t kColumns>
bool RowsAscendOneByOne(const ColumnList& list, size_t row_count) {
  bool all = true;
  for (size_t row = 0; row + 1 < row_count; ++row) {
    bool ascends = false;
    for (size_t i = kColumns; i-- > 0;) {
      const uint64_t here = list.columns[i][row];
      const uint64_t next = list.columns[i][row + 1];
      // Without branches: which column decides is as random as the data.
      ascends = (here < next) | ((here == next) & ascends);
    }
    all &= ascends;
  }
  return all;
}

#if defined(__x86_64__)

[[gnu::target("avx2")]] void SumDeltasAvx2(uint64_t first, size_t count, uint64_t* numbers) {
  SumDeltasIn(first, count, numbers);
}

// Looks references up in registers, eight in two: their low and their high halves.
[[gnu::target("avx2")]] void AddReferencesAvx2(const References& references, unsigned index_bits,
                                               size_t count, uint64_t* numbers) {
  constexpr size_t kRegisterReferences = 8;
  if (index_bits > 3) {
    AddReferencesOneByOne(references, index_bits, 0, count, numbers);
    return;
  }
  alignas(32) uint32_t low_halves[kRegisterReferences];
  alignas(32) uint32_t high_halves[kRegisterReferences];
  for (size_t i = 0; i < kRegisterReferences; ++i) {
    low_halves[i] = static_cast<uint32_t>(references[i]);
    high_halves[i] = static_cast<uint32_t>(references[i] >> 32);
  }
  const __m256i low_table = _mm256_load_si256(reinterpret_cast<const __m256i*>(low_halves));
  const __m256i high_table = _mm256_load_si256(reinterpret_cast<const __m256i*>(high_halves));
  const __m256i index_mask = _mm256_set1_epi64x((int64_t{1} << index_bits) - 1);
  const __m128i shift = _mm_cvtsi32_si128(static_cast<int>(index_bits));
  size_t i = 0;
  for (; i + kVectorNumbers <= count; i += kVectorNumbers) {
    auto* const at = reinterpret_cast<__m256i*>(numbers + i);
    const __m256i slots = _mm256_loadu_si256(at);
    // Each index in both halves of its number.
    const __m256i low_indexes = _mm256_and_si256(slots, index_mask);
    const __m256i indexes = _mm256_shuffle_epi32(low_indexes, _MM_SHUFFLE(2, 2, 0, 0));
    const __m256i low = _mm256_permutevar8x32_epi32(low_table, indexes);
    const __m256i high = _mm256_permutevar8x32_epi32(high_table, indexes);
    const __m256i picked = _mm256_blend_epi32(low, high, 0b10101010);
    _mm256_storeu_si256(at, _mm256_add_epi64(picked, _mm256_srl_epi64(slots, shift)));
  }
  AddReferencesOneByOne(references, index_bits, i, count, numbers);
}

[[gnu::target("avx2")]] bool AllWithinAvx2(const uint64_t* numbers, size_t count, uint64_t first,
                                           uint64_t last) {
  const uint64_t span = last - first;
  Flags outside{};
  size_t i = 0;
  for (; i + kVectorNumbers <= count; i += kVectorNumbers) {
    Numbers some;
    std::memcpy(&some, numbers + i, sizeof(some));
    outside |= some - first > span;
  }
  return (outside[0] | outside[1] | outside[2] | outside[3]) == 0 &&
         AllWithinOneByOne(numbers + i, count - i, first, last);
}

[[gnu::target("avx2")]] bool AnyEqualsNextAvx2(const uint64_t* numbers, size_t count) {
  const size_t pair_count = count - 1;
  if (pair_count < kVectorNumbers) return AnyEqualsNextOneByOne(numbers, count);
  Flags any{};
  for (size_t i = 0;;) {
    Numbers here;
    Numbers next;
    std::memcpy(&here, numbers + i, sizeof(here));
    std::memcpy(&next, numbers + i + 1, sizeof(next));
    any |= here == next;
    if (i + kVectorNumbers == pair_count) break;
    // As below.
    i = std::min(i + kVectorNumbers, pair_count - kVectorNumbers);
  }
  return (any[0] | any[1] | any[2] | any[3]) != 0;
}

[[gnu::target("avx2")]] void MarkEqualAvx2(const uint8_t* bytes, size_t count, uint8_t value,
                                           uint64_t* marks) {
  const __m256i wanted = _mm256_set1_epi8(static_cast<char>(value));
  const auto mark_32 = [&](const uint8_t* from) __attribute__((target("avx2"))) {
    const __m256i some = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
    return static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(some, wanted)));
  };
  size_t i = 0;
  for (; i + 64 <= count; i += 64) {
    marks[i / 64] = mark_32(bytes + i) | uint64_t{mark_32(bytes + i + 32)} << 32;
  }
  MarkEqualOneByOne(bytes, i, count, value, marks);
}

// Of each four marks, where the halves of what they keep are to be taken from.
struct KeptHalves {
  alignas(32) std::array<std::array<uint32_t, 8>, 16> of{};

  constexpr KeptHalves() {
    for (size_t marks = 0; marks < of.size(); ++marks) {
      size_t kept = 0;
      for (uint32_t i = 0; i < kVectorNumbers; ++i) {
        if ((marks >> i & 1) == 0) continue;
        of[marks][kept++] = 2 * i;
        of[marks][kept++] = 2 * i + 1;
      }
    }
  }
};

[[gnu::target("avx2,popcnt")]] size_t KeepMarkedAvx2(const uint64_t* numbers, size_t count,
                                                     const uint64_t* marks, char* kept) {
  static constexpr KeptHalves kHalves;
  size_t size = 0, i = 0;
  for (; i + kVectorNumbers <= count; i += kVectorNumbers) {
    const uint64_t four = marks[i / 64] >> (i % 64) & 0xF;
    const __m256i some = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(numbers + i));
    const __m256i halves =
        _mm256_load_si256(reinterpret_cast<const __m256i*>(kHalves.of[four].data()));
    // What is not kept lies behind, and is written over or not looked at.
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(kept + size * sizeof(uint64_t)),
                        _mm256_permutevar8x32_epi32(some, halves));
    size += static_cast<size_t>(__builtin_popcountll(four));
  }
  return KeepMarkedOneByOne(numbers, i, count, marks, size, kept);
}

template <size_t kColumns>
[[gnu::target("avx2")]] bool RowsAscendAvx2(const ColumnList& list, size_t row_count) {
  const size_t pair_count = row_count - 1;
  if (pair_count < kVectorNumbers) return RowsAscendOneByOne<kColumns>(list, row_count);
  Flags all = Flags{} - 1;
  for (size_t row = 0;;) {
    Flags ascends{};
    for (size_t i = kColumns; i-- > 0;) {
      Numbers here;
      Numbers next;
      std::memcpy(&here, list.columns[i] + row, sizeof(here));
      std::memcpy(&next, list.columns[i] + row + 1, sizeof(next));
      ascends = (here < next) | ((here == next) & ascends);
    }
    all &= ascends;
    if (row + kVectorNumbers == pair_count) break;
    // The last vector ends with the last pair, and so may overlap the one before.
    row = std::min(row + kVectorNumbers, pair_count - kVectorNumbers);
  }
  return (all[0] & all[1] & all[2] & all[3]) != 0;
}

#endif

template <size_t kColumns>
bool RowsAscendOn(const ColumnList& list, size_t row_count, [[maybe_unused]] VectorPath path) {
#if defined(__x86_64__)
  if (path == VectorPath::kAvx2) return RowsAscendAvx2<kColumns>(list, row_count);
#endif
  return RowsAscendOneByOne<kColumns>(list, row_count);
}

}  // namespace

void SumDeltas(uint64_t first, size_t count, [[maybe_unused]] VectorPath path, uint64_t* numbers) {
#if defined(__x86_64__)
  if (path == VectorPath::kAvx2) {
    SumDeltasAvx2(first, count, numbers);
    return;
  }
#endif
  SumDeltasIn(first, count, numbers);
}

void AddReferences(const References& references, unsigned index_bits, size_t count,
                   [[maybe_unused]] VectorPath path, uint64_t* numbers) {
#if defined(__x86_64__)
  if (path == VectorPath::kAvx2) {
    AddReferencesAvx2(references, index_bits, count, numbers);
    return;
  }
#endif
  AddReferencesOneByOne(references, index_bits, 0, count, numbers);
}

bool AllWithin(const uint64_t* numbers, size_t count, uint64_t first, uint64_t last,
               [[maybe_unused]] VectorPath path) {
#if defined(__x86_64__)
  if (path == VectorPath::kAvx2) return AllWithinAvx2(numbers, count, first, last);
#endif
  return AllWithinOneByOne(numbers, count, first, last);
}

bool AnyEqualsNext(const uint64_t* numbers, size_t count, [[maybe_unused]] VectorPath path) {
  if (count == 0) return false;
#if defined(__x86_64__)
  if (path == VectorPath::kAvx2) return AnyEqualsNextAvx2(numbers, count);
#endif
  return AnyEqualsNextOneByOne(numbers, count);
}

void MarkEqual(const uint8_t* bytes, size_t count, uint8_t value, [[maybe_unused]] VectorPath path,
               uint64_t* marks) {
#if defined(__x86_64__)
  if (path == VectorPath::kAvx2) {
    MarkEqualAvx2(bytes, count, value, marks);
    return;
  }
#endif
  MarkEqualOneByOne(bytes, 0, count, value, marks);
}

size_t KeepMarked(const uint64_t* numbers, size_t count, const uint64_t* marks,
                  [[maybe_unused]] VectorPath path, void* kept) {
#if defined(__x86_64__)
  if (path == VectorPath::kAvx2) {
    return KeepMarkedAvx2(numbers, count, marks, static_cast<char*>(kept));
  }
#endif
  return KeepMarkedOneByOne(numbers, 0, count, marks, 0, static_cast<char*>(kept));
}

bool RowsAscend(const ColumnList& list, size_t row_count, VectorPath path) {
  switch (list.count) {
    case 1:
      return RowsAscendOn<1>(list, row_count, path);
    case 2:
      return RowsAscendOn<2>(list, row_count, path);
    case 3:
      return RowsAscendOn<3>(list, row_count, path);
    case 4:
      return RowsAscendOn<4>(list, row_count, path);
    default:
      return row_count == 1;  // Without columns all rows are the same.
  }
}

}  // namespace sightline::storage
