// Definitions: what DEFINE and DROP do, and the prefixes that a text may use.
//
// Thread-safe: free functions.

#pragma once

#include "query/binder/binder.h"
#include "query/parser/prefixes.h"
#include "query/table.h"
#include "storage/txn/read_view.h"
#include "storage/txn/transaction.h"

namespace sightline::query {

// Defines or drops what the statement says, and gives the row that tells of it. Errors: the
// catalog's, with the statement's place. REQUIRES: it is a definition or a drop.
StatusOr<Table> ApplyDefinition(BoundStatement* bound, storage::Transaction* transaction);

// What the reader may begin names with. Borrows the view.
Prefixes PrefixesOf(const storage::ReadView& view);

}  // namespace sightline::query
