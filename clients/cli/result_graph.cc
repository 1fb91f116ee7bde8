#include "clients/cli/result_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "clients/cli/value_text.h"

namespace sightline::cli {
namespace {

const v1::Value* Find(const v1::ValueMap& map, std::string_view key) {
  for (const v1::ValueMapEntry& entry : map.entries()) {
    if (entry.key() == key) return &entry.value();
  }
  return nullptr;
}

template <typename Elements>
std::vector<std::string> NamesIn(const Elements& elements) {
  std::set<std::string> names;
  for (const auto& element : elements) {
    for (const auto& [name, values] : element.attributes) names.insert(name);
  }
  return {names.begin(), names.end()};
}

}  // namespace

void ResultGraph::Begin(const v1::ResultHeader& header) {
  for (const v1::ColumnSpec& column : header.columns()) names_.push_back(column.name());
  owners_.resize(names_.size());
  for (size_t i = 0; i < names_.size(); ++i) {
    const size_t dot = names_[i].find('.');
    if (dot == std::string::npos || dot + 1 == names_[i].size()) continue;
    const auto owner = std::find(names_.begin(), names_.end(), names_[i].substr(0, dot));
    if (owner != names_.end()) owners_[i] = static_cast<size_t>(owner - names_.begin());
  }
}

size_t ResultGraph::AddNode(client::NodeId node, const client::NodeCards& cards) {
  const auto [known, is_new] = nodes_by_number_.emplace(static_cast<uint64_t>(node), nodes_.size());
  if (is_new) {
    const v1::NodeCard* card = cards.Find(node);
    Node& added = nodes_.emplace_back();
    added.number = node;
    added.id = card != nullptr ? card->external_id() : fmt::format("?{}", known->first);
    added.caption = card != nullptr && !card->caption().empty() ? card->caption() : added.id;
    added.class_name = card != nullptr ? card->class_name() : "";
  }
  return known->second;
}

std::optional<size_t> ResultGraph::AddFact(const v1::Fact& fact, const client::NodeCards& cards) {
  const size_t from = AddNode(client::NodeId{fact.subject()}, cards);
  if (!fact.object().has_node()) {
    nodes_[from].attributes[fact.predicate()].insert(ValueText(fact.object(), cards));
    return std::nullopt;
  }
  const size_t to = AddNode(client::NodeId{fact.object().node()}, cards);
  const auto [known, is_new] =
      edges_by_key_.emplace(fmt::format("{} {} {}", from, to, fact.predicate()), edges_.size());
  if (is_new) {
    Edge& added = edges_.emplace_back();
    added.from = from;
    added.to = to;
    added.predicate = fact.predicate();
  }
  return known->second;
}

void ResultGraph::AddEvidence(const v1::ValueMap& item, size_t edge) {
  if (const v1::Value* disputed = Find(item, "disputed"); disputed != nullptr) {
    if (disputed->kind_case() == v1::Value::kBoolean)
      edges_[edge].is_disputed = disputed->boolean();
  }
  const v1::Value* statements = Find(item, "statements");
  if (statements == nullptr || !statements->has_list()) return;
  bool is_denied = false;
  for (const v1::Value& statement : statements->list().values()) {
    if (!statement.has_map()) continue;
    const v1::Value* polarity = Find(statement.map(), "polarity");
    is_denied |= polarity != nullptr && polarity->text().text() == "denies";
  }
  edges_[edge].is_denied = is_denied;
}

void ResultGraph::AddValue(const v1::Value& value, const client::NodeCards& cards) {
  switch (value.kind_case()) {
    case v1::Value::kNode:
      AddNode(client::NodeId{value.node()}, cards);
      break;
    case v1::Value::kFact:
      AddFact(value.fact(), cards);
      break;
    case v1::Value::kPath:
      for (const uint64_t node : value.path().nodes()) AddNode(client::NodeId{node}, cards);
      for (const v1::Fact& fact : value.path().facts()) AddFact(fact, cards);
      break;
    case v1::Value::kList:
      for (const v1::Value& element : value.list().values()) AddValue(element, cards);
      break;
    case v1::Value::kMap: {
      // The items of evidence: what else they hold is about the statements, not about the facts.
      const v1::Value* fact = Find(value.map(), "fact");
      if (fact != nullptr && Find(value.map(), "statements") != nullptr) {
        if (!fact->has_fact()) break;
        const std::optional<size_t> edge = AddFact(fact->fact(), cards);
        if (edge) AddEvidence(value.map(), *edge);
        break;
      }
      for (const v1::ValueMapEntry& entry : value.map().entries()) AddValue(entry.value(), cards);
      break;
    }
    default:
      break;
  }
}

void ResultGraph::Add(const client::ResultBatch& batch, const client::NodeCards& cards) {
  for (size_t row = 0; row < batch.row_count() && !is_full(); ++row) {
    for (size_t column = 0; column < batch.column_count(); ++column) {
      if (owners_[column]) continue;
      const client::Cell cell = batch.cell(column, row);
      if (const auto* node = std::get_if<client::NodeId>(&cell)) AddNode(*node, cards);
      if (const auto* value = std::get_if<const v1::Value*>(&cell)) AddValue(**value, cards);
    }
    for (size_t column = 0; column < batch.column_count(); ++column) {
      if (!owners_[column]) continue;
      const client::Cell cell = batch.cell(column, row);
      if (std::holds_alternative<std::monostate>(cell)) continue;
      const std::string name = names_[column].substr(names_[column].find('.') + 1);
      const client::Cell owner = batch.cell(*owners_[column], row);
      const auto* node = std::get_if<client::NodeId>(&owner);
      const auto* value = std::get_if<const v1::Value*>(&owner);
      if (node == nullptr && value == nullptr) continue;
      if (node == nullptr && (*value)->has_fact()) {
        const std::optional<size_t> edge = AddFact((*value)->fact(), cards);
        if (!edge) continue;
        const auto* boolean = std::get_if<bool>(&cell);
        if (boolean != nullptr && name == "disputed") {
          edges_[*edge].is_disputed = *boolean;
        } else if (boolean != nullptr && name == "denied") {
          edges_[*edge].is_denied = *boolean;
        } else {
          edges_[*edge].attributes[name].insert(CellText(cell, cards));
        }
        continue;
      }
      if (node == nullptr && !(*value)->has_node()) continue;
      const client::NodeId number = node != nullptr ? *node : client::NodeId{(*value)->node()};
      nodes_[AddNode(number, cards)].attributes[name].insert(CellText(cell, cards));
    }
  }
}

std::vector<std::string> ResultGraph::NodeAttributeNames() const { return NamesIn(nodes_); }
std::vector<std::string> ResultGraph::EdgeAttributeNames() const { return NamesIn(edges_); }

std::string AttributeText(const std::set<std::string>& values) {
  return fmt::format("{}", fmt::join(values, "; "));
}

}  // namespace sightline::cli
