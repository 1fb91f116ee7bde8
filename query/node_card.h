// NodeCard: how a node of a result is shown to people.

#pragma once

#include "query/engine.h"
#include "storage/txn/read_view.h"

namespace sightline::query {

// The class is a most specific one that `scope` shows, the first by name when there are several;
// classes that are defined come before kinds that are only named. Errors: the store's.
StatusOr<NodeCard> MakeNodeCard(const storage::ReadView& view, const storage::ScopePtr& scope,
                                storage::TermId node);

}  // namespace sightline::query
