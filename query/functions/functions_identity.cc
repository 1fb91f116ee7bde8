// Functions over identity: under which ids an entity is known, and who judged so.

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "query/functions/fields.h"
#include "query/functions/function_families.h"
#include "query/functions/runtime_error.h"
#include "query/functions/support.h"
#include "storage/statements/scope_builder.h"

namespace sightline::query {
namespace {

using storage::KeyPrefix;
using storage::Permutation;
using storage::StatementId;
using storage::TermId;

// All ids of an entity, by external id; its own when it has one only.
StatusOr<std::vector<TermId>> MembersOf(std::string_view function, const Datum& datum,
                                        const EvaluationContext& context) {
  const TermId node = datum.node();
  if (node.is_none()) return TypeMismatch(function, "ENTITY and STATEMENT", datum);
  const storage::IdentityMapPtr& identity = ScopeAt(context, context.query_scope_index)->identity();
  if (identity == nullptr) return std::vector<TermId>{node};
  const TermId canonical = identity->CanonicalOf(node);
  const std::vector<TermId>& members = identity->MembersOf(canonical);
  return members.empty() ? std::vector<TermId>{canonical} : members;
}

StatusOr<Datum> Ids(Arguments arguments, EvaluationContext* context) {
  SL_ASSIGN_OR_RETURN(const std::vector<TermId> members, MembersOf("ids", arguments[0], *context));
  DatumList list;
  for (const TermId member : members) {
    SL_RETURN_IF_ERROR(context->Work(1));
    SL_ASSIGN_OR_RETURN(std::string id, context->view->ExternalIdOf(member));
    list.push_back(Datum::OfText(std::move(id)));
  }
  return Datum(std::move(list));
}

StatusOr<Datum> JudgementDatum(const storage::Fact& fact, StatementId id,
                               EvaluationContext* context) {
  SL_ASSIGN_OR_RETURN(const storage::Statement statement,
                      ReadRated(id, context->query_scope_index, context));
  SL_ASSIGN_OR_RETURN(const std::optional<bool> same, context->view->JudgesSame(statement));
  SL_ASSIGN_OR_RETURN(std::string subject, context->view->ExternalIdOf(fact.subject));
  SL_ASSIGN_OR_RETURN(std::string object, context->view->ExternalIdOf(fact.object));
  DatumMap map;
  map.emplace_back("judgement", Datum::OfText(!same ? "unsure" : *same ? "same" : "different"));
  map.emplace_back("subject", Datum::OfText(std::move(subject)));
  map.emplace_back("object", Datum::OfText(std::move(object)));
  map.emplace_back("source",
                   Datum::OfNode(context->CanonicalOf(statement.content.context.claimant)));
  map.emplace_back("from", BoundDatum(statement.content.valid.from, false));
  map.emplace_back("to", BoundDatum(statement.content.valid.to, true));
  map.emplace_back("statement",
                   Datum::OfNode(TermId::Make(storage::TermTag::kStatement, id.value)));
  return Datum(std::move(map));
}

// What is said in scope of the entity's ids being one, or being one with others.
StatusOr<Datum> Judgements(Arguments arguments, EvaluationContext* context) {
  SL_ASSIGN_OR_RETURN(const std::vector<TermId> members,
                      MembersOf("judgements", arguments[0], *context));
  const storage::PredicateDefinition* same_as =
      context->view->catalog().FindPredicate(storage::kSameAs);
  if (same_as == nullptr) return Datum(DatumList{});
  // The ids as they were stated, and denials too.
  storage::ScopeConditions conditions = ScopeAt(*context, context->query_scope_index)->conditions();
  conditions.dispute_rule = storage::DisputeRule::kIncludingDenied;
  conditions.origins_min = 0;
  SL_ASSIGN_OR_RETURN(const storage::ScopePtr scope, context->view->Resolve(conditions));
  std::set<std::pair<StatementId, storage::Fact>> found;
  storage::ScanBatch batch;
  for (const TermId member : members) {
    for (const Permutation permutation : {Permutation::kPso, Permutation::kPos}) {
      SL_ASSIGN_OR_RETURN(const std::unique_ptr<storage::MergedScan> scan,
                          context->view->Scan(permutation, KeyPrefix::Of(same_as->id, member),
                                              scope, {.rows = storage::ScanRows::kStatements}));
      while (true) {
        SL_ASSIGN_OR_RETURN(const size_t row_count, scan->Next(&batch));
        if (row_count == 0) break;
        SL_RETURN_IF_ERROR(context->TouchFacts(row_count));
        for (size_t row = 0; row < row_count; ++row) {
          found.emplace(
              batch.statements[row],
              storage::Unpermute(permutation, {batch.columns[0][row], batch.columns[1][row],
                                               batch.columns[2][row]}));
        }
      }
    }
  }
  DatumList list;
  for (const auto& [statement, fact] : found) {
    SL_ASSIGN_OR_RETURN(list.emplace_back(), JudgementDatum(fact, statement, context));
  }
  return Datum(std::move(list));
}

constexpr ScalarFunction kFunctions[] = {
    {"ids", "ids(x ENTITY|STATEMENT) -> LIST",
     "All ids of an entity, its canonical one first: those that sameAs judgements make one.", 1, 1,
     StaticType::kList, true, Ids},
    {"judgements", "judgements(x ENTITY) -> LIST",
     "What is said in scope of its ids by sameAs: maps of judgement ('same', 'different', "
     "'unsure'), subject and object (ids as stated), source, from, to and statement.",
     1, 1, StaticType::kList, true, Judgements},
};

}  // namespace

std::span<const ScalarFunction> IdentityFunctions() { return kFunctions; }

}  // namespace sightline::query
