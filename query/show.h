// SHOW CLASSES, PREDICATES and SOURCES: tables of what is defined, and of who says something.

#pragma once

#include <vector>

#include "query/binder/binder.h"
#include "query/engine.h"
#include "storage/base/cancellation.h"
#include "storage/txn/read_view.h"

namespace sightline::query {

struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<Datum>> rows;
};

// CLASSES: name, label, under, note. PREDICATES: name, label, from, to, cardinality, traits,
// inverse, under, note; several names in one cell are joined by | as DEFINE takes them. SOURCES:
// source, name, role ("claimant", "document", "dataset"), statements, reliability; statements that
// the reader may not see are not counted, and a source of nothing else is not listed.
//
// NAMED keeps the rows whose name or label contains the text, both folded
// (storage/text/name_folding.h). Errors: the store's; kCancelled, SL5002 from the token,
// which may be null.
StatusOr<Table> Show(const BoundShow& show, const storage::ReadView& view,
                     const storage::CancellationToken* cancellation);

}  // namespace sightline::query
