#include "tests/reference/cell_text.h"

#include <algorithm>

namespace sightline::reference {

std::string ValueCellText(const storage::Value& value) {
  return value.type() == storage::ValueType::kText ? "'" + value.ToString() + "'"
                                                   : value.ToString();
}

std::string CellText(const query::Datum& datum, const TermText& term_text, ListOrder order) {
  if (datum.is_null()) return "null";
  if (!datum.node().is_none()) return "#" + term_text(datum.node());
  if (const storage::Value* value = datum.value()) return ValueCellText(*value);
  if (const query::FactDatum* fact = datum.fact()) {
    const bool node = fact->fact.object.is_node();
    return "(#" + term_text(fact->fact.subject) + ")-[:" + term_text(fact->fact.predicate) +
           "]->(" + (node ? "#" : "") + term_text(fact->fact.object) + ")";
  }
  if (const query::DatumList* list = datum.list()) {
    std::vector<std::string> items;
    for (const query::Datum& item : *list) items.push_back(CellText(item, term_text, order));
    if (order == ListOrder::kSorted) std::sort(items.begin(), items.end());
    std::string text = "[";
    for (const std::string& item : items) text += (text.size() > 1 ? ", " : "") + item;
    return text + "]";
  }
  if (const query::DatumMap* map = datum.map()) {
    std::string text = "{";
    for (const auto& [key, value] : *map) {
      text += (text.size() > 1 ? ", " : "") + key + ": " + CellText(value, term_text, order);
    }
    return text + "}";
  }
  return "path of " + std::to_string(datum.path()->facts.size());
}

std::string RowText(const std::vector<query::Datum>& row, const TermText& term_text,
                    ListOrder order) {
  std::string text;
  for (const query::Datum& cell : row) {
    text += (text.empty() ? "" : " | ") + CellText(cell, term_text, order);
  }
  return text;
}

}  // namespace sightline::reference
