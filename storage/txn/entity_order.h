// The order of a view's entities by external id, for sorting many of them.

#pragma once

#include "storage/base/status.h"
#include "storage/dictionary/entity_ranks.h"
#include "storage/txn/read_view.h"

namespace sightline::storage {

// Null when the view has none: one over a transaction's own writes. The first call after the
// store was opened reads all names, later ones those that have been added since. Errors: as
// EntityRanks::Make.
StatusOr<EntityRanksPtr> RanksOfEntities(const ReadView& view,
                                         const EntityRanks::MayGoOn& may_go_on);

}  // namespace sightline::storage
