// EXISTS { … }, COUNT { … }, patterns as conditions, lists made of patterns: what they capture, and
// what is wrong with them.

#include "tests/unit/query/binder/binder_test.h"

namespace sightline::query {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class BindSubqueryTest : public BinderTest {
 protected:
  // The subquery that a filter's condition is.
  static const BoundSubquery& Asked(const BoundQuery& query) {
    return std::get<BoundSubquery>(Find<LogicalFilter>(query.plan)->condition->node);
  }
};

TEST_F(BindSubqueryTest, CapturesWhatItNamesAndNothingElse) {
  const BoundQuery query = Query(
      "MATCH (a:Company)-[:owns]->(b), (c:Company) WHERE EXISTS { (b)-[:owns]->(x) WHERE x <> a "
      "AND b <> x } RETURN a, c");
  ASSERT_THAT(query.subqueries, SizeIs(1));
  const BoundSubquery& asked = Asked(query);
  EXPECT_EQ(asked.kind, SubqueryKind::kExists);
  EXPECT_THAT(asked.captures, SizeIs(2));
  EXPECT_THAT(query.subqueries[0].captured, SizeIs(2));
  EXPECT_EQ(Shape(query.subqueries[0].plan), "Filter Match Extend Argument");
  // In each row anew, from its columns.
  for (const auto& [local, value] : asked.captures) {
    EXPECT_TRUE(std::holds_alternative<BoundSlot>(value->node));
    EXPECT_EQ(value->type, StaticType::kEntity);
  }
}

TEST_F(BindSubqueryTest, TypesAreThoseOfWhatTheyGive) {
  const BoundQuery query = Query(
      "MATCH (a) RETURN EXISTS { (a)-[:owns]->() } AS e, COUNT { (a)-[:owns]->(x) } AS n, "
      "[(a)-[:owns]->(x) | x] AS l, CASE WHEN (a)-[:owns]->() THEN 1 END AS c");
  EXPECT_EQ(query.columns[0].type, StaticType::kBoolean);
  EXPECT_EQ(query.columns[1].type, StaticType::kInteger);
  EXPECT_EQ(query.columns[2].type, StaticType::kList);
  EXPECT_THAT(query.subqueries, SizeIs(4));
}

TEST_F(BindSubqueryTest, InnerOnesCaptureThroughTheOuter) {
  const BoundQuery query = Query(
      "MATCH (a:Company) WHERE EXISTS { (b:Company) WHERE EXISTS { (a)-[:owns]->(b) } } RETURN a");
  ASSERT_THAT(query.subqueries, SizeIs(2));
  EXPECT_THAT(query.subqueries[0].captured, SizeIs(2));  // The inner one is done first.
  EXPECT_THAT(query.subqueries[1].captured, SizeIs(1));
  EXPECT_THAT(Asked(query).captures, SizeIs(1));
}

TEST_F(BindSubqueryTest, LocalsOfListsAreCaptured) {
  const BoundQuery query = Query(
      "MATCH (a) WITH collect(a) AS l RETURN [x IN l WHERE EXISTS { (x)-[:owns]->() }] AS owners");
  ASSERT_THAT(query.subqueries, SizeIs(1));
  EXPECT_THAT(query.subqueries[0].captured, SizeIs(1));
}

TEST_F(BindSubqueryTest, VariablesFromOutsideKeepTheirClasses) {
  Query("MATCH (p:Optics) MATCH (p)-[:supplies]->(x:Product) RETURN p");
  const std::vector<std::string> beside = Codes();
  EXPECT_THAT(beside, Contains("W3021"));
  Query("MATCH (p:Optics) WHERE EXISTS { (p)-[:supplies]->(x:Product) } RETURN p");
  EXPECT_EQ(Codes(), beside);
}

TEST_F(BindSubqueryTest, NamesInsideEndWithIt) {
  EXPECT_EQ(Failure("MATCH (a) WHERE EXISTS { (a)-[:owns]->(b) } RETURN b").code, "SL2001");
  // A second one may use them again.
  Query("MATCH (a) WHERE EXISTS { (a)-[:owns]->(b) } OR EXISTS { (b)-[:owns]->(a) } RETURN a");
}

TEST_F(BindSubqueryTest, MistypedNamesOfOutsideAreSuggested) {
  const Diagnostic error = Failure(
      "MATCH (company)-[:owns]->(b) WHERE EXISTS { (b)-[:owns]->(x) WHERE x <> compny } "
      "RETURN b");
  EXPECT_EQ(error.code, "SL2001");
  EXPECT_EQ(PlaceOf(error), "compny");
  EXPECT_THAT(Repaired(error), HasSubstr("x <> company"));
}

TEST_F(BindSubqueryTest, PatternsAsConditionsBringInNoNames) {
  const Diagnostic node = Failure("MATCH (a) WHERE (a)-[:owns]->(b) RETURN a");
  EXPECT_EQ(node.code, "SL2001");
  EXPECT_EQ(PlaceOf(node), "b");
  EXPECT_THAT(node.help, ElementsAre(HasSubstr("EXISTS {")));
  const Diagnostic edge = Failure("MATCH (a) WHERE (a)-[r:owns]->() RETURN a");
  EXPECT_EQ(edge.code, "SL2001");
  EXPECT_EQ(PlaceOf(edge), "r");
}

TEST_F(BindSubqueryTest, ScopesReachInside) {
  const BoundQuery query = Query(
      "ACCORDING TO #src/ministry MATCH (a)-[:owns]->(b) AS OF 2022 WHERE EXISTS { (a)-[:owns]->() "
      "} AND EXISTS { MATCH (b)-[:owns]->(x) AS OF 2023 } RETURN EXISTS { (a)-[:owns]->() } AS e");
  ASSERT_THAT(query.subqueries, SizeIs(3));
  const auto scope_of = [&](size_t index) -> const storage::ScopeConditions& {
    const auto* match = Find<LogicalMatch>(query.subqueries[index].plan);
    return query.scopes[match->graph.scope_index]->conditions();
  };
  EXPECT_EQ(scope_of(0), query.scopes[Graph(query).scope_index]->conditions());
  EXPECT_NE(scope_of(1), scope_of(0));
  EXPECT_TRUE(scope_of(1).sources.has_value());
  EXPECT_TRUE(scope_of(1).valid.has_value());
  EXPECT_EQ(scope_of(2), query.scopes[0]->conditions());
}

TEST_F(BindSubqueryTest, CountOfNothingNewIsWarnedOf) {
  Query("MATCH (a) RETURN COUNT { (a)-[:owns]->() } AS n");
  EXPECT_THAT(Codes(), Contains("W2004"));
  Query("MATCH (a) RETURN COUNT { (a)-[:owns]->(b) } AS n");
  EXPECT_THAT(Codes(), Not(Contains("W2004")));
}

TEST_F(BindSubqueryTest, WritesAndConstantsAreRefused) {
  EXPECT_EQ(Failure("MATCH (a) WHERE EXISTS { RETRACT #s/1 BECAUSE 'x' } RETURN a", true).code,
            "SL4024");
  EXPECT_EQ(Failure("MATCH (a) RETURN a LIMIT COUNT { (x) }").code, "SL2019");
  EXPECT_EQ(Failure("MATCH (a) WHERE EXISTS { (a)-[:owns]->(b) WHERE EXISTS { MATCH (b) RETURN b "
                    "LIMIT a } } RETURN a")
                .code,
            "SL2019");
}

TEST_F(BindSubqueryTest, DepthIsBounded) {
  std::string text = "(x)";
  for (int i = 0; i < 16; ++i) text = "(x) WHERE EXISTS { " + text + " }";
  EXPECT_TRUE(TryBind("MATCH (x) WHERE EXISTS { " + text.substr(19) + " RETURN x").ok());
  EXPECT_EQ(Failure("MATCH (x) WHERE EXISTS { " + text + " } RETURN x").code, "SL1000");
  std::string steps = "MATCH (y)";
  for (int i = 0; i < 200; ++i) steps += " LET v" + std::to_string(i) + " = 1";
  EXPECT_EQ(Failure("MATCH (x) WHERE EXISTS { " + steps + " } RETURN x").code, "SL1000");
}

TEST_F(BindSubqueryTest, GroupsAreAsOutside) {
  EXPECT_EQ(
      Failure("MATCH (a)-[:owns]->(b) RETURN b, count(*) + COUNT { (a)-[:owns]->(x) } AS n").code,
      "SL4002");
  Query("MATCH (a)-[:owns]->(b) RETURN b, count(*) + COUNT { (b)-[:owns]->(x) } AS n");
  // An ORDER BY that says an item again means the item.
  const BoundQuery query = Query(
      "MATCH (a) RETURN DISTINCT COUNT { (a)-[:owns]->(x) } AS n ORDER BY COUNT { (a)-[:owns]->(x) "
      "}");
  EXPECT_THAT(query.subqueries, SizeIs(1));
}

TEST_F(BindSubqueryTest, AnyExclusionOfPredicates) {
  const PredicateSet all =
      Graph(Query("MATCH (a)-[:!(owns & country)]->(b) RETURN a")).edges[0].walk().along;
  EXPECT_TRUE(all.Contains(PredicateId("owns")) && all.Contains(PredicateId("country")));
  const PredicateSet neither =
      Graph(Query("MATCH (a)-[:!owns & !country]->(b) RETURN a")).edges[0].walk().along;
  EXPECT_FALSE(neither.Contains(PredicateId("owns")) || neither.Contains(PredicateId("country")));
  EXPECT_TRUE(neither.Contains(PredicateId("supplies")));
  const PredicateSet twice =
      Graph(Query("MATCH (a)-[:!!owns]->(b) RETURN a")).edges[0].walk().along;
  EXPECT_TRUE(twice.Contains(PredicateId("owns")));
  EXPECT_FALSE(twice.Contains(PredicateId("country")));
  EXPECT_TRUE(Graph(Query("MATCH (a)-[:!%]->(b) RETURN a")).edges[0].walk().along.empty());
}

}  // namespace
}  // namespace sightline::query
