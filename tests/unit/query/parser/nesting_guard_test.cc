#include "query/parser/nesting_guard.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "query/parser/statement_parser.h"

namespace sightline::query {
namespace {

int DeepestOf(std::string_view text) {
  TokenReader reader(text);
  NestingGuard guard;
  int deepest = 0;
  for (auto token = reader.Next(); token->getType() != antlr4::Token::EOF; token = reader.Next()) {
    deepest = std::max(deepest, guard.Feed(token->getType()));
  }
  return deepest;
}

TEST(NestingGuard, CountsBracketsThatAreOpenAtOnce) {
  EXPECT_EQ(DeepestOf("RETURN 1"), 0);
  EXPECT_EQ(DeepestOf("MATCH (a)-[:p]->(b) RETURN [a], {x: b}"), 1);
  EXPECT_EQ(DeepestOf("RETURN ([{a: f(1)}])"), 4);
  EXPECT_EQ(DeepestOf("RETURN (1) + (2) + ((3))"), 2);
}

TEST(NestingGuard, CountsCaseAndNotItsNamesakes) {
  EXPECT_EQ(DeepestOf("RETURN CASE WHEN CASE WHEN a THEN b END THEN c END"), 2);
  EXPECT_EQ(DeepestOf("RETURN x.case, x.case, x.case"), 0);
  EXPECT_EQ(DeepestOf("MATCH (x:case) RETURN x.end"), 1);
  // Missing ENDs end with the bracket.
  EXPECT_EQ(DeepestOf("RETURN (CASE a) + (CASE b) + (CASE c)"), 2);
}

TEST(NestingGuard, CountsPrefixes) {
  EXPECT_EQ(DeepestOf("RETURN NOT NOT a"), 2);
  EXPECT_EQ(DeepestOf("RETURN - - - a"), 3);
  EXPECT_EQ(DeepestOf("RETURN -(-(a))"), 4);
  EXPECT_EQ(DeepestOf("RETURN -(a) -(b) -(c)"), 2);
  EXPECT_EQ(DeepestOf("RETURN a = NOT b = NOT c"), 2);
  EXPECT_EQ(DeepestOf("RETURN NOT filter = NOT filter = NOT filter"), 3);
}

TEST(NestingGuard, ForgetsNegationsWithTheirOperand) {
  EXPECT_EQ(DeepestOf("RETURN NOT a AND NOT b OR NOT c, NOT d"), 1);
  EXPECT_EQ(DeepestOf("MATCH (a) FILTER NOT a.x FILTER NOT a.y LET b = NOT a.z RETURN b"), 1);
  EXPECT_EQ(DeepestOf("RETURN a IS NOT NULL = b IS NOT NULL"), 0);
}

TEST(NestingGuard, SurplusClosersDoNotGoBelowZero) {
  EXPECT_EQ(DeepestOf(")))]]}} END END (a"), 1);
}

}  // namespace
}  // namespace sightline::query
