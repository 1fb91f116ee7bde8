#include "server/service/value_codec.h"

#include <cmath>
#include <set>
#include <utility>
#include <variant>

#include "query/diagnostics/diagnostic.h"
#include "server/service/request_error.h"
#include "storage/base/utf8.h"

namespace sightline::server {
namespace {

using storage::Comparator;
using storage::DatePrecision;
using storage::TermId;

constexpr int64_t kMicrosPerSecond = 1'000'000;
// 0001-01-01T00:00:00Z and 10000-01-01T00:00:00Z, as protobuf's Timestamp has them.
constexpr int64_t kFirstSecond = -62'135'596'800;
constexpr int64_t kEndSecond = 253'402'300'800;

void SetDecimal(const storage::Decimal& decimal, v1::Decimal* out) {
  out->set_unscaled(decimal.unscaled);
  out->set_scale(decimal.scale);
}

void SetDate(const storage::PartialDate& date, v1::Date* out) {
  out->set_year(date.year);
  switch (date.precision) {
    case DatePrecision::kYear:
      break;
    case DatePrecision::kQuarter:
      out->set_quarter((date.month - 1) / 3 + 1);
      break;
    case DatePrecision::kMonth:
      out->set_month(date.month);
      break;
    case DatePrecision::kDay:
      out->set_month(date.month);
      out->set_day(date.day);
      break;
  }
}

v1::Comparator ToProto(Comparator comparator) {
  switch (comparator) {
    case Comparator::kExactly:
      return v1::COMPARATOR_UNSPECIFIED;
    case Comparator::kAbout:
      return v1::COMPARATOR_ABOUT;
    case Comparator::kLess:
      return v1::COMPARATOR_LESS;
    case Comparator::kNearly:
      return v1::COMPARATOR_NEARLY;
    case Comparator::kMore:
      return v1::COMPARATOR_MORE;
    case Comparator::kJustOver:
      return v1::COMPARATOR_JUST_OVER;
  }
  return v1::COMPARATOR_UNSPECIFIED;
}

StatusOr<Comparator> DecodeComparator(v1::Comparator comparator) {
  switch (comparator) {
    case v1::COMPARATOR_UNSPECIFIED:
      return Comparator::kExactly;
    case v1::COMPARATOR_ABOUT:
      return Comparator::kAbout;
    case v1::COMPARATOR_LESS:
      return Comparator::kLess;
    case v1::COMPARATOR_NEARLY:
      return Comparator::kNearly;
    case v1::COMPARATOR_MORE:
      return Comparator::kMore;
    case v1::COMPARATOR_JUST_OVER:
      return Comparator::kJustOver;
    default:
      return InvalidArgument("there is no comparator {}", static_cast<int>(comparator));
  }
}

StatusOr<storage::Decimal> DecodeDecimal(const v1::Decimal& decimal) {
  if (decimal.scale() < 0 || decimal.scale() > 18) {
    return InvalidArgument("a decimal's scale is 0 to 18, not {}", decimal.scale());
  }
  return storage::Decimal{decimal.unscaled(), static_cast<uint8_t>(decimal.scale())}.Normalized();
}

// By way of the text form, whose parser knows the calendar.
StatusOr<storage::PartialDate> DecodeDate(const v1::Date& date) {
  std::string text;
  if (date.year() < 1 || date.year() > 9999) {
    return InvalidArgument("a date's year is 1 to 9999, not {}", date.year());
  }
  const bool parts_fit =
      date.quarter() != 0
          ? date.month() == 0 && date.day() == 0 && date.quarter() >= 1 && date.quarter() <= 4
          : date.month() >= 0 && date.month() <= 12 && date.day() >= 0 && date.day() <= 31 &&
                (date.month() != 0 || date.day() == 0);
  if (!parts_fit) {
    return InvalidArgument("there is no date with year {}, quarter {}, month {}, day {}",
                           date.year(), date.quarter(), date.month(), date.day());
  }
  if (date.quarter() != 0) {
    text = fmt::format("{:04}-Q{}", date.year(), date.quarter());
  } else if (date.month() == 0) {
    text = fmt::format("{:04}", date.year());
  } else if (date.day() == 0) {
    text = fmt::format("{:04}-{:02}", date.year(), date.month());
  } else {
    text = fmt::format("{:04}-{:02}-{:02}", date.year(), date.month(), date.day());
  }
  StatusOr<storage::PartialDate> parsed = storage::PartialDate::Parse(text);
  if (!parsed.ok()) return InvalidArgument("there is no date {}", text);
  return parsed;
}

bool IsCurrency(const std::string& code) {
  if (code.size() != 3) return false;
  for (const char c : code) {
    if (c < 'A' || c > 'Z') return false;
  }
  return true;
}

// BCP 47 in form only: letters, digits and hyphens.
StatusOr<std::string> DecodeLanguage(const std::string& language) {
  std::string lower;
  if (language.size() > 35) return InvalidArgument("a language tag has at most 35 characters");
  for (const char c : language) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9') && c != '-') {
      return InvalidArgument("a language tag has letters, digits and hyphens only");
    }
    lower.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return lower;
}

StatusOr<TermId> DecodeNode(const v1::Value& value, const NodeResolver& nodes) {
  if (value.kind_case() == v1::Value::kNodeId) {
    SL_ASSIGN_OR_RETURN(const std::optional<TermId> node, nodes.find(value.node_id()));
    if (!node) {
      return WithCode(kNamesNothing,
                      InvalidArgument("there is nothing with the id '{}'", value.node_id()));
    }
    return *node;
  }
  const TermId id{value.node()};
  if (!id.is_node()) return InvalidArgument("{} is no node's number", value.node());
  SL_ASSIGN_OR_RETURN(const std::optional<TermId> node, nodes.check(id));
  if (!node) {
    return WithCode(kNamesNothing,
                    InvalidArgument("there is no node with the number {}", value.node()));
  }
  return *node;
}

bool TakesComparator(v1::Value::KindCase kind) {
  switch (kind) {
    case v1::Value::kInteger:
    case v1::Value::kDecimal:
    case v1::Value::kReal:
    case v1::Value::kMoney:
    case v1::Value::kQuantity:
    case v1::Value::kPercentage:
      return true;
    default:
      return false;
  }
}

}  // namespace

void SetTimestamp(int64_t micros, google::protobuf::Timestamp* out) {
  int64_t seconds = micros / kMicrosPerSecond;
  int64_t rest = micros % kMicrosPerSecond;
  if (rest < 0) {
    rest += kMicrosPerSecond;
    --seconds;
  }
  out->set_seconds(seconds);
  out->set_nanos(static_cast<int32_t>(rest * 1'000));
}

void EncodeValue(const storage::Value& value, v1::Value* out) {
  out->Clear();
  if (value.comparator() != Comparator::kExactly) out->set_comparator(ToProto(value.comparator()));
  switch (value.type()) {
    case storage::ValueType::kNull:
      break;
    case storage::ValueType::kBoolean:
      out->set_boolean(*value.get_if<bool>());
      break;
    case storage::ValueType::kInteger:
      out->set_integer(*value.get_if<int64_t>());
      break;
    case storage::ValueType::kDecimal:
      SetDecimal(*value.get_if<storage::Decimal>(), out->mutable_decimal());
      break;
    case storage::ValueType::kDouble:
      out->set_real(*value.get_if<double>());
      break;
    case storage::ValueType::kText: {
      const auto* text = value.get_if<storage::Text>();
      out->mutable_text()->set_text(text->text);
      out->mutable_text()->set_language(text->language);
      break;
    }
    case storage::ValueType::kDate:
      SetDate(*value.get_if<storage::PartialDate>(), out->mutable_date());
      break;
    case storage::ValueType::kInstant:
      SetTimestamp(value.get_if<storage::Instant>()->micros, out->mutable_instant());
      break;
    case storage::ValueType::kMoney: {
      const auto* money = value.get_if<storage::Money>();
      SetDecimal(money->amount, out->mutable_money()->mutable_amount());
      out->mutable_money()->set_currency(money->currency);
      break;
    }
    case storage::ValueType::kQuantity: {
      const auto* quantity = value.get_if<storage::Quantity>();
      SetDecimal(quantity->amount, out->mutable_quantity()->mutable_amount());
      out->mutable_quantity()->set_unit(quantity->unit);
      break;
    }
    case storage::ValueType::kPercentage:
      SetDecimal(value.get_if<storage::Percentage>()->percent, out->mutable_percentage());
      break;
    case storage::ValueType::kGeoPoint: {
      const auto* point = value.get_if<storage::GeoPoint>();
      out->mutable_geo_point()->set_latitude(point->latitude);
      out->mutable_geo_point()->set_longitude(point->longitude);
      break;
    }
    case storage::ValueType::kNode:
      out->set_node(value.get_if<TermId>()->bits);
      break;
  }
}

namespace {

Status EncodeFact(const query::FactDatum& fact, TermReader* reader, v1::Fact* out) {
  out->set_subject(reader->NumberOf(fact.fact.subject));
  reader->Saw(fact.fact.subject);
  SL_ASSIGN_OR_RETURN(*out->mutable_predicate(), reader->NameOf(fact.fact.predicate));
  const TermId object = fact.fact.object;
  if (object.is_node()) {
    out->mutable_object()->set_node(reader->NumberOf(object));
    reader->Saw(object);
    return OkStatus();
  }
  SL_ASSIGN_OR_RETURN(const storage::Value value, reader->ValueOf(object));
  EncodeValue(value, out->mutable_object());
  return OkStatus();
}

Status NestedTooDeep() {
  query::Diagnostic deep;
  deep.code = "SL5006";
  deep.message = "a value of the result is nested too deep to be sent";
  deep.help = {"return its parts: UNWIND a list, or name the members of a map that you need"};
  return query::ToStatus(std::move(deep));
}

}  // namespace

Status EncodeDatum(const query::Datum& datum, int nesting_max, TermReader* reader, v1::Value* out) {
  out->Clear();
  if (const storage::Value* value = datum.value()) {
    EncodeValue(*value, out);
    if (datum.node().is_none()) return OkStatus();
    reader->Saw(datum.node());
    out->set_node(reader->NumberOf(datum.node()));
    return OkStatus();
  }
  if (const query::FactDatum* fact = datum.fact()) {
    return EncodeFact(*fact, reader, out->mutable_fact());
  }
  if (const query::PathDatum* path = datum.path()) {
    for (const TermId node : path->nodes) {
      out->mutable_path()->add_nodes(reader->NumberOf(node));
      reader->Saw(node);
    }
    for (const query::FactDatum& fact : path->facts) {
      SL_RETURN_IF_ERROR(EncodeFact(fact, reader, out->mutable_path()->add_facts()));
    }
    return OkStatus();
  }
  if (nesting_max <= 0) return NestedTooDeep();
  if (const query::DatumList* list = datum.list()) {
    v1::ValueList* to = out->mutable_list();
    for (const query::Datum& element : *list) {
      SL_RETURN_IF_ERROR(EncodeDatum(element, nesting_max - 1, reader, to->add_values()));
    }
    return OkStatus();
  }
  if (const query::DatumMap* map = datum.map()) {
    v1::ValueMap* to = out->mutable_map();
    for (const auto& [key, element] : *map) {
      v1::ValueMapEntry* entry = to->add_entries();
      entry->set_key(key);
      SL_RETURN_IF_ERROR(EncodeDatum(element, nesting_max - 1, reader, entry->mutable_value()));
    }
  }
  return OkStatus();
}

StatusOr<storage::Instant> DecodeInstant(const google::protobuf::Timestamp& timestamp) {
  if (timestamp.seconds() < kFirstSecond || timestamp.seconds() >= kEndSecond ||
      timestamp.nanos() < 0 || timestamp.nanos() >= 1'000'000'000) {
    return InvalidArgument("an instant is within the years 1 to 9999");
  }
  if (timestamp.nanos() % 1'000 != 0) {
    return InvalidArgument("an instant is not finer than a microsecond");
  }
  return storage::Instant{timestamp.seconds() * kMicrosPerSecond + timestamp.nanos() / 1'000};
}

StatusOr<storage::Value> DecodeValue(const v1::Value& value, const NodeResolver& nodes) {
  SL_ASSIGN_OR_RETURN(const Comparator comparator, DecodeComparator(value.comparator()));
  if (comparator != Comparator::kExactly && !TakesComparator(value.kind_case())) {
    return InvalidArgument("only numbers, money, quantities and percentages take a comparator");
  }
  switch (value.kind_case()) {
    case v1::Value::KIND_NOT_SET:
      return storage::Value();
    case v1::Value::kBoolean:
      return storage::Value(value.boolean());
    case v1::Value::kInteger:
      return storage::Value(static_cast<int64_t>(value.integer()), comparator);
    case v1::Value::kDecimal: {
      SL_ASSIGN_OR_RETURN(const storage::Decimal decimal, DecodeDecimal(value.decimal()));
      return storage::Value(decimal, comparator);
    }
    case v1::Value::kReal:
      if (!std::isfinite(value.real())) {
        return InvalidArgument("a number is finite, not NaN or infinite");
      }
      return storage::Value(value.real(), comparator);
    case v1::Value::kText: {
      SL_ASSIGN_OR_RETURN(std::string language, DecodeLanguage(value.text().language()));
      if (!storage::IsValidUtf8(value.text().text())) {
        return InvalidArgument("text is UTF-8, and this is not");
      }
      return storage::Value::OfText(value.text().text(), std::move(language));
    }
    case v1::Value::kDate: {
      SL_ASSIGN_OR_RETURN(const storage::PartialDate date, DecodeDate(value.date()));
      return storage::Value(date);
    }
    case v1::Value::kInstant: {
      SL_ASSIGN_OR_RETURN(const storage::Instant instant, DecodeInstant(value.instant()));
      return storage::Value(instant);
    }
    case v1::Value::kMoney: {
      SL_ASSIGN_OR_RETURN(const storage::Decimal amount, DecodeDecimal(value.money().amount()));
      if (!IsCurrency(value.money().currency())) {
        return InvalidArgument("a currency is three capitals, as in USD");
      }
      return storage::Value(storage::Money{amount, value.money().currency()}, comparator);
    }
    case v1::Value::kQuantity: {
      SL_ASSIGN_OR_RETURN(const storage::Decimal amount, DecodeDecimal(value.quantity().amount()));
      if (value.quantity().unit().empty() || value.quantity().unit().size() > 64) {
        return InvalidArgument("a quantity has a unit of 1 to 64 bytes");
      }
      return storage::Value(storage::Quantity{amount, value.quantity().unit()}, comparator);
    }
    case v1::Value::kPercentage: {
      SL_ASSIGN_OR_RETURN(const storage::Decimal percent, DecodeDecimal(value.percentage()));
      return storage::Value(storage::Percentage{percent}, comparator);
    }
    case v1::Value::kGeoPoint: {
      const double latitude = value.geo_point().latitude();
      const double longitude = value.geo_point().longitude();
      // Written so that NaN fails.
      if (!(latitude >= -90 && latitude <= 90 && longitude >= -180 && longitude <= 180)) {
        return InvalidArgument("a geo point is within -90..90 and -180..180 degrees");
      }
      return storage::Value(storage::GeoPoint{latitude, longitude});
    }
    case v1::Value::kNode:
    case v1::Value::kNodeId: {
      SL_ASSIGN_OR_RETURN(const TermId node, DecodeNode(value, nodes));
      return storage::Value(node);
    }
    case v1::Value::kList:
    case v1::Value::kMap:
      return InvalidArgument("a single value belongs here, not a list or a map");
    case v1::Value::kFact:
    case v1::Value::kPath:
      return InvalidArgument("facts and paths are in results only");
  }
  return InvalidArgument("this kind of value is not known here");
}

StatusOr<query::Datum> DecodeDatum(const v1::Value& value, int nesting_max,
                                   const NodeResolver& nodes) {
  const bool composite =
      value.kind_case() == v1::Value::kList || value.kind_case() == v1::Value::kMap;
  if (!composite) {
    SL_ASSIGN_OR_RETURN(storage::Value decoded, DecodeValue(value, nodes));
    return query::Datum(std::move(decoded));
  }
  if (nesting_max <= 0) return InvalidArgument("lists and maps are nested too deep");
  if (value.comparator() != v1::COMPARATOR_UNSPECIFIED) {
    return InvalidArgument("only numbers, money, quantities and percentages take a comparator");
  }
  if (value.has_list()) {
    query::DatumList list;
    list.reserve(static_cast<size_t>(value.list().values_size()));
    for (const v1::Value& element : value.list().values()) {
      SL_ASSIGN_OR_RETURN(query::Datum decoded, DecodeDatum(element, nesting_max - 1, nodes));
      list.push_back(std::move(decoded));
    }
    return query::Datum(std::move(list));
  }
  query::DatumMap map;
  std::set<std::string_view> keys;
  for (const v1::ValueMapEntry& entry : value.map().entries()) {
    if (!keys.insert(entry.key()).second) {
      return InvalidArgument("a map has the key '{}' twice", entry.key());
    }
    SL_ASSIGN_OR_RETURN(query::Datum decoded, DecodeDatum(entry.value(), nesting_max - 1, nodes));
    map.emplace_back(entry.key(), std::move(decoded));
  }
  return query::Datum(std::move(map));
}

std::optional<storage::TlpLabel> DecodeTlpLabel(v1::TlpLabel label) {
  if (label == v1::TLP_LABEL_UNSPECIFIED) return storage::TlpLabel::kClear;
  if (!v1::TlpLabel_IsValid(label)) return std::nullopt;
  // The wire's labels begin at 1, with "not given" before them.
  return static_cast<storage::TlpLabel>(label - 1);
}

StatusOr<storage::Marking> DecodeMarking(const v1::Marking& marking, std::string* field) {
  *field = "tlp";
  const std::optional<storage::TlpLabel> tlp = DecodeTlpLabel(marking.tlp());
  if (!tlp) return InvalidArgument("there is no TLP label {}", static_cast<int>(marking.tlp()));
  storage::Marking decoded;
  decoded.tlp = *tlp;
  *field = "access";
  decoded.access = marking.access();
  SL_RETURN_IF_ERROR(storage::AccessExpression::Parse(decoded.access).status());
  return decoded;
}

StatusOr<storage::TimeInterval> DecodeInterval(const v1::TimeInterval& interval) {
  storage::TimeInterval decoded;
  const auto bound = [](bool given, const google::protobuf::Timestamp& at, bool open,
                        storage::TimeBound* out) -> Status {
    if (given && open) return InvalidArgument("a bound is given or open, not both");
    if (open) out->kind = storage::BoundKind::kOpen;
    if (given) {
      SL_ASSIGN_OR_RETURN(const storage::Instant instant, DecodeInstant(at));
      *out = {storage::BoundKind::kAt, instant.micros};
    }
    return OkStatus();
  };
  SL_RETURN_IF_ERROR(
      bound(interval.has_from(), interval.from(), interval.from_open(), &decoded.from));
  SL_RETURN_IF_ERROR(bound(interval.has_to(), interval.to(), interval.to_open(), &decoded.to));
  if (decoded.from.kind == storage::BoundKind::kAt && decoded.to.kind == storage::BoundKind::kAt &&
      decoded.to.micros <= decoded.from.micros) {
    return InvalidArgument("the interval ends before it begins");
  }
  return decoded;
}

void EncodeInterval(const storage::TimeInterval& interval, v1::TimeInterval* out) {
  out->Clear();
  out->set_from_open(interval.from.kind == storage::BoundKind::kOpen);
  out->set_to_open(interval.to.kind == storage::BoundKind::kOpen);
  if (interval.from.kind == storage::BoundKind::kAt) {
    SetTimestamp(interval.from.micros, out->mutable_from());
  }
  if (interval.to.kind == storage::BoundKind::kAt) {
    SetTimestamp(interval.to.micros, out->mutable_to());
  }
}

}  // namespace sightline::server
