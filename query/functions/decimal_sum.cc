#include "query/functions/decimal_sum.h"

#include <array>
#include <cmath>
#include <limits>

#include "query/functions/runtime_error.h"

namespace sightline::query {

using storage::Decimal;

namespace {

constexpr int kScaleMax = storage::kDecimalScaleMax;

constexpr std::array<int64_t, kScaleMax + 1> kPowersOfTen = [] {
  std::array<int64_t, kScaleMax + 1> powers{1};
  for (size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();
constexpr int64_t kOne = kPowersOfTen[kScaleMax];

bool Fits(__int128 number) {
  return number >= std::numeric_limits<int64_t>::min() &&
         number <= std::numeric_limits<int64_t>::max();
}

}  // namespace

void DecimalSum::Add(const Decimal& number) {
  const int64_t unit = kPowersOfTen[number.scale];
  whole_ += number.unscaled / unit;
  fraction_ += static_cast<__int128>(number.unscaled % unit) *
               kPowersOfTen[static_cast<size_t>(kScaleMax - number.scale)];
}

StatusOr<Decimal> DecimalSum::Total() const {
  const __int128 whole = whole_ + fraction_ / kOne;
  __int128 fraction = fraction_ % kOne;
  int scale = fraction == 0 ? 0 : kScaleMax;
  for (; scale > 0 && fraction % 10 == 0; --scale) fraction /= 10;
  __int128 unscaled = 0;
  // The two parts may have different signs: their sum is what has to fit.
  if (__builtin_mul_overflow(whole, static_cast<__int128>(kPowersOfTen[static_cast<size_t>(scale)]),
                             &unscaled) ||
      __builtin_add_overflow(unscaled, fraction, &unscaled) || !Fits(unscaled)) {
    return OutOfRange("the sum is too large for a decimal");
  }
  return Decimal{static_cast<int64_t>(unscaled), static_cast<uint8_t>(scale)}.Normalized();
}

StatusOr<int64_t> DecimalSum::WholeTotal() const {
  if (fraction_ != 0 || !Fits(whole_)) return ValueOutOfRange("this INTEGER sum");
  return static_cast<int64_t>(whole_);
}

void DecimalSum::AddTo(ExactSum* sum) const {
  const __int128 whole = whole_ + fraction_ / kOne;
  constexpr int kHalf = 62;  // Of the bits; the upper ones are few.
  sum->Add(static_cast<int64_t>(whole & ((__int128{1} << kHalf) - 1)));
  sum->Add(std::ldexp(static_cast<double>(static_cast<int64_t>(whole >> kHalf)), kHalf));
  sum->Add(static_cast<double>(static_cast<int64_t>(fraction_ % kOne)) / static_cast<double>(kOne));
}

}  // namespace sightline::query
