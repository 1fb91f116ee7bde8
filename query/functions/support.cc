#include "query/functions/support.h"

#include <algorithm>
#include <set>
#include <utility>

#include "storage/base/check.h"

namespace sightline::query {
namespace {

using storage::Statement;
using storage::StatementId;
using storage::TermId;

// Found, or nothing when the reader may not see it.
StatusOr<std::optional<Statement>> FindStatement(StatementId id, const EvaluationContext& context) {
  StatusOr<Statement> found = context.view->GetStatement(id);
  if (found.ok()) return std::optional<Statement>(*std::move(found));
  if (found.status().code() == StatusCode::kNotFound) return std::optional<Statement>();
  return found.status();
}

}  // namespace

const storage::ScopePtr& ScopeAt(const EvaluationContext& context, uint32_t scope_index) {
  SL_CHECK(scope_index < context.scopes.size());
  return context.scopes[scope_index];
}

StatusOr<FactSupport> SupportOf(const FactDatum& fact, EvaluationContext* context) {
  if (fact.statement.value != 0) {
    FactSupport support;
    SL_RETURN_IF_ERROR(context->TouchFacts(1));
    SL_ASSIGN_OR_RETURN(std::optional<Statement> statement,
                        FindStatement(fact.statement, *context));
    if (!statement) return support;
    const bool asserts = statement->content.polarity == storage::Polarity::kAsserts;
    (asserts ? support.asserting : support.denying).push_back(*std::move(statement));
    return support;
  }
  // A scan under the default rule leaves denials out; resolving is cached by the view.
  storage::ScopeConditions conditions = ScopeAt(*context, fact.scope_index)->conditions();
  conditions.dispute_rule = storage::DisputeRule::kIncludingDenied;
  SL_ASSIGN_OR_RETURN(const storage::ScopePtr scope, context->view->Resolve(conditions));
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
      SL_ASSIGN_OR_RETURN(Statement statement, context->view->GetStatement(id));
      const bool asserts = statement.content.polarity == storage::Polarity::kAsserts;
      (asserts ? support.asserting : support.denying).push_back(std::move(statement));
    }
  }
}

StatusOr<std::vector<TermId>> OriginsOf(const std::vector<Statement>& statements,
                                        EvaluationContext* context) {
  std::set<TermId> origins;
  std::set<uint64_t> visited;  // Chains may meet.
  std::vector<Statement> pending = statements;
  while (!pending.empty()) {
    const Statement statement = std::move(pending.back());
    pending.pop_back();
    if (!visited.insert(statement.id.value).second) continue;
    SL_RETURN_IF_ERROR(context->Work(1));
    bool is_end = true;
    for (const StatementId parent : statement.content.derived_from) {
      if (parent == statement.id) continue;
      SL_ASSIGN_OR_RETURN(std::optional<Statement> found, FindStatement(parent, *context));
      if (!found) continue;
      is_end = false;
      pending.push_back(*std::move(found));
    }
    if (is_end) origins.insert(statement.content.context.claimant);
  }
  return std::vector<TermId>(origins.begin(), origins.end());
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
