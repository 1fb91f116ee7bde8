#include "query/functions/arithmetic.h"
#include "query/ast/printer.h"

#include <cmath>
#include <utility>

#include "query/functions/runtime_error.h"

namespace sightline::query {
namespace {

using ast::BinaryOperator;
using storage::Comparator;
using storage::Decimal;
using storage::Money;
using storage::Percentage;
using storage::Quantity;
using storage::Value;
using storage::ValueType;

bool IsNumber(const Value& value) {
  return value.type() == ValueType::kInteger || value.type() == ValueType::kDecimal ||
         value.type() == ValueType::kDouble;
}

bool IsAmount(const Value& value) {
  return value.type() == ValueType::kMoney || value.type() == ValueType::kQuantity ||
         value.type() == ValueType::kPercentage;
}

const Decimal& AmountOf(const Value& amount) {
  if (const auto* money = amount.get_if<Money>()) return money->amount;
  if (const auto* quantity = amount.get_if<Quantity>()) return quantity->amount;
  return amount.get_if<Percentage>()->percent;
}

std::string_view UnitOf(const Value& amount) {
  if (const auto* money = amount.get_if<Money>()) return money->currency;
  if (const auto* quantity = amount.get_if<Quantity>()) return quantity->unit;
  return "";
}

// An amount of the same currency or unit.
Value LikeAmount(const Value& amount, Decimal figure, Comparator comparator) {
  if (const auto* money = amount.get_if<Money>()) {
    return Value(Money{figure, money->currency}, comparator);
  }
  if (const auto* quantity = amount.get_if<Quantity>()) {
    return Value(Quantity{figure, quantity->unit}, comparator);
  }
  return Value(Percentage{figure}, comparator);
}

int SignOf(const Value& number) {
  if (const int64_t* integer = number.get_if<int64_t>()) return (*integer > 0) - (*integer < 0);
  if (const double* x = number.get_if<double>()) return (*x > 0) - (*x < 0);
  const Decimal& decimal = *number.get_if<Decimal>();
  return (decimal.unscaled > 0) - (decimal.unscaled < 0);
}

// --- Exact figures -------------------------------------------------------------------------------

double FloatResult(BinaryOperator op, double a, double b) {
  switch (op) {
    case BinaryOperator::kAdd:
      return a + b;
    case BinaryOperator::kSubtract:
      return a - b;
    case BinaryOperator::kMultiply:
      return a * b;
    case BinaryOperator::kDivide:
      return a / b;
    case BinaryOperator::kModulo:
      return std::fmod(a, b);
    default:
      return std::pow(a, b);
  }
}

// Of finite numbers: an error rather than an infinity or what is no number.
StatusOr<Value> FloatOperation(BinaryOperator op, double a, double b) {
  const double result = FloatResult(op, a, b);
  if (std::isfinite(result)) return Value(result);
  const bool divides = op == BinaryOperator::kDivide || op == BinaryOperator::kModulo;
  if (b == 0 && divides) return DivisionByZero();
  if (op == BinaryOperator::kPower && a == 0) {
    return RuntimeError("SL5004", "0 has no negative power: that divides by zero",
                        {"test it first: CASE WHEN x <> 0 THEN x ^ y END"});
  }
  if (op == BinaryOperator::kPower && std::isnan(result)) {
    return RuntimeError("SL5004", "a negative number has no power that is not whole",
                        {"take it without its sign: abs(x) ^ y"});
  }
  return FloatOutOfRange("this FLOAT result");
}

StatusOr<Value> IntegerOperation(BinaryOperator op, int64_t a, int64_t b) {
  int64_t result = 0;
  switch (op) {
    case BinaryOperator::kAdd:
      if (__builtin_add_overflow(a, b, &result)) return ValueOutOfRange("this INTEGER sum");
      return Value(result);
    case BinaryOperator::kSubtract:
      if (__builtin_sub_overflow(a, b, &result)) return ValueOutOfRange("this INTEGER difference");
      return Value(result);
    case BinaryOperator::kMultiply:
      if (__builtin_mul_overflow(a, b, &result)) return ValueOutOfRange("this INTEGER product");
      return Value(result);
    case BinaryOperator::kDivide:
      if (b == 0) return DivisionByZero();
      return Value(static_cast<double>(a) / static_cast<double>(b));
    case BinaryOperator::kModulo:
      if (b == 0) return DivisionByZero();
      return Value(b == -1 ? int64_t{0} : a % b);  // INT64_MIN % -1 traps.
    default:
      return FloatOperation(op, static_cast<double>(a), static_cast<double>(b));
  }
}

StatusOr<Decimal> DecimalModulo(const Decimal& a, const Decimal& b) {
  if (b.unscaled == 0) return DivisionByZero();
  // Both at the finer scale: at most 2^63 * 10^18, which fits 128 bits.
  const uint8_t scale = std::max(a.scale, b.scale);
  __int128 x = a.unscaled, y = b.unscaled;
  for (int i = a.scale; i < scale; ++i) x *= 10;
  for (int i = b.scale; i < scale; ++i) y *= 10;
  const __int128 rest = x % y;
  if (rest > INT64_MAX || rest < INT64_MIN) return ValueOutOfRange("this DECIMAL remainder");
  return Decimal{static_cast<int64_t>(rest), scale}.Normalized();
}

StatusOr<Decimal> DecimalOperation(BinaryOperator op, const Decimal& a, const Decimal& b) {
  if (op == BinaryOperator::kModulo) return DecimalModulo(a, b);
  if (op == BinaryOperator::kDivide && b.unscaled == 0) return DivisionByZero();
  StatusOr<Decimal> result = op == BinaryOperator::kAdd        ? storage::Add(a, b)
                             : op == BinaryOperator::kSubtract ? storage::Subtract(a, b)
                             : op == BinaryOperator::kMultiply ? storage::Multiply(a, b)
                                                               : storage::Divide(a, b);
  if (!result.ok()) return DecimalError(result.status());
  return result;
}

StatusOr<Value> NumberOperation(BinaryOperator op, const Value& a, const Value& b) {
  const int64_t* x = a.get_if<int64_t>();
  const int64_t* y = b.get_if<int64_t>();
  if (x != nullptr && y != nullptr) return IntegerOperation(op, *x, *y);
  if (op == BinaryOperator::kPower || a.type() == ValueType::kDouble ||
      b.type() == ValueType::kDouble) {
    return FloatOperation(op, ToDouble(a), ToDouble(b));
  }
  SL_ASSIGN_OR_RETURN(const Decimal left, ToDecimal(a));
  SL_ASSIGN_OR_RETURN(const Decimal right, ToDecimal(b));
  SL_ASSIGN_OR_RETURN(const Decimal result, DecimalOperation(op, left, right));
  return Value(result);
}

// --- Bounds --------------------------------------------------------------------------------------

// How a product is bounded, given the signs of the written figures. A bound times an exact number
// keeps or turns its direction; two bounds agree only on the same side of zero.
std::optional<Comparator> MultiplyComparators(Comparator a, int a_sign, Comparator b, int b_sign) {
  if (b == Comparator::kExactly) {
    if (b_sign == 0) return Comparator::kExactly;  // Nothing, of however much.
    return b_sign > 0 ? a : Opposite(a);
  }
  if (a == Comparator::kExactly) return MultiplyComparators(b, b_sign, a, a_sign);
  const auto upward = [](Comparator c) {
    return c == Comparator::kMore || c == Comparator::kJustOver;
  };
  // More than 2 times more than 3 is more than 6; anything else could lie on both sides.
  if (a_sign >= 0 && b_sign >= 0 && upward(a) && upward(b)) return Comparator::kMore;
  return std::nullopt;
}

// The comparator of `a op b`, from the signs of the written figures.
std::optional<Comparator> ResultComparator(BinaryOperator op, const Value& a, int a_sign,
                                           const Value& b, int b_sign) {
  const Comparator x = a.comparator(), y = b.comparator();
  if (x == Comparator::kExactly && y == Comparator::kExactly) return Comparator::kExactly;
  switch (op) {
    case BinaryOperator::kAdd:
      return AddComparators(x, y);
    case BinaryOperator::kSubtract:
      return AddComparators(x, Opposite(y));
    case BinaryOperator::kMultiply:
      return MultiplyComparators(x, a_sign, y, b_sign);
    case BinaryOperator::kDivide:
      if (y == Comparator::kExactly) return MultiplyComparators(x, a_sign, y, b_sign);
      // 1 / (> 5) is below 1/5 and above 0; 1 / (< 5) could be anything, as it may be below zero.
      if (b_sign > 0 && (y == Comparator::kMore || y == Comparator::kJustOver)) {
        if (x == Comparator::kExactly && a_sign == 0) return Comparator::kExactly;
        if (x == Comparator::kExactly) return a_sign > 0 ? Opposite(y) : y;
      }
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

// --- Amounts -------------------------------------------------------------------------------------

StatusOr<Datum> AmountOperation(BinaryOperator op, const Value& a, const Value& b,
                                EvaluationContext* context, bool* handled) {
  *handled = true;
  const auto finish = [&](const Value& like, const StatusOr<Decimal>& figure, int a_sign,
                          int b_sign) -> StatusOr<Datum> {
    if (!figure.ok()) return figure.status();
    const auto comparator = ResultComparator(op, a, a_sign, b, b_sign);
    if (!comparator) {
      NoticeOpenBounds(context);
      return Datum();
    }
    return Datum(LikeAmount(like, *figure, *comparator));
  };
  const bool a_amount = IsAmount(a), b_amount = IsAmount(b);
  if (a_amount && b_amount && a.type() == b.type()) {
    const Decimal &x = AmountOf(a), &y = AmountOf(b);
    const int x_sign = SignOf(Value(x)), y_sign = SignOf(Value(y));
    if (op == BinaryOperator::kAdd || op == BinaryOperator::kSubtract ||
        op == BinaryOperator::kDivide) {
      if (UnitOf(a) != UnitOf(b)) {
        NoticeDifferentUnits(context);
        return Datum();
      }
    }
    if (op == BinaryOperator::kAdd || op == BinaryOperator::kSubtract) {
      return finish(a, DecimalOperation(op, x, y), x_sign, y_sign);
    }
    if (op == BinaryOperator::kDivide) {
      if (y.unscaled == 0) return DivisionByZero();
      const auto comparator = ResultComparator(op, a, x_sign, b, y_sign);
      if (!comparator) {
        NoticeOpenBounds(context);
        return Datum();
      }
      return Datum(Value(x.ToDouble() / y.ToDouble(), *comparator));
    }
    *handled = false;
    return Datum();
  }
  // 70 % of 900M USD.
  if (op == BinaryOperator::kMultiply && a_amount && b_amount &&
      (a.type() == ValueType::kPercentage || b.type() == ValueType::kPercentage)) {
    const Value& share = a.type() == ValueType::kPercentage ? a : b;
    const Value& whole = a.type() == ValueType::kPercentage ? b : a;
    SL_ASSIGN_OR_RETURN(const Decimal factor, DecimalOperation(BinaryOperator::kDivide,
                                                               AmountOf(share), Decimal{100, 0}));
    return finish(whole, DecimalOperation(op, AmountOf(whole), factor), SignOf(Value(AmountOf(a))),
                  SignOf(Value(AmountOf(b))));
  }
  const bool scales = op == BinaryOperator::kMultiply && (a_amount != b_amount);
  const bool divides = op == BinaryOperator::kDivide && a_amount && !b_amount;
  const Value& amount = a_amount ? a : b;
  const Value& number = a_amount ? b : a;
  if ((scales || divides) && IsNumber(number)) {
    SL_ASSIGN_OR_RETURN(const Decimal factor, ToDecimal(number));
    const int a_sign = SignOf(a_amount ? Value(AmountOf(a)) : a);
    const int b_sign = SignOf(b_amount ? Value(AmountOf(b)) : b);
    return finish(amount, DecimalOperation(op, AmountOf(amount), factor), a_sign, b_sign);
  }
  *handled = false;
  return Datum();
}

// --- Texts and lists -----------------------------------------------------------------------------

StatusOr<Datum> Concatenate(const DatumList* left, const Datum& left_item, const DatumList* right,
                            const Datum& right_item) {
  const size_t size = (left != nullptr ? left->size() : 1) + (right != nullptr ? right->size() : 1);
  if (size > kListItemsMax) return TooLarge("this LIST");
  DatumList result;
  result.reserve(size);
  if (left != nullptr) {
    result.insert(result.end(), left->begin(), left->end());
  } else {
    result.push_back(left_item);
  }
  if (right != nullptr) {
    result.insert(result.end(), right->begin(), right->end());
  } else {
    result.push_back(right_item);
  }
  return Datum(std::move(result));
}

Status Mismatch(BinaryOperator op, const Datum& left, const Datum& right) {
  std::vector<std::string> help;
  const std::string_view a = DatumTypeName(left), b = DatumTypeName(right);
  if (op == BinaryOperator::kAdd && a != b && (a == "STRING" || b == "STRING")) {
    help.emplace_back("toString() makes a STRING of other values");
  }
  return RuntimeError("SL3011",
                      fmt::format("'{}' does not work on {} and {}", OperatorSymbol(op), a, b),
                      std::move(help));
}

}  // namespace

StatusOr<Datum> Arithmetic(BinaryOperator op, const Datum& left, const Datum& right,
                           EvaluationContext* context) {
  if (left.is_null() || right.is_null()) return Datum();
  const DatumList *left_list = left.list(), *right_list = right.list();
  if (op == BinaryOperator::kAdd && (left_list != nullptr || right_list != nullptr)) {
    return Concatenate(left_list, left, right_list, right);
  }
  const Value *a = left.value(), *b = right.value();
  if (a == nullptr || b == nullptr) return Mismatch(op, left, right);
  if (IsNumber(*a) && IsNumber(*b)) {
    const auto comparator = ResultComparator(op, *a, SignOf(*a), *b, SignOf(*b));
    SL_ASSIGN_OR_RETURN(const Value figure, NumberOperation(op, *a, *b));
    if (!comparator) {
      NoticeOpenBounds(context);
      return Datum();
    }
    return Datum(WithComparator(figure, *comparator));
  }
  if (IsMeasurable(*a) && IsMeasurable(*b)) {
    bool handled = false;
    StatusOr<Datum> result = AmountOperation(op, *a, *b, context, &handled);
    if (handled) return result;
  }
  const auto* text = a->get_if<storage::Text>();
  const auto* more = b->get_if<storage::Text>();
  if (op == BinaryOperator::kAdd && text != nullptr && more != nullptr) {
    if (text->text.size() + more->text.size() > kTextBytesMax) return TooLarge("this STRING");
    return Datum::OfText(text->text + more->text);
  }
  return Mismatch(op, left, right);
}

StatusOr<Datum> Negate(const Datum& operand) {
  if (operand.is_null()) return Datum();
  const Value* value = operand.value();
  if (value == nullptr || !IsMeasurable(*value)) {
    return TypeMismatch("the sign '-'", "numbers and amounts", operand);
  }
  const Comparator comparator = Opposite(value->comparator());
  if (const int64_t* integer = value->get_if<int64_t>()) {
    if (*integer == INT64_MIN) return ValueOutOfRange("this INTEGER");
    return Datum(Value(-*integer, comparator));
  }
  if (const double* x = value->get_if<double>()) return Datum(Value(-*x, comparator));
  const Decimal figure = IsAmount(*value) ? AmountOf(*value) : *value->get_if<Decimal>();
  if (figure.unscaled == INT64_MIN) return ValueOutOfRange("this DECIMAL");
  const Decimal negative{-figure.unscaled, figure.scale};
  if (IsAmount(*value)) return Datum(LikeAmount(*value, negative, comparator));
  return Datum(Value(negative, comparator));
}

bool IsMeasurable(const Value& value) { return IsNumber(value) || IsAmount(value); }

std::optional<Comparator> AddComparators(Comparator a, Comparator b) {
  if (a == b) return a;
  if (a == Comparator::kExactly) return b;
  if (b == Comparator::kExactly) return a;
  const auto close = [](Comparator c) {
    return c == Comparator::kNearly || c == Comparator::kJustOver || c == Comparator::kAbout;
  };
  // Each is close to its figure, so the sum is; on which side is no longer said.
  if (close(a) && close(b)) return Comparator::kAbout;
  const auto below = [](Comparator c) {
    return c == Comparator::kLess || c == Comparator::kNearly;
  };
  const auto above = [](Comparator c) {
    return c == Comparator::kMore || c == Comparator::kJustOver;
  };
  if (below(a) && below(b)) return Comparator::kLess;
  if (above(a) && above(b)) return Comparator::kMore;
  return std::nullopt;
}

Comparator Opposite(Comparator comparator) {
  switch (comparator) {
    case Comparator::kLess:
      return Comparator::kMore;
    case Comparator::kNearly:
      return Comparator::kJustOver;
    case Comparator::kMore:
      return Comparator::kLess;
    case Comparator::kJustOver:
      return Comparator::kNearly;
    default:
      return comparator;
  }
}

Value WithComparator(const Value& value, Comparator comparator) {
  return std::visit(
      [&](const auto& data) -> Value {
        if constexpr (std::is_same_v<std::decay_t<decltype(data)>, std::monostate>) {
          return Value();
        } else {
          return Value(data, comparator);
        }
      },
      value.data());
}

StatusOr<Decimal> ToDecimal(const Value& number) {
  if (const int64_t* integer = number.get_if<int64_t>()) return Decimal{*integer, 0};
  if (const Decimal* decimal = number.get_if<Decimal>()) return *decimal;
  const double x = *number.get_if<double>();
  const auto too_long = [] {
    return RuntimeError("SL5003", "this FLOAT is out of range as a DECIMAL",
                        {"a DECIMAL has 18 digits before and behind the point together"});
  };
  if (!std::isfinite(x)) return too_long();
  // The shortest text that reads back as x; positional, as the decimal parser wants it.
  std::string text = fmt::format("{}", x);
  if (text.find('e') != std::string::npos) {
    text = fmt::format("{:.18f}", x);
    while (text.back() == '0') text.pop_back();
    if (text.back() == '.') text.pop_back();
  }
  StatusOr<Decimal> decimal = Decimal::Parse(text);
  if (!decimal.ok()) return too_long();
  return decimal->Normalized();
}

double ToDouble(const Value& number) {
  if (const int64_t* integer = number.get_if<int64_t>()) return static_cast<double>(*integer);
  if (const Decimal* decimal = number.get_if<Decimal>()) return decimal->ToDouble();
  return *number.get_if<double>();
}

Status DecimalError(const Status& status) {
  return status.code() == StatusCode::kOutOfRange ? ValueOutOfRange("this DECIMAL result")
                                                  : DivisionByZero();
}

}  // namespace sightline::query
