// From a statement that an importer read to the one that the store is to keep: its external ids
// become terms, by the means of whoever writes it.
//
// Free function; as thread-safe as what it is given.

#pragma once

#include "server/ingest/import_sink.h"
#include "storage/base/status.h"
#include "storage/model/statement.h"

namespace sightline::server {

// All of a statement but its facts. `node_of` (ImportedNode), `predicate_of` (external id) and
// `object_of` (ImportedObject) give StatusOr<TermId>, `statement_of` (StatementHandle) gives a
// StatementId. Errors: theirs.
template <typename NodeOf, typename PredicateOf, typename ObjectOf, typename StatementOf>
StatusOr<storage::StatementDraft> DraftOf(const ImportedStatement& header, const NodeOf& node_of,
                                          const PredicateOf& predicate_of,
                                          const ObjectOf& object_of,
                                          const StatementOf& statement_of) {
  storage::StatementDraft draft;
  draft.polarity = header.polarity;
  SL_ASSIGN_OR_RETURN(draft.context.claimant, node_of(header.claimant));
  if (!header.document.empty()) {
    SL_ASSIGN_OR_RETURN(draft.context.document, node_of(header.document));
  }
  if (!header.dataset.empty()) {
    SL_ASSIGN_OR_RETURN(draft.context.dataset, node_of(header.dataset));
  }
  for (const std::string_view source : header.via) {
    SL_ASSIGN_OR_RETURN(const storage::TermId term, node_of(source));
    draft.context.via.push_back(term);
  }
  draft.context.marking = header.marking;
  draft.context.reliability = header.reliability;
  draft.context.mode = header.mode;
  draft.context.said = header.said;
  draft.credibility = header.credibility;
  draft.valid = header.valid;
  draft.span = header.text_span;
  draft.quote = header.quote;
  for (const StatementHandle origin : header.derived_from) {
    draft.derived_from.push_back(statement_of(origin));
  }
  for (const ImportedQualifier& qualifier : header.qualifiers) {
    SL_ASSIGN_OR_RETURN(const storage::TermId predicate, predicate_of(qualifier.predicate));
    SL_ASSIGN_OR_RETURN(const storage::TermId value, object_of(qualifier.value));
    draft.qualifiers.push_back({predicate, value});
  }
  return draft;
}

}  // namespace sightline::server
