// ExactSum: the sum of FLOATs without any error until it is read, whatever their order.
//
// Adding FLOATs one by one rounds each time, and how depends on the order: the last digit of a sum
// would follow the numbers of terms, which tell of facts that a reader may not see. Here the sum is
// a number in fixed point, wide enough for all FLOATs, that is rounded once.
//
// Source: R. M. Neal: Fast exact summation using small and large superaccumulators (2015); this is
// the small one.
//
// Thread-compatible.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace sightline::query {

class ExactSum {
 public:
  void Add(double number);
  void Add(int64_t number);
  void Add(const ExactSum& other);
  // The FLOAT next to the sum, of two equally near ones the even one; infinite when it is beyond
  // all, and no number when what was added was none, or infinite both ways.
  double Total() const;

 private:
  // Digits of 32 bits: digit i counts 2^(32 i - 1074), the lowest bit of any FLOAT being the lowest
  // of digit 0. A digit may be far over its 32 bits, and below 0, until Carry. The highest has what
  // 2^60 of the largest FLOATs add up to.
  static constexpr size_t kDigits = 68;
  // A digit has grown by less than 2^61 then, and another such sum fits as well.
  static constexpr uint32_t kAddsMax = uint32_t{1} << 29;
  using Digits = std::array<int64_t, kDigits>;

  void AddShifted(uint64_t magnitude, unsigned bits, bool negative);
  // All digits but the highest become 0 up to below 2^32.
  static void Carry(Digits* digits);

  Digits digits_{};
  uint32_t adds_ = 0;   // Since the last Carry.
  double special_ = 0;  // The sum of what is infinite or no number.
};

}  // namespace sightline::query
