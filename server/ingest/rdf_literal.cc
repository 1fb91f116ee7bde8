#include "server/ingest/rdf_literal.h"

#include <charconv>
#include <cstdint>
#include <string>
#include <system_error>

#include "server/ingest/rdf_vocabulary.h"

namespace sightline::server {
namespace {

using storage::DatePrecision;
using storage::Decimal;
using storage::Instant;
using storage::PartialDate;
using storage::Value;

bool AllDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Text of this form holds its datatype: "..."^^<...>.
bool LooksTyped(std::string_view text) {
  return text.starts_with('"') && text.ends_with('>') &&
         text.find("\"^^<") != std::string_view::npos;
}

bool ParseInteger(std::string_view text, Value* value) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (!AllDigits(text.starts_with('-') ? text.substr(1) : text)) return false;
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  *value = Value(number);
  return true;
}

// XML Schema 1.1 part 2, 3.3.3: a sign, digits, a point; no exponent.
bool ParseDecimal(std::string_view text, Value* value) {
  std::string_view digits = text;
  if (digits.starts_with('+') || digits.starts_with('-')) digits.remove_prefix(1);
  const size_t point = digits.find('.');
  const std::string_view whole = digits.substr(0, point);
  std::string_view fraction =
      point == std::string_view::npos ? std::string_view() : digits.substr(point + 1);
  if (whole.empty() && fraction.empty()) return false;
  if (!(whole.empty() || AllDigits(whole)) || !(fraction.empty() || AllDigits(fraction))) {
    return false;
  }
  while (fraction.ends_with('0')) fraction.remove_suffix(1);
  std::string plain(text.starts_with('-') ? "-" : "");
  plain += whole.empty() ? "0" : whole;
  if (!fraction.empty()) {
    plain += '.';
    plain += fraction;
  }
  const StatusOr<Decimal> decimal = Decimal::Parse(plain);
  if (!decimal.ok()) return false;
  *value = Value(*decimal);
  return true;
}

// "NaN" and "INF" are numbers that the store does not hold.
bool ParseDouble(std::string_view text, Value* value) {
  const bool negative = text.starts_with('-');
  std::string_view unsigned_text = text;
  if (negative || text.starts_with('+')) unsigned_text.remove_prefix(1);
  if (unsigned_text.empty() ||
      unsigned_text.find_first_not_of("0123456789.eE+-") != std::string_view::npos) {
    return false;
  }
  double number = 0;
  const auto [end, error] =
      std::from_chars(unsigned_text.data(), unsigned_text.data() + unsigned_text.size(), number);
  if (error != std::errc() || end != unsigned_text.data() + unsigned_text.size()) return false;
  *value = Value(negative ? -number : number);
  return true;
}

bool ParseBoolean(std::string_view text, Value* value) {
  if (text != "true" && text != "false" && text != "1" && text != "0") return false;
  *value = Value(text == "true" || text == "1");
  return true;
}

bool ParseDate(std::string_view text, DatePrecision precision, Value* value) {
  const StatusOr<PartialDate> date = PartialDate::Parse(text);
  if (!date.ok() || date->precision != precision || date->ToString() != text) return false;
  *value = Value(*date);
  return true;
}

bool ParseInstant(std::string_view text, Value* value) {
  // A fraction beyond microseconds would be cut.
  const size_t point = text.find('.');
  if (point != std::string_view::npos) {
    size_t end = text.find_first_not_of("0123456789", point + 1);
    if (end == std::string_view::npos) end = text.size();
    if (end - point - 1 > 6) return false;
  }
  if (text.size() < 19) return false;  // The seconds are not optional here.
  const StatusOr<Instant> instant = Instant::Parse(text);
  if (!instant.ok()) return false;
  *value = Value(*instant);
  return true;
}

bool IsIntegerType(std::string_view name) {
  for (const std::string_view type :
       {"integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger",
        "nonPositiveInteger", "negativeInteger", "unsignedLong", "unsignedInt", "unsignedShort",
        "unsignedByte"}) {
    if (name == type) return true;
  }
  return false;
}

// Typed, when the store holds the value exactly. `name`: of the datatype, behind "XMLSchema#".
bool ParseTyped(std::string_view name, std::string_view text, Value* value) {
  if (IsIntegerType(name)) return ParseInteger(text, value);
  if (name == "decimal") return ParseDecimal(text, value);
  if (name == "double" || name == "float") return ParseDouble(text, value);
  if (name == "boolean") return ParseBoolean(text, value);
  if (name == "date") return ParseDate(text, DatePrecision::kDay, value);
  if (name == "gYearMonth") return ParseDate(text, DatePrecision::kMonth, value);
  if (name == "gYear") return ParseDate(text, DatePrecision::kYear, value);
  if (name == "dateTime" || name == "dateTimeStamp") return ParseInstant(text, value);
  return false;
}

std::string_view SpellTyped(std::string_view text, std::string_view datatype, TextArena* arena) {
  const std::string_view quoted = arena->Join("\"", text, "\"^^<");
  return arena->Join(quoted, datatype, ">");
}

}  // namespace

ImportedObject ObjectOfLiteral(const RdfTerm& literal, Value* value, TextArena* arena) {
  if (!literal.language.empty()) return ImportedObject::OfText(literal.text, literal.language);
  if (literal.datatype.empty() || literal.datatype == kXsdString) {
    if (!LooksTyped(literal.text)) return ImportedObject::OfText(literal.text);
    // So that it is not taken for what it looks like on the way back.
    return ImportedObject::OfText(SpellTyped(literal.text, kXsdString, arena));
  }
  if (literal.datatype.starts_with(kXsd) &&
      ParseTyped(literal.datatype.substr(kXsd.size()), literal.text, value)) {
    return ImportedObject::OfValue(*value);
  }
  return ImportedObject::OfText(SpellTyped(literal.text, literal.datatype, arena));
}

}  // namespace sightline::server
