#include "tests/unit/server/ingest/store_sink.h"

#include <utility>

namespace sightline::server {

Status StoreSink::DefineClass(const ImportedClass& definition) {
  SL_ASSIGN_OR_RETURN(const auto view, transaction_.View());
  if (view->catalog().FindClass(definition.name) != nullptr) return OkStatus();
  storage::ClassDefinition stored;
  stored.name = definition.name;
  stored.parents.assign(definition.parents.begin(), definition.parents.end());
  return transaction_.Define(std::move(stored));
}

Status StoreSink::DefinePredicate(const ImportedPredicate& definition) {
  SL_ASSIGN_OR_RETURN(const auto view, transaction_.View());
  if (view->catalog().FindPredicate(definition.name) != nullptr) return OkStatus();
  storage::PredicateDefinition stored;
  stored.name = definition.name;
  return transaction_.Define(std::move(stored));
}

StatusOr<storage::TermId> StoreSink::TermOf(const ImportedObject& object) {
  switch (object.kind) {
    case ImportedObject::Kind::kNode:
      return transaction_.InternEntity(object.node.external_id);
    case ImportedObject::Kind::kText:
      return transaction_.InternValue(
          storage::Value::OfText(std::string(object.text), std::string(object.language)));
    case ImportedObject::Kind::kValue:
      break;
  }
  return transaction_.InternValue(*object.value);
}

StatusOr<StatementHandle> StoreSink::OpenStatement(const ImportedStatement& header) {
  storage::StatementDraft draft;
  SL_ASSIGN_OR_RETURN(draft.context.claimant, transaction_.InternEntity(header.claimant));
  SL_ASSIGN_OR_RETURN(draft.context.dataset, transaction_.InternEntity(header.dataset));
  draft.context.mode = header.mode;
  draft.context.marking = header.marking;
  for (const ImportedQualifier& qualifier : header.qualifiers) {
    storage::Qualifier stored;
    SL_ASSIGN_OR_RETURN(stored.predicate, transaction_.InternEntity(qualifier.predicate));
    SL_ASSIGN_OR_RETURN(stored.value, TermOf(qualifier.value));
    draft.qualifiers.push_back(stored);
  }
  open_.emplace(next_, std::move(draft));
  return next_++;
}

Status StoreSink::AddFact(StatementHandle statement, ImportedNode subject,
                          std::string_view predicate, const ImportedObject& object) {
  storage::Fact fact;
  SL_ASSIGN_OR_RETURN(fact.subject, transaction_.InternEntity(subject.external_id));
  SL_ASSIGN_OR_RETURN(fact.predicate, transaction_.InternEntity(predicate));
  SL_ASSIGN_OR_RETURN(fact.object, TermOf(object));
  open_[statement].facts.push_back(fact);
  return OkStatus();
}

Status StoreSink::CloseStatement(StatementHandle statement) {
  const storage::StatementDraft draft = std::move(open_[statement]);
  open_.erase(statement);
  if (draft.facts.empty()) return OkStatus();
  return transaction_.Add(draft).status();
}

}  // namespace sightline::server
