// Binder: from abstract syntax to a logical plan. Resolves variables to columns, names to terms,
// classes and predicates against the catalog, scope items to bitmaps of statements, parameters to
// values, and says what is wrong where it cannot.
//
// Thread safety: Bind is safe from any thread; a result belongs to one thread at a time.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "query/ast/ast.h"
#include "query/diagnostics/diagnostic.h"
#include "query/functions/datum.h"
#include "query/plan/late_parameters.h"
#include "query/plan/logical_plan.h"
#include "query/plan/page_cursor.h"
#include "storage/catalog/catalog.h"
#include "storage/statements/scope.h"
#include "storage/txn/read_view.h"
#include "storage/txn/transaction.h"

namespace sightline::query {

// What a statement is bound against. Everything is borrowed and must outlive the bound statement.
struct BindContext {
  std::string_view text;  // The whole script: places in diagnostics are places in it.
  const storage::ReadView* view = nullptr;
  // Set for scripts that write: ASSERT interns the entities it names. Null: a write is SL7001.
  storage::Transaction* transaction = nullptr;
  const std::map<std::string, Datum, std::less<>>* parameters = nullptr;
  // What the scope of a query's head is within.
  storage::ScopeConditions scope{};
  // As EvaluationContext's: constants are evaluated while binding. Not set: it may.
  std::function<Status()> may_go_on;
  int64_t now_micros = 0;  // What now() is, the same for the whole script.
  // The plan is to be kept for other values of the parameters: they are put in late where they can
  // be. REQUIRES: no transaction.
  bool late_parameters = false;
  // Parses the texts of stored queries and defined edges. Not set: there are none.
  std::function<StatusOr<ast::Script>(std::string_view text)> parse;
};

// A column of the result, read from the plan's frame.
struct BoundColumn {
  std::string name;
  uint32_t slot = 0;
  StaticType type = StaticType::kAny;
};

struct BoundQuery {
  LogicalPlan plan;
  std::vector<BoundColumn> columns;
  std::vector<SubqueryPlan> subqueries;  // BoundSubquery::index points here.
  // FactDatum::scope_index and PatternGraph::scope_index point here; 0 is the query's own.
  std::vector<storage::ScopePtr> scopes;
  // Of the scope with the clearance and AS KNOWN AT of the query's head only: what names, classes
  // and captions are read under.
  uint32_t base_scope_index = 0;
  // WHY: every frame of the plan has an evidence slot, and the last column is `evidence`.
  bool why = false;
  bool writes = false;  // The plan holds an assert or a retract.
  // EXPLAIN: show the plan instead of running it. PROFILE: run it, and show the plan with what it
  // took.
  bool explain = false, profile = false;
  // LIMIT n AFTER: where the page after this one begins when this one is full.
  struct Page {
    uint64_t rows_max = 0;
    PageCursor next;  // After a page of no rows: its first row.
  };
  std::optional<Page> page;
  bool cypher = false;  // EvaluationContext::cypher
  // Whatever order the rows show is one of names: set by the rule canonical-order.
  bool canonical_order = false;
  // Where parameters are put in late: how, what is put in for the values that the query was bound
  // with (null when nothing is), and what there is to say about these.
  LateParameters late;
  std::shared_ptr<ParameterValues> parameters;
  std::vector<Diagnostic> late_notices;
};

// What one run of a plan brings along, and notices about it.
struct LateValues {
  std::shared_ptr<ParameterValues> parameters;
  std::vector<Diagnostic> notices;
};
// For a run of the query with the parameters of `context`, which have the types of those that it
// was bound with, against the same revision and clearance. `late` and `scopes` are the query's.
StatusOr<LateValues> BindLateParameters(const LateParameters& late,
                                        const std::vector<storage::ScopePtr>& scopes,
                                        const BindContext& context);

struct BoundDefineClass {
  storage::ClassDefinition definition;
};
struct BoundDefinePredicate {
  storage::PredicateDefinition definition;
};
struct BoundDefineStored {
  storage::StoredDefinition definition;
};
struct BoundDrop {
  ast::DropDefinition::Kind kind;
  std::string name;
};
struct BoundShow {
  ast::ShowStatement::Kind kind;
  std::string named;  // Empty: all.
};
// DESCRIBE CLASS, PREDICATE, QUERY; that of a thing is a query.
struct BoundDescribe {
  ast::DescribeStatement::Kind kind;
  std::string name;
};

struct BoundStatement {
  std::variant<BoundQuery, BoundDefineClass, BoundDefinePredicate, BoundDefineStored, BoundDrop,
               BoundShow, BoundDescribe>
      node;
  SourceSpan span;
  std::vector<Diagnostic> notices;  // Warnings and notices, in order of place.
};

// Whether the statement changes the store: it asserts, denies, retracts, defines or drops.
bool Writes(const ast::Statement& statement);

// Errors carry diagnostics: SL2xxx names, SL3xxx types, SL4xxx structure, SL6xxx provenance, SL7001
// a write where none is allowed, SL9001 a construct that is not implemented yet, which the message
// names.
StatusOr<BoundStatement> Bind(const ast::Statement& statement, const BindContext& context);

}  // namespace sightline::query
