// Kinds: the classes and kinds at or below one.
//
// A class is below another by its definition (UNDER); a kind is below a class or kind by a visible
// fact (kind, broader, wider kind), also through sub-predicates of broader.

#pragma once

#include <vector>

#include "storage/base/status.h"
#include "storage/statements/scope.h"
#include "storage/txn/read_view.h"

namespace sightline::query {

// `roots` and everything below them as `scope` has it, ascending. Errors: the store's.
StatusOr<std::vector<storage::TermId>> KindsAtOrBelow(const storage::ReadView& view,
                                                      const storage::Catalog& catalog,
                                                      const storage::ScopePtr& scope,
                                                      const std::vector<storage::TermId>& roots);

// Those of `kinds` (ascending) that are members of themselves: kinds that are no classes, and
// classes that a visible fact speaks of other than by naming an instance or a narrower kind.
// "Supplies optics" can be said of the class; but a class nobody says anything of is not one more
// of its own instances.
StatusOr<std::vector<storage::TermId>> KindsSpokenOf(const storage::ReadView& view,
                                                     const storage::Catalog& catalog,
                                                     const storage::ScopePtr& scope,
                                                     const std::vector<storage::TermId>& kinds);

}  // namespace sightline::query
