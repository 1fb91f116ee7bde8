// Decimal against arithmetic on 128-bit integers at the scale of 10^-18, written the plain way.

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <optional>
#include <string>

#include "storage/model/value.h"

namespace sightline::storage {
namespace {

__extension__ using Int128 = __int128;

// Decimals of every length and scale, the ends of the range among them.
rc::Gen<Decimal> AnyDecimal() {
  const auto unscaled = rc::gen::oneOf(
      rc::gen::apply([](int64_t bits, int shift) { return bits >> shift; },
                     rc::gen::resize(1000, rc::gen::arbitrary<int64_t>()), rc::gen::inRange(0, 64)),
      rc::gen::element(INT64_MIN, INT64_MAX, int64_t{0}, int64_t{1'000'000'000'000'000'000}));
  return rc::gen::apply(
      [](int64_t number, int scale) {
        return Decimal{number, static_cast<uint8_t>(scale)};
      },
      unscaled, rc::gen::inRange(0, 19));
}

Int128 PowerOfTen(int exponent) {
  Int128 power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

// value * 10^18; |value| < 2^63, so that it fits.
Int128 AtScale18(const Decimal& decimal) {
  return decimal.unscaled * PowerOfTen(18 - decimal.scale);
}

// Whether some Decimal is value * 10^-scale.
bool Representable(Int128 value, int scale) {
  while (scale > 0 && value % 10 == 0) {
    value /= 10;
    --scale;
  }
  return scale <= 18 && value >= INT64_MIN && value <= INT64_MAX;
}

void CheckSum(const StatusOr<Decimal>& result, Int128 expected_at_scale_18) {
  RC_ASSERT(result.ok() == Representable(expected_at_scale_18, 18));
  if (!result.ok()) {
    RC_ASSERT(result.status().code() == StatusCode::kOutOfRange);
    return;
  }
  RC_ASSERT(AtScale18(*result) == expected_at_scale_18);
  RC_ASSERT(result->scale == 0 || result->unscaled % 10 != 0);
}

RC_GTEST_PROP(Decimal, PrintsWhatItParses, ()) {
  const Decimal decimal = *AnyDecimal();
  const StatusOr<Decimal> parsed = Decimal::Parse(decimal.ToString());
  RC_ASSERT(parsed.ok());
  RC_ASSERT(*parsed == decimal);
  RC_ASSERT(parsed->unscaled == decimal.Normalized().unscaled);
  RC_ASSERT(parsed->scale == decimal.Normalized().scale);
}

RC_GTEST_PROP(Decimal, ComparesAsTheNumbersDo, ()) {
  const Decimal a = *AnyDecimal();
  const Decimal b = *rc::gen::oneOf(AnyDecimal(), rc::gen::just(a.Normalized()));
  RC_ASSERT((a < b) == (AtScale18(a) < AtScale18(b)));
  RC_ASSERT((a == b) == (AtScale18(a) == AtScale18(b)));
}

RC_GTEST_PROP(Decimal, AddsAndSubtractsExactly, ()) {
  const Decimal a = *AnyDecimal();
  const Decimal b = *AnyDecimal();
  CheckSum(Add(a, b), AtScale18(a) + AtScale18(b));
  CheckSum(Subtract(a, b), AtScale18(a) - AtScale18(b));
}

RC_GTEST_PROP(Decimal, MultipliesExactly, ()) {
  const Decimal a = *AnyDecimal();
  const Decimal b = *AnyDecimal();
  const Int128 product = static_cast<Int128>(a.unscaled) * b.unscaled;
  const StatusOr<Decimal> result = Multiply(a, b);
  RC_ASSERT(result.ok() == Representable(product, a.scale + b.scale));
  if (!result.ok()) {
    RC_ASSERT(result.status().code() == StatusCode::kOutOfRange);
    return;
  }
  // The result has at most the scale of the product; bring it there.
  RC_ASSERT(result->scale <= a.scale + b.scale);
  RC_ASSERT(result->unscaled * PowerOfTen(a.scale + b.scale - result->scale) == product);
}

RC_GTEST_PROP(Decimal, DividesWhatItHasMultiplied, ()) {
  const Decimal a = *AnyDecimal();
  const Decimal b = *AnyDecimal();
  RC_PRE(b.unscaled != 0);
  const StatusOr<Decimal> product = Multiply(a, b);
  RC_PRE(product.ok());
  const StatusOr<Decimal> quotient = Divide(*product, b);
  RC_ASSERT(quotient.ok());
  RC_ASSERT(*quotient == a);
}

RC_GTEST_PROP(Decimal, DividesTowardsZero, ()) {
  // Small enough that quotient * divisor has room at scale 18.
  const Decimal a{*rc::gen::inRange<int64_t>(-1'000'000, 1'000'000), 3};
  const Decimal b{*rc::gen::inRange<int64_t>(-1'000, 1'000), 0};
  RC_PRE(b.unscaled != 0);
  const StatusOr<Decimal> quotient = Divide(a, b);
  RC_ASSERT(quotient.ok());
  const Int128 rest = AtScale18(a) - AtScale18(*quotient) * b.unscaled;
  const Int128 divisor = b.unscaled < 0 ? -b.unscaled : b.unscaled;
  // What is left has the sign of the dividend and is less than one unit of the last digit kept.
  const Int128 unit = rest == 0 ? 1 : PowerOfTen(18 - quotient->scale);
  RC_ASSERT(rest == 0 || (rest < 0) == (a.unscaled < 0));
  RC_ASSERT((rest < 0 ? -rest : rest) < divisor * unit);
}

RC_GTEST_PROP(Decimal, IsOrderedAsItsDouble, ()) {
  const Decimal a = *AnyDecimal();
  const Decimal b = *AnyDecimal();
  // Rounding can make neighbours equal and never swaps them.
  if (a < b) RC_ASSERT(a.ToDouble() <= b.ToDouble());
}

}  // namespace
}  // namespace sightline::storage
