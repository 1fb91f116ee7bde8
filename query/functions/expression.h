// BoundExpression: an expression whose names are resolved: variables to columns, properties to
// predicates, functions to implementations, parameters to values or, where a plan may be run again
// with others, to places for them. Made by the binder, evaluated over batches.
//
// Thread safety: immutable after binding; evaluate from any thread, one EvaluationContext a thread.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "query/ast/ast.h"
#include "query/diagnostics/diagnostic.h"
#include "query/functions/batch.h"
#include "query/functions/datum.h"
#include "query/functions/term_order.h"
#include "storage/base/status.h"
#include "storage/txn/origin_finder.h"
#include "storage/txn/read_view.h"

namespace sightline::storage {
class Transaction;
}

namespace sightline::query {
struct BoundExpression;
}  // namespace sightline::query

// A chain of ten thousand ANDs is a tree of that depth on its left side; freeing it node by node
// from within one another would overflow the stack.
template <>
struct std::default_delete<sightline::query::BoundExpression> {
  void operator()(sightline::query::BoundExpression* expression) const;
};

namespace sightline::query {

using BoundExpressionPtr = std::unique_ptr<BoundExpression>;
struct ScalarFunction;  // query/functions/registry.h

// What is known of an expression's value before it runs. kAny when nothing is.
enum class StaticType : uint8_t {
  kAny,
  kNull,
  kBoolean,
  kInteger,
  kDouble,
  kDecimal,
  kText,
  kDate,
  kInstant,
  kMoney,
  kQuantity,
  kPercentage,
  kGeoPoint,
  kEntity,
  kStatement,
  kFact,
  kPath,
  kList,
  kMap,
};
std::string_view StaticTypeName(StaticType type);  // "INTEGER", "ENTITY" ...

// How x.key reads an entity: the facts (x, predicate, v), or (v, predicate, x) when the key is an
// inverse. Sub-predicates count as their parents.
struct PropertyAccess {
  std::string key;
  std::vector<storage::TermId>
      predicates;  // Empty when no predicate has that name: then only the fields
                   // of statements, facts, paths, dates and maps remain.
  bool inverse = false;
  bool many = true;  // MANY reads a list; ONE reads the best-supported value.
  // name and alias: who something is does not depend on who is asked about it, so they are read
  // under the base scope, like NAMED.
  bool identifying = false;
};

// A class test resolved against the catalog and the kinds the reader can see.
struct BoundClassTest {
  enum class Kind : uint8_t { kClass, kAny, kNot, kAnd, kOr };
  Kind kind = Kind::kClass;
  bool only = false;
  // The classes and kinds at or below the one tested (just it for ONLY), ascending: what an
  // instance of passes. For kClass.
  std::vector<storage::TermId> kinds;
  // Of these the ones that pass themselves, ascending: kinds, and the classes that visible facts
  // speak of. A class that only has instances is none of its own members. Empty for ONLY, but for
  // ONLY "name", which the nodes named so pass.
  std::vector<storage::TermId> themselves;
  // What the text names, in its order, for explaining: of kClass.
  struct Root {
    storage::TermId node;
    std::string name;  // The name that it was found by; empty when found by class name or id.
  };
  std::vector<Root> roots;
  std::vector<BoundClassTest> children;
};

struct BoundConstant {
  Datum value;
};
// A parameter whose value each run of the plan brings along (query/plan/late_parameters.h).
struct BoundParameter {
  uint32_t index = 0;  // Of ParameterValues::values.
};
struct BoundSlot {
  uint32_t column = 0;
};
struct BoundProperty {
  BoundExpressionPtr object;
  PropertyAccess access;
};
struct BoundIndex {
  BoundExpressionPtr object, index;
};
struct BoundSlice {
  BoundExpressionPtr object, from, to;
};
struct BoundClassCheck {
  BoundExpressionPtr object;
  BoundClassTest test;
};
struct BoundNamedCheck {
  BoundExpressionPtr object, name;
  bool fuzzy = false;
};
struct BoundUnary {
  ast::UnaryOperator op;
  BoundExpressionPtr operand;
};
struct BoundBinary {
  ast::BinaryOperator op;
  BoundExpressionPtr left, right;
};
struct BoundList {
  std::vector<BoundExpressionPtr> items;
};
struct BoundMap {
  std::vector<std::pair<std::string, BoundExpressionPtr>> entries;
};
struct BoundCall {
  const ScalarFunction* function;
  std::vector<BoundExpressionPtr> arguments;
};
struct BoundCase {
  BoundExpressionPtr subject;
  std::vector<std::pair<BoundExpressionPtr, BoundExpressionPtr>> branches;
  BoundExpressionPtr otherwise;
};
// all, any, none, single and list comprehensions: the variable is number `local` of the context's
// locals. No two variables of a query share a number.
struct BoundQuantified {
  ast::QuantifierKind kind;
  uint32_t local;
  BoundExpressionPtr list, where;
};
struct BoundComprehension {
  uint32_t local;
  BoundExpressionPtr list, where, projection;
};
struct BoundLocal {
  uint32_t local;
  std::string name = {};  // As it was written.
};

// EXISTS { … } and a pattern as a condition, COUNT { … }, a list made of a pattern. The plan is
// kept apart (BoundQuery::subqueries), because expressions know nothing of plans.
enum class SubqueryKind : uint8_t { kExists, kCount, kCollect };
struct BoundSubquery {
  SubqueryKind kind;
  uint32_t index = 0;  // Of the query's subqueries.
  // What it reads of the row in which it stands: each value is put into a local before it runs.
  std::vector<std::pair<uint32_t, BoundExpressionPtr>> captures;
};

struct BoundExpression {
  std::variant<BoundConstant, BoundParameter, BoundSlot, BoundProperty, BoundIndex, BoundSlice,
               BoundClassCheck, BoundNamedCheck, BoundUnary, BoundBinary, BoundList, BoundMap,
               BoundCall, BoundCase, BoundQuantified, BoundComprehension, BoundLocal, BoundSubquery>
      node;
  StaticType type = StaticType::kAny;
  SourceSpan span;
};

// Whether evaluating the expression makes a value, rather than share one that somebody keeps
// anyway: what is made counts against the budget.
bool MakesValue(const BoundExpression& expression);

// Runs the subqueries of the query that an expression belongs to. What they capture is in the
// context's locals when they are run.
class SubqueryRunner {
 public:
  virtual ~SubqueryRunner() = default;
  // Whether there is a row, how many there are, or the list of what was collected. SL5001 when the
  // budget was spent before that was certain.
  virtual StatusOr<Datum> Run(uint32_t index) = 0;
  // For WHY: what the value rests on, as query/evidence/evidence.h encodes it. Of EXISTS one row's.
  virtual StatusOr<Datum> Evidence(uint32_t index) = 0;
};

// What one run of a plan puts in the places of its late parameters. Immutable while it runs.
struct ParameterValues {
  std::vector<Datum> values;
  // What patterns look for by them: the nodes with a name, or a node itself. Each list ascends.
  std::vector<std::vector<storage::TermId>> nodes;
};

// What evaluation needs to know of the query it runs in. One per query and thread.
struct EvaluationContext {
  const storage::ReadView* view = nullptr;            // Borrowed.
  storage::Transaction* transaction = nullptr;        // Borrowed; null in a query that reads.
  std::vector<storage::ScopePtr> scopes;              // FactDatum::scope_index points here.
  std::shared_ptr<const ParameterValues> parameters;  // Null where a plan has no late ones.
  // What order nodes have wherever an answer shows one. Null: that of their numbers.
  std::shared_ptr<TermOrder> term_order;
  // By scope index: what grades count under it. Read when first needed.
  std::map<uint32_t, storage::RatingsPtr> ratings;
  uint32_t query_scope_index = 0;  // Of `scopes`: the query's own, that x.key is read under.
  // Clearance, AS KNOWN AT and handling only: what names and classes are read under. One of
  // `scopes`.
  uint32_t base_scope_index = 0;
  // CYPHER: INTEGER division truncates, and a node's keys are those of its values.
  bool cypher = false;
  int64_t now_micros = 0;      // One instant for the whole query.
  uint64_t random_state = 0;   // Of rand(); 0 until it is first called.
  uint64_t facts_touched = 0;  // Counted by property reads as well as by scans.
  std::vector<Datum> locals;   // Of quantifiers and comprehensions, and what subqueries capture.
  SubqueryRunner* subqueries = nullptr;  // Borrowed; null where an expression can have none.
  std::vector<Diagnostic> notices;       // N3xxx raised while running (each code and place once).
  // What NAMED has looked up in this query: name -> its nodes, ascending.
  std::map<std::string, std::vector<storage::TermId>, std::less<>> nodes_named;
  // The same for NAMED ~: name -> the nodes whose names are alike, and how much.
  std::map<std::string, std::map<storage::TermId, double>, std::less<>> nodes_alike;
  std::shared_ptr<storage::OriginFinder> origins;  // Made when it is first asked.

  // Whether the query may go on; asked once in a thousand pieces of work. Not set: it may.
  // Whoever runs the query sets it, and an error ends the query.
  std::function<Status()> may_go_on;
  // Turns the evidence of a row into what people are shown; set by whoever runs the query.
  StatusOr<Datum> (*present_evidence)(const Datum&, EvaluationContext*) = nullptr;
  uint64_t work_unasked = 0;
  // Bytes of the values that expressions hold while they evaluate others.
  uint64_t held_bytes = 0;

  const storage::ScopePtr& base_scope() const { return scopes[base_scope_index]; }
  // The id that stands for the entity in the query: of what a statement's record names.
  storage::TermId CanonicalOf(storage::TermId term) const {
    return query_scope_index < scopes.size() ? scopes[query_scope_index]->CanonicalOf(term) : term;
  }

  // To be called by everything that reads any number of facts or values, as it goes along.
  Status Work(uint64_t pieces) {
    work_unasked += pieces;
    if (work_unasked < 1024 || !may_go_on) return OkStatus();
    work_unasked = 0;
    return may_go_on();
  }
  // Gives the local of a quantifier, comprehension or subquery the value that it stands for.
  void SetLocal(uint32_t local, const Datum& item) {
    if (locals.size() <= local) locals.resize(local + 1);
    locals[local] = item;
  }
  // Counts facts that were read.
  Status TouchFacts(uint64_t facts) {
    facts_touched += facts;
    return Work(facts);
  }
};

// The value in one row. Errors are SL5xxx (overflow, division by zero) with the expression's place,
// as ToStatus makes them; messages name types, never values.
StatusOr<Datum> Evaluate(const BoundExpression& expression, const Batch& batch, size_t row,
                         EvaluationContext* context);

// The values in all rows of the batch, as a data column.
StatusOr<Vector> EvaluateColumn(const BoundExpression& expression, const Batch& batch,
                                EvaluationContext* context);

// Three-valued: whether the condition is true, false or unknown (null). A condition that is no
// BOOLEAN is an error (SL3010).
enum class Truth : uint8_t { kFalse, kTrue, kUnknown };
StatusOr<Truth> EvaluateCondition(const BoundExpression& expression, const Batch& batch, size_t row,
                                  EvaluationContext* context);

// The datum in a cell of a batch: terms are decoded, nodes stay ids.
StatusOr<Datum> CellOf(const Vector& column, size_t row, const EvaluationContext& context);

// x isa test, under the context's base scope, or under scope `scope_index` when the test is that of
// a MATCH with its own.
StatusOr<bool> IsA(storage::TermId node, const BoundClassTest& test, EvaluationContext* context);
StatusOr<bool> IsA(storage::TermId node, const BoundClassTest& test, uint32_t scope_index,
                   EvaluationContext* context);

// How x.key reads what `catalog` knows by that name. An unknown key has no predicates.
PropertyAccess AccessByName(std::string_view key, const storage::Catalog& catalog);

// What x.p reads: null, the best-supported value (ONE), or the list of values (MANY), under scope
// `scope_index`.
StatusOr<Datum> ReadProperty(storage::TermId node, const PropertyAccess& access,
                             uint32_t scope_index, EvaluationContext* context);

}  // namespace sightline::query
