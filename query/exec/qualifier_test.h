// Whether the statements of a fact have a qualifier: -[:owns {share: 0.51}]->.

#pragma once

#include "query/exec/operator.h"
#include "query/plan/pattern.h"

namespace sightline::query {

// Whether the statement has it, with a value equal to `value`: of nodes, one that counts as one
// with it in the scope.
StatusOr<bool> HasQualifier(const storage::Statement& statement, const QualifierTest& test,
                            const Datum& value, const storage::Scope& scope,
                            const ExecutionContext& context);
// The same, of the statement with this number.
StatusOr<bool> StatementHasQualifier(storage::StatementId id, const QualifierTest& test,
                                     const Datum& value, const storage::Scope& scope,
                                     ExecutionContext* context);
// Whether a statement in scope that makes the fact has it. False for an unknown value.
StatusOr<bool> FactHasQualifier(const storage::Fact& fact, const QualifierTest& test,
                                const Datum& value, const storage::ScopePtr& scope,
                                ExecutionContext* context);

}  // namespace sightline::query
