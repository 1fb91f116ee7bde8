// The abstract syntax of SLQL: what the parser makes and the binder reads. Mirrors the grammar
// (query/grammar/SLQLParser.g4) rule by rule, with names unquoted and literals decoded.
//
// Plain data, owned as a tree; every node knows its place in the text. Thread-compatible.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "query/diagnostics/diagnostic.h"
#include "storage/model/value.h"

namespace sightline::query::ast {

struct Expression;
struct MatchClause;
struct LinearQuery;
struct Query;

}  // namespace sightline::query::ast

// A long chain of operators is a deep tree of left operands. Deletes it in a loop, so that no chain
// can overflow the stack of whoever drops it.
template <>
struct std::default_delete<sightline::query::ast::Expression> {
  void operator()(sightline::query::ast::Expression* expression) const;
};

namespace sightline::query::ast {

using ExpressionPtr = std::unique_ptr<Expression>;

struct Name {
  std::string text;
  SourceSpan span;
};

struct Parameter {
  std::string name;  // Without the $.
  SourceSpan span;
};

// --- Class tests
// ------------------------------------------------------------------------------------

// After the colon of a node: a test of its class. After the colon of an edge: the predicates.
struct ClassTest {
  enum class Kind : uint8_t {
    kName,       // Company           text
    kId,         // #prod/optics      text, without the #
    kQuoted,     // "optics"          text
    kParameter,  // $class            text, without the $
    kAny,        // %
    kNot,        // !x                children[0]
    kAnd,        // a & b
    kOr,         // a | b
  };
  Kind kind = Kind::kName;
  bool only = false;  // ONLY: exactly this class.
  std::string text;
  std::vector<ClassTest> children;
  SourceSpan span;
};

// --- Expressions
// ------------------------------------------------------------------------------------

struct MapEntry {
  Name key;
  ExpressionPtr value;
};

struct Literal {
  storage::Value value;
};  // Everything but ids, lists and maps.
struct IdLiteral {
  std::string external_id;
};  // #org/hikvision, without the #.
struct ParameterExpression {
  std::string name;
};
struct Variable {
  std::string name;
};
struct Property {
  ExpressionPtr object;
  Name key;
};
struct Index {
  ExpressionPtr object, index;
};
struct Slice {
  ExpressionPtr object, from, to;
};  // from and to may be null.
struct ClassCheck {
  ExpressionPtr object;
  ClassTest test;
};
struct NamedCheck {
  ExpressionPtr object;
  bool fuzzy = false;
  ExpressionPtr name;
};

enum class UnaryOperator : uint8_t { kPlus, kMinus, kNot, kIsNull, kIsNotNull };
struct Unary {
  UnaryOperator op;
  ExpressionPtr operand;
};

enum class BinaryOperator : uint8_t {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kPower,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kAnd,
  kOr,
  kXor,
  kIn,
  kNotIn,
  kStartsWith,
  kEndsWith,
  kContains,
  kRegexMatch,
};
struct Binary {
  BinaryOperator op;
  ExpressionPtr left, right;
  SourceSpan op_span;
};

struct ListLiteral {
  std::vector<ExpressionPtr> items;
};
struct MapLiteral {
  std::vector<MapEntry> entries;
};
struct CountStar {};
struct FunctionCall {
  std::string name;  // Qualified names joined with dots; case as written.
  SourceSpan name_span;
  bool distinct = false;
  std::vector<ExpressionPtr> arguments;
};
struct CaseExpression {
  ExpressionPtr subject;  // Null in the searched form.
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> branches;
  ExpressionPtr otherwise;  // May be null.
};
enum class QuantifierKind : uint8_t { kAll, kAny, kNone, kSingle };
struct QuantifiedCheck {
  QuantifierKind kind;
  Name variable;
  ExpressionPtr list, where;
};
struct ListComprehension {
  Name variable;
  ExpressionPtr list, where, projection;
};
// [(a)-[:p]->(b) WHERE condition | value]
struct PatternComprehension {
  std::unique_ptr<MatchClause> match;  // Of one pattern.
  ExpressionPtr projection;
};
// A bare pattern as a condition.
struct PatternCheck {
  std::unique_ptr<MatchClause> match;  // Of one pattern.
};
struct Subquery {  // EXISTS { ... } and COUNT { ... }
  bool count = false;
  std::unique_ptr<Query> query;
};

struct Expression {
  std::variant<Literal, IdLiteral, ParameterExpression, Variable, Property, Index, Slice,
               ClassCheck, NamedCheck, Unary, Binary, ListLiteral, MapLiteral, CountStar,
               FunctionCall, CaseExpression, QuantifiedCheck, ListComprehension,
               PatternComprehension, PatternCheck, Subquery>
      node;
  SourceSpan span;
};

// --- Patterns
// ---------------------------------------------------------------------------------------

struct HopRange {
  ExpressionPtr from, to;  // Integer literals or parameters; null when not given.
  bool star = false;       // Written with * (from defaults to 1) rather than as a quantifier.
  SourceSpan span;
};

struct NodePattern {
  std::optional<Name> variable;
  std::optional<Name> id;  // #org/hikvision, without the #.
  std::optional<Name>
      quoted;  // ("optics"): named so, or a kind or an instance below a kind named so.
  std::optional<ClassTest> classes;
  ExpressionPtr named;  // NAMED expression, or null.
  bool named_fuzzy = false;
  std::vector<MapEntry> properties;
  ExpressionPtr where;  // May be null.
  SourceSpan span;
};

enum class Direction : uint8_t { kRight, kLeft, kEither };

struct EdgePattern {
  Direction direction = Direction::kRight;
  std::optional<Name> variable;         // A fact.
  std::optional<ClassTest> predicates;  // Unset: any predicate.
  std::optional<HopRange> hops;  // *1..3 inside the brackets, or a quantifier behind the edge.
  std::optional<Name> statement_variable;  // @st, without the @.
  std::vector<MapEntry> properties;        // Qualifiers.
  ExpressionPtr where;
  SourceSpan span;
};

struct GroupPattern;
using PatternTerm = std::variant<NodePattern, EdgePattern, std::unique_ptr<GroupPattern>>;

// ( ... ){m,n}
struct GroupPattern {
  std::optional<Name> variable;
  std::vector<PatternTerm> terms;
  ExpressionPtr where;
  std::optional<HopRange> repeat;
  SourceSpan span;
};

struct PathSelector {
  enum class Kind : uint8_t {
    kAll,
    kAny,
    kAnyShortest,
    kAllShortest,
    kShortest,
    kShortestGroups,
    kCheapest
  };
  enum class Mode : uint8_t { kUnspecified, kWalk, kTrail, kSimple, kAcyclic };
  Kind kind = Kind::kAny;
  bool kind_given = false;  // False when only a mode was written.
  Mode mode = Mode::kUnspecified;
  ExpressionPtr count;  // SHORTEST k; may be null.
  SourceSpan span;
};

struct Pattern {
  std::optional<Name> variable;  // p = ...
  std::optional<PathSelector> selector;
  std::vector<PatternTerm> terms;  // Not yet checked to alternate; the binder does.
  ExpressionPtr cost;
  SourceSpan span;
};

// --- Scope
// ------------------------------------------------------------------------------------------

struct TimePoint {
  // A decoded literal (a PartialDate or Instant inside the Literal, or text to be parsed) or any
  // other expression: a parameter, now(), row.date.
  ExpressionPtr expression;
};
struct ValidAt {
  TimePoint at;
};
struct ValidDuring {
  TimePoint from;
  std::optional<TimePoint> to;
};
struct KnownAt {
  TimePoint at;
};
struct AccordingTo {
  bool negated = false;
  std::vector<ExpressionPtr> sources;
};  // Id, text, parameter or variable.
struct MinReliability {
  Name grade;
};
struct MinCredibility {
  int64_t grade = 0;
};
struct MinSources {
  int64_t count = 0;
};
struct DisputeFilter {
  enum class Verb : uint8_t { kIncluding, kExcluding, kOnly };
  enum class What : uint8_t { kDenied, kDisputed, kUndated };
  Verb verb;
  What what;
};
struct MaxMarking {
  ExpressionPtr marking;
};
struct ReleasableTo {
  std::vector<ExpressionPtr> parties;
};

struct ScopeItem {
  std::variant<ValidAt, ValidDuring, KnownAt, AccordingTo, MinReliability, MinCredibility,
               MinSources, DisputeFilter, MaxMarking, ReleasableTo>
      item;
  SourceSpan span;
};

// --- Clauses
// ----------------------------------------------------------------------------------------

struct AvoidItem {
  ExpressionPtr hubs_over;  // Null when `node` is given.
  std::optional<NodePattern> node;
};

struct SortItem {
  ExpressionPtr expression;
  bool descending = false;
};
struct ProjectionItem {
  ExpressionPtr expression;
  std::optional<Name> alias;
};

// ORDER BY, SKIP and LIMIT: behind a projection, or on their own in mid-query.
struct Paging {
  std::vector<SortItem> order_by;
  ExpressionPtr skip, limit, after;
  SourceSpan span;
  bool empty() const { return order_by.empty() && !skip && !limit; }
};

struct Projection {
  bool distinct = false;
  bool star = false;
  std::vector<ProjectionItem> items;
  Paging paging;
  SourceSpan span;
};

struct MatchClause {
  bool optional = false;
  std::vector<Pattern> patterns;
  std::vector<ScopeItem> scope;
  std::vector<AvoidItem> avoiding;
  ExpressionPtr where;
};
struct UnwindClause {
  ExpressionPtr list;
  Name variable;
};
struct LetClause {
  std::vector<std::pair<Name, ExpressionPtr>> items;
};
struct FilterClause {
  ExpressionPtr condition;
};
struct CallClause {
  Name procedure;
  std::vector<ExpressionPtr> arguments;
  bool yield_all = false;
  std::vector<std::pair<Name, std::optional<Name>>> yields;
  ExpressionPtr where;
};
struct WithClause {
  Projection projection;
  ExpressionPtr where;
};
struct PageClause {
  Paging paging;
};
struct ReturnClause {
  Projection projection;
};
struct AssertClause {
  bool denies = false;
  std::vector<Pattern> patterns;
  std::vector<ScopeItem> scope;
  std::vector<MapEntry> details;
};
struct RetractClause {
  std::vector<ExpressionPtr> statements;
  ExpressionPtr reason;
};

struct Clause {
  std::variant<MatchClause, UnwindClause, LetClause, FilterClause, CallClause, WithClause,
               PageClause, ReturnClause, AssertClause, RetractClause>
      node;
  SourceSpan span;
};

struct LinearQuery {
  std::vector<Clause> clauses;
  SourceSpan span;
};

struct Query {
  std::vector<ScopeItem> scope;  // At the head: for the whole query.
  std::vector<LinearQuery> parts;
  std::vector<bool> union_all;  // Between part i and i + 1; size is parts.size() - 1.
  SourceSpan span;
};

// --- Statements of the language
// ---------------------------------------------------------------------

enum class QueryPrefix : uint8_t { kNone, kExplain, kProfile, kWhy };
struct QueryStatement {
  QueryPrefix prefix = QueryPrefix::kNone;
  bool cypher = false;
  Query query;
};

struct DefineClass {
  Name name;
  std::vector<Name> parents;
  std::vector<MapEntry> details;
};
struct DefinePredicate {
  Name name;
  ClassTest domain, range;
  enum class Cardinality : uint8_t { kUnspecified, kOne, kMany };
  Cardinality cardinality = Cardinality::kUnspecified;
  bool symmetric = false;
  bool transitive = false;
  std::optional<Name> inverse;
  std::vector<Name> parents;
  std::vector<MapEntry> details;
};
struct DefineQuery {
  Name name;
  std::vector<Parameter> parameters;
  std::vector<MapEntry> details;
  Query query;
  std::vector<Parameter> used;  // In the query, in the order of the text.
};
struct DefineEdge {
  NodePattern from;
  EdgePattern edge;
  NodePattern to;
  std::vector<MapEntry> details;
  std::vector<MatchClause> body;
};
struct DefinePrefix {
  Name name;
  std::string iri;
};
struct DropDefinition {
  enum class Kind : uint8_t { kClass, kPredicate, kQuery, kEdge, kPrefix };
  Kind kind;
  Name name;
};
struct ShowStatement {
  enum class Kind : uint8_t { kClasses, kPredicates, kQueries, kEdges, kPrefixes, kSources };
  Kind kind;
  ExpressionPtr named;  // May be null.
};
struct DescribeStatement {
  enum class Kind : uint8_t { kNode, kClass, kPredicate, kQuery };
  Kind kind = Kind::kNode;
  ExpressionPtr subject;
};

struct Statement {
  std::variant<QueryStatement, DefineClass, DefinePredicate, DefineQuery, DefineEdge, DefinePrefix,
               DropDefinition, ShowStatement, DescribeStatement>
      node;
  SourceSpan span;
};

struct Script {
  std::vector<Statement> statements;
};

}  // namespace sightline::query::ast
