#include "query/functions/support.h"

#include <algorithm>
#include <utility>

#include "query/functions/runtime_error.h"
#include "storage/base/check.h"
#include "storage/statements/scope_builder.h"

namespace sightline::query {
namespace {

using storage::Statement;
using storage::StatementId;
using storage::TermId;

// Found, or nothing when the reader may not see it.
StatusOr<std::optional<Statement>> Found(StatusOr<Statement> found) {
  if (found.ok()) return std::optional<Statement>(*std::move(found));
  if (found.status().code() == StatusCode::kNotFound) return std::optional<Statement>();
  return found.status();
}

}  // namespace

const storage::ScopePtr& ScopeAt(const EvaluationContext& context, uint32_t scope_index) {
  SL_CHECK(scope_index < context.scopes.size());
  return context.scopes[scope_index];
}

StatusOr<storage::ScopePtr> ScopeWithDenials(const EvaluationContext& context,
                                             uint32_t scope_index) {
  const storage::ScopePtr& own = ScopeAt(context, scope_index);
  storage::ScopeConditions conditions = own->conditions();
  conditions.dispute_rule = storage::DisputeRule::kIncludingDenied;
  conditions.origins_min = 0;
  // Resolving is cached by the view.
  SL_ASSIGN_OR_RETURN(const storage::ScopePtr scope, context.view->Resolve(conditions));
  return storage::WithIdentity(scope, own->identity());
}

StatusOr<Statement> ReadRated(StatementId id, uint32_t scope_index, EvaluationContext* context) {
  SL_ASSIGN_OR_RETURN(Statement statement, context->view->GetStatement(id));
  storage::RatingsPtr& ratings = context->ratings[scope_index];
  if (ratings == nullptr) {
    SL_ASSIGN_OR_RETURN(ratings,
                        context->view->RatingsFor(ScopeAt(*context, scope_index)->conditions()));
  }
  storage::StatementDraft& content = statement.content;
  content.context.reliability = ratings->ReliabilityOf(content.context);
  content.credibility = ratings->CredibilityOf(id, content.credibility);
  return statement;
}

StatusOr<FactSupport> SupportOf(const FactDatum& fact, EvaluationContext* context) {
  if (fact.statement.value != 0) {
    FactSupport support;
    SL_RETURN_IF_ERROR(context->TouchFacts(1));
    SL_ASSIGN_OR_RETURN(std::optional<Statement> statement,
                        Found(ReadRated(fact.statement, fact.scope_index, context)));
    if (!statement) return support;
    const bool asserts = statement->content.polarity == storage::Polarity::kAsserts;
    (asserts ? support.asserting : support.denying).push_back(*std::move(statement));
    return support;
  }
  SL_ASSIGN_OR_RETURN(const storage::ScopePtr scope, ScopeWithDenials(*context, fact.scope_index));
  SL_ASSIGN_OR_RETURN(
      const std::unique_ptr<storage::MergedScan> scan,
      context->view->Scan(
          storage::Permutation::kSpo,
          storage::KeyPrefix::Of(fact.fact.subject, fact.fact.predicate, fact.fact.object), scope,
          {.rows = storage::ScanRows::kStatements}));
  FactSupport support;
  storage::ScanBatch batch;
  while (true) {
    SL_ASSIGN_OR_RETURN(const size_t row_count, scan->Next(&batch));
    if (row_count == 0) return support;
    SL_RETURN_IF_ERROR(context->TouchFacts(row_count));
    for (const StatementId id : batch.statements) {
      SL_ASSIGN_OR_RETURN(Statement statement, ReadRated(id, fact.scope_index, context));
      const bool asserts = statement.content.polarity == storage::Polarity::kAsserts;
      (asserts ? support.asserting : support.denying).push_back(std::move(statement));
    }
  }
}

StatusOr<std::vector<TermId>> OriginsOf(const std::vector<Statement>& statements,
                                        EvaluationContext* context) {
  if (context->origins == nullptr) {
    context->origins = std::make_shared<storage::OriginFinder>(
        *context->view, context->base_scope()->conditions().known_at,
        context->base_scope()->identity());
  }
  std::vector<StatementId> ids;
  ids.reserve(statements.size());
  for (const Statement& statement : statements) ids.push_back(statement.id);
  SL_RETURN_IF_ERROR(context->Work(ids.size()));
  SL_ASSIGN_OR_RETURN(std::vector<TermId> origins, context->origins->OriginsOf(ids));
  if (context->origins->found_circle()) {
    AddNotice(context, "N6001",
              "statements or documents here derive from one another in a circle; together they "
              "count as one origin");
  }
  return origins;
}

int ReliabilityRank(storage::Reliability reliability) {
  switch (reliability) {
    case storage::Reliability::kA:
      return 0;
    case storage::Reliability::kB:
      return 1;
    case storage::Reliability::kC:
      return 2;
    case storage::Reliability::kF:
    case storage::Reliability::kUnstated:
      return 3;
    case storage::Reliability::kD:
      return 4;
    case storage::Reliability::kE:
      return 5;
  }
  return 3;
}

int CredibilityRank(storage::Credibility credibility) {
  switch (credibility) {
    case 1:
    case 2:
    case 3:
      return credibility - 1;
    case 4:
    case 5:
      return credibility;
    default:
      return 3;
  }
}

StatusOr<SupportGrade> GradeOf(const std::vector<Statement>& statements,
                               EvaluationContext* context) {
  SL_CHECK(!statements.empty());
  const auto grade_of = [](const Statement& statement) {
    return std::pair{-ReliabilityRank(statement.content.context.reliability),
                     -CredibilityRank(statement.content.credibility)};
  };
  SupportGrade grade;
  auto best = grade_of(statements.front());
  grade.recorded_at_micros = statements.front().recorded_at_micros;
  for (const Statement& statement : statements) {
    best = std::max(best, grade_of(statement));
    grade.recorded_at_micros = std::max(grade.recorded_at_micros, statement.recorded_at_micros);
  }
  grade.reliability = best.first;
  grade.credibility = best.second;
  SL_ASSIGN_OR_RETURN(const std::vector<TermId> origins, OriginsOf(statements, context));
  grade.origins = origins.size();
  return grade;
}

}  // namespace sightline::query
