#include "tests/unit/query/binder/binder_test.h"

namespace sightline::query {
namespace {

using storage::DisputeRule;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class BindScopeTest : public BinderTest {
 protected:
  storage::ScopeConditions HeadOf(const std::string& items) {
    return Query(items + " MATCH (a)-[:supplies]->(b) RETURN a").scopes.at(0)->conditions();
  }
};

TEST_F(BindScopeTest, DisputeRules) {
  EXPECT_EQ(HeadOf("").dispute_rule, DisputeRule::kDefault);
  EXPECT_EQ(HeadOf("ONLY DISPUTED").dispute_rule, DisputeRule::kOnlyDisputed);
  EXPECT_EQ(HeadOf("EXCLUDING DISPUTED").dispute_rule, DisputeRule::kExcludingDisputed);
  EXPECT_EQ(HeadOf("INCLUDING DISPUTED").dispute_rule, DisputeRule::kDefault);
  EXPECT_EQ(HeadOf("INCLUDING DENIED").dispute_rule, DisputeRule::kIncludingDenied);
  EXPECT_EQ(HeadOf("ONLY DENIED").dispute_rule, DisputeRule::kOnlyDenied);
  EXPECT_EQ(HeadOf("EXCLUDING DENIED").dispute_rule, DisputeRule::kDefault);
  EXPECT_TRUE(HeadOf("EXCLUDING UNDATED").excluding_undated);
  EXPECT_TRUE(HeadOf("ONLY UNDATED").only_undated);
  EXPECT_EQ(Failure("ONLY DISPUTED ONLY DENIED MATCH (a) RETURN a").code, "SL4012");
}

TEST_F(BindScopeTest, Times) {
  EXPECT_EQ(HeadOf("AS OF 2023-12-31").valid->ToString(), "2023-12-31");
  EXPECT_EQ(HeadOf("DURING 2023-Q4").valid->ToString(), "2023-10-01/2023-12-31");
  EXPECT_EQ(HeadOf("DURING 2023").valid->ToString(), "2023-01-01/2023-12-31");
  EXPECT_EQ(HeadOf("DURING 2022 TO 2023-10").valid->ToString(), "2022-01-01/2023-10-31");
  EXPECT_EQ(HeadOf("AS OF '2023-10'").valid->ToString(), "2023-10-01/2023-10-31");
  parameters_.emplace("day", Datum::OfText("2024-02-29"));
  EXPECT_EQ(HeadOf("AS OF $day").valid->ToString(), "2024-02-29");
  EXPECT_TRUE(HeadOf("AS OF now()").valid.has_value());
  EXPECT_EQ(Failure("AS OF 'soon' MATCH (a) RETURN a").code, "SL3024");
  EXPECT_EQ(Failure("DURING 2023 TO 2020 MATCH (a) RETURN a").code, "SL3024");
}

TEST_F(BindScopeTest, KnownAtIsARevision) {
  const storage::Revision before = view_->revision();
  EXPECT_EQ(HeadOf("AS KNOWN AT 9999-12-31").known_at, before);
  const BoundQuery query = Query("AS KNOWN AT 1970-01-01 MATCH (a {name: 'x'}) RETURN a");
  EXPECT_EQ(query.scopes[query.base_scope_index]->conditions().known_at, storage::Revision{0});
  // Behind a MATCH it is that MATCH's alone, names and kinds included.
  const BoundQuery inner =
      Query("MATCH (a)-[:broader]->(\"optics\") AS KNOWN AT 1970-01-01 RETURN a");
  const PatternGraph& graph = Graph(inner);
  EXPECT_EQ(inner.scopes.at(graph.scope_index)->conditions().known_at, storage::Revision{0});
  EXPECT_EQ(inner.scopes.at(graph.base_scope_index)->conditions().known_at, storage::Revision{0});
  EXPECT_FALSE(inner.scopes[inner.base_scope_index]->conditions().known_at.has_value());
  // Nothing had that name then, and no class or predicate was defined.
  EXPECT_THAT(graph.nodes.at(1).kinds.at(0).kinds, IsEmpty());
  EXPECT_EQ(Failure("MATCH (a)-[:supplies]->(b) AS KNOWN AT 1970-01-01 RETURN a").code, "SL2012");
}

TEST_F(BindScopeTest, Sources) {
  EXPECT_THAT(*HeadOf("ACCORDING TO #src/ministry").sources,
              UnorderedElementsAre(Node("src/ministry"), Node("src/spokesman")));
  EXPECT_THAT(*HeadOf("ACCORDING TO \"Spokesman\"").sources, ElementsAre(Node("src/spokesman")));
  EXPECT_THAT(*HeadOf("ACCORDING TO #src/desk, #src/spokesman").sources,
              UnorderedElementsAre(Node("src/desk"), Node("src/spokesman")));
  EXPECT_THAT(HeadOf("NOT ACCORDING TO #src/ministry").excluded_sources,
              UnorderedElementsAre(Node("src/ministry"), Node("src/spokesman")));
  parameters_.emplace("who", Datum::OfText("spokesman"));
  EXPECT_THAT(*HeadOf("ACCORDING TO $who").sources, ElementsAre(Node("src/spokesman")));
  const Diagnostic error = Failure("ACCORDING TO \"Spokeman\" MATCH (a) RETURN a");
  EXPECT_EQ(error.code, "SL2016");
  EXPECT_EQ(PlaceOf(error), "\"Spokeman\"");
  EXPECT_EQ(Repaired(error), "ACCORDING TO \"Spokesman\" MATCH (a) RETURN a");
  EXPECT_EQ(Failure("ACCORDING TO #src/nobody MATCH (a) RETURN a").code, "SL2016");
}

TEST_F(BindScopeTest, Grades) {
  EXPECT_EQ(HeadOf("RELIABILITY B OR BETTER").reliability, storage::Reliability::kB);
  EXPECT_EQ(HeadOf("CREDIBILITY 2 OR BETTER").credibility, 2);
  EXPECT_EQ(Failure("RELIABILITY Q OR BETTER MATCH (a) RETURN a").code, "SL6004");
  EXPECT_EQ(Failure("CREDIBILITY 6 OR BETTER MATCH (a) RETURN a").code, "SL6004");
}

TEST_F(BindScopeTest, InnerReplacesOuterByDimension) {
  const BoundQuery query = Query(
      "AS OF 2020 ACCORDING TO #src/desk ONLY DISPUTED RELIABILITY A OR BETTER "
      "MATCH (a)-[:supplies]->(b) AS OF 2023 CREDIBILITY 1 OR BETTER RETURN a");
  const storage::ScopeConditions& inner = query.scopes.at(Graph(query).scope_index)->conditions();
  EXPECT_EQ(inner.valid->ToString(), "2023-01-01/2023-12-31");
  EXPECT_TRUE(inner.sources.has_value());
  EXPECT_EQ(inner.dispute_rule, DisputeRule::kOnlyDisputed);
  EXPECT_FALSE(inner.reliability.has_value());
  EXPECT_EQ(inner.credibility, 1);
  EXPECT_EQ(query.scopes.at(0)->conditions().valid->ToString(), "2020-01-01/2020-12-31");
  // A MATCH without a scope of its own has the query's.
  EXPECT_EQ(Graph(Query("AS OF 2020 MATCH (a) RETURN a")).scope_index, 0u);
}

}  // namespace
}  // namespace sightline::query
