// Short spellings of datums for the tests of query/functions.

#pragma once

#include <initializer_list>
#include <ostream>
#include <string>
#include <utility>

#include "query/functions/datum.h"
#include "query/functions/datum_order.h"
#include "query/functions/expression.h"
#include "query/functions/runtime_error.h"
#include "storage/base/check.h"

namespace sightline::query {

inline Datum Null() { return Datum(); }
inline Datum B(bool b) { return Datum::OfBoolean(b); }
inline Datum I(int64_t i) { return Datum::OfInteger(i); }
inline Datum F(double x) { return Datum(storage::Value(x)); }
inline Datum T(std::string text, std::string language = "") {
  return Datum(storage::Value::OfText(std::move(text), std::move(language)));
}
inline storage::Decimal Dec(std::string_view text) {
  StatusOr<storage::Decimal> decimal = storage::Decimal::Parse(text);
  SL_CHECK(decimal.ok());
  return *decimal;
}
inline Datum D(std::string_view text) { return Datum(storage::Value(Dec(text))); }
inline Datum Date(std::string_view text) {
  StatusOr<storage::PartialDate> date = storage::PartialDate::Parse(text);
  SL_CHECK(date.ok());
  return Datum(storage::Value(*date));
}
inline Datum At(std::string_view text) {
  StatusOr<storage::Instant> instant = storage::Instant::Parse(text);
  SL_CHECK(instant.ok());
  return Datum(storage::Value(*instant));
}
inline storage::Comparator Cmp(std::string_view symbol) {
  const auto comparator = storage::ParseComparator(symbol);
  SL_CHECK(comparator.has_value());
  return *comparator;
}
inline Datum Usd(std::string_view amount, std::string_view comparator = "=",
                 std::string currency = "USD") {
  return Datum(storage::Value(storage::Money{Dec(amount), std::move(currency)}, Cmp(comparator)));
}
inline Datum Tonnes(std::string_view amount, std::string unit = "t") {
  return Datum(storage::Value(storage::Quantity{Dec(amount), std::move(unit)}));
}
inline Datum Percent(std::string_view amount, std::string_view comparator = "=") {
  return Datum(storage::Value(storage::Percentage{Dec(amount)}, Cmp(comparator)));
}
// A bounded INTEGER: Bound(">", 500).
inline Datum Bound(std::string_view comparator, int64_t i) {
  return Datum(storage::Value(i, Cmp(comparator)));
}
inline Datum BoundF(std::string_view comparator, double x) {
  return Datum(storage::Value(x, Cmp(comparator)));
}
inline Datum Point(double latitude, double longitude) {
  return Datum(storage::Value(storage::GeoPoint{latitude, longitude}));
}
inline Datum L(std::initializer_list<Datum> items) { return Datum(DatumList(items)); }
inline Datum M(std::initializer_list<std::pair<std::string, Datum>> entries) {
  return Datum(DatumMap(entries));
}
inline storage::TermId EntityTerm(uint64_t number) {
  return storage::TermId::Make(storage::TermTag::kEntity, number);
}
inline Datum Node(uint64_t number) { return Datum::OfNode(EntityTerm(number)); }
inline FactDatum FactOf(uint64_t subject, uint64_t predicate, uint64_t object) {
  return {{EntityTerm(subject), EntityTerm(predicate), EntityTerm(object)}, 0};
}

// What a test prints of a datum, and what it compares: type and value, so that 1 and 1.0 differ.
inline std::string Show(const Datum& datum) {
  if (const DatumList* list = datum.list()) {
    std::string text = "[";
    for (const Datum& item : *list) text += Show(item) + ", ";
    return text + "]";
  }
  if (const DatumMap* map = datum.map()) {
    std::string text = "{";
    for (const auto& [key, value] : *map) text += key + ": " + Show(value) + ", ";
    return text + "}";
  }
  if (datum.value() == nullptr) return IdentityKey(datum);
  return std::string(DatumTypeName(datum)) + " " + datum.value()->ToString();
}

// The code of a failed status, such as "SL5003"; "" for ok.
inline std::string CodeOf(const Status& status) {
  if (status.ok()) return "";
  const std::vector<Diagnostic> diagnostics = DiagnosticsOf(status);
  return diagnostics.empty() ? MessageOf(status) : diagnostics.front().code;
}
// The value or the code of the error.
inline std::string Outcome(const StatusOr<Datum>& result) {
  return result.ok() ? Show(*result) : CodeOf(result.status());
}

inline void PrintTo(const Datum& datum, std::ostream* out) { *out << Show(datum); }

}  // namespace sightline::query
