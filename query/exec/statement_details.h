// StatementDetails: the details of an ASSERT or DENY, {mode: "reported", span: [370, 485] ...}, put
// into a statement draft.
//
//   credibility   1..6                     reliability  "A".."F"       mode  "direct-quote",
//   "reported" ... document, dataset   a node             via          a node or a list of nodes
//   span          [begin, end] in bytes    quote        text
//   said, valid   a date, or [from, to]: dates, instants or their text; the last day included;
//                 null is an open end
//   derived_from  a statement or a list    marking      "TLP:AMBER"    access  "A&B"
// Any other detail is a qualifier: the binder has found its predicate.

#pragma once

#include "query/functions/expression.h"
#include "query/plan/write_plan.h"
#include "storage/model/statement.h"
#include "storage/txn/transaction.h"

namespace sightline::query {

// Sets what the detail says. A null leaves it unsaid. Errors: SL6004 with the detail's place.
Status ApplyDetail(const AssertDetail& detail, const Datum& value,
                   storage::Transaction* transaction, storage::StatementDraft* draft);

// What the binder could not know: whether a value or node that comes with the row is one that the
// predicate takes. Errors: SL3022 at `span`.
Status CheckObject(const AssertPredicate& predicate, const Datum& object, const SourceSpan& span);

// The term of a datum, interned. Errors: SL6004 at `span` for a list or map, and for what the store
// does not take.
StatusOr<storage::TermId> InternDatum(const Datum& datum, const SourceSpan& span,
                                      storage::Transaction* transaction);

}  // namespace sightline::query
