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

using DoubleFunction = double (*)(double);

// A FLOAT of a number, such as sqrt.
template <DoubleFunction function>
StatusOr<Datum> OfDouble(Arguments arguments, EvaluationContext* context) {
  SL_ASSIGN_OR_RETURN(const std::optional<double> x,
                      DoubleArgument("this function", arguments[0], context));
  return x ? Datum(Value(function(*x))) : Datum();
}

double Sqrt(double x) { return std::sqrt(x); }
double Exp(double x) { return std::exp(x); }
double Log(double x) { return std::log(x); }
double Log10(double x) { return std::log10(x); }
double Sin(double x) { return std::sin(x); }
double Cos(double x) { return std::cos(x); }
double Tan(double x) { return std::tan(x); }
double Cot(double x) { return 1 / std::tan(x); }
double Asin(double x) { return std::asin(x); }
double Acos(double x) { return std::acos(x); }
double Atan(double x) { return std::atan(x); }
double Degrees(double x) { return x * 180 / std::numbers::pi; }
double Radians(double x) { return x * std::numbers::pi / 180; }

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
    if (decimal.unscaled == INT64_MIN)
      return RuntimeError("SL5003", "this DECIMAL is out of range");
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
    return RuntimeError("SL5003", "this DECIMAL is out of range");
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
  if (b == 0) return RuntimeError("SL5004", "division by zero");
  if (a == INT64_MIN && b == -1) {
    return RuntimeError("SL5003", "this INTEGER quotient is out of range");
  }
  return Datum::OfInteger(a / b);
}

StatusOr<Datum> Pi(Arguments, EvaluationContext*) { return Datum(Value(std::numbers::pi)); }
StatusOr<Datum> E(Arguments, EvaluationContext*) { return Datum(Value(std::numbers::e)); }

StatusOr<Datum> IsNaN(Arguments arguments, EvaluationContext* context) {
  SL_ASSIGN_OR_RETURN(const auto x, DoubleArgument("isNaN", arguments[0], context));
  return x ? Datum::OfBoolean(std::isnan(*x)) : Datum();
}

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
    OfNumber("sqrt", "sqrt(x NUMBER) -> FLOAT", "The square root.", OfDouble<Sqrt>),
    OfNumber("exp", "exp(x NUMBER) -> FLOAT", "e to the power of x.", OfDouble<Exp>),
    OfNumber("log", "log(x NUMBER) -> FLOAT", "The natural logarithm.", OfDouble<Log>),
    OfNumber("ln", "ln(x NUMBER) -> FLOAT", "The same as log.", OfDouble<Log>),
    OfNumber("log10", "log10(x NUMBER) -> FLOAT", "The logarithm to base 10.", OfDouble<Log10>),
    OfNumber("sin", "sin(x NUMBER) -> FLOAT", "The sine of an angle in radians.", OfDouble<Sin>),
    OfNumber("cos", "cos(x NUMBER) -> FLOAT", "The cosine.", OfDouble<Cos>),
    OfNumber("tan", "tan(x NUMBER) -> FLOAT", "The tangent.", OfDouble<Tan>),
    OfNumber("cot", "cot(x NUMBER) -> FLOAT", "The cotangent.", OfDouble<Cot>),
    OfNumber("asin", "asin(x NUMBER) -> FLOAT", "The arc sine, in radians.", OfDouble<Asin>),
    OfNumber("acos", "acos(x NUMBER) -> FLOAT", "The arc cosine.", OfDouble<Acos>),
    OfNumber("atan", "atan(x NUMBER) -> FLOAT", "The arc tangent.", OfDouble<Atan>),
    {"atan2", "atan2(y NUMBER, x NUMBER) -> FLOAT", "The angle of the point (x, y).", 2, 2,
     StaticType::kDouble, true, Atan2},
    OfNumber("degrees", "degrees(x NUMBER) -> FLOAT", "Radians in degrees.", OfDouble<Degrees>),
    OfNumber("radians", "radians(x NUMBER) -> FLOAT", "Degrees in radians.", OfDouble<Radians>),
    {"pi", "pi() -> FLOAT", "3.14159...", 0, 0, StaticType::kDouble, true, Pi},
    {"e", "e() -> FLOAT", "2.71828...", 0, 0, StaticType::kDouble, true, E},
    {"isNaN", "isNaN(x NUMBER) -> BOOLEAN", "Whether x is the FLOAT that is no number.", 1, 1,
     StaticType::kBoolean, true, IsNaN},
};

}  // namespace

std::span<const ScalarFunction> NumberFunctions() { return kFunctions; }

}  // namespace sightline::query
