#include "query/exec/qualifier_test.h"

#include <algorithm>

#include "query/exec/fact_walk.h"
#include "query/functions/datum_order.h"

namespace sightline::query {

StatusOr<bool> HasQualifier(const storage::Statement& statement, const QualifierTest& test,
                            const Datum& value, const storage::Scope& scope,
                            const ExecutionContext& context) {
  for (const storage::Qualifier& qualifier : statement.content.qualifiers) {
    if (std::find(test.predicates.begin(), test.predicates.end(), qualifier.predicate) ==
        test.predicates.end()) {
      continue;
    }
    Datum held = Datum::OfNode(scope.CanonicalOf(qualifier.value));
    if (!qualifier.value.is_node()) {
      SL_ASSIGN_OR_RETURN(storage::Value decoded,
                          context.evaluation.view->ValueOf(qualifier.value));
      held = Datum(std::move(decoded));
    }
    if (Equal(held, value) == std::optional<bool>(true)) return true;
  }
  return false;
}

StatusOr<bool> StatementHasQualifier(storage::StatementId id, const QualifierTest& test,
                                     const Datum& value, const storage::Scope& scope,
                                     ExecutionContext* context) {
  SL_ASSIGN_OR_RETURN(const storage::Statement statement,
                      context->evaluation.view->GetStatement(id));
  return HasQualifier(statement, test, value, scope, *context);
}

StatusOr<bool> FactHasQualifier(const storage::Fact& fact, const QualifierTest& test,
                                const Datum& value, const storage::ScopePtr& scope,
                                ExecutionContext* context) {
  if (value.is_null()) return false;
  EdgeWalk exactly;
  exactly.along.predicates = {fact.predicate};
  FactWalk walk(context, scope, storage::ScanRows::kStatements);
  walk.Start(fact.subject, exactly, fact.object);
  WalkedFact walked;
  while (true) {
    SL_ASSIGN_OR_RETURN(const bool more, walk.Next(&walked));
    if (!more) return false;
    SL_ASSIGN_OR_RETURN(const bool has,
                        StatementHasQualifier(walked.statement, test, value, *scope, context));
    if (has) return true;
  }
}

}  // namespace sightline::query
