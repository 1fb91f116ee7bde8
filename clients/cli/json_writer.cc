#include "clients/cli/json_writer.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "clients/cli/value_text.h"

namespace sightline::cli {
namespace {

using Json = nlohmann::ordered_json;

Json OfInteger(int64_t integer) {
  // Most readers of JSON hold numbers as doubles, exact up to 2^53.
  constexpr int64_t kExact = int64_t{1} << 53;
  if (integer >= -kExact && integer <= kExact) return integer;
  return std::to_string(integer);
}

Json OfDouble(double real) {
  if (std::isfinite(real)) return real;
  return std::isnan(real) ? "NaN" : real > 0 ? "Infinity" : "-Infinity";
}

// A number while a double can hold all its digits, else text.
Json OfDecimal(const v1::Decimal& decimal) {
  const std::string text = DecimalText(decimal);
  constexpr int64_t kFifteenDigits = 999'999'999'999'999;
  if (decimal.unscaled() < -kFifteenDigits || decimal.unscaled() > kFifteenDigits) return text;
  if (decimal.scale() == 0) return decimal.unscaled();
  return std::stod(text);
}

Json OfNode(client::NodeId node, const client::NodeCards& cards) {
  const v1::NodeCard* card = cards.Find(node);
  if (card == nullptr) return {{"id", nullptr}, {"class", nullptr}, {"caption", nullptr}};
  return {{"id", card->external_id()},
          {"class", card->class_name().empty() ? Json(nullptr) : Json(card->class_name())},
          {"caption", card->caption()}};
}

Json OfValue(const v1::Value& value, const client::NodeCards& cards);

Json OfFact(const v1::Fact& fact, const client::NodeCards& cards) {
  return {{"subject", OfNode(client::NodeId{fact.subject()}, cards)},
          {"predicate", fact.predicate()},
          {"object", OfValue(fact.object(), cards)}};
}

Json OfValue(const v1::Value& value, const client::NodeCards& cards) {
  Json json;
  switch (value.kind_case()) {
    case v1::Value::kBoolean:
      return value.boolean();
    case v1::Value::kInteger:
      json = OfInteger(value.integer());
      break;
    case v1::Value::kDecimal:
      json = OfDecimal(value.decimal());
      break;
    case v1::Value::kReal:
      json = OfDouble(value.real());
      break;
    case v1::Value::kText:
      if (value.text().language().empty()) return value.text().text();
      return {{"text", value.text().text()}, {"language", value.text().language()}};
    case v1::Value::kDate:
      return DateText(value.date());
    case v1::Value::kInstant:
      return InstantText(value.instant());
    case v1::Value::kMoney:
      json = {{"amount", OfDecimal(value.money().amount())},
              {"currency", value.money().currency()}};
      break;
    case v1::Value::kQuantity:
      json = {{"amount", OfDecimal(value.quantity().amount())}, {"unit", value.quantity().unit()}};
      break;
    case v1::Value::kPercentage:
      json = {{"percent", OfDecimal(value.percentage())}};
      break;
    case v1::Value::kGeoPoint:
      return {{"latitude", OfDouble(value.geo_point().latitude())},
              {"longitude", OfDouble(value.geo_point().longitude())}};
    case v1::Value::kNode:
      return OfNode(client::NodeId{value.node()}, cards);
    case v1::Value::kNodeId:
      return {{"id", value.node_id()}, {"class", nullptr}, {"caption", nullptr}};
    case v1::Value::kList:
      json = Json::array();
      for (const v1::Value& element : value.list().values()) {
        json.push_back(OfValue(element, cards));
      }
      return json;
    case v1::Value::kMap:
      json = Json::object();
      for (const v1::ValueMapEntry& entry : value.map().entries()) {
        json[entry.key()] = OfValue(entry.value(), cards);
      }
      return json;
    case v1::Value::kFact:
      return OfFact(value.fact(), cards);
    case v1::Value::kPath: {
      json = {{"nodes", Json::array()}, {"facts", Json::array()}};
      for (const uint64_t node : value.path().nodes()) {
        json["nodes"].push_back(OfNode(client::NodeId{node}, cards));
      }
      for (const v1::Fact& fact : value.path().facts()) {
        json["facts"].push_back(OfFact(fact, cards));
      }
      return json;
    }
    case v1::Value::KIND_NOT_SET:
      return nullptr;
  }
  const std::string comparator = ComparatorText(value.comparator());
  if (comparator.empty()) return json;
  if (!json.is_object()) json = {{"value", json}};
  json["comparator"] = comparator;
  return json;
}

Json OfCell(const client::Cell& cell, const client::NodeCards& cards) {
  struct Visitor {
    const client::NodeCards& cards;
    Json operator()(std::monostate) const { return nullptr; }
    Json operator()(bool boolean) const { return boolean; }
    Json operator()(int64_t integer) const { return OfInteger(integer); }
    Json operator()(double real) const { return OfDouble(real); }
    Json operator()(std::string_view text) const { return std::string(text); }
    Json operator()(client::NodeId node) const { return OfNode(node, cards); }
    Json operator()(const v1::Value* value) const { return OfValue(*value, cards); }
  };
  return std::visit(Visitor{cards}, cell);
}

// JSON escapes U+0000 to U+001F; DEL and U+0080 to U+009F command terminals as well.
std::string Dump(const Json& json) {
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.find_first_of("\x7f\xc2") == std::string::npos) return text;
  std::string safe;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == 0x7F) {
      safe += "\\u007f";
    } else if (byte == 0xC2 && i + 1 < text.size() &&
               static_cast<unsigned char>(text[i + 1]) < 0xA0) {
      safe += fmt::format("\\u{:04x}", static_cast<unsigned char>(text[++i]));
    } else {
      safe += text[i];
    }
  }
  return safe;
}

}  // namespace

std::string CellJson(const client::Cell& cell, const client::NodeCards& cards) {
  return Dump(OfCell(cell, cards));
}

std::string JsonString(std::string_view text) { return Dump(Json(std::string(text))); }

void JsonWriter::Begin(const v1::ResultHeader& header) {
  for (const v1::ColumnSpec& column : header.columns()) {
    names_.push_back(JsonString(column.name()));
  }
  if (layout_ == Layout::kArray) out_->Write("[");
}

void JsonWriter::Add(client::ResultBatch batch, const client::NodeCards& cards) {
  std::string line;
  for (size_t row = 0; row < batch.row_count(); ++row) {
    line.clear();
    if (layout_ == Layout::kArray) line += is_first_ ? "\n  " : ",\n  ";
    is_first_ = false;
    line += '{';
    for (size_t column = 0; column < batch.column_count(); ++column) {
      if (column > 0) line += ',';
      line += names_[column];
      line += ':';
      line += CellJson(batch.cell(column, row), cards);
    }
    line += layout_ == Layout::kArray ? "}" : "}\n";
    out_->Write(line);
  }
}

void JsonWriter::End(const client::NodeCards&) {
  if (layout_ == Layout::kArray) out_->Write(is_first_ ? "]\n" : "\n]\n");
}

}  // namespace sightline::cli
