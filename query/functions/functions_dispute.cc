// Functions about who stands behind what, and against it.

#include <map>
#include <set>
#include <utility>

#include "query/functions/contradictions.h"
#include "query/functions/datum_order.h"
#include "query/functions/fields.h"
#include "query/functions/function_families.h"
#include "query/functions/runtime_error.h"
#include "query/functions/sort_in_steps.h"
#include "query/functions/support.h"
#include "storage/statements/scope_builder.h"

namespace sightline::query {
namespace {

using storage::KeyPrefix;
using storage::Permutation;
using storage::Statement;
using storage::StatementId;
using storage::TermId;

// --- Origins

// The statements that assert a fact, a statement itself, or those of the items of a list.
Status AddAsserting(std::string_view function, const Datum& x, bool in_list,
                    EvaluationContext* context, std::vector<Statement>* statements) {
  if (x.is_null()) return OkStatus();
  if (const FactDatum* fact = x.fact()) {
    SL_ASSIGN_OR_RETURN(FactSupport support, SupportOf(*fact, context));
    for (Statement& statement : support.asserting) statements->push_back(std::move(statement));
    return OkStatus();
  }
  if (x.node().is_statement()) {
    StatusOr<Statement> found = context->view->GetStatement(StatementId{x.node().payload()});
    if (found.status().code() == StatusCode::kNotFound) return OkStatus();
    if (!found.ok()) return found.status();
    statements->push_back(*std::move(found));
    return OkStatus();
  }
  if (x.list() == nullptr || in_list) {
    return TypeMismatch(function, "FACT, STATEMENT and lists of them", x);
  }
  for (const Datum& item : *x.list()) {
    SL_RETURN_IF_ERROR(context->Work(1));
    SL_RETURN_IF_ERROR(AddAsserting(function, item, true, context, statements));
  }
  return OkStatus();
}

StatusOr<std::vector<TermId>> OriginsOfArgument(std::string_view function, const Datum& x,
                                                EvaluationContext* context) {
  std::vector<Statement> statements;
  SL_RETURN_IF_ERROR(AddAsserting(function, x, false, context, &statements));
  return OriginsOf(statements, context);
}

StatusOr<Datum> Origins(Arguments arguments, EvaluationContext* context) {
  SL_ASSIGN_OR_RETURN(const auto origins, OriginsOfArgument("origins", arguments[0], context));
  return Datum::OfInteger(static_cast<int64_t>(origins.size()));
}
StatusOr<Datum> Roots(Arguments arguments, EvaluationContext* context) {
  SL_ASSIGN_OR_RETURN(const auto origins, OriginsOfArgument("roots", arguments[0], context));
  DatumList roots = *NodeList(origins).list();
  SL_RETURN_IF_ERROR(SortData(&roots, context));
  return Datum(std::move(roots));
}

// --- Disputes

StatusOr<StatementId> StatementArgument(std::string_view function, const Datum& x) {
  if (!x.node().is_statement()) return TypeMismatch(function, "STATEMENT", x);
  return StatementId{x.node().payload()};
}

StatusOr<Datum> Contradicts(Arguments arguments, EvaluationContext* context) {
  SL_ASSIGN_OR_RETURN(const StatementId a, StatementArgument("contradicts", arguments[0]));
  SL_ASSIGN_OR_RETURN(const StatementId b, StatementArgument("contradicts", arguments[1]));
  bool extended = false;
  if (arguments.size() == 3) {
    SL_ASSIGN_OR_RETURN(const std::string_view reading, TextArgument("contradicts", arguments[2]));
    if (reading != "strict" && reading != "extended") {
      return RuntimeError("SL5004", "contradicts() knows no such reading",
                          {"write 'strict' or 'extended'"});
    }
    extended = reading == "extended";
  }
  ContradictionFinder finder(context, context->query_scope_index);
  SL_ASSIGN_OR_RETURN(const std::vector<Contradiction> found, finder.Between(a, b));
  for (const Contradiction& contradiction : found) {
    if (contradiction.overlap != Overlap::kNo && (extended || !contradiction.extended)) {
      return Datum::OfBoolean(true);
    }
  }
  SL_ASSIGN_OR_RETURN(const bool figures, finder.HasFiguresBetween(a, b));
  return Datum::OfBoolean(figures);
}

// x and the key of x.key, as the binder hands them in.
StatusOr<Datum> Contested(Arguments arguments, EvaluationContext* context) {
  const Datum& x = arguments[0];
  const TermId node = x.node();
  if (node.is_none()) return TypeMismatch("contested", "properties of ENTITY and STATEMENT", x);
  SL_ASSIGN_OR_RETURN(const std::string_view key, TextArgument("contested", arguments[1]));
  const PropertyAccess access = AccessByName(key, context->view->catalog());
  storage::ScopeConditions conditions = ScopeAt(*context, context->query_scope_index)->conditions();
  conditions.dispute_rule = storage::DisputeRule::kIncludingDenied;
  SL_ASSIGN_OR_RETURN(const storage::ScopePtr resolved, context->view->Resolve(conditions));
  const storage::ScopePtr scope =
      storage::WithIdentity(resolved, ScopeAt(*context, context->query_scope_index)->identity());
  struct Polarities {
    bool asserted = false, denied = false;
  };
  std::map<TermId, Polarities> values;
  storage::ScanBatch batch;
  for (const TermId predicate : access.predicates) {
    SL_RETURN_IF_ERROR(context->Work(1));
    SL_ASSIGN_OR_RETURN(const auto scan,
                        context->view->Scan(access.inverse ? Permutation::kOps : Permutation::kSpo,
                                            KeyPrefix::Of(node, predicate), scope,
                                            {.rows = storage::ScanRows::kStatements}));
    while (true) {
      SL_ASSIGN_OR_RETURN(const size_t row_count, scan->Next(&batch));
      if (row_count == 0) break;
      SL_RETURN_IF_ERROR(context->TouchFacts(row_count));
      for (size_t row = 0; row < row_count; ++row) {
        Polarities& said = values[batch.columns[2][row]];
        const bool asserts =
            scope->PolarityOf(batch.statements[row]) == storage::Polarity::kAsserts;
        (asserts ? said.asserted : said.denied) = true;
      }
    }
  }
  std::vector<Datum> asserted;
  for (const auto& [value, said] : values) {
    if (said.asserted && said.denied) return Datum::OfBoolean(true);
    if (!said.asserted) continue;
    if (value.is_node()) {
      asserted.push_back(Datum::OfNode(value));
    } else {
      SL_ASSIGN_OR_RETURN(storage::Value decoded, context->view->ValueOf(value));
      asserted.emplace_back(std::move(decoded));
    }
  }
  if (asserted.empty()) return Datum();
  if (access.many) return Datum::OfBoolean(false);
  // Of ONE value, others than it are disputes, unless hedges leave room for both.
  bool certain = true;
  for (size_t i = 0; i < asserted.size(); ++i) {
    for (size_t j = i + 1; j < asserted.size(); ++j) {
      SL_RETURN_IF_ERROR(context->Work(1));
      const std::optional<bool> equal = Equal(asserted[i], asserted[j]);
      if (equal == std::optional<bool>(false)) return Datum::OfBoolean(true);
      certain &= equal.has_value();
    }
  }
  return certain ? Datum::OfBoolean(false) : Datum();
}

// The binder hands in what WHY would show.
StatusOr<Datum> Evidence(Arguments arguments, EvaluationContext* context) {
  if (arguments.empty() || context->present_evidence == nullptr) {
    return Internal("evidence() where no evidence is kept");
  }
  return context->present_evidence(arguments[0], context);
}

constexpr ScalarFunction kFunctions[] = {
    {"origins", "origins(x FACT|STATEMENT|LIST) -> INTEGER",
     "From how many independent origins it comes: reprints of one wire story are one. Of a list "
     "together.",
     1, 1, StaticType::kInteger, true, Origins},
    {"roots", "roots(x FACT|STATEMENT|LIST) -> LIST",
     "These origins: claimants, and documents that are not at hand.", 1, 1, StaticType::kList, true,
     Roots},
    {"contradicts", "contradicts(a STATEMENT, b STATEMENT[, reading STRING]) -> BOOLEAN",
     "Whether one denies what the other asserts, or both give figures that cannot both be right, "
     "and not of different times. The reading is 'strict' or 'extended'.",
     2, 3, StaticType::kBoolean, true, Contradicts},
    {"contested", "contested(x.property) -> BOOLEAN",
     "Whether a value of it is both asserted and denied, or a property of ONE value has several; "
     "unknown where hedged figures leave it open.",
     1, 1, StaticType::kBoolean, true, Contested},
    {"evidence", "evidence() -> LIST", "What the row rests on, as WHY shows it.", 0, 0,
     StaticType::kList, false, Evidence},
};

}  // namespace

std::span<const ScalarFunction> DisputeFunctions() { return kFunctions; }

}  // namespace sightline::query
