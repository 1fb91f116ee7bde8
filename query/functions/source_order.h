// Which predicates put one source below another: whoever speaks for the lower one speaks for the
// upper one.

#pragma once

#include <vector>

#include "storage/catalog/catalog.h"
#include "storage/model/term_id.h"

namespace sightline::query {

// partOf, memberOf (when the schema defines it), broader, instanceOf, and what the schema puts
// UNDER them; ascending. From the lower source to the upper one.
std::vector<storage::TermId> SourcePredicates(const storage::Catalog& catalog);

}  // namespace sightline::query
