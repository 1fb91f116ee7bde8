// Functions that turn values of one type into another, and numbers into amounts and bounds.

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>
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

constexpr double kTwoTo63 = 9223372036854775808.0;

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Null for text that is no number: "inf" and "nan", which from_chars reads, are none. SL5003 for
// one that no FLOAT reaches.
StatusOr<std::optional<double>> ParseDouble(std::string_view text) {
  text = Trimmed(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  double x = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), x);
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) {
    return std::optional<double>();
  }
  // from_chars leaves x as it was; strtod tells too large from too close to 0.
  if (error == std::errc::result_out_of_range) {
    x = std::strtod(std::string(text).c_str(), nullptr);
    if (std::isinf(x)) return FloatOutOfRange("this STRING as a FLOAT");
  }
  return std::isfinite(x) ? std::optional<double>(x) : std::nullopt;
}

// Without its fraction; null when it does not fit, as it does for text that is no number.
Datum Truncated(double x, Comparator comparator) {
  const double whole = std::trunc(x);
  if (!(whole >= -kTwoTo63 && whole < kTwoTo63)) return Datum();
  return Datum(Value(static_cast<int64_t>(whole), comparator));
}

StatusOr<Datum> ToInteger(Arguments arguments, EvaluationContext*) {
  const Datum& x = arguments[0];
  const Value* value = x.value();
  if (AsInteger(x) != nullptr) return x;
  if (const std::string* text = AsText(x)) {
    std::string_view digits = Trimmed(*text);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    int64_t integer = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), integer);
    if (error == std::errc() && end == digits.data() + digits.size()) {
      return Datum::OfInteger(integer);
    }
    const StatusOr<std::optional<double>> number = ParseDouble(*text);
    return number.ok() && *number ? Truncated(**number, Comparator::kExactly) : Datum();
  }
  if (value != nullptr) {
    if (const double* number = value->get_if<double>()) {
      return Truncated(*number, value->comparator());
    }
    if (const Decimal* decimal = value->get_if<Decimal>()) {
      int64_t whole = decimal->unscaled;
      for (int i = 0; i < decimal->scale; ++i) whole /= 10;
      return Datum(Value(whole, value->comparator()));
    }
    if (const bool* boolean = value->get_if<bool>()) return Datum::OfInteger(*boolean ? 1 : 0);
  }
  return TypeMismatch("toInteger", "numbers, STRING and BOOLEAN", x);
}

StatusOr<Datum> ToFloat(Arguments arguments, EvaluationContext*) {
  const Datum& x = arguments[0];
  const Value* value = x.value();
  if (const std::string* text = AsText(x)) {
    SL_ASSIGN_OR_RETURN(const std::optional<double> number, ParseDouble(*text));
    return number ? Datum(Value(*number)) : Datum();
  }
  if (value != nullptr &&
      (value->type() == ValueType::kInteger || value->type() == ValueType::kDecimal ||
       value->type() == ValueType::kDouble)) {
    return Datum(Value(ToDouble(*value), value->comparator()));
  }
  return TypeMismatch("toFloat", "numbers and STRING", x);
}

StatusOr<Datum> ToDecimalFunction(Arguments arguments, EvaluationContext*) {
  const Datum& x = arguments[0];
  const Value* value = x.value();
  if (const std::string* text = AsText(x)) {
    const StatusOr<Decimal> decimal = Decimal::Parse(Trimmed(*text));
    if (decimal.ok()) return Datum(Value(*decimal));
    if (decimal.status().code() == StatusCode::kOutOfRange) {
      return ValueOutOfRange("this STRING as a DECIMAL");
    }
    return Datum();
  }
  if (value != nullptr &&
      (value->type() == ValueType::kInteger || value->type() == ValueType::kDecimal ||
       value->type() == ValueType::kDouble)) {
    SL_ASSIGN_OR_RETURN(const Decimal decimal, ToDecimal(*value));
    return Datum(Value(decimal, value->comparator()));
  }
  return TypeMismatch("toDecimal", "numbers and STRING", x);
}

StatusOr<Datum> ToText(Arguments arguments, EvaluationContext* context) {
  const Datum& x = arguments[0];
  if (const storage::TermId node = x.node(); !node.is_none()) {
    SL_ASSIGN_OR_RETURN(std::string id, context->view->ExternalIdOf(node));
    return Datum::OfText(std::move(id));
  }
  if (x.value() == nullptr) {
    return TypeMismatch("toString", "values, ENTITY and STATEMENT", x);
  }
  return Datum::OfText(x.value()->ToString());
}

StatusOr<Datum> ToBoolean(Arguments arguments, EvaluationContext*) {
  const Datum& x = arguments[0];
  if (x.value() != nullptr && x.value()->get_if<bool>() != nullptr) return x;
  if (const int64_t* integer = AsInteger(x)) return Datum::OfBoolean(*integer != 0);
  const std::string* text = AsText(x);
  if (text == nullptr) return TypeMismatch("toBoolean", "BOOLEAN, INTEGER and STRING", x);
  std::string lower;
  for (const char c : Trimmed(*text)) {
    lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (lower == "true") return Datum::OfBoolean(true);
  if (lower == "false") return Datum::OfBoolean(false);
  return Datum();
}

// The figure of a number, with how it is bounded.
StatusOr<std::pair<Decimal, Comparator>> FigureArgument(std::string_view function,
                                                        const Datum& datum) {
  const Value* value = datum.value();
  if (value == nullptr ||
      (value->type() != ValueType::kInteger && value->type() != ValueType::kDecimal &&
       value->type() != ValueType::kDouble)) {
    return TypeMismatch(function, "numbers", datum);
  }
  SL_ASSIGN_OR_RETURN(const Decimal figure, ToDecimal(*value));
  return std::pair{figure, value->comparator()};
}

bool IsCurrencyCode(std::string_view currency) {
  return currency.size() == 3 &&
         currency.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string_view::npos;
}

Status NoSuchCurrency() {
  return RuntimeError("SL5004", "the currency of money is not a code of ISO 4217",
                      {"a code has three capitals, such as 'USD'"});
}

StatusOr<Datum> MakeMoney(Arguments arguments, EvaluationContext*) {
  SL_ASSIGN_OR_RETURN(const auto figure, FigureArgument("money", arguments[0]));
  SL_ASSIGN_OR_RETURN(const std::string_view currency, TextArgument("money", arguments[1]));
  if (!IsCurrencyCode(currency)) return NoSuchCurrency();
  return Datum(Value(storage::Money{figure.first, std::string(currency)}, figure.second));
}

// There are no exchange rates on record: an amount in another currency is unknown in this one.
StatusOr<Datum> Convert(Arguments arguments, EvaluationContext* context) {
  const Value* value = arguments[0].value();
  const auto* money = value != nullptr ? value->get_if<storage::Money>() : nullptr;
  if (money == nullptr) return TypeMismatch("convert", "MONEY", arguments[0]);
  SL_ASSIGN_OR_RETURN(const std::string_view currency, TextArgument("convert", arguments[1]));
  if (!IsCurrencyCode(currency)) return NoSuchCurrency();
  if (money->currency == currency) return arguments[0];
  AddNotice(context, "N3008",
            "amounts in other currencies were left unknown: there are no exchange rates on record");
  return Datum();
}

StatusOr<Datum> MakeQuantity(Arguments arguments, EvaluationContext*) {
  SL_ASSIGN_OR_RETURN(const auto figure, FigureArgument("quantity", arguments[0]));
  SL_ASSIGN_OR_RETURN(const std::string_view unit, TextArgument("quantity", arguments[1]));
  if (unit.empty()) return RuntimeError("SL5004", "the unit of a quantity must not be empty");
  return Datum(Value(storage::Quantity{figure.first, std::string(unit)}, figure.second));
}

StatusOr<Datum> MakePercent(Arguments arguments, EvaluationContext*) {
  SL_ASSIGN_OR_RETURN(const auto figure, FigureArgument("percent", arguments[0]));
  return Datum(Value(storage::Percentage{figure.first}, figure.second));
}

template <Comparator comparator>
StatusOr<Datum> Bounded(Arguments arguments, EvaluationContext*) {
  const Value* value = arguments[0].value();
  if (value == nullptr || !IsMeasurable(*value)) {
    return TypeMismatch("a bound", "numbers and amounts", arguments[0]);
  }
  return Datum(WithComparator(*value, comparator));
}

StatusOr<Datum> ComparatorOf(Arguments arguments, EvaluationContext*) {
  const Value* value = arguments[0].value();
  if (value == nullptr || !IsMeasurable(*value)) {
    return TypeMismatch("comparator", "numbers and amounts", arguments[0]);
  }
  const std::string_view symbol = storage::ComparatorSymbol(value->comparator());
  return Datum::OfText(symbol.empty() ? "=" : std::string(symbol));
}

constexpr std::string_view kBoundSummary[] = {
    "The written figure, taken as exact.", "About x, written ~ x.",
    "Less than x, written < x.",           "Nearly x: below and close, written <~ x.",
    "More than x, written > x.",           "Just over x: above and close, written >~ x.",
};

constexpr ScalarFunction kFunctions[] = {
    {"toInteger", "toInteger(x NUMBER|STRING|BOOLEAN) -> INTEGER",
     "Without its fraction; null for text that is no number.", 1, 1, StaticType::kInteger, true,
     ToInteger},
    {"toFloat", "toFloat(x NUMBER|STRING) -> FLOAT", "Null for text that is no number.", 1, 1,
     StaticType::kDouble, true, ToFloat},
    {"toDecimal", "toDecimal(x NUMBER|STRING) -> DECIMAL",
     "The decimal that is written so; null for text that is no number.", 1, 1, StaticType::kDecimal,
     true, ToDecimalFunction},
    {"toString", "toString(x ANY) -> STRING", "As people read it; of a node its id.", 1, 1,
     StaticType::kText, true, ToText},
    {"toBoolean", "toBoolean(x STRING|INTEGER|BOOLEAN) -> BOOLEAN",
     "'true' and 'false' in any case; null for other text.", 1, 1, StaticType::kBoolean, true,
     ToBoolean},
    {"money", "money(amount NUMBER, currency STRING) -> MONEY", "900M USD is money(900M, 'USD').",
     2, 2, StaticType::kMoney, true, MakeMoney},
    {"convert", "convert(amount MONEY, currency STRING) -> MONEY",
     "The amount when it is in that currency; null, with a notice, when it is in another, as there "
     "are no exchange rates on record.",
     2, 2, StaticType::kMoney, true, Convert},
    {"quantity", "quantity(amount NUMBER, unit STRING) -> QUANTITY", "20 't' is quantity(20, 't').",
     2, 2, StaticType::kQuantity, true, MakeQuantity},
    {"percent", "percent(x NUMBER) -> PERCENTAGE", "70 '%' is percent(70).", 1, 1,
     StaticType::kPercentage, true, MakePercent},
    {"exactly", "exactly(x NUMBER|AMOUNT) -> the same", kBoundSummary[0], 1, 1, StaticType::kAny,
     true, Bounded<Comparator::kExactly>},
    {"about", "about(x NUMBER|AMOUNT) -> the same", kBoundSummary[1], 1, 1, StaticType::kAny, true,
     Bounded<Comparator::kAbout>},
    {"lessThan", "lessThan(x NUMBER|AMOUNT) -> the same", kBoundSummary[2], 1, 1, StaticType::kAny,
     true, Bounded<Comparator::kLess>},
    {"nearly", "nearly(x NUMBER|AMOUNT) -> the same", kBoundSummary[3], 1, 1, StaticType::kAny,
     true, Bounded<Comparator::kNearly>},
    {"moreThan", "moreThan(x NUMBER|AMOUNT) -> the same", kBoundSummary[4], 1, 1, StaticType::kAny,
     true, Bounded<Comparator::kMore>},
    {"justOver", "justOver(x NUMBER|AMOUNT) -> the same", kBoundSummary[5], 1, 1, StaticType::kAny,
     true, Bounded<Comparator::kJustOver>},
    {"comparator", "comparator(x NUMBER|AMOUNT) -> STRING",
     "How the figure is meant: '=', '~', '<', '<~', '>' or '>~'.", 1, 1, StaticType::kText, true,
     ComparatorOf},
};

}  // namespace

std::span<const ScalarFunction> ConversionFunctions() { return kFunctions; }

}  // namespace sightline::query
