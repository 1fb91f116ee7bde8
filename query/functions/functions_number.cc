// Functions over numbers and amounts.

#include <cmath>
#include <numbers>
#include <utility>

#include "query/functions/arithmetic.h"
#include "query/functions/function_families.h"
#include "query/functions/runtime_error.h"

namespace sightline::query {
namespace {

using storage::Comparator;
using storage::Decimal;
using storage::Value;
using storage::ValueType;

// The value, when it is an exact number or amount. An only bounded one makes the result unknown.
StatusOr<const Value*> Exact(std::string_view function, const Datum& datum,
                             EvaluationContext* context) {
  const Value* value = datum.value();
  if (value == nullptr || !IsMeasurable(*value)) {
    return TypeMismatch(function, "numbers and amounts", datum);
  }
  if (value->comparator() != Comparator::kExactly) {
    NoticeOpenBounds(context);
    return nullptr;
  }
  return value;
}

bool IsNumber(const Value& value) {
  return value.type() == ValueType::kInteger || value.type() == ValueType::kDecimal ||
         value.type() == ValueType::kDouble;
}

// Null when the argument is bounded only.
StatusOr<std::optional<double>> DoubleArgument(std::string_view function, const Datum& datum,
                                               EvaluationContext* context) {
  SL_ASSIGN_OR_RETURN(const Value* value, Exact(function, datum, context));
  if (value == nullptr) return std::optional<double>();
  if (!IsNumber(*value)) return TypeMismatch(function, "numbers", datum);
  return std::optional<double>(ToDouble(*value));
}

// A function from FLOAT to FLOAT. Where it has no value, `test` is false of x; without a test, it
// has one everywhere, which may be out of range.
struct RealFunction {
  std::string_view name;
  double (*value)(double);
  std::string_view domain = {};  // "numbers above 0"
  std::string_view test = {};    // "x > 0"
};

template <const RealFunction& function>
StatusOr<Datum> OfReal(Arguments arguments, EvaluationContext* context) {
  SL_ASSIGN_OR_RETURN(const std::optional<double> x,
                      DoubleArgument(function.name, arguments[0], context));
  if (!x) return Datum();
  const double value = function.value(*x);
  if (std::isfinite(value)) return Datum(Value(value));
  if (function.test.empty()) {
    return FloatOutOfRange(fmt::format("the result of {}", function.name));
  }
  return RuntimeError(
      "SL5004", fmt::format("{} takes {}", function.name, function.domain),
      {fmt::format("test it first: CASE WHEN {} THEN {}(x) END", function.test, function.name)});
}

constexpr RealFunction kSqrt = {"sqrt", [](double x) { return std::sqrt(x); },
                                "no negative numbers", "x >= 0"};
constexpr RealFunction kExp = {"exp", [](double x) { return std::exp(x); }};
constexpr RealFunction kLog = {"log", [](double x) { return std::log(x); }, "numbers above 0",
                               "x > 0"};
constexpr RealFunction kLn = {"ln", kLog.value, kLog.domain, kLog.test};
constexpr RealFunction kLog10 = {"log10", [](double x) { return std::log10(x); }, kLog.domain,
                                 kLog.test};
constexpr RealFunction kSin = {"sin", [](double x) { return std::sin(x); }};
constexpr RealFunction kCos = {"cos", [](double x) { return std::cos(x); }};
constexpr RealFunction kTan = {"tan", [](double x) { return std::tan(x); }};
constexpr RealFunction kCot = {"cot", [](double x) { return 1 / std::tan(x); },
                               "angles whose tangent is not 0", "tan(x) <> 0"};
constexpr RealFunction kAsin = {"asin", [](double x) { return std::asin(x); },
                                "numbers from -1 to 1", "abs(x) <= 1"};
constexpr RealFunction kAcos = {"acos", [](double x) { return std::acos(x); }, kAsin.domain,
                                kAsin.test};
constexpr RealFunction kAtan = {"atan", [](double x) { return std::atan(x); }};
constexpr RealFunction kDegrees = {"degrees", [](double x) { return x / std::numbers::pi * 180; }};
constexpr RealFunction kRadians = {"radians", [](double x) { return x / 180 * std::numbers::pi; }};

StatusOr<Datum> Atan2(Arguments arguments, EvaluationContext* context) {
  SL_ASSIGN_OR_RETURN(const auto y, DoubleArgument("atan2", arguments[0], context));
  SL_ASSIGN_OR_RETURN(const auto x, DoubleArgument("atan2", arguments[1], context));
  return x && y ? Datum(Value(std::atan2(*y, *x))) : Datum();
}

// The value with its figure mapped: amounts keep their unit, integers are left to `on_integer`.
template <typename OnDecimal>
StatusOr<Datum> MapDecimal(const Value& value, const OnDecimal& on_decimal) {
  if (const auto* decimal = value.get_if<Decimal>()) {
    SL_ASSIGN_OR_RETURN(const Decimal mapped, on_decimal(*decimal));
    return Datum(Value(mapped));
  }
  if (const auto* money = value.get_if<storage::Money>()) {
    SL_ASSIGN_OR_RETURN(const Decimal mapped, on_decimal(money->amount));
    return Datum(Value(storage::Money{mapped, money->currency}));
  }
  if (const auto* quantity = value.get_if<storage::Quantity>()) {
    SL_ASSIGN_OR_RETURN(const Decimal mapped, on_decimal(quantity->amount));
    return Datum(Value(storage::Quantity{mapped, quantity->unit}));
  }
  SL_ASSIGN_OR_RETURN(const Decimal mapped,
                      on_decimal(value.get_if<storage::Percentage>()->percent));
  return Datum(Value(storage::Percentage{mapped}));
}

StatusOr<Datum> Abs(Arguments arguments, EvaluationContext* context) {
  SL_ASSIGN_OR_RETURN(const Value* value, Exact("abs", arguments[0], context));
  if (value == nullptr) return Datum();
  if (const int64_t* integer = value->get_if<int64_t>()) {
    return *integer < 0 ? Negate(arguments[0]) : StatusOr<Datum>(arguments[0]);
  }
  if (const double* x = value->get_if<double>()) return Datum(Value(std::fabs(*x)));
  return MapDecimal(*value, [](const Decimal& decimal) -> StatusOr<Decimal> {
    if (decimal.unscaled == INT64_MIN) return ValueOutOfRange("this DECIMAL");
    return Decimal{std::abs(decimal.unscaled), decimal.scale};
  });
}

enum class Rounding : uint8_t { kFloor, kCeil, kHalfUp };

// To `digits` behind the point; half up, towards positive infinity, as openCypher has it.
StatusOr<Decimal> RoundDecimal(const Decimal& decimal, Rounding rounding, int digits) {
  if (decimal.scale <= digits) return decimal;
  __int128 power = 1;
  for (int i = digits; i < decimal.scale; ++i) power *= 10;
  __int128 figure = decimal.unscaled;
  if (rounding == Rounding::kCeil) figure += power - 1;
  if (rounding == Rounding::kHalfUp) figure += power / 2;
  __int128 whole = figure / power;
  if (figure % power < 0) --whole;
  if (whole > INT64_MAX || whole < INT64_MIN) {
    return ValueOutOfRange("this DECIMAL");
  }
  return Decimal{static_cast<int64_t>(whole), static_cast<uint8_t>(digits)}.Normalized();
}

StatusOr<Datum> Round(std::string_view function, Rounding rounding, int digits, const Datum& datum,
                      EvaluationContext* context) {
  SL_ASSIGN_OR_RETURN(const Value* value, Exact(function, datum, context));
  if (value == nullptr) return Datum();
  if (const int64_t* integer = value->get_if<int64_t>()) {
    return Datum(Value(static_cast<double>(*integer)));
  }
  if (const double* x = value->get_if<double>()) {
    const double power = std::pow(10.0, digits);
    const double scaled = *x * power;
    // From 2^52 on there is nothing behind the point.
    if (!std::isfinite(scaled) || std::fabs(scaled) >= 4503599627370496.0) return Datum(Value(*x));
    const double rounded = rounding == Rounding::kFloor         ? std::floor(scaled)
                           : rounding == Rounding::kCeil        ? std::ceil(scaled)
                           : scaled - std::floor(scaled) >= 0.5 ? std::floor(scaled) + 1
                                                                : std::floor(scaled);
    return Datum(Value(rounded / power));
  }
  return MapDecimal(
      *value, [&](const Decimal& decimal) { return RoundDecimal(decimal, rounding, digits); });
}

StatusOr<Datum> Ceil(Arguments arguments, EvaluationContext* context) {
  return Round("ceil", Rounding::kCeil, 0, arguments[0], context);
}
StatusOr<Datum> Floor(Arguments arguments, EvaluationContext* context) {
  return Round("floor", Rounding::kFloor, 0, arguments[0], context);
}
StatusOr<Datum> RoundHalfUp(Arguments arguments, EvaluationContext* context) {
  int64_t digits = 0;
  if (arguments.size() > 1) {
    SL_ASSIGN_OR_RETURN(digits, IntegerArgument("round", arguments[1]));
    if (digits < 0 || digits > 18) {
      return RuntimeError("SL5004", "round takes 0 to 18 digits behind the point");
    }
  }
  return Round("round", Rounding::kHalfUp, static_cast<int>(digits), arguments[0], context);
}

StatusOr<Datum> Sign(Arguments arguments, EvaluationContext* context) {
  SL_ASSIGN_OR_RETURN(const Value* value, Exact("sign", arguments[0], context));
  if (value == nullptr) return Datum();
  if (const double* x = value->get_if<double>()) {
    return Datum::OfInteger((*x > 0) - (*x < 0));
  }
  if (const int64_t* integer = value->get_if<int64_t>()) {
    return Datum::OfInteger((*integer > 0) - (*integer < 0));
  }
  int64_t sign = 0;
  SL_RETURN_IF_ERROR(MapDecimal(*value, [&](const Decimal& decimal) -> StatusOr<Decimal> {
                       sign = (decimal.unscaled > 0) - (decimal.unscaled < 0);
                       return decimal;
                     }).status());
  return Datum::OfInteger(sign);
}

StatusOr<Datum> Div(Arguments arguments, EvaluationContext*) {
  SL_ASSIGN_OR_RETURN(const int64_t a, IntegerArgument("div", arguments[0]));
  SL_ASSIGN_OR_RETURN(const int64_t b, IntegerArgument("div", arguments[1]));
  if (b == 0) return DivisionByZero();
  if (a == INT64_MIN && b == -1) {
    return ValueOutOfRange("this INTEGER quotient");
  }
  return Datum::OfInteger(a / b);
}

// SplitMix64 (Steele, Lea, Flood 2014): enough for samples and shuffles, not for secrets.
StatusOr<Datum> Rand(Arguments, EvaluationContext* context) {
  if (context->random_state == 0) {
    context->random_state = static_cast<uint64_t>(context->now_micros) + 1;
  }
  uint64_t bits = context->random_state += 0x9E3779B97F4A7C15;
  bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
  bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
  bits ^= bits >> 31;
  constexpr double kUnit = 1.0 / (uint64_t{1} << 53);
  return Datum(Value(static_cast<double>(bits >> 11) * kUnit));
}

StatusOr<Datum> Pi(Arguments, EvaluationContext*) { return Datum(Value(std::numbers::pi)); }
StatusOr<Datum> E(Arguments, EvaluationContext*) { return Datum(Value(std::numbers::e)); }

constexpr ScalarFunction OfNumber(std::string_view name, std::string_view signature,
                                  std::string_view summary,
                                  StatusOr<Datum> (*evaluate)(Arguments, EvaluationContext*)) {
  return {name, signature, summary, 1, 1, StaticType::kDouble, true, evaluate};
}

constexpr ScalarFunction kFunctions[] = {
    {"abs", "abs(x NUMBER|AMOUNT) -> the same", "Without its sign.", 1, 1, StaticType::kAny, true,
     Abs},
    {"ceil", "ceil(x NUMBER|AMOUNT) -> FLOAT|the same", "Rounded up to a whole figure.", 1, 1,
     StaticType::kAny, true, Ceil},
    {"floor", "floor(x NUMBER|AMOUNT) -> FLOAT|the same", "Rounded down to a whole figure.", 1, 1,
     StaticType::kAny, true, Floor},
    {"round", "round(x NUMBER|AMOUNT[, digits INTEGER]) -> FLOAT|the same",
     "Rounded half up, to a whole figure or to digits behind the point.", 1, 2, StaticType::kAny,
     true, RoundHalfUp},
    {"sign", "sign(x NUMBER|AMOUNT) -> INTEGER", "-1, 0 or 1.", 1, 1, StaticType::kInteger, true,
     Sign},
    {"div", "div(a INTEGER, b INTEGER) -> INTEGER", "The quotient without its fraction.", 2, 2,
     StaticType::kInteger, true, Div},
    OfNumber("sqrt", "sqrt(x NUMBER) -> FLOAT", "The square root.", OfReal<kSqrt>),
    OfNumber("exp", "exp(x NUMBER) -> FLOAT", "e to the power of x.", OfReal<kExp>),
    OfNumber("log", "log(x NUMBER) -> FLOAT", "The natural logarithm.", OfReal<kLog>),
    OfNumber("ln", "ln(x NUMBER) -> FLOAT", "The same as log.", OfReal<kLn>),
    OfNumber("log10", "log10(x NUMBER) -> FLOAT", "The logarithm to base 10.", OfReal<kLog10>),
    OfNumber("sin", "sin(x NUMBER) -> FLOAT", "The sine of an angle in radians.", OfReal<kSin>),
    OfNumber("cos", "cos(x NUMBER) -> FLOAT", "The cosine.", OfReal<kCos>),
    OfNumber("tan", "tan(x NUMBER) -> FLOAT", "The tangent.", OfReal<kTan>),
    OfNumber("cot", "cot(x NUMBER) -> FLOAT", "The cotangent.", OfReal<kCot>),
    OfNumber("asin", "asin(x NUMBER) -> FLOAT", "The arc sine, in radians.", OfReal<kAsin>),
    OfNumber("acos", "acos(x NUMBER) -> FLOAT", "The arc cosine.", OfReal<kAcos>),
    OfNumber("atan", "atan(x NUMBER) -> FLOAT", "The arc tangent.", OfReal<kAtan>),
    {"atan2", "atan2(y NUMBER, x NUMBER) -> FLOAT", "The angle of the point (x, y).", 2, 2,
     StaticType::kDouble, true, Atan2},
    OfNumber("degrees", "degrees(x NUMBER) -> FLOAT", "Radians in degrees.", OfReal<kDegrees>),
    OfNumber("radians", "radians(x NUMBER) -> FLOAT", "Degrees in radians.", OfReal<kRadians>),
    {"rand", "rand() -> FLOAT", "A random number from 0 to below 1, another one at each call.", 0,
     0, StaticType::kDouble, true, Rand},
    {"pi", "pi() -> FLOAT", "3.14159...", 0, 0, StaticType::kDouble, true, Pi},
    {"e", "e() -> FLOAT", "2.71828...", 0, 0, StaticType::kDouble, true, E},
};

}  // namespace

std::span<const ScalarFunction> NumberFunctions() { return kFunctions; }

}  // namespace sightline::query
