// Support: the statements behind a fact, and how well they support it.
//
// Thread safety: as EvaluationContext, one thread at a time.

#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "query/functions/expression.h"
#include "storage/base/status.h"
#include "storage/model/statement.h"

namespace sightline::query {

// The statements in scope that assert or deny a fact, ascending by id.
struct FactSupport {
  std::vector<storage::Statement> asserting;
  std::vector<storage::Statement> denying;
};

// The record of a statement, with the effective reliability and credibility (as
// storage/statements/ratings.h has them, under the conditions of scope `scope_index`) in place of
// its own. Errors: the store's; kNotFound as GetStatement.
StatusOr<storage::Statement> ReadRated(storage::StatementId id, uint32_t scope_index,
                                       EvaluationContext* context);

// Those in the scope of the MATCH that found the fact, whatever its rule on disputes: a denial is
// support too. Counts towards facts_touched.
StatusOr<FactSupport> SupportOf(const FactDatum& fact, EvaluationContext* context);

// Where the statements come from in the end, ascending: reprints of one wire story have one origin
// (storage/txn/origin_finder.h). Of a circle notice N6001.
StatusOr<std::vector<storage::TermId>> OriginsOf(const std::vector<storage::Statement>& statements,
                                                 EvaluationContext* context);

// From best: A, B, C; cannot be judged (F) and unstated, which are not the worst; D, E.
int ReliabilityRank(storage::Reliability reliability);
// From best: 1, 2, 3; cannot be judged (6) and not stated (0); 4, 5.
int CredibilityRank(storage::Credibility credibility);

// How well a value is supported. Greater is better, in this order: reliability, credibility,
// independent origins, latest recorded.
struct SupportGrade {
  int reliability = 0;  // Negated ranks of the best statement.
  int credibility = 0;
  size_t origins = 0;
  int64_t recorded_at_micros = 0;
  friend auto operator<=>(const SupportGrade&, const SupportGrade&) = default;
};
// REQUIRES: not empty.
StatusOr<SupportGrade> GradeOf(const std::vector<storage::Statement>& statements,
                               EvaluationContext* context);

// Whether x.key reads a list. CYPHER: a node has one name.
inline bool ReadsList(const PropertyAccess& access, const EvaluationContext& context) {
  return access.many && !(context.cypher && access.identifying);
}

// Scope `scope_index` of the query. REQUIRES: it exists.
const storage::ScopePtr& ScopeAt(const EvaluationContext& context, uint32_t scope_index);
// The same, but for all that is said of a fact which has passed it: with the denials, which the
// scope's own rule may leave out, and of however few origins. Errors: the store's.
StatusOr<storage::ScopePtr> ScopeWithDenials(const EvaluationContext& context,
                                             uint32_t scope_index);

}  // namespace sightline::query
