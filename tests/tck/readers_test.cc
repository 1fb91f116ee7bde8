// What the runner reads: feature files, the values of their tables, set-ups.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tck/error_codes.h"
#include "tests/tck/gherkin.h"
#include "tests/tck/set_up.h"
#include "tests/tck/tck_value.h"

namespace sightline::tck {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr std::string_view kFeature = R"(#encoding: utf-8

Feature: Supplies - who supplies what
  A description.

  Background:
    Given an empty graph

  @fast
  Scenario: [1] A table
    When executing query:
      """
      RETURN 'a|b'
        AS x
      """
    Then the result should be, in any order:
      | x      |
      | 'a\|b' |
    # A comment.
    And no side effects

  Scenario Outline: [2] <word> of an outline
    When executing query:
      """
      RETURN <value> AS x
      """
    Then the result should be, in order:
      | x       |
      | <value> |

    Examples:
      | word  | value |
      | One   | 1     |
      | Other | [2]   |
)";

TEST(Gherkin, ReadsScenariosOutlinesAndBackgrounds) {
  const StatusOr<Feature> feature = ParseFeature(kFeature);
  ASSERT_TRUE(feature.ok()) << feature.status();
  EXPECT_EQ(feature->name, "Supplies - who supplies what");
  ASSERT_EQ(feature->scenarios.size(), 3u);
  const Scenario& table = feature->scenarios[0];
  EXPECT_EQ(table.name, "[1] A table");
  EXPECT_EQ(table.example, 0);
  EXPECT_THAT(table.tags, ElementsAre("@fast"));
  ASSERT_EQ(table.steps.size(), 4u);
  EXPECT_EQ(table.steps[0].text, "an empty graph");
  EXPECT_EQ(table.steps[1].doc_string, "RETURN 'a|b'\n  AS x");
  EXPECT_THAT(table.steps[2].table, ElementsAre(ElementsAre("x"), ElementsAre("'a|b'")));
  EXPECT_EQ(table.steps[3].text, "no side effects");
  const Scenario& other = feature->scenarios[2];
  EXPECT_EQ(other.name, "[2] Other of an outline");
  EXPECT_EQ(other.example, 2);
  EXPECT_TRUE(other.tags.empty());
  EXPECT_EQ(other.steps[1].doc_string, "RETURN [2] AS x");
  EXPECT_THAT(other.steps[2].table, ElementsAre(ElementsAre("x"), ElementsAre("[2]")));
}

TEST(Gherkin, SaysWhichLineIsWrong) {
  for (const std::string_view broken :
       {"Feature: f\n| a |\n", "Feature: f\nScenario: s\nGiven x\n\"\"\"\nopen\n",
        "Feature: f\nScenario Outline: s\nGiven <x>\n", "Feature: f\nGiven x\n"}) {
    EXPECT_THAT(MessageOf(ParseFeature(broken).status()), HasSubstr("line ")) << broken;
  }
}

std::string Read(std::string_view text, bool any_list_order = false) {
  const StatusOr<TckValue> value = ParseTckValue(text);
  return value.ok() ? Canonical(*value, any_list_order) : "error";
}

TEST(TckValue, ReadsWhatTablesHold) {
  for (const std::string_view canonical :
       {"null", "true", "-1", "1.0", "1e+100", "NaN", "'it\\'s'", "[1, [2.5], {a: 1}]", "()",
        "(:A:B {x: 'y'})", "[:T {n: 1}]", "<(:A)-[:T]->()<-[:U {x: 1}]-({y: 2})>", "{}", "[]"}) {
    EXPECT_EQ(Read(canonical), canonical);
  }
  EXPECT_EQ(Read("(:B :A{y:1,x:2})"), "(:A:B {x: 2, y: 1})");
  EXPECT_EQ(Read("{b: 1, a: 2}"), "{a: 2, b: 1}");
  EXPECT_EQ(Read("1.50"), "1.5");
  EXPECT_NE(Read("1"), Read("1.0"));
  EXPECT_NE(Read("[1, 2]"), Read("[2, 1]"));
  EXPECT_EQ(Read("[[3, 1], 2]", true), Read("[2, [1, 3]]", true));
  for (const std::string_view broken : {"", "[1", "{a 1}", "(:A", "word", "1 2", "'a"}) {
    EXPECT_EQ(Read(broken), "error") << broken;
  }
}

TEST(TckValue, IsAParameter) {
  const auto datum = DatumOf(*ParseTckValue("[1, 'it\\'s', {a: 2.5}, null, true]"));
  ASSERT_TRUE(datum.ok());
  ASSERT_EQ(datum->list()->size(), 5u);
  EXPECT_EQ((*datum->list())[1].value()->ToString(), "it's");
  EXPECT_TRUE((*datum->list())[3].is_null());
  EXPECT_FALSE(DatumOf(*ParseTckValue("(:A)")).ok());
}

TEST(SetUp, MakesEachRelationshipAStatementOfItsOwn) {
  int documents = 0;
  const auto set_up = TranslateSetUp(
      "CREATE (a:A {name: 'create', list: [1]}), (a)-[:T {n: 1}]->(:B) CREATE (a)-[:T]->(a)",
      &documents);
  ASSERT_TRUE(set_up.ok()) << set_up.status();
  EXPECT_EQ(documents, 3);  // Two relationships, one item of a list.
  EXPECT_THAT(set_up->labels, ElementsAre("A", "B"));
  EXPECT_THAT(set_up->relationship_types, ElementsAre("T"));
  EXPECT_THAT(set_up->properties,
              ElementsAre(Pair("list", true), Pair("n", false), Pair("name", false)));
  EXPECT_THAT(set_up->slql, HasSubstr("(a {tckNode: TRUE}), (tck1 {tckNode: TRUE})"));
  EXPECT_THAT(set_up->slql, HasSubstr("{document: #tck/documents/3}"));
  EXPECT_THAT(set_up->slql, HasSubstr("\"create\""));
}

TEST(SetUp, SaysWhatItCannotDo) {
  int documents = 0;
  const Status status = TranslateSetUp("MATCH (n) DETACH DELETE n", &documents).status();
  EXPECT_EQ(status.code(), StatusCode::kUnimplemented);
}

TEST(SetUp, TellsKeywordsFromNames) {
  EXPECT_TRUE(HasKeyword("MATCH (n) set n.x = 1", "SET"));
  EXPECT_FALSE(HasKeyword("MATCH (n:SET {set: 'SET'}) // SET", "MERGE"));
  EXPECT_FALSE(HasKeyword("MATCH (n:SET) RETURN n.set, $set, 'SET', `SET` /* SET */", "SET"));
}

TEST(ErrorCodes, MapDetails) {
  EXPECT_TRUE(SaysDetail("SL2001", "UndefinedVariable"));
  EXPECT_FALSE(SaysDetail("SL2002", "UndefinedVariable"));
  EXPECT_TRUE(SaysDetail("SL3011", "*"));
  EXPECT_FALSE(SaysDetail("SL9001", "*"));
  EXPECT_FALSE(SaysDetail("no code", "*"));
}

}  // namespace
}  // namespace sightline::tck
