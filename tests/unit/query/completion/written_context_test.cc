#include "query/completion/written_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/test_store.h"

namespace sightline::query {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

std::vector<PlacedToken> Tokens(const std::string& text) {
  return test::OrThrow(ExpectedAt(text, text.size(), [] { return OkStatus(); })).before;
}

std::vector<std::string> Variables(const std::string& text) {
  const std::vector<PlacedToken> tokens = Tokens(text);
  const WrittenContext context(tokens);
  std::vector<std::string> names;
  for (const WrittenVariable& variable : context.variables()) {
    names.push_back(variable.name);
  }
  return names;
}

TEST(WrittenContext, KnowsTheVariablesOfPatternsAndSteps) {
  EXPECT_THAT(Variables("MATCH p = (a:Person)-[e:knows @s]->(b) RETURN "),
              ElementsAre("b", "s", "e", "a", "p"));
  EXPECT_THAT(Variables("UNWIND [1, 2] AS n LET m = n + 1 FILTER "), ElementsAre("m", "n"));
  EXPECT_THAT(Variables("MATCH (a) RETURN a.name AS called ORDER BY "), ElementsAre("called", "a"));
}

TEST(WrittenContext, ForgetsWhatWithDoesNotPassOn) {
  EXPECT_THAT(Variables("MATCH (a)-[e]->(b) WITH a, count(b) AS n RETURN "), ElementsAre("n", "a"));
  EXPECT_THAT(Variables("MATCH (a)-[e]->(b) WITH "), ElementsAre("b", "e", "a"));
  EXPECT_THAT(Variables("MATCH (a)-[e]->(b) WITH b AS c WHERE "), ElementsAre("c"));
  EXPECT_THAT(Variables("MATCH (a) WITH *, 1 AS one MATCH "), ElementsAre("one", "a"));
  EXPECT_THAT(Variables("MATCH (a) WHERE a.name STARTS WITH 'x' RETURN "), ElementsAre("a"));
}

TEST(WrittenContext, ForgetsWhatBracketsKeep) {
  EXPECT_THAT(Variables("MATCH (a) WHERE EXISTS { MATCH (a)-[:x]->(b) } RETURN "),
              ElementsAre("a"));
  EXPECT_THAT(Variables("MATCH (a) WHERE EXISTS { MATCH (a)-[:x]->(b) WHERE "),
              ElementsAre("b", "a"));
  EXPECT_THAT(Variables("RETURN [x IN [1] WHERE x > 1] AS l, "), ElementsAre("l"));
  EXPECT_THAT(Variables("RETURN [x IN [1] WHERE "), ElementsAre("x"));
  EXPECT_THAT(Variables("MATCH (a) RETURN a UNION MATCH (b) RETURN "), ElementsAre("b"));
}

TEST(WrittenContext, KnowsWhatIsWrittenOfANode) {
  const std::vector<PlacedToken> tokens =
      Tokens("MATCH (a:Person|Company)-[:supplies]->(b), (c)<-[:owns]-(a), (a)-[:");
  const WrittenContext context(tokens);
  ASSERT_NE(context.Find("a"), nullptr);
  EXPECT_THAT(context.Find("a")->node.classes, ElementsAre("Person", "Company"));
  EXPECT_THAT(context.Find("a")->node.edges,
              ElementsAre(Pair("supplies", true), Pair("owns", true)));
  EXPECT_THAT(context.Find("b")->node.edges, ElementsAre(Pair("supplies", false)));
  EXPECT_THAT(context.Find("c")->node.edges, ElementsAre(Pair("owns", false)));
  ASSERT_TRUE(context.edge_start().has_value());
  EXPECT_EQ(context.edge_start()->node.classes.size(), 2u);
  EXPECT_FALSE(context.edge_start()->against);
}

TEST(WrittenContext, KnowsWhichWayTheEdgeGoesAndWhatItLeaves) {
  const std::vector<PlacedToken> tokens = Tokens("MATCH (#org/hikvision)<-[e:supplies|");
  const auto start = WrittenContext(tokens).edge_start();
  ASSERT_TRUE(start.has_value());
  EXPECT_TRUE(start->against);
  EXPECT_EQ(start->node.id, "org/hikvision");
  EXPECT_FALSE(WrittenContext(Tokens("RETURN [")).edge_start().has_value());
}

TEST(WrittenContext, SurvivesBracketsThatDoNotMatch) {
  for (const std::string text : {")", "(", "]->(", ")-[", "->(a", "({[)]}", "WITH", "WITH AS",
                                 "CALL", ".", "a.", "]-(b", "[x"}) {
    const std::vector<PlacedToken> tokens = Tokens(text + " ");
    const WrittenContext context(tokens);
    context.edge_start();
    context.around();
    context.before_dot();
    context.called();
  }
}

}  // namespace
}  // namespace sightline::query
