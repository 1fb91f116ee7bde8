// IdCipher: the numbers under which statements, unnamed entities and revisions are known outside.
//
// The store numbers what it records one after the other, hidden or not, so that a reader who sees
// 17 and 20 knows of two more. Outside, a number stands under the image of a permutation that only
// the store knows: it hides how many lie between two, and which came first.
//
// A balanced Feistel network of eight rounds (Luby and Rackoff, 1988; as in NIST SP 800-38G, FF1)
// with SipHash-2-4 (Aumasson and Bernstein, 2012) under the store's key as round function.
//
// Thread-safe: immutable.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/status.h"

namespace sightline::storage {

class IdCipher {
 public:
  // Leaves numbers as they are.
  IdCipher() = default;

  static IdCipher Random();  // From the system's source of random numbers.
  // Errors: kDataLoss for a key that ToBytes does not give.
  static StatusOr<IdCipher> FromBytes(std::string_view key);
  std::string ToBytes() const;

  // The image of a number, and the number of an image. Both are below 2^`bits`. REQUIRES: `bits` is
  // even and at most 64. A number of more bits stays as it is.
  uint64_t Hide(uint64_t number, int bits) const;
  uint64_t Show(uint64_t image, int bits) const;

 private:
  uint64_t Round(uint64_t half, int round, int bits) const;

  std::array<uint64_t, 2> key_{};
  bool hides_ = false;
};

// Statement and unnamed entities have at most so many bits outside: thirteen digits.
inline constexpr int kPublicNumberBits = 40;

}  // namespace sightline::storage
