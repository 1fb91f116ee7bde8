#include "query/parser/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>

namespace sightline::query {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

ast::Script Parsed(const std::string& text) {
  StatusOr<ast::Script> script = Parse(text);
  EXPECT_TRUE(script.ok()) << text << "\n" << script.status();
  return script.ok() ? std::move(script).value() : ast::Script();
}

template <typename Node>
const Node& As(const ast::Statement& statement) {
  return std::get<Node>(statement.node);
}

// The clauses of a script of one query.
const std::vector<ast::Clause>& ClausesOf(const ast::Script& script) {
  return As<ast::QueryStatement>(script.statements.at(0)).query.parts.at(0).clauses;
}

// The first expression that a script of one query returns.
const ast::Expression& Returned(const ast::Script& script) {
  const ast::Clause& last = ClausesOf(script).back();
  return *std::get<ast::ReturnClause>(last.node).projection.items.at(0).expression;
}

TEST(Parser, StatementsAreSeparatedBySemicolons) {
  EXPECT_THAT(Parsed("RETURN 1; RETURN 2;; SHOW CLASSES;").statements, SizeIs(3));
}

TEST(Parser, PlacesCountBytesAndCodePoints) {
  const std::string text = "// 海\nMATCH (фирма:Company)\nRETURN фирма.name";
  const ast::Script script = Parsed(text);
  const auto& match = std::get<ast::MatchClause>(ClausesOf(script)[0].node);
  const auto& node = std::get<ast::NodePattern>(match.patterns[0].terms[0]);
  const SourceSpan variable = node.variable->span;
  EXPECT_EQ(text.substr(variable.begin, variable.end - variable.begin), "фирма");
  EXPECT_EQ(variable.line, 2u);
  EXPECT_EQ(variable.column, 8u);
  const SourceSpan classes = node.classes->span;
  EXPECT_EQ(text.substr(classes.begin, classes.end - classes.begin), "Company");
  EXPECT_EQ(classes.column, 14u);
  const SourceSpan returned = Returned(script).span;
  EXPECT_EQ(text.substr(returned.begin, returned.end - returned.begin), "фирма.name");
  EXPECT_EQ(returned.line, 3u);
}

TEST(Parser, NodesTellIdsNamesVariablesAndKinds) {
  const ast::Script script = Parsed(
      "MATCH (#org/x :A), (\"optics\"), (v:\"optics\"&#prod/y NAMED ~'z' {k: 1} WHERE v.k > 0), "
      "()");
  const auto& patterns = std::get<ast::MatchClause>(ClausesOf(script)[0].node).patterns;
  const auto node = [&](size_t i) -> const ast::NodePattern& {
    return std::get<ast::NodePattern>(patterns.at(i).terms.at(0));
  };
  EXPECT_EQ(node(0).id->text, "org/x");
  EXPECT_EQ(node(0).classes->text, "A");
  EXPECT_EQ(node(1).quoted->text, "optics");
  EXPECT_FALSE(node(1).variable.has_value());
  EXPECT_EQ(node(2).variable->text, "v");
  ASSERT_EQ(node(2).classes->kind, ast::ClassTest::Kind::kAnd);
  EXPECT_EQ(node(2).classes->children[0].kind, ast::ClassTest::Kind::kQuoted);
  EXPECT_EQ(node(2).classes->children[1].kind, ast::ClassTest::Kind::kId);
  EXPECT_EQ(node(2).classes->children[1].text, "prod/y");
  EXPECT_TRUE(node(2).named_fuzzy);
  EXPECT_THAT(node(2).properties, SizeIs(1));
  EXPECT_NE(node(2).where, nullptr);
  EXPECT_FALSE(node(3).variable || node(3).id || node(3).quoted || node(3).classes);
}

TEST(Parser, EdgesTellDirectionHopsAndStatements) {
  const ast::Script script = Parsed("MATCH (a)-[r:p|q*2..3 @st]->(b)<-[]-(c)--(d)-[:p]->{,2}(e)");
  const auto& terms = std::get<ast::MatchClause>(ClausesOf(script)[0].node).patterns[0].terms;
  ASSERT_THAT(terms, SizeIs(9));
  const auto edge = [&](size_t i) -> const ast::EdgePattern& {
    return std::get<ast::EdgePattern>(terms[i]);
  };
  EXPECT_EQ(edge(1).direction, ast::Direction::kRight);
  EXPECT_EQ(edge(1).variable->text, "r");
  EXPECT_EQ(edge(1).predicates->kind, ast::ClassTest::Kind::kOr);
  EXPECT_EQ(edge(1).statement_variable->text, "st");
  EXPECT_TRUE(edge(1).hops->star);
  EXPECT_EQ(edge(3).direction, ast::Direction::kLeft);
  EXPECT_FALSE(edge(3).predicates.has_value());
  EXPECT_EQ(edge(5).direction, ast::Direction::kEither);
  EXPECT_FALSE(edge(7).hops->star);
  EXPECT_EQ(std::get<ast::Literal>(edge(7).hops->from->node).value, storage::Value(int64_t{0}));
  EXPECT_EQ(std::get<ast::Literal>(edge(7).hops->to->node).value, storage::Value(int64_t{2}));
}

TEST(Parser, WritesCarrySourceScopeAndDetails) {
  const ast::Script script = Parsed(
      "DENY (#a)-[:p {share: <~ 70 '%'}]->(#b) ACCORDING TO #s, 'x', $y DURING 2023 {quote: "
      "\"q\"}");
  const auto& write = std::get<ast::AssertClause>(ClausesOf(script)[0].node);
  EXPECT_TRUE(write.denies);
  ASSERT_THAT(write.scope, SizeIs(2));
  EXPECT_THAT(std::get<ast::AccordingTo>(write.scope[0].item).sources, SizeIs(3));
  EXPECT_EQ(write.details.at(0).key.text, "quote");
  const auto& edge = std::get<ast::EdgePattern>(write.patterns[0].terms[1]);
  const auto& share = std::get<ast::Literal>(edge.properties.at(0).value->node).value;
  EXPECT_EQ(share, storage::Value(storage::Percentage{storage::Decimal{70, 0}},
                                  storage::Comparator::kNearly));
}

TEST(Parser, RetractionsKeepTheReasonApart) {
  const ast::Script script = Parsed("RETRACT #s/1, st BECAUSE 'wrong'");
  const auto& retraction = std::get<ast::RetractClause>(ClausesOf(script)[0].node);
  EXPECT_THAT(retraction.statements, SizeIs(2));
  EXPECT_EQ(std::get<ast::Literal>(retraction.reason->node).value, storage::Value::OfText("wrong"));
}

TEST(Parser, PrefixesAndUnions) {
  const ast::Script script =
      Parsed("WHY CYPHER MATCH (a) RETURN a UNION ALL RETURN 1 UNION RETURN 2");
  const auto& statement = As<ast::QueryStatement>(script.statements[0]);
  EXPECT_EQ(statement.prefix, ast::QueryPrefix::kWhy);
  EXPECT_TRUE(statement.cypher);
  EXPECT_THAT(statement.query.parts, SizeIs(3));
  EXPECT_THAT(statement.query.union_all, ElementsAre(true, false));
}

TEST(Parser, DefinitionsKeepAllTheirParts) {
  const ast::Script script = Parsed(
      "DEFINE PREDICATE p FROM A|B TO % MANY SYMMETRIC TRANSITIVE INVERSE q UNDER r UNDER s {note: "
      "'n'}");
  const auto& define = As<ast::DefinePredicate>(script.statements[0]);
  EXPECT_EQ(define.name.text, "p");
  EXPECT_EQ(define.domain.kind, ast::ClassTest::Kind::kOr);
  EXPECT_EQ(define.range.kind, ast::ClassTest::Kind::kAny);
  EXPECT_EQ(define.cardinality, ast::DefinePredicate::Cardinality::kMany);
  EXPECT_TRUE(define.symmetric && define.transitive);
  EXPECT_EQ(define.inverse->text, "q");
  EXPECT_THAT(define.parents, SizeIs(2));
  EXPECT_THAT(define.details, SizeIs(1));
}

TEST(Parser, SoftKeywordsAreNames) {
  for (const char* word : {"source", "from", "to", "class", "filter", "only", "known", "count",
                           "exists", "by", "any", "all", "shortest", "match_", "USD"}) {
    Parsed(std::string("MATCH (") + word + ":" + word + " {" + word + ": 1})-[:" + word +
           "]->(x) WHERE " + word + "." + word + " = 1 RETURN " + word + " AS " + word);
  }
  for (const char* word : {"order", "match", "case", "null", "in"}) {
    Parsed(std::string("MATCH (x:") + word + ") RETURN x." + word);
    EXPECT_FALSE(Parse(std::string("MATCH (") + word + ") RETURN 1").ok()) << word;
  }
}

TEST(Parser, ListsAndComprehensionsAreToldApart) {
  EXPECT_TRUE(std::holds_alternative<ast::ListLiteral>(Returned(Parsed("RETURN [x, y]")).node));
  EXPECT_TRUE(std::holds_alternative<ast::ListLiteral>(Returned(Parsed("RETURN [(x IN y)]")).node));
  EXPECT_TRUE(
      std::holds_alternative<ast::ListLiteral>(Returned(Parsed("RETURN [x IN y, z]")).node));
  EXPECT_TRUE(
      std::holds_alternative<ast::ListLiteral>(Returned(Parsed("RETURN [(a)-->(b)]")).node));
  EXPECT_TRUE(
      std::holds_alternative<ast::ListComprehension>(Returned(Parsed("RETURN [x IN y]")).node));
  const ast::Script list = Parsed("RETURN [x IN y + z WHERE x > 1 | x.a]");
  const auto& comprehension = std::get<ast::ListComprehension>(Returned(list).node);
  EXPECT_EQ(comprehension.variable.text, "x");
  EXPECT_TRUE(comprehension.where && comprehension.projection);
  const ast::Script matches = Parsed("RETURN [p = (a)-->(b) WHERE b.x | length(p)]");
  const auto& pattern = std::get<ast::PatternComprehension>(Returned(matches).node);
  EXPECT_EQ(pattern.match->patterns.at(0).variable->text, "p");
  for (const char* text :
       {"RETURN [1 | 2]", "RETURN [x.y IN z | x]", "RETURN [(a)-->(b) WHERE b.x]"}) {
    EXPECT_FALSE(Parse(text).ok()) << text;
  }
}

// How deep a tree of binary operators is.
int Depth(const ast::Expression& expression) {
  const auto* binary = std::get_if<ast::Binary>(&expression.node);
  return binary == nullptr ? 0 : 1 + std::max(Depth(*binary->left), Depth(*binary->right));
}

TEST(Parser, LongChainsOfAssociativeOperatorsAreBalanced) {
  for (const char* op : {" AND ", " OR ", " XOR "}) {
    std::string text = "RETURN x";
    for (int i = 1; i < 4096; ++i) text += std::string(op) + "x";
    EXPECT_EQ(Depth(Returned(Parsed(text))), 12) << op;
  }
  std::string sum = "RETURN 1";
  for (int i = 0; i < 500; ++i) sum += " + 1";
  EXPECT_EQ(Depth(Returned(Parsed(sum))), 500);
}

TEST(Parser, AMinusBelongsToTheNumberBehindIt) {
  const ast::Script script = Parsed("RETURN -9223372036854775808");
  EXPECT_EQ(std::get<ast::Literal>(Returned(script).node).value,
            storage::Value(std::numeric_limits<int64_t>::min()));
  EXPECT_TRUE(std::holds_alternative<ast::Unary>(Returned(Parsed("RETURN -(5)")).node));
  EXPECT_TRUE(std::holds_alternative<ast::Binary>(Returned(Parsed("RETURN 1 -5")).node));
}

TEST(Parser, PatternSubqueriesAreMatches) {
  const ast::Script script = Parsed("RETURN EXISTS { (a)-->(b) WHERE b.x }");
  const auto& subquery = std::get<ast::Subquery>(Returned(script).node);
  EXPECT_FALSE(subquery.count);
  const auto& match = std::get<ast::MatchClause>(subquery.query->parts.at(0).clauses.at(0).node);
  EXPECT_NE(match.where, nullptr);
}

TEST(Parser, ErrorsAreOneDiagnosticWithAPlaceInTheWholeText) {
  const StatusOr<ast::Script> script = Parse("RETURN 1;\nRETURN 2;\n  RETRUN 3");
  ASSERT_FALSE(script.ok());
  EXPECT_EQ(script.status().code(), StatusCode::kInvalidArgument);
  const std::vector<Diagnostic> diagnostics = DiagnosticsOf(script.status());
  ASSERT_THAT(diagnostics, SizeIs(1));
  EXPECT_EQ(diagnostics[0].code, "SL1003");
  EXPECT_EQ(diagnostics[0].span, (SourceSpan{22, 28, 3, 3}));
  EXPECT_THAT(diagnostics[0].edits, ElementsAre(Edit{{22, 28, 3, 3}, "RETURN"}));
}

TEST(Parser, LimitsAreTheCallers) {
  ParserLimits limits;
  limits.nesting_max = 2;
  EXPECT_TRUE(Parse("RETURN ((1))", limits).ok());
  EXPECT_FALSE(Parse("RETURN (((1)))", limits).ok());
  EXPECT_TRUE(Parse("RETURN a, b; ", {.statement_tokens_max = 4}).ok());
  EXPECT_FALSE(Parse("RETURN a, b", {.statement_tokens_max = 3}).ok());
  EXPECT_TRUE(Parse("RETURN 1 + 1", {.operators_max = 1}).ok());
  EXPECT_FALSE(Parse("RETURN 1 + 1 + 1", {.operators_max = 1}).ok());
}

}  // namespace
}  // namespace sightline::query
