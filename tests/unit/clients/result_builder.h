// Results made by hand, column by column, in the layout that servers send.

#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "clients/cpp/result_batch.h"
#include "sightline/v1/query_service.pb.h"

namespace sightline::client {

class ResultBuilder {
 public:
  ResultBuilder& Bools(const std::string& name, const std::vector<std::optional<bool>>& cells) {
    v1::Column* column = Add(name, v1::COLUMN_TYPE_BOOL, cells);
    std::string bits((cells.size() + 7) / 8, '\0');
    for (size_t i = 0; i < cells.size(); ++i) {
      if (cells[i].value_or(false)) bits[i / 8] = static_cast<char>(bits[i / 8] | 1 << (i % 8));
    }
    column->set_data(bits);
    return *this;
  }
  ResultBuilder& Integers(const std::string& name,
                          const std::vector<std::optional<int64_t>>& cells) {
    return Fixed(name, v1::COLUMN_TYPE_INT64, cells);
  }
  ResultBuilder& Doubles(const std::string& name, const std::vector<std::optional<double>>& cells) {
    return Fixed(name, v1::COLUMN_TYPE_DOUBLE, cells);
  }
  ResultBuilder& Nodes(const std::string& name, const std::vector<std::optional<uint64_t>>& cells) {
    return Fixed(name, v1::COLUMN_TYPE_NODE, cells);
  }
  ResultBuilder& Texts(const std::string& name,
                       const std::vector<std::optional<std::string>>& cells) {
    v1::Column* column = Add(name, v1::COLUMN_TYPE_TEXT, cells);
    std::string data, offsets;
    AppendRaw(int32_t{0}, &offsets);
    for (const auto& cell : cells) {
      data += cell.value_or("");
      AppendRaw(static_cast<int32_t>(data.size()), &offsets);
    }
    column->set_data(data);
    column->set_offsets(offsets);
    return *this;
  }
  ResultBuilder& Values(const std::string& name, const std::vector<v1::Value>& cells) {
    v1::ColumnSpec* spec = header.add_columns();
    spec->set_name(name);
    spec->set_type(v1::COLUMN_TYPE_VALUE);
    v1::Column* column = batch.add_columns();
    for (const v1::Value& value : cells) *column->add_values() = value;
    batch.set_row_count(static_cast<int32_t>(cells.size()));
    return *this;
  }
  ResultBuilder& Card(uint64_t id, const std::string& external_id, const std::string& class_name,
                      const std::string& caption) {
    v1::NodeCard* card = batch.add_cards();
    card->set_id(id);
    card->set_external_id(external_id);
    card->set_class_name(class_name);
    card->set_caption(caption);
    return *this;
  }

  std::vector<v1::ColumnType> Types() const {
    std::vector<v1::ColumnType> types;
    for (const v1::ColumnSpec& column : header.columns()) types.push_back(column.type());
    return types;
  }
  // REQUIRES: the buffers are right.
  ResultBatch Decoded() const { return *ResultBatch::Decode(batch, Types()); }
  NodeCards Cards() const {
    NodeCards cards;
    for (const v1::NodeCard& card : batch.cards()) cards.Add(card);
    return cards;
  }

  v1::ResultHeader header;
  v1::ColumnBatch batch;

 private:
  template <typename T>
  static void AppendRaw(T value, std::string* out) {
    char raw[sizeof(T)];
    std::memcpy(raw, &value, sizeof(T));
    out->append(raw, sizeof(T));
  }
  template <typename T>
  v1::Column* Add(const std::string& name, v1::ColumnType type,
                  const std::vector<std::optional<T>>& cells) {
    v1::ColumnSpec* spec = header.add_columns();
    spec->set_name(name);
    spec->set_type(type);
    v1::Column* column = batch.add_columns();
    std::string validity((cells.size() + 7) / 8, '\0');
    bool has_null = false;
    for (size_t i = 0; i < cells.size(); ++i) {
      has_null |= !cells[i].has_value();
      if (cells[i]) validity[i / 8] = static_cast<char>(validity[i / 8] | 1 << (i % 8));
    }
    if (has_null) column->set_validity(validity);
    batch.set_row_count(static_cast<int32_t>(cells.size()));
    return column;
  }
  template <typename T>
  ResultBuilder& Fixed(const std::string& name, v1::ColumnType type,
                       const std::vector<std::optional<T>>& cells) {
    v1::Column* column = Add(name, type, cells);
    std::string data;
    for (const auto& cell : cells) AppendRaw(cell.value_or(T{}), &data);
    column->set_data(data);
    return *this;
  }
};

// --- Values
// ---------------------------------------------------------------------------------------

inline v1::Decimal MakeDecimal(int64_t unscaled, int32_t scale) {
  v1::Decimal decimal;
  decimal.set_unscaled(unscaled);
  decimal.set_scale(scale);
  return decimal;
}
inline v1::Value IntegerValue(int64_t integer,
                              v1::Comparator comparator = v1::COMPARATOR_UNSPECIFIED) {
  v1::Value value;
  value.set_integer(integer);
  value.set_comparator(comparator);
  return value;
}
inline v1::Value DecimalValue(int64_t unscaled, int32_t scale) {
  v1::Value value;
  *value.mutable_decimal() = MakeDecimal(unscaled, scale);
  return value;
}
inline v1::Value TextValue(const std::string& text, const std::string& language = "") {
  v1::Value value;
  value.mutable_text()->set_text(text);
  value.mutable_text()->set_language(language);
  return value;
}
inline v1::Value MoneyValue(int64_t amount, const std::string& currency,
                            v1::Comparator comparator = v1::COMPARATOR_UNSPECIFIED) {
  v1::Value value;
  *value.mutable_money()->mutable_amount() = MakeDecimal(amount, 0);
  value.mutable_money()->set_currency(currency);
  value.set_comparator(comparator);
  return value;
}
inline v1::Value PercentageValue(int64_t percent,
                                 v1::Comparator comparator = v1::COMPARATOR_UNSPECIFIED) {
  v1::Value value;
  *value.mutable_percentage() = MakeDecimal(percent, 0);
  value.set_comparator(comparator);
  return value;
}
inline v1::Value DateValue(int year, int month, int day, int quarter = 0) {
  v1::Value value;
  value.mutable_date()->set_year(year);
  value.mutable_date()->set_month(month);
  value.mutable_date()->set_day(day);
  value.mutable_date()->set_quarter(quarter);
  return value;
}
inline v1::Value NodeValue(uint64_t node) {
  v1::Value value;
  value.set_node(node);
  return value;
}
inline v1::Value BooleanValue(bool boolean) {
  v1::Value value;
  value.set_boolean(boolean);
  return value;
}
inline v1::Value ListValue(const std::vector<v1::Value>& elements) {
  v1::Value value;
  value.mutable_list();
  for (const v1::Value& element : elements) *value.mutable_list()->add_values() = element;
  return value;
}
inline v1::Value MapValue(const std::vector<std::pair<std::string, v1::Value>>& entries) {
  v1::Value value;
  value.mutable_map();
  for (const auto& [key, element] : entries) {
    v1::ValueMapEntry* entry = value.mutable_map()->add_entries();
    entry->set_key(key);
    *entry->mutable_value() = element;
  }
  return value;
}
inline v1::Value FactValue(uint64_t subject, const std::string& predicate,
                           const v1::Value& object) {
  v1::Value value;
  value.mutable_fact()->set_subject(subject);
  value.mutable_fact()->set_predicate(predicate);
  *value.mutable_fact()->mutable_object() = object;
  return value;
}

}  // namespace sightline::client
