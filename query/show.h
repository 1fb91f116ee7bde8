// SHOW and DESCRIBE: tables of what is defined, and of who says something.

#pragma once

#include <vector>

#include "query/binder/binder.h"
#include "query/table.h"
#include "storage/base/cancellation.h"
#include "storage/txn/read_view.h"

namespace sightline::query {

// CLASSES: name, label, under, note. PREDICATES: name, label, from, to, cardinality, traits,
// inverse, under, note; several names in one cell are joined by | as DEFINE takes them. SOURCES:
// source, name, role ("claimant", "document", "dataset"), statements, reliability; statements that
// the reader may not see are not counted, and a source of nothing else is not listed. QUERIES:
// name, parameters, definition, note, marking; EDGES the same but for the parameters; those that
// the reader may not see are not listed.
//
// NAMED keeps the rows whose name or label contains the text, both folded
// (storage/text/name_folding.h). Errors: the store's; kCancelled, SL5002 from the token,
// which may be null.
StatusOr<Table> Show(const BoundShow& show, const storage::ReadView& view,
                     const storage::CancellationToken* cancellation);

// The definition of one class, predicate, stored query or defined edge: property, value, a row for
// each property that is set. Errors: kInternal when there is none, as the binder has looked.
StatusOr<Table> Describe(const BoundDescribe& describe, const storage::ReadView& view);

}  // namespace sightline::query
