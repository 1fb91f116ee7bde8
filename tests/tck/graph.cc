#include "tests/tck/graph.h"

#include <algorithm>
#include <utility>

#include "storage/catalog/catalog.h"
#include "tests/tck/set_up.h"

namespace sightline::tck {
namespace {

using query::Datum;
using storage::TermId;
using storage::Value;

StatusOr<TckValue> ScalarOf(const Value& value) {
  if (value.is_null()) return TckValue();
  if (const auto* boolean = value.get_if<bool>()) return TckValue::OfBoolean(*boolean);
  if (const auto* integer = value.get_if<int64_t>()) return TckValue::OfInteger(*integer);
  if (const auto* number = value.get_if<double>()) return TckValue::OfFloat(*number);
  if (const auto* text = value.get_if<storage::Text>()) return TckValue::OfText(text->text);
  TckValue other;  // A type that openCypher does not have: equal to nothing that the TCK expects.
  other.text = value.ToString();
  return other;
}

}  // namespace

TckGraph::TckGraph() {
  engine_ = std::make_unique<query::QueryEngine>(&*store_, query::EngineOptions());
}

void TckGraph::Define(const std::string& name, storage::Cardinality cardinality) {
  // The names that every store knows are as they are.
  if (!predicates_.insert(name).second || name == storage::kName || name == storage::kAlias) return;
  storage::PredicateDefinition definition;
  definition.name = name;
  definition.cardinality = cardinality;
  store_.Define(std::move(definition));
}

Status TckGraph::Create(std::string_view cypher) {
  SL_ASSIGN_OR_RETURN(const SetUp set_up, TranslateSetUp(cypher, &documents_));
  Define(std::string(kNodePredicate), storage::Cardinality::kOne);
  for (const std::string& label : set_up.labels) {
    if (labels_.insert(label).second) store_.DefineClass(label);
  }
  for (const std::string& type : set_up.relationship_types) {
    Define(type, storage::Cardinality::kMany);
  }
  for (const auto& [property, is_list] : set_up.properties) {
    if (is_list) lists_.insert(property);
    Define(property, is_list ? storage::Cardinality::kMany : storage::Cardinality::kOne);
  }
  store_.Commit();
  query::QueryRequest request;
  request.text = set_up.slql;
  request.clearance = storage::Clearance::Unrestricted();
  SL_ASSIGN_OR_RETURN(const auto cursor, engine_->Execute(request));
  query::ResultBatch batch;
  for (;;) {
    SL_ASSIGN_OR_RETURN(const size_t rows, cursor->Next(&batch));
    if (rows == 0) break;
  }
  empty_ = false;
  return OkStatus();
}

StatusOr<TckResult> TckGraph::Run(std::string_view query,
                                  const std::map<std::string, TckValue>& parameters) {
  query::QueryRequest request;
  request.clearance = storage::Clearance::Unrestricted();
  request.read_only = true;
  for (const auto& [name, value] : parameters) {
    SL_ASSIGN_OR_RETURN(Datum datum, DatumOf(value));
    request.parameters.emplace(name, std::move(datum));
  }
  std::string text = "CYPHER ";
  if (!empty_) {
    // By parameter: an id that nobody speaks of names nothing.
    const TermId source = store_.Entity(kSource);
    store_.Commit();
    request.parameters.emplace("tckSource", Datum::OfNode(source));
    text += "ACCORDING TO $tckSource ";
  }
  text += query;
  request.text = text;
  return Collect(request);
}

StatusOr<TckResult> TckGraph::Collect(const query::QueryRequest& request) {
  SL_ASSIGN_OR_RETURN(const auto cursor, engine_->Execute(request));
  const std::shared_ptr<const storage::ReadView> view = store_.View();
  TckResult result;
  for (const query::Column& column : cursor->columns()) result.columns.push_back(column.name);
  query::ResultBatch batch;
  for (;;) {
    SL_ASSIGN_OR_RETURN(const size_t rows, cursor->Next(&batch));
    if (rows == 0) break;
    for (size_t row = 0; row < batch.row_count; ++row) {
      result.rows.emplace_back();
      for (const std::vector<Datum>& column : batch.columns) {
        SL_ASSIGN_OR_RETURN(result.rows.back().emplace_back(),
                            ValueOf(column[row], *cursor, *view));
      }
    }
  }
  const query::QuerySummary& summary = cursor->summary();
  result.wrote = summary.statements_added + summary.statements_existing +
                     summary.statements_retracted + summary.definitions >
                 0;
  return result;
}

StatusOr<TckValue> TckGraph::ValueOf(const Datum& datum, const query::ResultCursor& cursor,
                                     const storage::ReadView& view) const {
  if (const TermId node = datum.node(); !node.is_none()) return NodeOf(node, view);
  if (const Value* value = datum.value()) return ScalarOf(*value);
  TckValue made;
  made.text.clear();
  if (const query::DatumList* list = datum.list()) {
    made.kind = TckValue::Kind::kList;
    for (const Datum& item : *list) {
      SL_ASSIGN_OR_RETURN(made.items.emplace_back(), ValueOf(item, cursor, view));
    }
    return made;
  }
  if (const query::DatumMap* map = datum.map()) {
    made.kind = TckValue::Kind::kMap;
    for (const auto& [key, item] : *map) {
      SL_ASSIGN_OR_RETURN(made.entries[key], ValueOf(item, cursor, view));
    }
    return made;
  }
  if (const query::FactDatum* fact = datum.fact()) return RelationshipOf(*fact, view);
  const query::PathDatum& path = *datum.path();
  made.kind = TckValue::Kind::kPath;
  SL_ASSIGN_OR_RETURN(made.items.emplace_back(), NodeOf(path.nodes.front(), view));
  for (size_t i = 0; i < path.facts.size(); ++i) {
    made.text += path.facts[i].fact.subject == path.nodes[i] ? '>' : '<';
    SL_ASSIGN_OR_RETURN(made.items.emplace_back(), RelationshipOf(path.facts[i], view));
    SL_ASSIGN_OR_RETURN(made.items.emplace_back(), NodeOf(path.nodes[i + 1], view));
  }
  return made;
}

Status TckGraph::AddProperty(TermId predicate, TermId value, const storage::ReadView& view,
                             TckValue* element) const {
  SL_ASSIGN_OR_RETURN(const std::string name, view.ExternalIdOf(predicate));
  if (name == kNodePredicate) return OkStatus();
  SL_ASSIGN_OR_RETURN(const Value held, view.ValueOf(value));
  SL_ASSIGN_OR_RETURN(TckValue scalar, ScalarOf(held));
  if (!lists_.contains(name)) {
    element->entries[name] = std::move(scalar);
    return OkStatus();
  }
  TckValue& list = element->entries[name];
  list.kind = TckValue::Kind::kList;
  list.items.push_back(std::move(scalar));
  return OkStatus();
}

StatusOr<TckValue> TckGraph::NodeOf(TermId node, const storage::ReadView& view) const {
  TckValue made;
  made.kind = TckValue::Kind::kNode;
  made.text.clear();
  std::vector<storage::Quad> quads = test::QuadsIn(
      view, storage::Permutation::kSpo, storage::KeyPrefix::Of(node), view.default_scope());
  // The items of a list are in the order of their statements.
  std::stable_sort(quads.begin(), quads.end(), [](const storage::Quad& a, const storage::Quad& b) {
    return a.statement < b.statement;
  });
  for (const storage::Quad& quad : quads) {
    const storage::Fact& fact = quad.fact;
    if (fact.object.is_node()) {
      SL_ASSIGN_OR_RETURN(const std::string predicate, view.ExternalIdOf(fact.predicate));
      if (predicate != storage::kInstanceOf) continue;
      SL_ASSIGN_OR_RETURN(made.names.emplace_back(), view.ExternalIdOf(fact.object));
      continue;
    }
    SL_RETURN_IF_ERROR(AddProperty(fact.predicate, fact.object, view, &made));
  }
  std::sort(made.names.begin(), made.names.end());
  return made;
}

StatusOr<TckValue> TckGraph::RelationshipOf(const query::FactDatum& fact,
                                            const storage::ReadView& view) const {
  TckValue made;
  made.kind = TckValue::Kind::kRelationship;
  made.text.clear();
  SL_ASSIGN_OR_RETURN(made.names.emplace_back(), view.ExternalIdOf(fact.fact.predicate));
  SL_ASSIGN_OR_RETURN(const storage::Statement statement, view.GetStatement(fact.statement));
  for (const storage::Qualifier& qualifier : statement.content.qualifiers) {
    SL_RETURN_IF_ERROR(AddProperty(qualifier.predicate, qualifier.value, view, &made));
  }
  return made;
}

}  // namespace sightline::tck
