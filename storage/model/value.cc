#include "storage/model/value.h"

#include <array>
#include <bit>
#include <cmath>

#include "storage/base/check.h"

namespace sightline::storage {
namespace {

constexpr std::array<std::string_view, 6> kComparatorSymbols = {"", "~", "<", "<~", ">", ">~"};

constexpr std::array<std::string_view, 13> kTypeNames = {
    "NULL",     "BOOLEAN", "INTEGER",  "DECIMAL",    "FLOAT", "STRING", "DATE",
    "DATETIME", "MONEY",   "QUANTITY", "PERCENTAGE", "POINT", "NODE"};

// Half of the range of sixty bits: what is added so that negative numbers come first.
constexpr int64_t kInlineBias = int64_t{1} << (TermId::kPayloadBits - 1);
// 0001-01-01 in days since 1970-01-01.
constexpr int64_t kFirstDayOfCalendar = -719'162;
constexpr size_t kShortStringBytesMax = 7;

bool FitsInline(int64_t value) { return value >= -kInlineBias && value < kInlineBias; }

uint64_t Biased(int64_t value) { return static_cast<uint64_t>(value + kInlineBias); }
int64_t Unbiased(uint64_t payload) { return static_cast<int64_t>(payload) - kInlineBias; }

std::string DoubleToString(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  std::string text = fmt::format("{}", value);  // The shortest text that reads back the same.
  // A double shows that it is one.
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string NodeToString(TermId id) {
  switch (id.tag()) {
    case TermTag::kEntity:
      return fmt::format("entity {}", id.payload());
    case TermTag::kStatement:
      return fmt::format("statement {}", id.payload());
    default:
      return fmt::format("term {}:{}", static_cast<int>(id.tag()), id.payload());
  }
}

struct DataToString {
  std::string operator()(std::monostate) const { return "null"; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(int64_t value) const { return fmt::format("{}", value); }
  std::string operator()(const Decimal& value) const { return value.ToString(); }
  std::string operator()(double value) const { return DoubleToString(value); }
  std::string operator()(const Text& value) const { return value.text; }
  std::string operator()(const PartialDate& value) const { return value.ToString(); }
  std::string operator()(const Instant& value) const { return value.ToString(); }
  std::string operator()(const Money& value) const {
    return value.amount.ToString() + " " + value.currency;
  }
  std::string operator()(const Quantity& value) const {
    return value.unit.empty() ? value.amount.ToString()
                              : value.amount.ToString() + " " + value.unit;
  }
  std::string operator()(const Percentage& value) const { return value.percent.ToString() + " %"; }
  std::string operator()(const GeoPoint& value) const {
    return fmt::format("{}, {}", value.latitude, value.longitude);
  }
  std::string operator()(TermId value) const { return NodeToString(value); }
};

// NaN equals itself and comes last; 0.0 and -0.0 are equal, as they are to ==.
std::strong_ordering OrderDoubles(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) <=> std::isnan(b);
  if (a < b) return std::strong_ordering::less;
  if (a > b) return std::strong_ordering::greater;
  return std::strong_ordering::equal;
}

// Amounts of different currencies or units do not compare: the currency or unit comes first.
struct OrderData {
  std::strong_ordering operator()(std::monostate, std::monostate) const {
    return std::strong_ordering::equal;
  }
  std::strong_ordering operator()(bool a, bool b) const { return a <=> b; }
  std::strong_ordering operator()(int64_t a, int64_t b) const { return a <=> b; }
  std::strong_ordering operator()(const Decimal& a, const Decimal& b) const { return a <=> b; }
  std::strong_ordering operator()(double a, double b) const { return OrderDoubles(a, b); }
  std::strong_ordering operator()(const Text& a, const Text& b) const {
    const auto by_text = a.text <=> b.text;
    return by_text != 0 ? by_text : a.language <=> b.language;
  }
  std::strong_ordering operator()(const PartialDate& a, const PartialDate& b) const {
    const auto by_day = a.FirstDay() <=> b.FirstDay();
    return by_day != 0 ? by_day : a.precision <=> b.precision;
  }
  std::strong_ordering operator()(const Instant& a, const Instant& b) const { return a <=> b; }
  std::strong_ordering operator()(const Money& a, const Money& b) const {
    const auto by_currency = a.currency <=> b.currency;
    return by_currency != 0 ? by_currency : a.amount <=> b.amount;
  }
  std::strong_ordering operator()(const Quantity& a, const Quantity& b) const {
    const auto by_unit = a.unit <=> b.unit;
    return by_unit != 0 ? by_unit : a.amount <=> b.amount;
  }
  std::strong_ordering operator()(const Percentage& a, const Percentage& b) const {
    return a.percent <=> b.percent;
  }
  std::strong_ordering operator()(const GeoPoint& a, const GeoPoint& b) const {
    const auto by_latitude = OrderDoubles(a.latitude, b.latitude);
    return by_latitude != 0 ? by_latitude : OrderDoubles(a.longitude, b.longitude);
  }
  std::strong_ordering operator()(TermId a, TermId b) const { return a <=> b; }
  template <typename A, typename B>
  std::strong_ordering operator()(const A&, const B&) const {
    SL_CHECK(false);  // TotalOrder has compared the types.
    return std::strong_ordering::equal;
  }
};

// Decimals lie in their ids as whole numbers of millionths. Mantissa and exponent would hold some
// more of them; but nearby values would be far apart, and a column of prices would pack in 57 bits
// a value instead of some 30.
constexpr uint8_t kInlineDecimalScale = 6;

std::optional<TermId> InlineDecimal(const Decimal& value) {
  const Decimal normalized = value.Normalized();
  if (normalized.scale > kInlineDecimalScale) return std::nullopt;
  int64_t millionths = normalized.unscaled;
  for (uint8_t scale = normalized.scale; scale < kInlineDecimalScale; ++scale) {
    if (!FitsInline(millionths)) return std::nullopt;
    millionths *= 10;  // Below 10 * 2^59, which fits 63 bits.
  }
  if (!FitsInline(millionths)) return std::nullopt;
  return TermId::Make(TermTag::kDecimal, Biased(millionths));
}

std::optional<TermId> InlineText(const Text& value) {
  const std::string& text = value.text;
  if (!value.language.empty() || text.size() > kShortStringBytesMax) return std::nullopt;
  uint64_t payload = 0;
  for (size_t i = 0; i < kShortStringBytesMax; ++i) {
    const uint8_t byte = i < text.size() ? static_cast<uint8_t>(text[i]) : 0;
    // A NUL would sort like the padding.
    if (i < text.size() && byte == 0) return std::nullopt;
    payload = (payload << 8) | byte;
  }
  return TermId::Make(TermTag::kShortString, (payload << 4) | text.size());
}

}  // namespace

std::string_view ComparatorSymbol(Comparator comparator) {
  const size_t index = static_cast<size_t>(comparator);
  return index < kComparatorSymbols.size() ? kComparatorSymbols[index] : "";
}

std::optional<Comparator> ParseComparator(std::string_view symbol) {
  if (symbol == "=") return Comparator::kExactly;
  for (size_t i = 0; i < kComparatorSymbols.size(); ++i) {
    if (kComparatorSymbols[i] == symbol) return static_cast<Comparator>(i);
  }
  return std::nullopt;
}

std::string_view ValueTypeName(ValueType type) {
  const size_t index = static_cast<size_t>(type);
  return index < kTypeNames.size() ? kTypeNames[index] : "";
}

std::optional<ValueType> ParseValueType(std::string_view name) {
  for (size_t i = 0; i < kTypeNames.size(); ++i) {
    if (kTypeNames[i] == name) return static_cast<ValueType>(i);
  }
  return std::nullopt;
}

Value::Value(const Value&) = default;
Value& Value::operator=(const Value&) = default;

bool operator==(const Value& a, const Value& b) {
  return a.comparator_ == b.comparator_ && a.data_ == b.data_;
}

std::string Value::ToString() const {
  const std::string text = std::visit(DataToString{}, data_);
  if (comparator_ == Comparator::kExactly) return text;
  return fmt::format("{} {}", ComparatorSymbol(comparator_), text);
}

std::strong_ordering TotalOrder(const Value& a, const Value& b) {
  if (const auto by_type = a.type() <=> b.type(); by_type != 0) return by_type;
  if (const auto by_data = std::visit(OrderData{}, a.data(), b.data()); by_data != 0) {
    return by_data;
  }
  return a.comparator() <=> b.comparator();
}

std::optional<TermId> InlineTermId(const Value& value) {
  if (value.comparator() != Comparator::kExactly) return std::nullopt;
  switch (value.type()) {
    case ValueType::kBoolean:
      return TermId::Make(TermTag::kBoolean, *value.get_if<bool>() ? 1 : 0);
    case ValueType::kInteger: {
      const int64_t number = *value.get_if<int64_t>();
      if (!FitsInline(number)) return std::nullopt;
      return TermId::Make(TermTag::kInteger, Biased(number));
    }
    case ValueType::kDecimal:
      return InlineDecimal(*value.get_if<Decimal>());
    case ValueType::kText:
      return InlineText(*value.get_if<Text>());
    case ValueType::kDate: {
      const PartialDate& date = *value.get_if<PartialDate>();
      if (!date.IsValid()) return std::nullopt;
      const uint64_t day = static_cast<uint64_t>(date.FirstDay() - kFirstDayOfCalendar);
      return TermId::Make(TermTag::kDate, day * 8 + static_cast<uint64_t>(date.precision));
    }
    case ValueType::kInstant: {
      const int64_t micros = value.get_if<Instant>()->micros;
      if (!FitsInline(micros)) return std::nullopt;
      return TermId::Make(TermTag::kInstant, Biased(micros));
    }
    case ValueType::kNode: {
      const TermId id = *value.get_if<TermId>();
      if (!id.is_node()) return std::nullopt;
      return id;
    }
    case ValueType::kNull:
    case ValueType::kDouble:
    case ValueType::kMoney:
    case ValueType::kQuantity:
    case ValueType::kPercentage:
    case ValueType::kGeoPoint:
      break;
  }
  return std::nullopt;
}

bool IsInline(TermId id) {
  switch (id.tag()) {
    case TermTag::kNone:
    case TermTag::kStatement:
    case TermTag::kBoolean:
    case TermTag::kInteger:
    case TermTag::kDate:
    case TermTag::kInstant:
    case TermTag::kShortString:
    case TermTag::kDecimal:
      return true;
    case TermTag::kEntity:
    case TermTag::kString:
    case TermTag::kValue:
      break;
  }
  return false;
}

Value InlineValue(TermId id) {
  SL_CHECK(IsInline(id));
  const uint64_t payload = id.payload();
  switch (id.tag()) {
    case TermTag::kStatement:
      return Value(id);
    case TermTag::kBoolean:
      return Value(payload != 0);
    case TermTag::kInteger:
      return Value(Unbiased(payload));
    case TermTag::kDate: {
      PartialDate date =
          PartialDate::FromDays(static_cast<int64_t>(payload / 8) + kFirstDayOfCalendar);
      date.precision = static_cast<DatePrecision>(payload % 8);
      SL_CHECK(date.IsValid());
      return Value(date);
    }
    case TermTag::kInstant:
      return Value(Instant{Unbiased(payload)});
    case TermTag::kDecimal:
      return Value(Decimal{Unbiased(payload), kInlineDecimalScale}.Normalized());
    case TermTag::kShortString: {
      const size_t byte_count = payload & 0xF;
      SL_CHECK(byte_count <= kShortStringBytesMax);
      std::string text;
      for (size_t i = 0; i < byte_count; ++i) {
        text.push_back(static_cast<char>(payload >> (52 - 8 * i)));
      }
      return Value::OfText(std::move(text));
    }
    default:
      return Value();  // kNone.
  }
}

}  // namespace sightline::storage
