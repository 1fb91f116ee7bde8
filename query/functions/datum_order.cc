#include "query/functions/datum_order.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <numeric>

#include "query/functions/sort_prefix.h"

namespace sightline::query {
namespace {

using storage::Comparator;
using storage::Decimal;
using storage::Instant;
using storage::PartialDate;
using storage::Value;
using storage::ValueType;

constexpr int64_t kDayMicros = int64_t{86'400} * 1'000'000;

// --- Numbers -------------------------------------------------------------------------------------

bool IsNumber(ValueType type) {
  return type == ValueType::kInteger || type == ValueType::kDecimal || type == ValueType::kDouble;
}

std::partial_ordering Flip(std::partial_ordering order) { return 0 <=> order; }

constexpr double kTwoTo63 = 9223372036854775808.0;

int64_t PowerOfTen(int exponent) {
  int64_t power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

// The shortest decimal that reads back as this double, unscaled * 10^-scale: 0.1 for 0.1. A double
// with a fraction; at most 17 digits. No two doubles share one, and they have the doubles' order.
struct PrintedDouble {
  int64_t unscaled = 0;
  int scale = 0;
};
PrintedDouble Printed(double x) {
  char text[32];
  const std::to_chars_result written =
      std::to_chars(text, text + sizeof(text), x, std::chars_format::scientific);
  PrintedDouble printed;
  bool behind_point = false;
  for (const char* at = text; at != written.ptr; ++at) {
    if (*at == '.') {
      behind_point = true;
    } else if (*at == 'e') {
      int exponent = 0;
      std::from_chars(at[1] == '+' ? at + 2 : at + 1, written.ptr, exponent);
      printed.scale -= exponent;
      break;
    } else if (*at != '-') {
      printed.unscaled = printed.unscaled * 10 + (*at - '0');
      if (behind_point) ++printed.scale;
    }
  }
  if (x < 0) printed.unscaled = -printed.unscaled;
  return printed;
}

// Whole doubles count as they are, others as they print: a total order over numbers of all types.
std::partial_ordering CompareDecimalWithDouble(const Decimal& a, double b) {
  if (std::isnan(b)) return std::partial_ordering::unordered;
  if (b >= kTwoTo63) return std::partial_ordering::less;
  if (b < -kTwoTo63) return std::partial_ordering::greater;
  if (b == std::trunc(b)) return a <=> Decimal{static_cast<int64_t>(b), 0};
  const PrintedDouble printed = Printed(b);
  if (printed.scale <= storage::kDecimalScaleMax) {
    return a <=> Decimal{printed.unscaled, static_cast<uint8_t>(printed.scale)};
  }
  // Both as multiples of 10^-scale. From 10^17 on, one digit of a outweighs all 17 of b.
  constexpr int kDigits = 17;
  const int shift = printed.scale - a.scale;
  if (a.unscaled != 0 && shift >= kDigits) return a.unscaled <=> int64_t{0};
  const __int128 left = a.unscaled == 0 ? 0 : static_cast<__int128>(a.unscaled) * PowerOfTen(shift);
  if (left == printed.unscaled) return std::partial_ordering::equivalent;
  return left < printed.unscaled ? std::partial_ordering::less : std::partial_ordering::greater;
}

Decimal AsDecimal(const Value& number) {
  if (const int64_t* integer = number.get_if<int64_t>()) return Decimal{*integer, 0};
  return *number.get_if<Decimal>();
}

// Of the figures, without the comparators. Unordered when one is NaN.
std::partial_ordering CompareNumbers(const Value& a, const Value& b) {
  const double* x = a.get_if<double>();
  const double* y = b.get_if<double>();
  if (x != nullptr && y != nullptr) return *x <=> *y;
  if (x != nullptr) return Flip(CompareDecimalWithDouble(AsDecimal(b), *x));
  if (y != nullptr) return CompareDecimalWithDouble(AsDecimal(a), *y);
  return AsDecimal(a) <=> AsDecimal(b);
}

// Appends a text that is equal for equal numbers of any type.
void AppendNumberKey(const Value& number, std::string* key) {
  if (const double* x = number.get_if<double>()) {
    if (std::isnan(*x)) {
      *key += "nan";
      return;
    }
    if (const std::optional<Decimal> printed = PrintedDecimal(*x)) {
      *key += printed->Normalized().ToString();
      return;
    }
    *key += 'f';
    uint64_t bits;
    std::memcpy(&bits, x, sizeof(bits));
    *key += std::to_string(bits);
    return;
  }
  *key += AsDecimal(number).Normalized().ToString();
}

// --- Measures: numbers, money, quantities and percentages, with their comparators ----------------

struct Measure {
  ValueType type = ValueType::kNull;  // kInteger stands for all plain numbers.
  const std::string* unit = nullptr;
  Value figure;
  Comparator comparator = Comparator::kExactly;
};

std::optional<Measure> MeasureOf(const Value& value) {
  const Comparator comparator = value.comparator();
  if (IsNumber(value.type())) return Measure{ValueType::kInteger, nullptr, value, comparator};
  if (const auto* money = value.get_if<storage::Money>()) {
    return Measure{ValueType::kMoney, &money->currency, Value(money->amount), comparator};
  }
  if (const auto* quantity = value.get_if<storage::Quantity>()) {
    return Measure{ValueType::kQuantity, &quantity->unit, Value(quantity->amount), comparator};
  }
  if (const auto* percentage = value.get_if<storage::Percentage>()) {
    return Measure{ValueType::kPercentage, nullptr, Value(percentage->percent), comparator};
  }
  return std::nullopt;
}

bool SameUnit(const Measure& a, const Measure& b) {
  return a.unit == nullptr || b.unit == nullptr || *a.unit == *b.unit;
}

// How high and how low the true figure may be: "about" leaves both open, as nobody has said how
// far about reaches.
bool HasUpperBound(Comparator c) {
  return c == Comparator::kExactly || c == Comparator::kLess || c == Comparator::kNearly;
}
bool HasLowerBound(Comparator c) {
  return c == Comparator::kExactly || c == Comparator::kMore || c == Comparator::kJustOver;
}

// Whether the true figure of a is certainly below (or at most) that of b, `order` being the order
// of the written ones.
bool CertainlyLess(const Measure& a, std::partial_ordering order, const Measure& b) {
  if (!HasUpperBound(a.comparator) || !HasLowerBound(b.comparator)) return false;
  const bool open = a.comparator != Comparator::kExactly || b.comparator != Comparator::kExactly;
  return order < 0 || (order == 0 && open);
}
bool CertainlyLessOrEqual(const Measure& a, std::partial_ordering order, const Measure& b) {
  return HasUpperBound(a.comparator) && HasLowerBound(b.comparator) && order <= 0;
}

std::optional<bool> EqualMeasures(const Measure& a, const Measure& b) {
  if (!SameUnit(a, b)) return std::nullopt;
  const std::partial_ordering order = CompareNumbers(a.figure, b.figure);
  if (order == std::partial_ordering::unordered) return false;
  if (a.comparator == Comparator::kExactly && b.comparator == Comparator::kExactly) {
    return order == 0;
  }
  if (CertainlyLess(a, order, b) || CertainlyLess(b, Flip(order), a)) return false;
  return std::nullopt;
}

std::optional<bool> LessMeasures(const Measure& a, const Measure& b, bool or_equal) {
  if (!SameUnit(a, b)) return std::nullopt;
  const std::partial_ordering order = CompareNumbers(a.figure, b.figure);
  if (order == std::partial_ordering::unordered) return false;
  const std::partial_ordering flipped = Flip(order);
  if (or_equal) {
    if (CertainlyLessOrEqual(a, order, b)) return true;
    if (CertainlyLess(b, flipped, a)) return false;
  } else {
    if (CertainlyLess(a, order, b)) return true;
    if (CertainlyLessOrEqual(b, flipped, a)) return false;
  }
  return std::nullopt;
}

// --- Times ---------------------------------------------------------------------------------------

struct Days {
  int64_t first = 0, last = 0;
  bool instant = false;
};

int64_t DayOf(const Instant& instant) {
  int64_t day = instant.micros / kDayMicros;
  if (instant.micros % kDayMicros < 0) --day;
  return day;
}

std::optional<Days> DaysOf(const Value& value) {
  if (const auto* date = value.get_if<PartialDate>()) {
    return Days{date->FirstDay(), date->LastDay(), false};
  }
  if (const auto* instant = value.get_if<Instant>()) {
    const int64_t day = DayOf(*instant);
    return Days{day, day, true};
  }
  return std::nullopt;
}

std::optional<bool> EqualDays(const Days& a, const Days& b) {
  if (a.last < b.first || b.last < a.first) return false;
  if (a.instant != b.instant) return std::nullopt;  // Somewhere on that day.
  // The same year is the same year; whether a day is in some month of it says nothing.
  if (a.first == b.first && a.last == b.last) return true;
  return std::nullopt;
}

std::optional<bool> LessDays(const Days& a, const Days& b, bool or_equal) {
  if (a.first == b.first && a.last == b.last) return or_equal;
  if (or_equal) {
    if (a.last <= b.first) return true;
    if (a.first > b.last) return false;
  } else {
    if (a.last < b.first) return true;
    if (a.first >= b.last) return false;
  }
  return std::nullopt;
}

// --- Equality ------------------------------------------------------------------------------------

std::optional<bool> EqualValues(const Value& a, const Value& b) {
  if (const auto x = MeasureOf(a)) {
    const auto y = MeasureOf(b);
    if (!y || x->type != y->type) return false;
    return EqualMeasures(*x, *y);
  }
  const auto* at = a.get_if<Instant>();
  const auto* bt = b.get_if<Instant>();
  if (at != nullptr && bt != nullptr) return *at == *bt;
  if (const auto x = DaysOf(a)) {
    const auto y = DaysOf(b);
    if (!y) return false;
    return EqualDays(*x, *y);
  }
  if (a.type() != b.type()) return false;
  // The language of a text says how to read it, not what it says.
  if (const auto* text = a.get_if<storage::Text>()) {
    return text->text == b.get_if<storage::Text>()->text;
  }
  return a.data() == b.data();
}

std::optional<bool> EqualLists(const DatumList& a, const DatumList& b) {
  if (a.size() != b.size()) return false;
  bool unknown = false;
  for (size_t i = 0; i < a.size(); ++i) {
    const std::optional<bool> equal = Equal(a[i], b[i]);
    if (!equal) {
      unknown = true;
    } else if (!*equal) {
      return false;
    }
  }
  if (unknown) return std::nullopt;
  return true;
}

// Indexes of the entries in order of their keys.
std::vector<size_t> KeyOrder(const DatumMap& map) {
  std::vector<size_t> order(map.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return map[a].first < map[b].first; });
  return order;
}

std::optional<bool> EqualMaps(const DatumMap& a, const DatumMap& b) {
  if (a.size() != b.size()) return false;
  const std::vector<size_t> x = KeyOrder(a), y = KeyOrder(b);
  bool unknown = false;
  for (size_t i = 0; i < x.size(); ++i) {
    if (a[x[i]].first != b[y[i]].first) return false;
    const std::optional<bool> equal = Equal(a[x[i]].second, b[y[i]].second);
    if (!equal) {
      unknown = true;
    } else if (!*equal) {
      return false;
    }
  }
  if (unknown) return std::nullopt;
  return true;
}

bool SameFact(const FactDatum& a, const FactDatum& b) {
  return a.fact == b.fact && a.statement == b.statement;
}

// --- Sorting -------------------------------------------------------------------------------------

// In ascending order: composite and graph things first, as in openCypher; unknown last.
enum class SortRank : uint8_t {
  kMap,
  kNode,
  kFact,
  kList,
  kPath,
  kGeoPoint,
  kMoney,
  kQuantity,
  kPercentage,
  kTime,
  kText,
  kBoolean,
  kNumber,
  kNaN,
  kNull,
};

SortRank RankOf(const Datum& datum) {
  if (datum.map() != nullptr) return SortRank::kMap;
  if (datum.fact() != nullptr) return SortRank::kFact;
  if (datum.list() != nullptr) return SortRank::kList;
  if (datum.path() != nullptr) return SortRank::kPath;
  const Value& value = *datum.value();
  switch (value.type()) {
    case ValueType::kNull:
      return SortRank::kNull;
    case ValueType::kBoolean:
      return SortRank::kBoolean;
    case ValueType::kDouble:
      return std::isnan(*value.get_if<double>()) ? SortRank::kNaN : SortRank::kNumber;
    case ValueType::kInteger:
    case ValueType::kDecimal:
      return SortRank::kNumber;
    case ValueType::kText:
      return SortRank::kText;
    case ValueType::kDate:
    case ValueType::kInstant:
      return SortRank::kTime;
    case ValueType::kMoney:
      return SortRank::kMoney;
    case ValueType::kQuantity:
      return SortRank::kQuantity;
    case ValueType::kPercentage:
      return SortRank::kPercentage;
    case ValueType::kGeoPoint:
      return SortRank::kGeoPoint;
    case ValueType::kNode:
      return SortRank::kNode;
  }
  return SortRank::kNull;
}

// "less than 70" before "nearly 70" before 70 before "about 70" before "just over 70".
int ComparatorRank(Comparator comparator) {
  switch (comparator) {
    case Comparator::kLess:
      return 0;
    case Comparator::kNearly:
      return 1;
    case Comparator::kExactly:
      return 2;
    case Comparator::kAbout:
      return 3;
    case Comparator::kJustOver:
      return 4;
    case Comparator::kMore:
      return 5;
  }
  return 2;
}

std::weak_ordering Weak(std::partial_ordering order) {
  if (order < 0) return std::weak_ordering::less;
  if (order > 0) return std::weak_ordering::greater;
  return std::weak_ordering::equivalent;
}

std::weak_ordering SortMeasures(const Measure& a, const Measure& b) {
  if (a.unit != nullptr && b.unit != nullptr) {
    if (const auto order = *a.unit <=> *b.unit; order != 0) return order;
  }
  if (const auto order = CompareNumbers(a.figure, b.figure); order != 0) return Weak(order);
  return ComparatorRank(a.comparator) <=> ComparatorRank(b.comparator);
}

struct TimeKey {
  int64_t first_micros, last_micros;
  bool instant;
  friend auto operator<=>(const TimeKey&, const TimeKey&) = default;
};
TimeKey TimeKeyOf(const Value& value) {
  if (const auto* instant = value.get_if<Instant>()) {
    return {instant->micros, instant->micros, true};
  }
  const auto* date = value.get_if<PartialDate>();
  return {date->FirstDay() * kDayMicros, date->LastDay() * kDayMicros + (kDayMicros - 1), false};
}

std::weak_ordering SortDoubles(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) <=> std::isnan(b);
  return Weak(a <=> b);
}

std::weak_ordering SortTerms(storage::TermId a, storage::TermId b, TermOrder* terms) {
  return terms != nullptr ? terms->Compare(a, b) : a <=> b;
}

// The largest whole number that is not above the figure, as far as it goes. It has the order of
// CompareNumbers: a double that is not whole prints between the whole ones beside it.
int64_t FloorOf(const Value& number) {
  if (const double* x = number.get_if<double>()) {
    if (*x >= kTwoTo63) return INT64_MAX;
    if (*x < -kTwoTo63) return INT64_MIN;
    return static_cast<int64_t>(std::floor(*x));
  }
  const Decimal decimal = AsDecimal(number);
  const int64_t unit = PowerOfTen(decimal.scale);
  const int64_t whole = decimal.unscaled / unit;
  return decimal.unscaled % unit < 0 ? whole - 1 : whole;
}

// Sixty bits that have the order of the numbers, where they fit.
uint64_t OrderedBits(int64_t number) {
  constexpr int64_t kHalf = int64_t{1} << (kSortPlaceBits - 1);
  return static_cast<uint64_t>(std::clamp(number, -kHalf, kHalf - 1) + kHalf);
}

uint64_t FirstBytes(std::string_view text) {
  uint64_t bits = 0;
  for (size_t i = 0; i < kSortPlaceBits / 8; ++i) {
    bits = bits << 8 | (i < text.size() ? static_cast<uint8_t>(text[i]) : 0);
  }
  return bits;
}

std::weak_ordering SortLists(const DatumList& a, const DatumList& b, TermOrder* terms) {
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (const auto order = SortOrder(a[i], b[i], terms); order != 0) return order;
  }
  return a.size() <=> b.size();
}

std::weak_ordering SortMaps(const DatumMap& a, const DatumMap& b, TermOrder* terms) {
  const std::vector<size_t> x = KeyOrder(a), y = KeyOrder(b);
  for (size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
    if (const auto order = a[x[i]].first <=> b[y[i]].first; order != 0) return order;
    if (const auto order = SortOrder(a[x[i]].second, b[y[i]].second, terms); order != 0)
      return order;
  }
  return a.size() <=> b.size();
}

std::weak_ordering SortFacts(const FactDatum& a, const FactDatum& b, TermOrder* terms) {
  for (const auto part :
       {&storage::Fact::subject, &storage::Fact::predicate, &storage::Fact::object}) {
    const auto order = SortTerms(a.fact.*part, b.fact.*part, terms);
    if (order != 0) return order;
  }
  return a.statement <=> b.statement;
}

std::weak_ordering SortPaths(const PathDatum& a, const PathDatum& b, TermOrder* terms) {
  if (const auto order = a.nodes.size() <=> b.nodes.size(); order != 0) return order;
  for (size_t i = 0; i < a.nodes.size(); ++i) {
    if (const auto order = SortTerms(a.nodes[i], b.nodes[i], terms); order != 0) return order;
  }
  for (size_t i = 0; i < std::min(a.facts.size(), b.facts.size()); ++i) {
    if (const auto order = SortFacts(a.facts[i], b.facts[i], terms); order != 0) return order;
  }
  return a.facts.size() <=> b.facts.size();
}

// --- Identity ------------------------------------------------------------------------------------

void AppendBytes(std::string_view bytes, std::string* key) {
  *key += std::to_string(bytes.size());
  *key += ':';
  *key += bytes;
}

void AppendId(storage::TermId id, std::string* key) {
  *key += std::to_string(id.bits);
  *key += ' ';
}

void AppendFact(const FactDatum& datum, std::string* key) {
  AppendId(datum.fact.subject, key);
  AppendId(datum.fact.predicate, key);
  AppendId(datum.fact.object, key);
  if (datum.statement.value == 0) return;
  *key += '@';
  *key += std::to_string(datum.statement.value);
  *key += ' ';
}

void AppendKey(const Datum& datum, std::string* key);

void AppendValueKey(const Value& value, std::string* key) {
  if (const auto measure = MeasureOf(value)) {
    static constexpr char kLetters[] = {'n', 'm', 'q', 'p'};
    const int index = measure->type == ValueType::kInteger    ? 0
                      : measure->type == ValueType::kMoney    ? 1
                      : measure->type == ValueType::kQuantity ? 2
                                                              : 3;
    *key += kLetters[index];
    *key += static_cast<char>('0' + static_cast<int>(measure->comparator));
    std::string figure;
    AppendNumberKey(measure->figure, &figure);
    // What is no number has no bounds either.
    if (figure == "nan") key->back() = '0';
    AppendBytes(figure, key);
    if (measure->unit != nullptr) AppendBytes(*measure->unit, key);
    return;
  }
  switch (value.type()) {
    case ValueType::kBoolean:
      *key += *value.get_if<bool>() ? "b1" : "b0";
      return;
    case ValueType::kText:
      *key += 's';
      AppendBytes(value.get_if<storage::Text>()->text, key);
      return;
    case ValueType::kDate:
    case ValueType::kInstant: {
      const TimeKey time = TimeKeyOf(value);
      *key += time.instant ? 'i' : 'd';
      AppendBytes(std::to_string(time.first_micros), key);
      AppendBytes(std::to_string(time.last_micros), key);
      return;
    }
    case ValueType::kGeoPoint: {
      const auto* point = value.get_if<storage::GeoPoint>();
      *key += 'g';
      std::string part;
      AppendNumberKey(Value(point->latitude), &part);
      AppendBytes(part, key);
      part.clear();
      AppendNumberKey(Value(point->longitude), &part);
      AppendBytes(part, key);
      return;
    }
    case ValueType::kNode:
      *key += 'e';
      AppendId(*value.get_if<storage::TermId>(), key);
      return;
    default:
      *key += '0';
  }
}

void AppendKey(const Datum& datum, std::string* key) {
  if (const Value* value = datum.value()) {
    AppendValueKey(*value, key);
  } else if (const DatumList* list = datum.list()) {
    *key += 'L';
    *key += std::to_string(list->size());
    *key += '[';
    for (const Datum& item : *list) AppendKey(item, key);
  } else if (const DatumMap* map = datum.map()) {
    *key += 'M';
    *key += std::to_string(map->size());
    *key += '{';
    for (const size_t i : KeyOrder(*map)) {
      AppendBytes((*map)[i].first, key);
      AppendKey((*map)[i].second, key);
    }
  } else if (const FactDatum* fact = datum.fact()) {
    *key += 'F';
    AppendFact(*fact, key);
  } else if (const PathDatum* path = datum.path()) {
    *key += 'P';
    *key += std::to_string(path->nodes.size());
    *key += ' ';
    for (const storage::TermId node : path->nodes) AppendId(node, key);
    for (const FactDatum& step : path->facts) AppendFact(step, key);
  }
}

}  // namespace

std::optional<bool> Equal(const Datum& a, const Datum& b) {
  if (a.is_null() || b.is_null()) return std::nullopt;
  if (a.data().index() != b.data().index()) return false;
  if (a.value() != nullptr) return EqualValues(*a.value(), *b.value());
  if (a.list() != nullptr) return EqualLists(*a.list(), *b.list());
  if (a.map() != nullptr) return EqualMaps(*a.map(), *b.map());
  if (a.fact() != nullptr) return SameFact(*a.fact(), *b.fact());
  const PathDatum &x = *a.path(), &y = *b.path();
  return x.nodes == y.nodes &&
         std::equal(x.facts.begin(), x.facts.end(), y.facts.begin(), y.facts.end(), SameFact);
}

namespace {

std::optional<bool> Less(const Datum& a, const Datum& b, bool or_equal);

std::optional<bool> LessLists(const DatumList& a, const DatumList& b, bool or_equal) {
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const std::optional<bool> equal = Equal(a[i], b[i]);
    if (!equal) return std::nullopt;
    if (!*equal) return Less(a[i], b[i], false);
  }
  return or_equal ? a.size() <= b.size() : a.size() < b.size();
}

std::optional<bool> Less(const Datum& a, const Datum& b, bool or_equal) {
  if (a.list() != nullptr && b.list() != nullptr) return LessLists(*a.list(), *b.list(), or_equal);
  const Value *x = a.value(), *y = b.value();
  if (x == nullptr || y == nullptr) return std::nullopt;
  if (const auto left = MeasureOf(*x)) {
    const auto right = MeasureOf(*y);
    if (!right || left->type != right->type) return std::nullopt;
    return LessMeasures(*left, *right, or_equal);
  }
  const auto* at = x->get_if<Instant>();
  const auto* bt = y->get_if<Instant>();
  if (at != nullptr && bt != nullptr) return or_equal ? *at <= *bt : *at < *bt;
  if (const auto left = DaysOf(*x)) {
    const auto right = DaysOf(*y);
    if (!right) return std::nullopt;
    return LessDays(*left, *right, or_equal);
  }
  if (x->type() != y->type()) return std::nullopt;
  if (const auto* text = x->get_if<storage::Text>()) {
    const int order = text->text.compare(y->get_if<storage::Text>()->text);
    return or_equal ? order <= 0 : order < 0;
  }
  if (const bool* boolean = x->get_if<bool>()) {
    const bool other = *y->get_if<bool>();
    return or_equal ? *boolean <= other : *boolean < other;
  }
  return std::nullopt;
}

}  // namespace

std::optional<bool> Compare(const Datum& a, Order order, const Datum& b) {
  if (a.is_null() || b.is_null()) return std::nullopt;
  switch (order) {
    case Order::kLess:
      return Less(a, b, false);
    case Order::kLessOrEqual:
      return Less(a, b, true);
    case Order::kGreater:
      return Less(b, a, false);
    case Order::kGreaterOrEqual:
      return Less(b, a, true);
  }
  return std::nullopt;
}

std::weak_ordering SortOrder(const Datum& a, const Datum& b, TermOrder* terms) {
  const SortRank rank = RankOf(a);
  if (const auto order = rank <=> RankOf(b); order != 0) return order;
  switch (rank) {
    case SortRank::kMap:
      return SortMaps(*a.map(), *b.map(), terms);
    case SortRank::kFact:
      return SortFacts(*a.fact(), *b.fact(), terms);
    case SortRank::kList:
      return SortLists(*a.list(), *b.list(), terms);
    case SortRank::kPath:
      return SortPaths(*a.path(), *b.path(), terms);
    case SortRank::kNaN:
    case SortRank::kNull:
      return std::weak_ordering::equivalent;
    default:
      break;
  }
  const Value &x = *a.value(), &y = *b.value();
  switch (rank) {
    case SortRank::kNode:
      return SortTerms(*x.get_if<storage::TermId>(), *y.get_if<storage::TermId>(), terms);
    case SortRank::kGeoPoint: {
      const auto &p = *x.get_if<storage::GeoPoint>(), &q = *y.get_if<storage::GeoPoint>();
      if (const auto order = SortDoubles(p.latitude, q.latitude); order != 0) return order;
      return SortDoubles(p.longitude, q.longitude);
    }
    case SortRank::kTime:
      return TimeKeyOf(x) <=> TimeKeyOf(y);
    case SortRank::kText:
      return x.get_if<storage::Text>()->text.compare(y.get_if<storage::Text>()->text) <=> 0;
    case SortRank::kBoolean:
      return *x.get_if<bool>() <=> *y.get_if<bool>();
    default:
      return SortMeasures(*MeasureOf(x), *MeasureOf(y));
  }
}

uint64_t SortPrefix(const Datum& datum) {
  const SortRank rank = RankOf(datum);
  uint64_t place = 0;
  switch (rank) {
    case SortRank::kText:
      place = FirstBytes(datum.value()->get_if<storage::Text>()->text);
      break;
    case SortRank::kBoolean:
      place = *datum.value()->get_if<bool>() ? 1 : 0;
      break;
    case SortRank::kNumber:
      place = OrderedBits(FloorOf(*datum.value()));
      break;
    case SortRank::kTime:
      place = OrderedBits(TimeKeyOf(*datum.value()).first_micros);
      break;
    default:
      break;
  }
  return static_cast<uint64_t>(rank) << kSortPlaceBits | place;
}

uint64_t NodeSortPrefix(uint64_t place) {
  return static_cast<uint64_t>(SortRank::kNode) << kSortPlaceBits |
         std::min(place, (uint64_t{1} << kSortPlaceBits) - 1);
}

std::optional<storage::Decimal> PrintedDecimal(double x) {
  if (!(x >= -kTwoTo63 && x < kTwoTo63)) return std::nullopt;
  if (x == std::trunc(x)) return Decimal{static_cast<int64_t>(x), 0};
  const PrintedDouble printed = Printed(x);
  if (printed.scale > storage::kDecimalScaleMax) return std::nullopt;
  return Decimal{printed.unscaled, static_cast<uint8_t>(printed.scale)};
}

std::string IdentityKey(const Datum& datum) {
  std::string key;
  AppendKey(datum, &key);
  return key;
}

}  // namespace sightline::query
