// The parts of the reference evaluator: match.cc finds bindings, expression.cc computes values,
// project.cc makes rows of them, clause by clause.

#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "query/ast/ast.h"
#include "query/functions/datum.h"
#include "tests/reference/graph.h"
#include "tests/reference/reference.h"

namespace sightline::reference {

namespace ast = query::ast;
using query::Datum;
using query::DatumList;

using Row = std::map<std::string, Datum>;

struct Table {
  std::vector<std::string> columns;  // In the order in which they were named.
  std::vector<Row> rows;
  std::vector<size_t> groups;  // Of the rows: equal where nothing says which comes first.
  uint64_t skip = 0;           // Still to be applied.
  std::optional<uint64_t> limit;
  Row outer;  // Of a subquery: the row that it is asked in. Part of every row, and of no column.
};

// Two nodes that a defined edge joins, and the event that it is, if one was asked for.
struct DefinedPair {
  TermId from, to, event;
  friend auto operator<=>(const DefinedPair& a, const DefinedPair& b) {
    return std::tuple(a.from, a.to, a.event) <=> std::tuple(b.from, b.to, b.event);
  }
  bool operator==(const DefinedPair&) const = default;
};

class Evaluator {
 public:
  Evaluator(const World& world, const storage::Clearance& clearance);

  Answer Run(const ast::Query& query);

 private:
  // What an expression is computed from. `group` is set where aggregates gather its rows.
  struct Context {
    const Row* row;
    const std::vector<Row>* group = nullptr;
  };
  // match.cc
  struct PathSearch;
  struct FoundPath;
  class PathLister;
  struct Pattern;
  // What a MATCH finds its pattern in.
  struct Ground {
    uint32_t scope_index = 0;
    HeldFacts facts, base;
    std::set<TermId> universe;
    std::map<std::pair<size_t, TermId>, bool> passes;  // What PassesTests has said before.
  };

  // --- match.cc
  void RunMatch(const ast::MatchClause& clause, Table* table);
  RefScope ScopeOf(const std::vector<ast::ScopeItem>& items, const RefScope& outer);
  // Takes an item of those that names and classes go by, too. Whether it was one.
  bool TakeBaseItem(const ast::ScopeItem& item, RefScope* scope);
  std::pair<uint64_t, uint64_t> HopsOf(const ast::HopRange& hops);
  storage::TimeInterval TimeOf(const ast::TimePoint& time);
  std::set<TermId> SourcesOf(const ast::AccordingTo& according);
  Walk WalkOfTest(const ast::ClassTest& test);
  // `columns` are the variables from before; those that the pattern adds go to `introduced`.
  Pattern Resolve(const ast::MatchClause& clause, const std::vector<std::string>& columns,
                  std::vector<std::string>* introduced);
  // The rows that one row becomes.
  std::vector<Row> Match(const ast::MatchClause& clause, const Row& row,
                         const std::vector<std::string>& introduced, Pattern* pattern);
  // What can be said of a term without knowing the rest of the row.
  bool PassesTests(Pattern* pattern, size_t node, TermId term);
  bool PassesTestsAnew(const Pattern& pattern, size_t node, TermId term);
  bool HasProperty(const Pattern& pattern, TermId term, const ast::MapEntry& entry, const Row& row);
  void BindSingles(Pattern* pattern, size_t next, std::vector<Row>* found);
  void BindChains(Pattern* pattern, size_t next, std::vector<Row>* found);
  void BindSearch(Pattern* pattern, size_t next, std::vector<Row>* found);
  std::set<TermId> Crossable(Pattern* pattern, const std::vector<Walk>& walks,
                             const std::set<TermId>& terms);
  void BindLoneNodes(Pattern* pattern, size_t next, std::vector<Row>* found);
  void Emit(const Pattern& pattern, std::vector<Row>* found);

  // --- stored.cc: stored queries and defined edges
  // Whether the edge stands for patterns: one of its names is that of a defined edge.
  bool IsDefined(const ast::EdgePattern& edge) const;
  // The pairs of ends that the edge joins from left to right, each with its event or none, under
  // the scope of the MATCH that it stands in.
  const std::vector<DefinedPair>& PairsOf(const ast::EdgePattern& edge);
  void AddPairs(const std::string& text, bool with_event, std::vector<DefinedPair>* pairs);
  void BindDefined(Pattern* pattern, size_t next, std::vector<Row>* found);
  void RunCall(const ast::CallClause& call, Table* table);

  // --- expression.cc
  Datum Compute(const ast::Expression& expression, const Context& context);
  Datum Compute(const ast::Expression& expression, const Row& row) {
    return Compute(expression, Context{&row});
  }
  std::optional<bool> Truth(const ast::Expression& expression, const Context& context);
  Datum ComputeSubquery(const ast::Subquery& subquery, const Row& row);
  Datum ComputePatternCheck(const ast::PatternCheck& check, const Row& row);
  Datum ComputePatternList(const ast::PatternComprehension& list, const Row& row);
  static Table TableOf(const Row& outer);
  void TellNobody(const ast::Binary& binary, Datum* left, Datum* right);
  Datum ComputeBinary(const ast::Binary& binary, const Context& context);
  Datum ComputeCall(const ast::FunctionCall& call, const Context& context);
  Datum ComputeAggregate(const ast::FunctionCall& call, const Context& context);
  Datum ReadMember(const Datum& object, const std::string& key);
  Datum ReadProperty(TermId node, const std::string& key);
  Datum ReadFact(const query::FactDatum& fact, const std::string& key);
  Datum ReadStatement(const Said& said, const std::string& key);
  static bool IsAggregate(const ast::Expression& expression);
  static bool HasAggregate(const ast::Expression& expression);

  // --- project.cc
  Table RunParts(const ast::Query& query, const Row& outer);
  Table RunPart(const ast::LinearQuery& part, const Row& outer);
  void Project(const ast::Projection& projection, Table* table);
  void Filter(const ast::Expression& condition, Table* table);
  void Page(const ast::Paging& paging, Table* table);
  void SetLimits(const ast::Paging& paging, Table* table);
  void Sort(const std::vector<ast::SortItem>& items, const std::vector<std::vector<Datum>>& keys,
            Table* table);
  // Takes the rows that SKIP and LIMIT leave.
  void Cut(Table* table);
  // An entity as the head, or the MATCH around, knows it.
  Datum Canonical(const Datum& datum, const Identity& identity) const;
  std::string KeyOf(const Row& row, const std::vector<std::string>& columns) const;

  Graph graph_;
  std::vector<storage::StoredDefinition> stored_;
  std::deque<ast::Script> scripts_;  // Their texts, each use its own.
  std::map<std::string, const ast::DefineQuery*> queries_;
  std::map<const ast::EdgePattern*, std::vector<DefinedPair>> pairs_;
  Row parameters_;
  RefScope head_;
  RefScope around_;  // The head's, or that of the MATCH whose condition is being computed.
  Identity identity_around_;
  std::map<const ast::MatchClause*, Ground> grounds_;
  std::vector<RefScope> scopes_;  // Of facts; 0 is the head's.
  HeldFacts head_facts_;          // Under head_: what dots read.
  HeldFacts head_base_;           // Under the head's recorded time only: classes and names.
  bool ambiguous_ = false;
};

}  // namespace sightline::reference
