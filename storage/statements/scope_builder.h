// Builds scopes: conditions over the statement table, evaluated into bitmaps.

#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "storage/base/ids.h"
#include "storage/model/marking.h"
#include "storage/statements/context_table.h"
#include "storage/statements/ratings.h"
#include "storage/statements/scope.h"
#include "storage/statements/statement_bitmap.h"
#include "storage/statements/statement_table.h"

namespace sightline::storage {

// Which statements of a range are in scope, and which of those deny. Immutable; thread-safe.
struct StatementBitmaps {
  StatementBitmap in_scope;
  StatementBitmap denials;
};
using StatementBitmapsPtr = std::shared_ptr<const StatementBitmaps>;

// Statements `first`, ..., `last`; none when last < first.
struct StatementRange {
  uint64_t first = 1;
  uint64_t last = 0;
};

struct ScopeTables {
  const StatementSnapshot& statements;
  const ContextTable& contexts;
  // What assessors say of sources and statements at that time. Null: nobody says anything.
  const Ratings* ratings = nullptr;
};

enum class RetractedStatements : uint8_t { kLeaveOut, kKeep };

// Evaluates the conditions (but for `known_at`, which the caller has resolved) and the clearance.
// Costs one pass over the range; each distinct context and interval is asked once. REQUIRES: the
// range ends with the statements recorded at `known_at`, or before.
StatementBitmapsPtr EvaluateScope(const ScopeTables& tables, StatementRange range,
                                  const ScopeConditions& conditions, const Clearance& clearance,
                                  Revision known_at, RetractedStatements retracted);

// `base` for more statements: those of `range`, evaluated as above, added, and `retracted` taken
// away. `range` lies after everything in `base`. Costs what was added, not what was there.
StatementBitmapsPtr ExtendScope(const StatementBitmaps& base, const StatementBitmaps& added,
                                const std::vector<StatementId>& retracted);

// The scope of `committed` and, over a transaction, of its own statements (`pending`, may be null)
// without those that it has retracted (`retracted`).
ScopePtr MakeScope(ScopeConditions conditions, StatementBitmapsPtr committed,
                   StatementBitmapsPtr pending, StatementBitmap retracted);

// The same statements, with these ids counting as one; null for each as its own. REQUIRES: `scope`
// is of MakeScope, that is, of ReadView::Resolve.
ScopePtr WithIdentity(const ScopePtr& scope, IdentityMapPtr identity);

// Whether the same facts hold in both, seen over the same store: they have the same statements, the
// same dispute rule and the same ids counting as one. Costs nothing, and may say no where it is not
// sure. REQUIRES: neither asks for origins; both are of MakeScope.
bool HaveSameFacts(const ScopePtr& left, const ScopePtr& right);

}  // namespace sightline::storage
