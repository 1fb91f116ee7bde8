// StatementBinder: binds one statement. The binder's working state, spread over one file a concern:
// binder.cc (statements and clauses), bind_scope.cc, bind_match.cc, check_types.cc,
// bind_predicates.cc (classes and predicates), bind_expression.cc, bind_subquery.cc,
// bind_projection.cc, bind_page.cc, bind_write.cc, bind_definition.cc, bind_call.cc (stored
// queries), bind_defined_edge.cc, bind_path_edge.cc (defined edges within paths), bind_late.cc
// (parameters that a plan does not depend on).
//
// One thread, one statement.

#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "query/binder/binder.h"
#include "query/binder/bindings.h"
#include "query/binder/suggest.h"
#include "query/plan/path_pattern.h"

namespace sightline::query {

// What an expression may refer to, and what is to become of it.
struct ExpressionScope {
  const Bindings* bindings = nullptr;
  // Where the expression stands, for errors: "WHERE", "ORDER BY".
  std::string_view place = {};
  // Asked for every subexpression first: what to put in its place, or null.
  std::function<StatusOr<BoundExpressionPtr>(const ast::Expression&)> substitute = {};
  // Variables that exist but may not be used here, and why ("is neither grouped nor aggregated").
  const Bindings* forbidden = nullptr;
  std::string_view forbidden_why = {};
  std::string_view forbidden_code = {};
  // Ids name what is to be written: they are interned, not looked up.
  bool interning = false;
  // Evaluated while binding: what differs from row to row cannot be read.
  bool constant = false;
  // Within a condition, and not in what is returned of each row.
  bool in_condition = false;
  // Of quantifiers and comprehensions, innermost last.
  struct Local {
    std::string name;
    uint32_t number = 0;
  };
  std::vector<Local> locals = {};
};

// What is bound so far of a stretch: from one projection to the next.
struct Stretch {
  FramePtr frame;
  Bindings bindings;
  LogicalPlan plan;
  bool rows_distinct = true;
  bool argument_only = true;
  std::vector<BoundColumn> columns;
  std::vector<std::pair<LogicalPlan, std::vector<BoundColumn>>> parts;
  LogicalOperator* imports = nullptr;
};

// A class test, with what is certain of whatever passes it.
struct ResolvedClassTest {
  BoundClassTest test;
  // Classes of the catalog that whatever passes belongs to for certain.
  std::vector<std::string> classes;
};

// What stands after the colon of an edge.
struct ResolvedPredicates {
  EdgeWalk walk;  // In the direction of the arrow.
  struct Named {
    const storage::PredicateDefinition* definition;
    // It and those below it; ONLY: it alone.
    std::vector<const storage::PredicateDefinition*> definitions;
    bool inverse = false;
    SourceSpan span;
  };
  std::vector<Named> named;  // When the test is a name or an alternation of names.
  bool names_only = true;
};

// What is known of an edge only while it is bound.
struct PatternEdgeInfo {
  const ast::EdgePattern* source = nullptr;  // Null for a searched path of several elements.
  std::vector<ResolvedPredicates::Named> predicates = {};
  bool names_predicates = false;  // By name, so that domain and range speak for it.
  bool in_path = false;
};

struct PatternState;   // pattern_state.h
struct SubqueryState;  // bind_subquery.cc

class StatementBinder {
 public:
  explicit StatementBinder(const BindContext& context) : context_(context), view_(*context.view) {
    UseCatalogAt(std::nullopt);
  }

  StatusOr<BoundStatement> Bind(const ast::Statement& statement);
  // As BindLateParameters.
  static StatusOr<LateValues> BindLate(const LateParameters& late,
                                       const std::vector<storage::ScopePtr>& scopes,
                                       const BindContext& context);

 private:
  // --- binder.cc: queries and clauses
  StatusOr<BoundQuery> BindQuery(const ast::QueryStatement& statement, const SourceSpan& span);
  // The scopes and names that the parts are bound under. `outer` is the scope of what the query is
  // a part of.
  Status BindHead(const ast::Query& query, const storage::ScopeConditions& outer);
  // Leaves the plan and the columns of all parts in parts_.front().
  Status BindParts(const ast::Query& query);
  Status BindLinear(const ast::LinearQuery& query);
  Status BindClause(const ast::Clause& clause);
  Status BindUnwind(const ast::UnwindClause& clause);
  Status BindLet(const ast::LetClause& clause);
  Status BindFilter(const ast::Expression& condition);
  void UnitePart(const ast::Query& query, size_t part);
  Status ReturnEveryVariable(const SourceSpan& span);
  void StartStretch();
  // Whether a text may call evidence(): then rows keep what they rest on, as under WHY.
  static bool MentionsEvidence(std::string_view text);
  FramePtr NewFrame() const;

  // --- bind_scope.cc
  // Conditions of `items` over those of `outer`, dimension by dimension. `sources` false leaves out
  // who said it (a query that only writes names its claimant so).
  StatusOr<storage::ScopeConditions> BindScope(const std::vector<ast::ScopeItem>& items,
                                               const storage::ScopeConditions& outer,
                                               bool sources = true);
  // Of `items`, which are all of these, the recorded time and the handling.
  StatusOr<storage::ScopeConditions> BindBase(const std::vector<const ast::ScopeItem*>& items,
                                              storage::ScopeConditions base);
  // What names, classes and kinds are read under, of a scope: its recorded time and its handling.
  static storage::ScopeConditions BaseOf(const storage::ScopeConditions& conditions);
  // Places in scopes_. AddScope: with the entities merged that the scope's own judgements merge.
  // AddBaseScope: for names and classes beside these facts, with the same entities merged.
  StatusOr<uint32_t> AddScope(const storage::ScopeConditions& conditions);
  StatusOr<uint32_t> AddBaseScope(const storage::ScopePtr& facts);
  uint32_t AddResolved(storage::ScopePtr scope);
  StatusOr<storage::ScopePtr> ResolveMerging(const storage::ScopeConditions& conditions);
  // A value that is given from outside, with canonical ids (identity_).
  Datum Canonical(Datum datum) const { return WithCanonicalIds(std::move(datum), identity_); }
  // From here on classes and predicates are those that were known at this revision; unset: the
  // view's.
  void UseCatalogAt(std::optional<storage::Revision> known_at);
  StatusOr<storage::TlpLabel> BindMaxMarking(const ast::MaxMarking& item);
  StatusOr<std::vector<std::string>> BindReleasableTo(const ast::ReleasableTo& item);
  StatusOr<storage::Revision> BindKnownAt(const ast::KnownAt& known);
  StatusOr<storage::TimeInterval> BindTime(const ast::TimePoint& time);
  StatusOr<storage::TimeInterval> BindValid(const ast::ScopeItem& item);
  // bind_backing.cc. N6001 when documents derive from one another.
  Status BindBackedBy(const ast::MinSources& sources, const SourceSpan& span,
                      storage::ScopeConditions* conditions);
  // The nodes that a source of ACCORDING TO names.
  StatusOr<std::vector<storage::TermId>> ResolveSource(const ast::Expression& source);
  StatusOr<std::vector<storage::TermId>> NodesNamedOrSuggest(std::string_view name,
                                                             const SourceSpan& span,
                                                             std::string_view code);

  // --- bind_call.cc
  Status BindCallClause(const ast::CallClause& clause, const SourceSpan& span);
  // bind_procedure.cc
  Status BindProcedure(const Procedure& procedure, const ast::CallClause& clause,
                       const SourceSpan& span);
  // The query of a definition, bound as a part of this statement.
  struct InnerQuery {
    LogicalPlan plan;
    std::vector<BoundColumn> columns;
    uint32_t scope_index = 0, base_scope_index = 0;
  };
  using Parameters = std::map<std::string, Datum, std::less<>>;
  // What a MATCH asks of the ends of a defined edge that it holds in its own nodes: asked of the
  // nodes of the definition's pattern too, so that it need not be found whole.
  struct EndTests {
    const PatternNode* from = nullptr;
    const PatternNode* to = nullptr;
  };
  // Where a text of its own came from, for what there is to say about it.
  struct Origin {
    std::string name;  // "the stored query 'suppliers'".
    // Puts a diagnostic about a place of the text where the user can see it.
    std::function<void(Diagnostic*)> place;
    bool is_author = false;  // The text is part of the statement.
  };
  static std::string DefinitionName(const storage::StoredDefinition& definition);
  // What is said about the text is said about this place of the statement.
  static Origin CalledAt(const storage::StoredDefinition& definition, const SourceSpan& place);
  // `ends` may be null. Parses the definition and lets a binder of its own, with the names of the
  // text only, bind it. SL4010 when that needs the definition itself, SL1000 when it needs too many
  // others.
  StatusOr<InnerQuery> BindInner(const storage::StoredDefinition& definition, const Origin& origin,
                                 const Parameters& parameters,
                                 const storage::ScopeConditions& outer,
                                 const EndTests* ends = nullptr);
  // Its statement, when it may be used here.
  StatusOr<ast::Script> ExpandDefinition(const storage::StoredDefinition& definition,
                                         const Origin& origin);
  // For a binder that binds the definition in the course of this one.
  BindContext ContextOf(const storage::StoredDefinition& definition,
                        const Parameters& parameters) const;
  // Takes what all binders of a statement fill together; `outer` has it back by TakeTablesOf.
  void StandInFor(StatementBinder* outer, const storage::StoredDefinition& definition);
  void TakeTablesOf(StatementBinder* other);
  // An error about the text, said where the user can see it.
  static Status PlacedAt(const Origin& origin, const Status& status);
  StatusOr<InnerQuery> BindDefinedQuery(const ast::Query& query,
                                        const storage::ScopeConditions& outer);
  // The ends, and behind them the event if the edge has one, each row once.
  StatusOr<InnerQuery> BindEdgeBody(ast::DefineEdge* define, const storage::ScopeConditions& outer);
  Status NoSuchQuery(const ast::Name& name) const;

  // --- bind_defined_edge.cc
  bool IsExpanding(const std::string& edge) const;
  // The names that an edge is tested for, when they are all names and one is that of a defined
  // edge; else empty.
  std::vector<ast::Name> DefinedEdgeNames(const ast::EdgePattern& edge) const;
  Status AddDefinedEdge(const ast::EdgePattern& edge, uint32_t left, uint32_t right, bool in_path,
                        PatternState* state);
  // What binds the ends of the defined edges in front of the MATCH itself, which only tests them.
  StatusOr<std::vector<LogicalCall>> CallDefinedEdges(const storage::ScopeConditions& conditions,
                                                      PatternState* state);
  static void AskAsWell(const PatternNode& tests, bool kinds_too, PatternNode* node);
  // All definitions that the names stand for, and plain predicates among them, as one.
  StatusOr<InnerQuery> BindDefinitionsOf(const ast::EdgePattern& edge,
                                         const storage::ScopeConditions& conditions,
                                         const EndTests& ends);

  // --- bind_page.cc
  Status BindPage(const ast::Paging& paging);

  // --- bind_match.cc
  Status BindMatch(const ast::MatchClause& clause, const SourceSpan& span);
  Status AddPattern(const ast::Pattern& pattern, PatternState* state);
  StatusOr<uint32_t> AddNode(const ast::NodePattern& node, PatternState* state);
  StatusOr<uint32_t> AddEdge(const ast::EdgePattern& edge, uint32_t left, uint32_t right,
                             bool in_path, PatternState* state);
  // Predicates, hops and direction of an edge.
  struct EdgeShape {
    HopGroup hops;
    bool chain = false;
  };
  StatusOr<EdgeShape> ShapeOf(const ast::EdgePattern& edge, PatternEdgeInfo* info, bool searched);
  // A column for a variable that the pattern brings in.
  StatusOr<uint32_t> Introduce(const ast::Name& name, Vector::Kind kind, StaticType type,
                               PatternState* state);
  // For the variable of an edge; under CYPHER it may be that of an earlier clause.
  StatusOr<uint32_t> IntroduceEdge(const ast::Name& name, Vector::Kind kind, StaticType type,
                                   PatternState* state);
  Status BindNodeTests(const ast::NodePattern& node, uint32_t index, PatternState* state);
  Status BindTests(const ast::NodePattern& node, const PatternState& state, PatternNode* tested,
                   std::vector<std::string>* classes);
  Status BindEdgeTests(const ast::EdgePattern& edge, uint32_t index, PatternState* state);
  StatusOr<QualifierTest> BindQualifier(const ast::MapEntry& entry, ExpressionScope* scope);
  void SetNodeTypes(PatternState* state);
  // Whether a node may be a value as far as the edges at it tell.
  bool EdgesAllowValue(const PatternState& state, uint32_t node,
                       std::optional<uint32_t> apart_from) const;
  void SetDifferences(PatternState* state);
  bool AnonymousMultiplies(const PatternState& state) const;
  void WarnOfCartesianProduct(const PatternState& state);
  void WarnOfNullTest(const PatternState& state);
  StatusOr<std::pair<uint64_t, uint64_t>> BindHops(const ast::HopRange& hops);
  StatusOr<uint64_t> BindHopBound(const ast::Expression& bound);

  // --- bind_path.cc: paths that are searched for, and AVOIDING
  // An edge, or a group of steps.
  struct PathLink {
    const ast::EdgePattern* edge = nullptr;
    const ast::GroupPattern* group = nullptr;
  };
  struct PathTerms {
    std::vector<const ast::NodePattern*> nodes;  // One more than links.
    std::vector<PathLink> links;
  };
  StatusOr<PathTerms> TermsOf(const ast::Pattern& pattern, PatternState* state);
  StatusOr<PathTerms> Alternate(const std::vector<ast::PatternTerm>& terms, const SourceSpan& span,
                                bool in_group, PatternState* state);
  Status AddSearchedPattern(const ast::Pattern& pattern, const PathTerms& terms,
                            PatternState* state, PatternPath* path);
  StatusOr<uint32_t> AddLink(const PathLink& link, uint32_t left, uint32_t right, bool in_path,
                             PatternState* state);
  // A chain that reachability cannot find: with conditions, or around AVOIDING.
  StatusOr<uint32_t> AddSearchedChain(const ast::EdgePattern& edge, EdgeShape shape,
                                      PatternEdgeInfo info, uint32_t left, uint32_t right,
                                      PatternState* state);
  StatusOr<PathPart> PartOf(const PathLink& link, PathPattern* search, PatternState* state,
                            PatternEdgeInfo* info);
  // bind_path_edge.cc. What a group asks of the nodes at the ends of an edge in it.
  struct PathEnds {
    std::optional<uint32_t> before, after;
  };
  // The branches of an edge that is defined by patterns; `one_branch`: it is one step of others.
  Status AddDefinedSteps(const ast::EdgePattern& edge, const PathEnds& ends, bool one_branch,
                         PathPart* part, Bindings* part_bindings, PathPattern* search,
                         PatternState* state);
  Status AddBranch(const storage::StoredDefinition& definition, const Origin& origin,
                   bool backwards, const PathEnds& ends, std::optional<uint32_t> own_slot,
                   PathPart* part, PathPattern* search, PatternState* state);
  Status BindBranch(const ast::DefineEdge& define, bool backwards, const PathEnds& ends,
                    std::optional<uint32_t> own_slot, PathPart* part, PathPattern* search,
                    PatternState* state);
  StatusOr<std::optional<uint32_t>> AddChainNode(
      const std::vector<const ast::NodePattern*>& sources, std::optional<uint32_t> outside,
      Bindings* names, PathPattern* search, PatternState* state);
  StatusOr<PathStep> StepOf(const ast::EdgePattern& edge, EdgeShape shape, bool repeated,
                            Bindings* part_bindings, PathPattern* search, PatternState* state);
  StatusOr<std::optional<uint32_t>> AddPathNode(const ast::NodePattern& node, bool repeated,
                                                Bindings* part_bindings, PathPattern* search,
                                                PatternState* state);
  StatusOr<BoundExpressionPtr> BindInPath(const ast::Expression& condition,
                                          const Bindings& part_bindings, PathPattern* search,
                                          PatternState* state);
  Status BindCost(const ast::Pattern& pattern, const PathTerms& terms, PathPattern* search,
                  PatternState* state);
  StatusOr<uint32_t> AddSearchedEdge(PathPattern search, PatternEdgeInfo info, uint32_t left,
                                     uint32_t right, const SourceSpan& span, PatternState* state);
  Status BindAvoiding(const ast::MatchClause& clause, PatternState* state);
  Status CostWithoutCheapest(const ast::Pattern& pattern) const;
  // That two columns hold the same node: as a condition, and asked of the rows of the MATCH.
  static BoundExpressionPtr SameNode(uint32_t slot, uint32_t other, StaticType type,
                                     const SourceSpan& span);
  static void JoinNodes(uint32_t slot, uint32_t other, const ast::Name& name, PatternState* state);
  static const Binding* FindIntroduced(std::string_view name, const PatternState& state);

  // --- check_types.cc: what can never match, by the schema
  using Definitions = std::vector<const storage::PredicateDefinition*>;
  Definitions DefinitionsOf(const std::vector<storage::TermId>& predicates) const;
  // SL3022 when no fact of any of these predicates, or of any read backwards, can have a value
  // equal to (or in order with) one of this type.
  Status CheckMayHold(std::string_view name, bool inverse, const Definitions& definitions,
                      const BoundExpression& value, bool in_order = false) const;
  Status CheckComparisons(const BoundExpression& condition) const;
  // SL3021, SL3022; W3021 where only the classes speak against an edge.
  Status CheckDirections(const PatternState& state);
  StaticType TypeApartFrom(const PatternState& state, uint32_t node, uint32_t edge) const;
  static Status WrongDirection(const PatternState& state, uint32_t index,
                               const ResolvedPredicates::Named& named);
  Status NoSuchEnds(const PatternState& state, uint32_t index,
                    const ResolvedPredicates::Named& named) const;
  void WarnOfEnds(const PatternState& state, uint32_t index,
                  const ResolvedPredicates::Named& named);
  void WarnOfProperties(const PatternState& state);
  // W3023 when what is of all of `classes` has no such property by the schema. `class_place`, where
  // the text names the class, gets the classes that have it; it may be empty.
  void WarnOfProperty(const ast::Name& key, const std::vector<std::string>& classes,
                      std::string_view text, const SourceSpan& class_place);
  static Diagnostic WrongValue(std::string_view name, const std::string& taken,
                               const std::vector<storage::ValueType>& types,
                               const BoundExpression& value, std::string_view text);

  // --- bind_predicates.cc
  StatusOr<ResolvedClassTest> ResolveClassTest(const ast::ClassTest& test,
                                               const storage::ScopePtr& base);
  StatusOr<ResolvedClassTest> KindsOf(std::vector<BoundClassTest::Root> roots, bool only,
                                      const storage::ScopePtr& base);
  // The nodes and classes with this name; a notice when there are none or several.
  StatusOr<std::vector<BoundClassTest::Root>> RootsNamed(std::string_view name,
                                                         const SourceSpan& span,
                                                         const storage::ScopePtr& base);
  StatusOr<ResolvedPredicates> ResolvePredicates(const ast::ClassTest& test);
  // What an edge walks that names no predicate.
  EdgeWalk AnyWalk() const;
  // Null when no predicate has the name, forwards or backwards.
  const storage::PredicateDefinition* FindProperty(std::string_view key, bool* inverse) const;
  std::vector<storage::TermId> PredicateIds(std::string_view name) const;
  // A year written as a number, where the predicate takes dates and no numbers, is that year.
  void ReadYear(const storage::PredicateDefinition& definition, BoundExpression* value);
  bool Compatible(std::string_view a, std::string_view b) const;
  // Whether something of all of `classes` can be of one of `allowed`.
  bool CompatibleWithOneOf(const std::vector<std::string>& classes,
                           const std::vector<std::string>& allowed) const;
  Status NoSuchClass(std::string_view name, const SourceSpan& span);
  Status NoSuchPredicate(std::string_view name, const SourceSpan& span, std::string_view code);
  // The error for a class or predicate of today that only AS KNOWN AT hides.
  static Status NotDefinedThen(Diagnostic diagnostic, std::string_view name);
  // Whether the name is somebody's today, and only AS KNOWN AT hides it.
  bool IsNamedSince(std::string_view name) const;
  void NoticeNamesNothing(std::string_view name, const SourceSpan& span);
  void NoticeIdNamesNothing(std::string_view id, const SourceSpan& span);
  // When the judgements on identity in the scope do not go together.
  Status NoticeConflicts(const storage::Scope& scope);

  // --- bind_expression.cc
  StatusOr<BoundExpressionPtr> BindExpression(const ast::Expression& expression,
                                              ExpressionScope* scope);
  StatusOr<BoundExpressionPtr> BindLeaf(const ast::Expression& expression, ExpressionScope* scope);
  StatusOr<BoundExpressionPtr> BindAround(const ast::Expression& expression,
                                          BoundExpressionPtr first, ExpressionScope* scope);
  StatusOr<BoundExpressionPtr> BindCondition(const ast::Expression& expression,
                                             ExpressionScope* scope);
  StatusOr<BoundExpressionPtr> BindVariable(const ast::Expression& expression,
                                            const ExpressionScope& scope);
  StatusOr<BoundExpressionPtr> BindId(const ast::Expression& expression,
                                      const ExpressionScope& scope);
  StatusOr<BoundExpressionPtr> BindCall(const ast::Expression& expression, ExpressionScope* scope);
  Status AddNameToScore(const ast::Expression& argument, const ExpressionScope& scope,
                        BoundCall* call) const;
  StatusOr<BoundExpressionPtr> BindProperty(const ast::Expression& expression,
                                            BoundExpressionPtr object,
                                            const ExpressionScope& scope);
  StatusOr<BoundExpressionPtr> BindBinary(const ast::Expression& expression,
                                          BoundExpressionPtr left, ExpressionScope* scope);
  Status CheckOperands(const ast::Binary& binary, const ast::Expression& expression,
                       const BoundExpression& left, const BoundExpression& right);
  StatusOr<Datum> FindParameter(std::string_view name, const SourceSpan& span) const;
  // The same, where what is bound depends on the value.
  StatusOr<Datum> ReadParameter(std::string_view name, const SourceSpan& span);
  // The value of an expression that reads no variable.
  StatusOr<Datum> EvaluateConstant(const ast::Expression& expression, std::string_view place);

  // --- bind_late.cc
  // A place for the parameter's value; none when plans are for one value of it.
  std::optional<uint32_t> AddLateValue(const std::string& name);
  // A place for the nodes that the text `value` names.
  NodeSet AddLateNames(uint32_t value, uint32_t scope_index);
  // NAMED $name; none when its names are to be found now.
  std::optional<NameTest> LateNameTest(const ast::NodePattern& node, uint32_t scope_index);
  // Makes a constant of a late parameter, on whose value something depends after all.
  void ReadNow(BoundExpression* expression);
  // Where a name names nothing, or several things.
  void NoticeNames(std::string_view name, size_t count, bool is_only_test, const SourceSpan& span);

  // --- bind_subquery.cc
  StatusOr<BoundExpressionPtr> BindSubquery(const ast::Expression& expression,
                                            ExpressionScope* scope);
  Status BindPatternCheck(const ast::MatchClause& match, const SourceSpan& span);
  Status CheckSubquery(const ast::Query& query, const SourceSpan& span);
  void WarnOfCount(const SourceSpan& span);
  // What a name means in a pattern; null: nothing yet.
  StatusOr<const Binding*> FindForPattern(const ast::Name& name);
  // Whether something new cannot be called so.
  bool IsTaken(std::string_view name) const;
  // The variable, captured when it is one of around the subquery; null when there is none.
  StatusOr<BoundExpressionPtr> FindVariable(const ast::Expression& expression,
                                            const ExpressionScope& scope);
  // The number of the capture of this name, made when it is the first; unset when no variable
  // around the subquery has the name. REQUIRES: subquery_.
  StatusOr<std::optional<size_t>> Capture(const std::string& name, const SourceSpan& span);
  // The column that holds a capture in the stretch being bound.
  const Binding* Import(size_t capture);
  bool IsImported(uint32_t slot) const;
  void SwapStretch(Stretch* other);

  // --- bind_projection.cc
  struct ProjectionItem {
    const ast::Expression* expression = nullptr;  // Null: the variable `star`.
    const Binding* star = nullptr;
    std::string name = {};
    SourceSpan span = {};
    bool aggregated = false;
    bool is_marking = false;  // marking(), which is computed of the row when it is complete.
  };
  StatusOr<std::vector<ProjectionItem>> ItemsOf(const ast::Projection& projection, bool is_with);
  // Puts what marking() stands for into the columns that the items have for it.
  Status AddMarkings(const ast::Projection& projection, const std::vector<ProjectionItem>& items);
  // `where` is what stands behind a WITH, or null.
  Status BindProjection(const ast::Projection& projection, bool is_with,
                        const ast::Expression* where);
  // Sets *where to null, and filter_, when it reads what is not among the items.
  Status ProjectPlain(const ast::Projection& projection, const std::vector<ProjectionItem>& items,
                      const ast::Expression** where);
  Status ProjectAggregated(const ast::Projection& projection,
                           const std::vector<ProjectionItem>& items);
  Status SortDistinct(const ast::Projection& projection, const std::vector<ProjectionItem>& items,
                      const Bindings& input);
  Status BindSort(const std::vector<ast::SortItem>& order_by);
  Status BindSkipLimit(const ast::Paging& paging);
  StatusOr<uint64_t> BindRowCount(const ast::Expression& expression, std::string_view word);
  // Puts an item into the frame: its slot, and the binding of its name.
  uint32_t AddOutput(const ProjectionItem& item, const BoundExpression& expression,
                     const Bindings& input, Frame* frame, Bindings* output);

  // --- bind_write.cc
  Status BindAssert(const ast::AssertClause& clause, const SourceSpan& span);
  Status BindRetract(const ast::RetractClause& clause, const SourceSpan& span);
  StatusOr<uint32_t> AddAssertNode(const ast::NodePattern& node, AssertPlan* plan);
  Status AddAssertEdge(const ast::EdgePattern& edge, uint32_t left, uint32_t right,
                       AssertPlan* plan);
  Status AddClassFacts(const ast::ClassTest& test, uint32_t node, AssertPlan* plan);
  Status AddPropertyFact(const ast::MapEntry& entry, uint32_t node, AssertPlan* plan);
  Status AddQualifier(const ast::MapEntry& entry, AssertPlan* plan);
  Status AddDetail(const ast::MapEntry& entry, AssertPlan* plan);
  Status BindClaimant(const ast::AssertClause& clause, const SourceSpan& span, AssertPlan* plan);
  Status CheckValueType(const AssertPredicate& predicate, const BoundExpression& value,
                        std::string_view text) const;
  Status CheckFactClasses(const AssertPlan& plan);
  StatusOr<BoundExpressionPtr> BindWritten(const ast::Expression& expression,
                                           std::string_view place);
  StatusOr<storage::TermId> InternId(const ast::Name& id);
  StatusOr<std::optional<storage::TermId>> OneNodeNamed(std::string_view name,
                                                        const SourceSpan& span);
  StatusOr<std::vector<std::string>> VisibleClasses(storage::TermId node);

  // --- bind_definition.cc
  StatusOr<BoundDefineClass> BindDefineClass(const ast::DefineClass& define,
                                             const SourceSpan& span);
  StatusOr<BoundDefinePredicate> BindDefinePredicate(const ast::DefinePredicate& define,
                                                     const SourceSpan& span);
  StatusOr<BoundDefineStored> BindDefineQuery(const ast::DefineQuery& define,
                                              const SourceSpan& span);
  StatusOr<BoundDefineStored> BindDefineEdge(const ast::DefineEdge& define, const SourceSpan& span);
  // --- bind_prefix.cc
  // When what is not there may have a prefix that nobody has defined.
  void HelpWithPrefix(std::string_view name, Diagnostic* diagnostic) const;
  StatusOr<BoundDefineStored> BindDefinePrefix(const ast::DefinePrefix& define,
                                               const SourceSpan& span);
  Status BindStoredDetails(const std::vector<ast::MapEntry>& details,
                           storage::StoredDefinition* definition);
  // SL4010 when the query calls itself, by whatever others.
  Status CheckCalls(const ast::DefineQuery& define);
  // Binds a new definition for what is wrong with it.
  Status TryDefinition(const storage::StoredDefinition& definition, const SourceSpan& span);
  StatusOr<BoundDrop> BindDrop(const ast::DropDefinition& drop, const SourceSpan& span);
  // SL4018 when a fact that the writer can see has the term in one of the places.
  Status CheckUnused(storage::TermId term, std::initializer_list<storage::Permutation> places,
                     const ast::DropDefinition& drop) const;
  StatusOr<BoundShow> BindShow(const ast::ShowStatement& show);
  // What DESCRIBE "name" or #id asks, as a query.
  StatusOr<BoundQuery> BindDossier(const ast::DescribeStatement& describe);
  StatusOr<BoundDescribe> BindDescribe(const ast::DescribeStatement& describe);
  Status BindLabelAndNote(const std::vector<ast::MapEntry>& details, std::string* label,
                          std::string* note);
  Status MayWrite(std::string_view what, const SourceSpan& span) const;

  // --- Diagnostics
  std::string Text(const SourceSpan& span) const;
  static Diagnostic MakeError(std::string_view code, const SourceSpan& span, std::string message);
  static Status Error(std::string_view code, const SourceSpan& span, std::string message,
                      std::vector<std::string> help = {});
  static Status NotImplemented(const SourceSpan& span, std::string_view construct,
                               std::vector<std::string> help = {});
  void Notice(Severity severity, std::string_view code, const SourceSpan& span, std::string message,
              std::vector<std::string> help = {}, std::vector<Edit> edits = {});

  const BindContext& context_;
  const storage::ReadView& view_;
  const storage::Catalog* catalog_ = nullptr;  // Of the clause that is being bound.
  // Keeps alive what definitions are borrowed from.
  std::vector<std::shared_ptr<const storage::Catalog>> catalogs_;
  std::vector<Diagnostic> notices_;

  // Of the query.
  std::vector<storage::ScopePtr> scopes_;
  std::vector<storage::ScopePtr> resolved_;  // By ResolveMerging.
  storage::ScopePtr base_scope_;
  storage::ScopeConditions head_;
  // What the clause or subquery that is being bound stands in: the head's, or those of a MATCH.
  storage::ScopeConditions around_;
  storage::IdentityMapPtr identity_;  // Which ids count as one there.
  const std::vector<ast::ScopeItem>* head_items_ = nullptr;
  uint32_t head_scope_index_ = 0, base_scope_index_ = 0;
  bool why_ = false;
  bool keeps_evidence_ = false;  // For WHY, evidence() or marking().
  bool cypher_ = false;          // The prefix: docs/language/cypher.md says what differs.
  bool writes_ = false;
  std::vector<SubqueryPlan> subqueries_;
  SubqueryState* subquery_ = nullptr;  // That is being bound; null in the query itself.
  uint32_t next_local_ = 0;
  LateParameters late_;
  bool may_page_ = false;  // The query is the statement itself, in one part.
  std::optional<BoundQuery::Page> page_;

  // Of variables of the definition's pattern that is being bound.
  std::map<std::string, const PatternNode*, std::less<>> end_tests_;

  // The definitions that this text is within, outermost first, and how many steps of definitions
  // the statement has bound so far, counted by all its binders together.
  std::vector<std::string> expanding_;
  std::shared_ptr<size_t> expanded_steps_ = std::make_shared<size_t>(0);

  // Of the stretch that is being bound.
  FramePtr frame_;
  Bindings bindings_;
  LogicalPlan plan_;
  std::optional<LogicalFilter> filter_;  // Of a WITH: to be asked behind its SKIP and LIMIT.
  bool rows_distinct_ = true;            // No two rows are equal in all columns that are bound.
  bool argument_only_ = true;            // The plan so far is a single empty row.
  std::vector<BoundColumn> columns_;     // Set by what ends a part: RETURN, ASSERT, RETRACT.
  std::vector<std::pair<LogicalPlan, std::vector<BoundColumn>>> parts_;
  LogicalOperator* imports_ = nullptr;  // The extend that holds the captures of this stretch.
};

// What a value's type is called before it runs.
StaticType StaticTypeOf(const Datum& datum);
StaticType StaticTypeOf(storage::ValueType type);
// "Person, Company or STRING"; empty for nothing.
std::string ListOf(const std::vector<std::string>& classes,
                   const std::vector<storage::ValueType>& types);

}  // namespace sightline::query
