#include "clients/cli/value_text.h"

#include <fmt/format.h>

#include <chrono>
#include <string_view>

namespace sightline::cli {
namespace {

enum class Place { kTop, kWithin };

std::string Text(const v1::Value& value, const client::NodeCards& cards, Place place);

std::string FactText(const v1::Fact& fact, const client::NodeCards& cards) {
  return fmt::format("({})-[:{}]->({})", NodeText(client::NodeId{fact.subject()}, cards),
                     fact.predicate(), Text(fact.object(), cards, Place::kWithin));
}

// The way as it was walked: a fact that points back is drawn <-[:p]-.
std::string PathText(const v1::Path& path, const client::NodeCards& cards) {
  std::string text;
  for (int i = 0; i < path.nodes_size(); ++i) {
    if (i > 0 && i <= path.facts_size()) {
      const v1::Fact& fact = path.facts(i - 1);
      const bool is_forward = fact.subject() == path.nodes(i - 1);
      text += is_forward ? fmt::format("-[:{}]->", fact.predicate())
                         : fmt::format("<-[:{}]-", fact.predicate());
    }
    text += fmt::format("({})", NodeText(client::NodeId{path.nodes(i)}, cards));
  }
  return text;
}

std::string Text(const v1::Value& value, const client::NodeCards& cards, Place place) {
  std::string sign = ComparatorText(value.comparator());
  if (!sign.empty()) sign += ' ';
  switch (value.kind_case()) {
    case v1::Value::kBoolean:
      return value.boolean() ? "true" : "false";
    case v1::Value::kInteger:
      return sign + std::to_string(value.integer());
    case v1::Value::kDecimal:
      return sign + DecimalText(value.decimal());
    case v1::Value::kReal:
      return sign + DoubleText(value.real());
    case v1::Value::kText: {
      const std::string& text = value.text().text();
      if (place == Place::kTop) return text;
      const std::string& language = value.text().language();
      return language.empty() ? QuotedText(text) : QuotedText(text) + "@" + language;
    }
    case v1::Value::kDate:
      return DateText(value.date());
    case v1::Value::kInstant:
      return InstantText(value.instant());
    case v1::Value::kMoney:
      return fmt::format("{}{} {}", sign, DecimalText(value.money().amount()),
                         value.money().currency());
    case v1::Value::kQuantity:
      return fmt::format("{}{} {}", sign, DecimalText(value.quantity().amount()),
                         value.quantity().unit());
    case v1::Value::kPercentage:
      return fmt::format("{}{} %", sign, DecimalText(value.percentage()));
    case v1::Value::kGeoPoint:
      return fmt::format("({}, {})", DoubleText(value.geo_point().latitude()),
                         DoubleText(value.geo_point().longitude()));
    case v1::Value::kNode:
      return NodeText(client::NodeId{value.node()}, cards);
    case v1::Value::kNodeId:
      return "#" + value.node_id();
    case v1::Value::kList: {
      std::string text;
      for (const v1::Value& element : value.list().values()) {
        if (!text.empty()) text += ", ";
        text += Text(element, cards, Place::kWithin);
      }
      return "[" + text + "]";
    }
    case v1::Value::kMap: {
      std::string text;
      for (const v1::ValueMapEntry& entry : value.map().entries()) {
        if (!text.empty()) text += ", ";
        text += entry.key() + ": " + Text(entry.value(), cards, Place::kWithin);
      }
      return "{" + text + "}";
    }
    case v1::Value::kFact:
      return FactText(value.fact(), cards);
    case v1::Value::kPath:
      return PathText(value.path(), cards);
    case v1::Value::KIND_NOT_SET:
      break;
  }
  return place == Place::kTop ? "" : "null";
}

}  // namespace

std::string QuotedText(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string NodeText(client::NodeId node, const client::NodeCards& cards) {
  const v1::NodeCard* card = cards.Find(node);
  if (card == nullptr) return fmt::format("#?{}", static_cast<uint64_t>(node));
  if (card->caption().empty()) return "#" + card->external_id();
  if (cards.IsShared(card->caption())) {
    return fmt::format("{} (#{})", card->caption(), card->external_id());
  }
  return card->caption();
}

std::string ValueText(const v1::Value& value, const client::NodeCards& cards) {
  return Text(value, cards, Place::kTop);
}

std::string CellText(const client::Cell& cell, const client::NodeCards& cards) {
  struct Visitor {
    const client::NodeCards& cards;
    std::string operator()(std::monostate) const { return ""; }
    std::string operator()(bool boolean) const { return boolean ? "true" : "false"; }
    std::string operator()(int64_t integer) const { return std::to_string(integer); }
    std::string operator()(double real) const { return DoubleText(real); }
    std::string operator()(std::string_view text) const { return std::string(text); }
    std::string operator()(client::NodeId node) const { return NodeText(node, cards); }
    std::string operator()(const v1::Value* value) const { return ValueText(*value, cards); }
  };
  return std::visit(Visitor{cards}, cell);
}

std::string DecimalText(const v1::Decimal& decimal) {
  // The magnitude as unsigned: the most negative number has no positive counterpart.
  const bool is_negative = decimal.unscaled() < 0;
  const uint64_t magnitude = is_negative ? 0 - static_cast<uint64_t>(decimal.unscaled())
                                         : static_cast<uint64_t>(decimal.unscaled());
  std::string digits = std::to_string(magnitude);
  const auto scale = static_cast<size_t>(decimal.scale() < 0 ? 0 : decimal.scale());
  if (scale > 0) {
    if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
    digits.insert(digits.size() - scale, ".");
  }
  return is_negative ? "-" + digits : digits;
}

std::string DateText(const v1::Date& date) {
  if (date.quarter() != 0) return fmt::format("{:04}-Q{}", date.year(), date.quarter());
  if (date.month() == 0) return fmt::format("{:04}", date.year());
  if (date.day() == 0) return fmt::format("{:04}-{:02}", date.year(), date.month());
  return fmt::format("{:04}-{:02}-{:02}", date.year(), date.month(), date.day());
}

std::string InstantText(const google::protobuf::Timestamp& instant) {
  using std::chrono::floor;
  // Out of range only when a server errs; the year would overflow.
  constexpr int64_t kFirst = -62135596800, kLast = 253402300799;
  if (instant.seconds() < kFirst || instant.seconds() > kLast) {
    return fmt::format("{} s after 1970", instant.seconds());
  }
  const std::chrono::sys_seconds time{std::chrono::seconds(instant.seconds())};
  const auto day = floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::string fraction;
  if (instant.nanos() > 0) {
    fraction = fmt::format(".{:09}", instant.nanos());
    while (fraction.back() == '0') fraction.pop_back();
  }
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     fraction);
}

std::string DoubleText(double real) {
  std::string text = fmt::format("{}", real);
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return text;
}

std::string ComparatorText(v1::Comparator comparator) {
  switch (comparator) {
    case v1::COMPARATOR_ABOUT:
      return "~";
    case v1::COMPARATOR_LESS:
      return "<";
    case v1::COMPARATOR_NEARLY:
      return "<~";
    case v1::COMPARATOR_MORE:
      return ">";
    case v1::COMPARATOR_JUST_OVER:
      return ">~";
    default:
      return "";
  }
}

}  // namespace sightline::cli
