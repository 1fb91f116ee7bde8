// Decimal of storage/model/value.h. Every intermediate fits 128 bits: two 64-bit numbers times each
// other, or one times 10^18.

#include <array>
#include <cstdlib>
#include <string>
#include <utility>

#include "storage/model/value.h"

namespace sightline::storage {
namespace {

// GCC and Clang have it on every platform we build for; ISO C++ does not, hence the keyword.
__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

constexpr int kScaleMax = kDecimalScaleMax;

constexpr std::array<int64_t, kScaleMax + 1> kPowersOfTen = [] {
  std::array<int64_t, kScaleMax + 1> powers{};
  int64_t power = 1;
  for (int i = 0; i <= kScaleMax; ++i) {
    powers[i] = power;
    if (i < kScaleMax) power *= 10;
  }
  return powers;
}();

Int128 ScaledTo(const Decimal& decimal, int scale) {
  return static_cast<Int128>(decimal.unscaled) * kPowersOfTen[scale - decimal.scale];
}

// The decimal unscaled * 10^-scale in normal form, for any scale >= 0.
StatusOr<Decimal> Make(Int128 unscaled, int scale) {
  while (scale > 0 && unscaled % 10 == 0) {
    unscaled /= 10;
    --scale;
  }
  if (scale > kScaleMax) {
    return OutOfRange("The decimal has more than 18 digits after the point");
  }
  if (unscaled > INT64_MAX || unscaled < INT64_MIN) {
    return OutOfRange("The decimal needs more digits than fit, which is 18");
  }
  return Decimal{static_cast<int64_t>(unscaled), static_cast<uint8_t>(scale)};
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

StatusOr<Decimal> Decimal::Parse(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  const size_t point = rest.find('.');
  const std::string_view whole = rest.substr(0, point);
  std::string_view fraction =
      point == std::string_view::npos ? std::string_view{} : rest.substr(point + 1);
  // "5." and "." are no numbers, ".5" is.
  bool well_formed = point == std::string_view::npos ? !whole.empty() : !fraction.empty();
  for (char c : whole) well_formed = well_formed && IsDigit(c);
  for (char c : fraction) well_formed = well_formed && IsDigit(c);
  if (!well_formed) return InvalidArgument("Not a decimal number: '{}'", text);

  while (fraction.ends_with('0')) fraction.remove_suffix(1);
  if (fraction.size() > kScaleMax) {
    return OutOfRange("The decimal has more than 18 digits after the point: {}", text);
  }
  Int128 unscaled = 0;
  for (const std::string_view part : {whole, fraction}) {
    for (char c : part) {
      unscaled = unscaled * 10 + (c - '0');
      // The magnitude only grows; stop before it can leave 128 bits.
      if (unscaled > static_cast<Int128>(INT64_MAX) + 1) {
        return OutOfRange("The decimal needs more digits than fit, which is 18: {}", text);
      }
    }
  }
  return Make(negative ? -unscaled : unscaled, static_cast<int>(fraction.size()));
}

std::string Decimal::ToString() const {
  const UInt128 magnitude =
      unscaled < 0 ? -static_cast<UInt128>(static_cast<Int128>(unscaled)) : UInt128(unscaled);
  std::string digits = fmt::format("{}", static_cast<uint64_t>(magnitude));
  if (scale > 0) {
    if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
    digits.insert(digits.size() - scale, 1, '.');
  }
  return unscaled < 0 ? "-" + digits : digits;
}

// strtod rounds once; dividing by a power of ten would round twice.
double Decimal::ToDouble() const { return std::strtod(ToString().c_str(), nullptr); }

Decimal Decimal::Normalized() const {
  Decimal result = *this;
  while (result.scale > 0 && result.unscaled % 10 == 0) {
    result.unscaled /= 10;
    --result.scale;
  }
  return result;
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  const int scale = std::max(a.scale, b.scale);
  const Int128 left = ScaledTo(a, scale);
  const Int128 right = ScaledTo(b, scale);
  if (left < right) return std::strong_ordering::less;
  if (left > right) return std::strong_ordering::greater;
  return std::strong_ordering::equal;
}

StatusOr<Decimal> Add(const Decimal& a, const Decimal& b) {
  const int scale = std::max(a.scale, b.scale);
  return Make(ScaledTo(a, scale) + ScaledTo(b, scale), scale);
}

StatusOr<Decimal> Subtract(const Decimal& a, const Decimal& b) {
  const int scale = std::max(a.scale, b.scale);
  return Make(ScaledTo(a, scale) - ScaledTo(b, scale), scale);
}

StatusOr<Decimal> Multiply(const Decimal& a, const Decimal& b) {
  return Make(static_cast<Int128>(a.unscaled) * b.unscaled, a.scale + b.scale);
}

StatusOr<Decimal> Divide(const Decimal& a, const Decimal& b) {
  if (b.unscaled == 0) return InvalidArgument("Division by zero");
  const bool negative = (a.unscaled < 0) != (b.unscaled < 0);
  // a / b = (a.unscaled * 10^b.scale) / (b.unscaled * 10^a.scale), by long division. Both sides
  // stay below 10^37, so that ten times a remainder still fits.
  const auto magnitude = [](int64_t value) {
    return static_cast<UInt128>(value < 0 ? -static_cast<Int128>(value) : Int128(value));
  };
  const UInt128 dividend = magnitude(a.unscaled) * static_cast<UInt128>(kPowersOfTen[b.scale]);
  const UInt128 divisor = magnitude(b.unscaled) * static_cast<UInt128>(kPowersOfTen[a.scale]);
  const UInt128 quotient_max =
      static_cast<UInt128>(INT64_MAX) + static_cast<UInt128>(negative ? 1 : 0);
  UInt128 quotient = dividend / divisor;
  UInt128 remainder = dividend % divisor;
  if (quotient > quotient_max) {
    return OutOfRange("The quotient needs more digits than fit, which is 18");
  }
  int scale = 0;
  while (remainder != 0 && scale < kScaleMax) {
    const UInt128 next = quotient * 10 + remainder * 10 / divisor;
    if (next > quotient_max) break;
    quotient = next;
    remainder = remainder * 10 % divisor;
    ++scale;
  }
  const Int128 result = static_cast<Int128>(quotient);
  return Make(negative ? -result : result, scale);
}

}  // namespace sightline::storage
