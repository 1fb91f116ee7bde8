// Bit packing: unsigned numbers of one width side by side, without the zero bits above them.
//
// Two layouts. A *group* is 256 numbers, interleaved over 8 lanes of 32 bits. Number i is in lane
// 2 (i mod 4) + (i / 4 mod 2). Each lane is a stream of bits in little-endian 32-bit words, filled
// from the lowest bit; word k of lane l is the (8 k + l)-th of the group. Of numbers wider than 32
// bits, the low 32 come first, packed so, then the others, packed at width - 32. A *sequence* is
// any count of numbers in one stream of bits, filled from the lowest bit of the first byte; slower,
// but without padding.
//
// Both take PackedBytes(). Groups are unpacked with the widest vectors the machine has.
//
// Source: D. Lemire, L. Boytsov: Decoding billions of integers per second through vectorization
// (Software: Practice and Experience, 2015), for the interleaving, here over 8 lanes for 4.

#pragma once

#include <cstddef>
#include <cstdint>

namespace sightline::storage {

inline constexpr size_t kPackedGroupCount = 256;
inline constexpr unsigned kPackedWidthMax = 64;

constexpr size_t PackedBytes(size_t count, unsigned width) { return (count * width + 7) / 8; }

// Which vectors to use. Those of kAvx2 are twice as wide.
enum class VectorPath : uint8_t { kBaseline, kAvx2 };
// The best that this machine has.
VectorPath BestVectorPath();

// All functions: REQUIRES width <= kPackedWidthMax, and PackedBytes() bytes at `packed`, of which
// they touch none beyond. `packed` need not be aligned.

// REQUIRES: 256 numbers below 2^width.
void PackGroup(const uint64_t* numbers, unsigned width, char* packed);
// Each number plus `base`, modulo 2^64. REQUIRES: this machine has `path`.
void UnpackGroup(const char* packed, unsigned width, uint64_t base, VectorPath path,
                 uint64_t* numbers);

// REQUIRES: `count` numbers below 2^width.
void PackSequence(const uint64_t* numbers, size_t count, unsigned width, char* packed);
// Each number plus `base`, modulo 2^64.
void UnpackSequence(const char* packed, size_t count, unsigned width, uint64_t base,
                    uint64_t* numbers);

}  // namespace sightline::storage
