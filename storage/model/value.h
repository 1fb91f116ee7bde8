// Value: a typed value as a fact holds it, or the entity or statement it names.
//
// Any number may carry a comparator, because sources say "nearly 70 per cent" and "more than USD
// 500 million". A value is immutable in use; copies are independent. Thread-compatible.

#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "storage/base/status.h"
#include "storage/model/term_id.h"

namespace sightline::storage {

// How a number is meant. Part of the persistent format.
enum class Comparator : uint8_t {
  kExactly = 0,   // =   70
  kAbout = 1,     // ~   "about 70"
  kLess = 2,      // <   "less than 70"
  kNearly = 3,    // <~  "nearly 70": below, and close
  kMore = 4,      // >   "more than 70"
  kJustOver = 5,  // >~  "just over 70": above, and close
};
std::string_view ComparatorSymbol(Comparator comparator);  // "", "~", "<", "<~", ">", ">~"
std::optional<Comparator> ParseComparator(std::string_view symbol);  // Also accepts "=".

inline constexpr uint8_t kDecimalScaleMax = 18;

// unscaled * 10^-scale, 0 <= scale <= kDecimalScaleMax. Normalised: no trailing zero in the
// fraction.
struct Decimal {
  int64_t unscaled = 0;
  uint8_t scale = 0;

  // Errors: kInvalidArgument for text that is no decimal number, kOutOfRange when it does not fit.
  static StatusOr<Decimal> Parse(std::string_view text);
  std::string ToString() const;
  double ToDouble() const;
  Decimal Normalized() const;

  // By value: 1.5 and 1.50 are equal.
  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);
  friend bool operator==(const Decimal& a, const Decimal& b) { return (a <=> b) == 0; }
};
// Errors: kOutOfRange on overflow. The arithmetic never rounds, except Divide, which cuts towards
// zero after 18 digits behind the point, or fewer where the whole part needs the room, and whose
// kInvalidArgument means division by zero.
StatusOr<Decimal> Add(const Decimal& a, const Decimal& b);
StatusOr<Decimal> Subtract(const Decimal& a, const Decimal& b);
StatusOr<Decimal> Multiply(const Decimal& a, const Decimal& b);
StatusOr<Decimal> Divide(const Decimal& a, const Decimal& b);

// Part of the persistent format.
enum class DatePrecision : uint8_t { kYear = 0, kQuarter = 1, kMonth = 2, kDay = 3 };

// A date known to a year, a quarter, a month or a day. It stands for the interval of its days.
struct PartialDate {
  int32_t year = 1;   // 1..9999
  uint8_t month = 1;  // First month of the interval.
  uint8_t day = 1;    // First day of the interval.
  DatePrecision precision = DatePrecision::kDay;

  // Accepts 2023, 2023-Q4, 2023-10, 2023-10-01. Errors: kInvalidArgument.
  static StatusOr<PartialDate> Parse(std::string_view text);
  std::string ToString() const;
  // Whether the fields are in range and name the interval's first day. What Parse and FromDays give
  // is valid; everything below takes only valid dates.
  bool IsValid() const;

  // Days since 1970-01-01, both inclusive.
  int64_t FirstDay() const;
  int64_t LastDay() const;
  // The day-precise date `days` after 1970-01-01. REQUIRES: within years 1..9999.
  static PartialDate FromDays(int64_t days);

  friend bool operator==(const PartialDate&, const PartialDate&) = default;
};

// Microseconds since 1970-01-01T00:00:00Z.
struct Instant {
  int64_t micros = 0;
  // Accepts RFC 3339 with optional seconds, fraction and offset (no offset is UTC).
  static StatusOr<Instant> Parse(std::string_view text);
  std::string ToString() const;  // 2023-10-01T08:30:00Z, with a fraction only when there is one.
  friend auto operator<=>(const Instant&, const Instant&) = default;
};

struct Text {
  std::string text;
  std::string language;  // BCP 47, lower-case; empty when none is given.
  friend bool operator==(const Text&, const Text&) = default;
};
struct Money {
  Decimal amount;
  std::string currency;  // ISO 4217, three capitals.
  friend bool operator==(const Money&, const Money&) = default;
};
struct Quantity {
  Decimal amount;
  std::string unit;
  friend bool operator==(const Quantity&, const Quantity&) = default;
};
struct Percentage {
  Decimal percent;  // 70 is 70 %.
  friend bool operator==(const Percentage&, const Percentage&) = default;
};
struct GeoPoint {
  double latitude = 0;   // Degrees, -90..90.
  double longitude = 0;  // Degrees, -180..180.
  friend bool operator==(const GeoPoint&, const GeoPoint&) = default;
};

// Part of the persistent format (the first byte of a dictionary value). Equals the variant's index.
enum class ValueType : uint8_t {
  kNull = 0,
  kBoolean = 1,
  kInteger = 2,
  kDecimal = 3,
  kDouble = 4,
  kText = 5,
  kDate = 6,
  kInstant = 7,
  kMoney = 8,
  kQuantity = 9,
  kPercentage = 10,
  kGeoPoint = 11,
  kNode = 12,
};
// SLQL's word for it: NULL, BOOLEAN, INTEGER, DECIMAL, FLOAT, STRING, DATE, DATETIME, MONEY,
// QUANTITY, PERCENTAGE, POINT, NODE.
std::string_view ValueTypeName(ValueType type);
std::optional<ValueType> ParseValueType(std::string_view name);  // Exactly these words.

class Value {
 public:
  using Data = std::variant<std::monostate, bool, int64_t, Decimal, double, Text, PartialDate,
                            Instant, Money, Quantity, Percentage, GeoPoint, TermId>;

  Value() = default;
  template <typename T>
  requires(!std::is_same_v<std::remove_cvref_t<T>, Value> &&
           std::is_constructible_v<Data, T>) explicit Value(T data, Comparator comparator =
                                                                        Comparator::kExactly)
      : data_(std::move(data)), comparator_(comparator) {}
  // Not inline: a variant's copies are slow to compile, for each source that has some.
  Value(const Value&);
  Value& operator=(const Value&);
  Value(Value&&) noexcept = default;
  Value& operator=(Value&&) noexcept = default;
  ~Value() = default;
  static Value OfText(std::string text, std::string language = "") {
    return Value(Text{std::move(text), std::move(language)});
  }

  ValueType type() const { return static_cast<ValueType>(data_.index()); }
  bool is_null() const { return data_.index() == 0; }
  Comparator comparator() const { return comparator_; }
  const Data& data() const { return data_; }
  template <typename T>
  const T* get_if() const {
    return std::get_if<T>(&data_);
  }

  // What a person reads: 70 %, USD 500000000 as "> 500000000 USD", 2023-Q4, text without quotes.
  // A node prints as its tag and number; ReadView::ExternalIdOf and CaptionOf say what it is.
  std::string ToString() const;

  // Same type, same comparator, equal data. Not SLQL's `=`, which compares 1 with 1.0.
  friend bool operator==(const Value&, const Value&);

 private:
  Data data_;
  Comparator comparator_ = Comparator::kExactly;
};

// A total order over all values, for sorting and set keys: by type, then by value, then comparator.
std::strong_ordering TotalOrder(const Value& a, const Value& b);

// The bytes the dictionary keeps for a value that has no inline id: ValueType, Comparator, data.
// Decode errors: kDataLoss.
std::string EncodeValue(const Value& value);
StatusOr<Value> DecodeValue(std::string_view bytes);

// The inline id of a value, where it has one: booleans, integers and instants within 60 bits,
// decimals with up to 6 digits behind the point within +-576 billion, valid dates, text up to 7
// bytes without language or NUL, nodes; all without a comparator. NULL has none.
std::optional<TermId> InlineTermId(const Value& value);
// The value of an inline id; NULL for no term. REQUIRES: IsInline(id), and the payload is one that
// InlineTermId gives.
Value InlineValue(TermId id);
// Whether the value lies in the id itself: not so for kString, kValue and kEntity.
bool IsInline(TermId id);

}  // namespace sightline::storage
