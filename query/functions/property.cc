// ReadProperty: what the facts about a node say of one property.

#include <algorithm>
#include <map>
#include <utility>

#include "query/functions/datum_order.h"
#include "query/functions/expression.h"
#include "query/functions/sort_in_steps.h"
#include "query/functions/support.h"

namespace sightline::query {
namespace {

using storage::KeyPrefix;
using storage::Permutation;
using storage::ScanRows;
using storage::StatementId;
using storage::TermId;

// The object (or, read backwards, the subject) of each row of one scan, with its statements when
// the scan has them.
using ValueStatements = std::map<TermId, std::vector<StatementId>>;

Status CollectValues(TermId node, TermId predicate, bool backwards, ScanRows rows,
                     const storage::ScopePtr& scope, EvaluationContext* context,
                     ValueStatements* values) {
  SL_RETURN_IF_ERROR(context->Work(1));  // A scan that finds nothing costs, too.
  SL_ASSIGN_OR_RETURN(const std::unique_ptr<storage::MergedScan> scan,
                      context->view->Scan(backwards ? Permutation::kOps : Permutation::kSpo,
                                          KeyPrefix::Of(node, predicate), scope, {.rows = rows}));
  storage::ScanBatch batch;
  while (true) {
    SL_ASSIGN_OR_RETURN(const size_t row_count, scan->Next(&batch));
    if (row_count == 0) return OkStatus();
    SL_RETURN_IF_ERROR(context->TouchFacts(row_count));
    for (size_t row = 0; row < row_count; ++row) {
      std::vector<StatementId>& statements = (*values)[batch.columns[2][row]];
      if (rows == ScanRows::kStatements) statements.push_back(batch.statements[row]);
    }
  }
}

StatusOr<ValueStatements> ValuesOf(TermId node, const PropertyAccess& access, ScanRows rows,
                                   const storage::ScopePtr& scope, EvaluationContext* context) {
  ValueStatements values;
  for (const TermId predicate : access.predicates) {
    SL_RETURN_IF_ERROR(
        CollectValues(node, predicate, access.inverse, rows, scope, context, &values));
    const storage::PredicateDefinition* definition =
        context->view->catalog().FindPredicate(predicate);
    if (definition != nullptr && definition->symmetric) {
      SL_RETURN_IF_ERROR(
          CollectValues(node, predicate, !access.inverse, rows, scope, context, &values));
    }
  }
  return values;
}

StatusOr<Datum> Decode(TermId term, const EvaluationContext& context) {
  if (term.is_node()) return Datum::OfNode(term);
  SL_ASSIGN_OR_RETURN(storage::Value value, context.view->ValueOf(term));
  return Datum(std::move(value));
}

StatusOr<Datum> BestSupported(const ValueStatements& values, uint32_t scope_index,
                              EvaluationContext* context) {
  std::optional<SupportGrade> best_grade;
  Datum best;
  for (const auto& [term, ids] : values) {
    std::vector<storage::Statement> asserting, denying;
    SL_RETURN_IF_ERROR(context->Work(1 + ids.size()));
    for (const StatementId id : ids) {
      SL_ASSIGN_OR_RETURN(storage::Statement statement, ReadRated(id, scope_index, context));
      const bool asserts = statement.content.polarity == storage::Polarity::kAsserts;
      (asserts ? asserting : denying).push_back(std::move(statement));
    }
    // A scope of denials reads what is denied.
    const auto& told = asserting.empty() ? denying : asserting;
    if (told.empty()) continue;
    SL_ASSIGN_OR_RETURN(const SupportGrade grade, GradeOf(told, context));
    SL_ASSIGN_OR_RETURN(Datum value, Decode(term, *context));
    if (!best_grade || grade > *best_grade ||
        (grade == *best_grade && SortOrder(value, best, context->term_order.get()) < 0)) {
      best_grade = grade;
      best = std::move(value);
    }
  }
  return best;
}

// CYPHER: a value for each statement, as they were recorded.
StatusOr<Datum> InOrderOfRecord(TermId node, const PropertyAccess& access,
                                const storage::ScopePtr& scope, EvaluationContext* context) {
  SL_ASSIGN_OR_RETURN(const ValueStatements values,
                      ValuesOf(node, access, ScanRows::kStatements, scope, context));
  std::vector<std::pair<StatementId, TermId>> recorded;
  for (const auto& [term, ids] : values) {
    for (const StatementId id : ids) recorded.emplace_back(id, term);
  }
  std::sort(recorded.begin(), recorded.end());
  DatumList list;
  for (const auto& [id, term] : recorded) {
    SL_RETURN_IF_ERROR(context->Work(1));
    SL_ASSIGN_OR_RETURN(list.emplace_back(), Decode(term, *context));
  }
  return Datum(std::move(list));
}

}  // namespace

PropertyAccess AccessByName(std::string_view key, const storage::Catalog& catalog) {
  PropertyAccess access;
  access.key = key;
  const storage::PredicateDefinition* definition = catalog.FindPredicate(key);
  if (definition == nullptr) {
    definition = catalog.FindInverse(key);
    access.inverse = definition != nullptr;
  }
  if (definition == nullptr) return access;
  access.predicates = catalog.PredicateIdsAtOrBelow(definition->name);
  std::sort(access.predicates.begin(), access.predicates.end());
  access.many = access.inverse || definition->cardinality == storage::Cardinality::kMany;
  for (const std::string_view name : {storage::kName, storage::kAlias}) {
    access.identifying |= catalog.IsPredicateAtOrBelow(definition->name, name);
  }
  return access;
}

StatusOr<Datum> ReadProperty(TermId node, const PropertyAccess& access, uint32_t scope_index,
                             EvaluationContext* context) {
  if (node.is_none() || access.predicates.empty()) return Datum();
  const storage::ScopePtr& scope =
      access.identifying ? context->base_scope() : ScopeAt(*context, scope_index);
  SL_ASSIGN_OR_RETURN(ValueStatements values,
                      ValuesOf(node, access, ScanRows::kFacts, scope, context));
  if (values.empty()) return Datum();
  if (!ReadsList(access, *context)) {
    if (values.size() == 1) return Decode(values.begin()->first, *context);
    // Several sources disagree: only now is it worth to read who says what.
    SL_ASSIGN_OR_RETURN(values, ValuesOf(node, access, ScanRows::kStatements, scope, context));
    return BestSupported(values, scope_index, context);
  }
  if (context->cypher) return InOrderOfRecord(node, access, scope, context);
  DatumList list;
  for (const auto& [term, ids] : values) {
    SL_RETURN_IF_ERROR(context->Work(1));
    SL_ASSIGN_OR_RETURN(Datum value, Decode(term, *context));
    list.push_back(std::move(value));
  }
  // By value, so that the list does not depend on the order of loading.
  SL_RETURN_IF_ERROR(SortData(&list, context));
  return Datum(std::move(list));
}

}  // namespace sightline::query
