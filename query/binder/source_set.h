// Sources: who speaks when ACCORDING TO names a source.
//
// ACCORDING TO x counts the statements whose claimant, document, dataset or one of via is x or lies
// below x. Below x is, through any number of visible facts:
//   (y, partOf, x)      a department of a ministry, a chapter of a report
//   (y, memberOf, x)    a spokesman of a ministry (when the schema defines memberOf)
//   (y, broader, x)     a narrower kind of source
//   (y, instanceOf, x)  one of a kind of source; also one of a class, when x is a class
// and whatever the schema puts UNDER these predicates. `country`, `employer`, `publisher` and the
// like say where a source is or for whom it works, not for whom it speaks: they do not count.

#pragma once

#include <vector>

#include "storage/base/status.h"
#include "storage/statements/scope.h"
#include "storage/txn/read_view.h"

namespace sightline::query {

// `roots` and everything below them as `scope` has it, ascending. Errors: the store's.
StatusOr<std::vector<storage::TermId>> SourcesAtOrBelow(const storage::ReadView& view,
                                                        const storage::Catalog& catalog,
                                                        const storage::ScopePtr& scope,
                                                        const std::vector<storage::TermId>& roots);

}  // namespace sightline::query
