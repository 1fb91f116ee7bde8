#include "query/functions/exact_sum.h"

#include <bit>
#include <cmath>

namespace sightline::query {
namespace {

constexpr unsigned kDigitBits = 32;
constexpr int64_t kDigitBase = int64_t{1} << kDigitBits;
constexpr unsigned kFractionBits = 52;
constexpr int kLowestExponent = -1074;  // Of the lowest bit of any FLOAT.

}  // namespace

void ExactSum::Add(double number) {
  if (!std::isfinite(number)) {
    special_ += number;
    return;
  }
  const auto bits = std::bit_cast<uint64_t>(number);
  const auto exponent = static_cast<unsigned>(bits >> kFractionBits & 0x7FF);
  const uint64_t fraction = bits & ((uint64_t{1} << kFractionBits) - 1);
  // Those without an exponent have no bit before the fraction, and count as those of exponent 1.
  if (exponent == 0) {
    AddShifted(fraction, 0, std::signbit(number));
  } else {
    AddShifted(fraction | uint64_t{1} << kFractionBits, exponent - 1, std::signbit(number));
  }
}

void ExactSum::Add(int64_t number) {
  const uint64_t magnitude =
      number < 0 ? ~static_cast<uint64_t>(number) + 1 : static_cast<uint64_t>(number);
  AddShifted(magnitude, static_cast<unsigned>(-kLowestExponent), number < 0);
}

void ExactSum::Add(const ExactSum& other) {
  special_ += other.special_;
  for (size_t i = 0; i < kDigits; ++i) digits_[i] += other.digits_[i];
  Carry(&digits_);
  adds_ = 0;
}

void ExactSum::AddShifted(uint64_t magnitude, unsigned bits, bool negative) {
  const unsigned __int128 wide = static_cast<unsigned __int128>(magnitude) << (bits % kDigitBits);
  size_t digit = bits / kDigitBits;
  for (unsigned shift = 0; shift < 3 * kDigitBits; shift += kDigitBits, ++digit) {
    const auto part = static_cast<int64_t>(static_cast<uint32_t>(wide >> shift));
    digits_[digit] += negative ? -part : part;
  }
  if (++adds_ < kAddsMax) return;
  Carry(&digits_);
  adds_ = 0;
}

void ExactSum::Carry(Digits* digits) {
  for (size_t i = 0; i + 1 < kDigits; ++i) {
    const int64_t carry = (*digits)[i] >> kDigitBits;  // Rounds down, below 0 too.
    (*digits)[i] -= carry * kDigitBase;
    (*digits)[i + 1] += carry;
  }
}

double ExactSum::Total() const {
  if (special_ != 0) return special_;  // No number is not 0 either.
  Digits digits = digits_;
  Carry(&digits);
  const bool negative = digits.back() < 0;
  if (negative) {
    for (int64_t& digit : digits) digit = -digit;
    Carry(&digits);
  }
  size_t top = kDigits - 1;
  while (top > 0 && digits[top] == 0) --top;
  // The three highest digits hold the 53 bits that count and more; of what lies below, only
  // whether there is something matters: it decides what is half-way.
  unsigned __int128 high = 0;
  size_t low = top;
  for (unsigned i = 0; i < 3; ++i) {
    high = high << kDigitBits | static_cast<unsigned __int128>(digits[low]);
    if (low == 0 || i == 2) break;
    --low;
  }
  bool has_rest = false;
  for (size_t i = 0; i < low; ++i) has_rest |= digits[i] != 0;
  int exponent = kLowestExponent + static_cast<int>(low * kDigitBits);
  while (high >> 64 != 0) {
    has_rest |= (high & 1) != 0;
    high >>= 1;
    ++exponent;
  }
  auto rounded = static_cast<uint64_t>(high);
  if (has_rest) rounded |= 1;
  const double total = std::ldexp(static_cast<double>(rounded), exponent);
  return negative ? -total : total;
}

}  // namespace sightline::query
