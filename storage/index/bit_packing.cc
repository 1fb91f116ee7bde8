#include "storage/index/bit_packing.h"

#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "storage/base/check.h"

namespace sightline::storage {
namespace {

static_assert(std::endian::native == std::endian::little, "packed words are read in place");

// The compilers' own vectors: they become whatever instructions the enclosing function may use.
using Lanes = uint32_t __attribute__((vector_size(32)));
using LanePairs = uint64_t __attribute__((vector_size(32)));

constexpr unsigned kWordBits = 32;
constexpr size_t kLaneCount = 8;
constexpr size_t kRowCount = kPackedGroupCount / kLaneCount;  // A row is one number of each lane.
constexpr size_t kLowHalvesBytes = PackedBytes(kPackedGroupCount, kWordBits);

// Two neighbouring lanes are one 64-bit word, and its halves become numbers of 64 bits by a mask
// and by a shift, without a shuffle: hence even lanes hold the first four numbers of a row.
constexpr size_t LaneOf(size_t index) { return index % 4 * 2 + index / 4 % 2; }

constexpr uint64_t MaskOf(unsigned width) {
  return width == 0 ? 0 : UINT64_MAX >> (kPackedWidthMax - width);
}

template <unsigned kWidth>
[[gnu::always_inline]] inline void UnpackLanes(const char* packed, uint64_t base,
                                               uint64_t* numbers) {
  static_assert(kWidth <= kWordBits);
  if constexpr (kWidth == 0) {
    const LanePairs bases = LanePairs{} + base;
    for (size_t i = 0; i < kPackedGroupCount; i += 4) {
      std::memcpy(numbers + i, &bases, sizeof(bases));
    }
    return;
  }
#pragma GCC unroll 32
  for (unsigned row = 0; row < kRowCount; ++row) {
    const unsigned word = row * kWidth / kWordBits;
    const unsigned shift = row * kWidth % kWordBits;
    Lanes lanes;
    std::memcpy(&lanes, packed + word * sizeof(Lanes), sizeof(Lanes));
    lanes >>= shift;
    if (shift + kWidth > kWordBits) {
      Lanes next;
      std::memcpy(&next, packed + (word + 1) * sizeof(Lanes), sizeof(Lanes));
      lanes |= next << (kWordBits - shift);
    }
    if (shift + kWidth != kWordBits) lanes &= static_cast<uint32_t>(MaskOf(kWidth));
    LanePairs pairs;
    std::memcpy(&pairs, &lanes, sizeof(pairs));
    const LanePairs first_four = (pairs & MaskOf(kWordBits)) + base;
    const LanePairs last_four = (pairs >> kWordBits) + base;
    std::memcpy(numbers + row * kLaneCount, &first_four, sizeof(first_four));
    std::memcpy(numbers + row * kLaneCount + 4, &last_four, sizeof(last_four));
  }
}

template <unsigned kWidth>
void UnpackBaseline(const char* packed, uint64_t base, uint64_t* numbers) {
  UnpackLanes<kWidth>(packed, base, numbers);
}

#if defined(__x86_64__)
template <unsigned kWidth>
[[gnu::target("avx2")]] void UnpackAvx2(const char* packed, uint64_t base, uint64_t* numbers) {
  UnpackLanes<kWidth>(packed, base, numbers);
}
#else
template <unsigned kWidth>
constexpr auto UnpackAvx2 = UnpackBaseline<kWidth>;
#endif

template <unsigned kWidth>
void PackLanes(const uint64_t* numbers, char* packed) {
  if constexpr (kWidth == 0) return;
  Lanes word{};
  unsigned filled = 0;  // Bits of `word`.
  for (size_t row = 0; row < kRowCount; ++row) {
    Lanes lanes;
    for (size_t i = 0; i < kLaneCount; ++i) {
      lanes[LaneOf(i)] = static_cast<uint32_t>(numbers[row * kLaneCount + i]);
    }
    word |= lanes << filled;
    filled += kWidth;
    if (filled < kWordBits) continue;
    std::memcpy(packed, &word, sizeof(word));
    packed += sizeof(word);
    filled -= kWordBits;
    word = filled == 0 ? Lanes{} : lanes >> (kWidth - filled);
  }
}

using UnpackFunction = void (*)(const char* packed, uint64_t base, uint64_t* numbers);
using PackFunction = void (*)(const uint64_t* numbers, char* packed);
// By width.
using UnpackFunctions = std::array<UnpackFunction, kWordBits + 1>;
using PackFunctions = std::array<PackFunction, kWordBits + 1>;

// By VectorPath.
template <unsigned... kWidth>
constexpr std::array<UnpackFunctions, 2> MakeUnpackFunctions(
    std::integer_sequence<unsigned, kWidth...>) {
  return {UnpackFunctions{UnpackBaseline<kWidth>...}, UnpackFunctions{UnpackAvx2<kWidth>...}};
}
template <unsigned... kWidth>
constexpr PackFunctions MakePackFunctions(std::integer_sequence<unsigned, kWidth...>) {
  return {PackLanes<kWidth>...};
}
using Widths = std::make_integer_sequence<unsigned, kWordBits + 1>;
constexpr std::array<UnpackFunctions, 2> kUnpack = MakeUnpackFunctions(Widths());
constexpr PackFunctions kPack = MakePackFunctions(Widths());

}  // namespace

VectorPath BestVectorPath() {
#if defined(__x86_64__)
  static const VectorPath path =
      __builtin_cpu_supports("avx2") != 0 ? VectorPath::kAvx2 : VectorPath::kBaseline;
  return path;
#else
  return VectorPath::kBaseline;
#endif
}

void PackGroup(const uint64_t* numbers, unsigned width, char* packed) {
  SL_CHECK(width <= kPackedWidthMax);
  if (width <= kWordBits) {
    kPack[width](numbers, packed);
    return;
  }
  std::array<uint64_t, kPackedGroupCount> highs;
  for (size_t i = 0; i < highs.size(); ++i) highs[i] = numbers[i] >> kWordBits;
  kPack[kWordBits](numbers, packed);
  kPack[width - kWordBits](highs.data(), packed + kLowHalvesBytes);
}

void UnpackGroup(const char* packed, unsigned width, uint64_t base, VectorPath path,
                 uint64_t* numbers) {
  SL_CHECK(width <= kPackedWidthMax);
  const UnpackFunctions& unpack = kUnpack[static_cast<size_t>(path)];
  if (width <= kWordBits) {
    unpack[width](packed, base, numbers);
    return;
  }
  std::array<uint64_t, kPackedGroupCount> highs;
  unpack[kWordBits](packed, base, numbers);
  unpack[width - kWordBits](packed + kLowHalvesBytes, 0, highs.data());
  for (size_t i = 0; i < highs.size(); ++i) numbers[i] += highs[i] << kWordBits;
}

void PackSequence(const uint64_t* numbers, size_t count, unsigned width, char* packed) {
  SL_CHECK(width <= kPackedWidthMax);
  std::memset(packed, 0, PackedBytes(count, width));
  size_t bit = 0;
  for (size_t i = 0; i < count; ++i) {
    uint64_t rest = numbers[i];
    for (unsigned left = width; left > 0;) {
      const unsigned shift = bit % 8;
      const unsigned taken = left < 8 - shift ? left : 8 - shift;
      packed[bit / 8] |= static_cast<char>((rest & MaskOf(taken)) << shift);
      rest >>= taken;
      bit += taken;
      left -= taken;
    }
  }
}

void UnpackSequence(const char* packed, size_t count, unsigned width, uint64_t base,
                    uint64_t* numbers) {
  SL_CHECK(width <= kPackedWidthMax);
  const size_t packed_bytes = PackedBytes(count, width);
  // A number and the bits before it in its first byte take up to 71 bits.
  constexpr size_t kWindowBytes = 9;
  const auto number_at = [width](const char* window, unsigned shift) {
    uint64_t bits;
    std::memcpy(&bits, window, sizeof(bits));
    bits >>= shift;
    if (shift + width > 64) {
      bits |= uint64_t{static_cast<unsigned char>(window[8])} << (64 - shift);
    }
    return bits & MaskOf(width);
  };
  for (size_t i = 0; i < count; ++i) {
    const size_t byte = i * width / 8;
    const unsigned shift = i * width % 8;
    if (byte + kWindowBytes <= packed_bytes) {
      numbers[i] = base + number_at(packed + byte, shift);
    } else {
      char window[kWindowBytes] = {};
      std::memcpy(window, packed + byte, packed_bytes - byte);
      numbers[i] = base + number_at(window, shift);
    }
  }
}

}  // namespace sightline::storage
