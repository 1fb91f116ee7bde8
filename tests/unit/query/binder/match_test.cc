#include "tests/unit/query/binder/binder_test.h"

namespace sightline::query {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

TEST_F(BinderTest, HeadlineQuestion) {
  const BoundQuery query =
      Query("MATCH (s)-[:supplies]->(\"optics\")-[*..3]->(\"lenses\") RETURN s");
  EXPECT_EQ(Shape(query.plan), "Project Distinct Match Argument");
  EXPECT_THAT(Columns(query), ElementsAre("s"));
  EXPECT_EQ(query.columns[0].type, StaticType::kEntity);
  const PatternGraph& graph = Graph(query);
  ASSERT_EQ(graph.nodes.size(), 3u);
  ASSERT_EQ(graph.edges.size(), 2u);
  EXPECT_TRUE(graph.nodes[0].named);
  EXPECT_FALSE(graph.nodes[1].named);
  // The kind named so, the class named so, and the kind below.
  EXPECT_THAT(graph.nodes[1].kinds.at(0).kinds,
              UnorderedElementsAre(Node("prod/optics"), Node("prod/lenses"), Node("Optics")));
  // The class has no facts of its own: it is no member.
  EXPECT_THAT(graph.nodes[1].kinds.at(0).themselves,
              UnorderedElementsAre(Node("prod/optics"), Node("prod/lenses")));
  EXPECT_FALSE(graph.edges[0].variable_length);
  EXPECT_TRUE(graph.edges[1].variable_length);
  EXPECT_EQ(graph.edges[1].groups.at(0).hops_min, 1u);
  EXPECT_EQ(graph.edges[1].groups.at(0).hops_max, 3u);
  // The chain and the supply must not be the same fact.
  EXPECT_THAT(graph.edges[1].differs_from, ElementsAre(0u));
}

TEST_F(BinderTest, AnEdgeWithoutAPredicateDoesNotWalkTaxonomyOrValues) {
  const BoundQuery query = Query("MATCH (a)-[r]->(b)");
  const EdgeWalk& walk = Graph(query).edges.at(0).walk();
  EXPECT_TRUE(walk.along.all_but);
  EXPECT_TRUE(walk.along.nodes_only);
  EXPECT_FALSE(walk.along.Contains(PredicateId("broader")));
  EXPECT_FALSE(walk.along.Contains(PredicateId("instanceOf")));
  EXPECT_FALSE(walk.along.Contains(PredicateId("sameAs")));
  EXPECT_TRUE(walk.along.Contains(PredicateId("supplies")));
  // Symmetric predicates read both ways, whatever the arrow says.
  EXPECT_TRUE(walk.against.Contains(PredicateId("knows")));
  EXPECT_FALSE(walk.against.Contains(PredicateId("supplies")));
  EXPECT_THAT(Columns(query), ElementsAre("a", "r", "b"));
}

TEST_F(BinderTest, PredicatesMatchTheirSubPredicatesInversesAndBothEndsOfSymmetricOnes) {
  const auto walk_of = [&](const std::string& edge) {
    return Graph(Query("MATCH (a)" + edge + "(b) RETURN a, b")).edges.at(0).walk();
  };
  EXPECT_THAT(walk_of("-[:usedIn]->").along.predicates,
              UnorderedElementsAre(PredicateId("usedIn"), PredicateId("usableOn")));
  EXPECT_THAT(walk_of("-[:ONLY usedIn]->").along.predicates, ElementsAre(PredicateId("usedIn")));
  EXPECT_THAT(walk_of("<-[:supplies]-").along.predicates, IsEmpty());
  EXPECT_THAT(walk_of("<-[:supplies]-").against.predicates, ElementsAre(PredicateId("supplies")));
  EXPECT_THAT(walk_of("-[:suppliedBy]->").against.predicates, ElementsAre(PredicateId("supplies")));
  EXPECT_THAT(walk_of("-[:suppliedBy]->").along.predicates, IsEmpty());
  EXPECT_TRUE(walk_of("-[:knows]->").BothWays());
  EXPECT_TRUE(walk_of("-[:supplies]-").BothWays());
  EXPECT_THAT(walk_of("-[:supplies|owns]->").along.predicates,
              UnorderedElementsAre(PredicateId("supplies"), PredicateId("owns")));
  // Any predicate, said so: values as well, but no taxonomy; along a chain nodes only.
  EXPECT_FALSE(walk_of("-[:%]->").along.nodes_only);
  EXPECT_FALSE(walk_of("-[:%]->").along.Contains(PredicateId("broader")));
  EXPECT_TRUE(walk_of("-[:%*..2]->").along.nodes_only);
  const EdgeWalk others = walk_of("-[:!supplies]->");
  EXPECT_TRUE(others.along.all_but);
  EXPECT_FALSE(others.along.Contains(PredicateId("supplies")));
  EXPECT_FALSE(others.along.Contains(PredicateId("broader")));
  EXPECT_TRUE(others.along.Contains(PredicateId("owns")));
}

TEST_F(BinderTest, TransitivePredicatesWalkTheirClosureUnlessTheEdgeIsAFact) {
  const auto edge_of = [&](const std::string& edge) -> PatternEdge {
    BoundQuery query = Query("MATCH (a)" + edge + "(b) RETURN a, b");
    PatternEdge copy;
    const PatternEdge& bound = Graph(query).edges.at(0);
    copy.groups = bound.groups;
    copy.variable_length = bound.variable_length;
    return copy;
  };
  EXPECT_TRUE(edge_of("-[:within]->").variable_length);
  EXPECT_EQ(edge_of("-[:within]->").groups[0].hops_max, kUnboundedHops);
  EXPECT_FALSE(edge_of("-[r:within]->").variable_length);
  EXPECT_FALSE(edge_of("-[:within @st]->").variable_length);
  EXPECT_EQ(edge_of("-[:within]->{2}").groups[0].hops_max, 2u);
  EXPECT_TRUE(edge_of("-[:broader]->").variable_length);
  EXPECT_FALSE(edge_of("-[:supplies]->").variable_length);
}

TEST_F(BinderTest, HopsInEveryForm) {
  const auto hops_of = [&](const std::string& edge) {
    const auto query = Query("MATCH (a)" + edge + "(b) RETURN a, b");
    const HopGroup& group = Graph(query).edges.at(0).groups.at(0);
    return std::pair{group.hops_min, group.hops_max};
  };
  using Pair = std::pair<uint64_t, uint64_t>;
  EXPECT_EQ(hops_of("-[:owns*]->"), Pair(1, kUnboundedHops));
  EXPECT_EQ(hops_of("-[:owns*2]->"), Pair(2, 2));
  EXPECT_EQ(hops_of("-[:owns*2..]->"), Pair(2, kUnboundedHops));
  EXPECT_EQ(hops_of("-[:owns*..4]->"), Pair(1, 4));
  EXPECT_EQ(hops_of("-[:owns*0..4]->"), Pair(0, 4));
  EXPECT_EQ(hops_of("-[:owns]->+"), Pair(1, kUnboundedHops));
  EXPECT_EQ(hops_of("-[:owns]->*"), Pair(0, kUnboundedHops));
  EXPECT_EQ(hops_of("-[:owns]->{3}"), Pair(3, 3));
  EXPECT_EQ(hops_of("-[:owns]->{1,3}"), Pair(1, 3));
  EXPECT_EQ(hops_of("-[:owns]->{,3}"), Pair(0, 3));
  parameters_.emplace("n", Datum::OfInteger(5));
  EXPECT_EQ(hops_of("-[:owns*..$n]->"), Pair(1, 5));
  const Diagnostic wrong = Failure("MATCH (a)-[:owns*4..2]->(b) RETURN a");
  EXPECT_EQ(wrong.code, "SL4008");
  parameters_["n"] = Datum::OfText("many");
  EXPECT_EQ(Failure("MATCH (a)-[:owns*..$n]->(b) RETURN a").code, "SL4008");
}

TEST_F(BinderTest, VariablesOfChainsAndPaths) {
  const BoundQuery query = Query("MATCH p = (a)-[r:owns*..3]->(b)-[q:supplies]->(c)");
  EXPECT_THAT(Columns(query), ElementsAre("p", "a", "r", "b", "q", "c"));
  const PatternGraph& graph = Graph(query);
  ASSERT_EQ(graph.paths.size(), 1u);
  EXPECT_THAT(graph.paths[0].nodes, ElementsAre(0u, 1u, 2u));
  EXPECT_TRUE(graph.edges[0].path_slot.has_value());
  EXPECT_EQ(query.plan->frame->slots[*graph.edges[0].fact_slot].type, StaticType::kList);
  EXPECT_EQ(query.plan->frame->slots[*graph.edges[1].fact_slot].type, StaticType::kFact);
}

TEST_F(BinderTest, RowsAreMadeByNamedElementsOnly) {
  // Nothing anonymous that could multiply.
  EXPECT_EQ(Shape(Query("MATCH (a)-[:supplies]->(b) RETURN a").plan), "Project Match Argument");
  EXPECT_EQ(Shape(Query("MATCH (a)-[:supplies]->(#prod/optics) RETURN a").plan),
            "Project Match Argument");
  // An anonymous node, an edge of several predicates.
  EXPECT_EQ(Shape(Query("MATCH (a)-[:supplies]->() RETURN a").plan),
            "Project Distinct Match Argument");
  EXPECT_EQ(Shape(Query("MATCH (a)-[:usedIn]->(b) RETURN a").plan),
            "Project Distinct Match Argument");
  // A bag in front stays a bag.
  EXPECT_EQ(Shape(Query("UNWIND [1, 1] AS n MATCH (a)-[:supplies]->() RETURN a").plan),
            "Project Distinct Match NumberRows Unwind Argument");
  EXPECT_EQ(Shape(Query("MATCH (a) MATCH (a)-[:supplies]->() RETURN a").plan),
            "Project Distinct Match Match Argument");
  const BoundQuery query = Query("MATCH (a)-[:supplies]->(x)-[:usedIn]->() RETURN a");
  const auto* distinct = Find<LogicalDistinct>(query.plan);
  const PatternGraph& graph = Graph(query);
  EXPECT_THAT(distinct->keys, UnorderedElementsAre(graph.nodes[0].slot, graph.nodes[1].slot));
}

TEST_F(BinderTest, EdgesOfOneMatchAreDifferentFacts) {
  const auto differs = [&](const std::string& pattern) {
    return Graph(Query("MATCH " + pattern + " RETURN *")).edges.at(1).differs_from;
  };
  EXPECT_THAT(differs("(a)-[:supplies]->(i)<-[:supplies]-(b)"), ElementsAre(0u));
  EXPECT_THAT(differs("(a)-[:supplies]->(i)-[:usedIn]->(b)"), IsEmpty());
  EXPECT_THAT(differs("(a)-[:supplies @x]->(i), (a)-[:supplies @y]->(i)"), ElementsAre(0u));
  EXPECT_THAT(differs("(a)-[r:supplies]->(i), (a)-[:supplies @y]->(i)"), IsEmpty());
  EXPECT_THAT(differs("(a)-[:owns*]->(b), (a)-[:owns*]->(c)"), IsEmpty());
}

TEST_F(BinderTest, AttributeEdgesMayEndInAValue) {
  const BoundQuery query =
      Query("MATCH (c:Company)-[:turnover @st]->(v) RETURN v, v.amount, st.source");
  EXPECT_EQ(query.columns[0].type, StaticType::kAny);
  EXPECT_EQ(query.columns[2].type, StaticType::kEntity);
  EXPECT_EQ(Query("MATCH (c)-[:supplies]->(v) RETURN v").columns[0].type, StaticType::kEntity);
}

TEST_F(BinderTest, BracesMatchFacts) {
  const BoundQuery query = Query(
      "MATCH (c:Company {name: 'Hikvision', country: #prod/optics})-[:supplies]->(i) RETURN c");
  const PatternNode& node = Graph(query).nodes.at(0);
  ASSERT_EQ(node.properties.size(), 2u);
  ASSERT_TRUE(node.properties[0].candidates.has_value());
  EXPECT_THAT(*node.properties[0].candidates, ElementsAre(Node("org/hik")));
  EXPECT_FALSE(node.properties[1].candidates.has_value());
  // What is denied only has a name that no assertion gives.
  const BoundQuery denied = Query("MATCH (c {name: 'Hikvision'}) INCLUDING DENIED RETURN c");
  EXPECT_FALSE(Graph(denied).nodes.at(0).properties.at(0).candidates.has_value());
  const BoundQuery inverse = Query("MATCH (i {suppliedBy: #org/hik}) RETURN i");
  EXPECT_THAT(Graph(inverse).nodes.at(0).properties.at(0).walk.against.predicates,
              ElementsAre(PredicateId("supplies")));
  const BoundQuery edge = Query("MATCH (a)-[:owns {share: 0.5}]->(b) RETURN a");
  EXPECT_EQ(Graph(edge).edges.at(0).qualifiers.size(), 1u);
  // Values may name variables that come later in the text.
  const BoundQuery later = Query("MATCH (a {country: b}), (b:Person) RETURN a");
  EXPECT_THAT(Graph(later).nodes.at(0).properties.at(0).slots,
              ElementsAre(Graph(later).nodes.at(1).slot));
}

TEST_F(BinderTest, ClassTests) {
  const auto test_of = [&](const std::string& node) {
    const BoundQuery query = Query("MATCH (" + node + ") RETURN x");
    return Graph(query).nodes.at(0).kinds.at(0);
  };
  EXPECT_THAT(test_of("x:Organization").kinds,
              UnorderedElementsAre(Node("Organization"), Node("Company")));
  EXPECT_THAT(test_of("x:Organization").themselves, IsEmpty());
  EXPECT_THAT(test_of("x:ONLY Organization").kinds, ElementsAre(Node("Organization")));
  EXPECT_TRUE(test_of("x:ONLY Organization").only);
  EXPECT_THAT(test_of("x:#prod/optics").kinds,
              UnorderedElementsAre(Node("prod/optics"), Node("prod/lenses")));
  EXPECT_THAT(test_of("x:\"lenses\"").themselves, ElementsAre(Node("prod/lenses")));
  const BoundClassTest both = test_of("x:Company & !Person");
  EXPECT_EQ(both.kind, BoundClassTest::Kind::kAnd);
  EXPECT_EQ(both.children.at(1).kind, BoundClassTest::Kind::kNot);
  EXPECT_EQ(test_of("x:Company|Person").kind, BoundClassTest::Kind::kOr);
  parameters_.emplace("class", Datum::OfText("Company"));
  EXPECT_THAT(test_of("x:$class").kinds, ElementsAre(Node("Company")));
  parameters_["class"] = Datum::OfText("lenses");
  EXPECT_THAT(test_of("x:$class").kinds, ElementsAre(Node("prod/lenses")));
}

TEST_F(BinderTest, AClassThatFactsSpeakOfIsAMemberOfItself) {
  store_.Say("src/desk", "org/hik", "supplies", "Optics");
  view_ = store_.View();
  const BoundQuery query = Query("MATCH (s)-[:supplies]->(x:Optics) RETURN s");
  EXPECT_THAT(Graph(query).nodes.at(1).kinds.at(0).themselves, ElementsAre(Node("Optics")));
}

TEST_F(BinderTest, NamesThatNameNothingOrSeveralThings) {
  Query("MATCH (s)-[:supplies]->(\"optcs\") RETURN s");
  ASSERT_THAT(Codes(), ElementsAre("N1004"));
  EXPECT_EQ(PlaceOf(notices_[0]), "\"optcs\"");
  EXPECT_THAT(notices_[0].message, HasSubstr("\"optics\""));
  EXPECT_EQ(Repaired(notices_[0]), "MATCH (s)-[:supplies]->(\"optics\") RETURN s");
  Query("MATCH (s NAMED \"Twin\") RETURN s");
  EXPECT_THAT(Codes(), ElementsAre("N1005"));
  const BoundQuery unknown = Query("MATCH (#org/nobody)-[:supplies]->(x) RETURN x");
  EXPECT_THAT(Codes(), ElementsAre("N1004"));
  EXPECT_TRUE(Graph(unknown).nodes.at(0).id->In(nullptr).is_none());
  const BoundQuery named = Query("MATCH (s NAMED \"hikvision\") RETURN s");
  EXPECT_THAT(Codes(), IsEmpty());
  EXPECT_THAT(Graph(named).nodes.at(0).names.at(0).nodes, ElementsAre(Node("org/hik")));
}

TEST_F(BinderTest, SuggestionsNameNothingThatTheReaderMayNotSee) {
  store_.Name("org/secret", "Hikvisiom");
  store_.Say("src/desk", "org/red", "name", storage::Value::OfText("Hikvisian"),
             {.marking = {storage::TlpLabel::kRed, ""}});
  store_.Commit();
  view_ = store_.View(test::ClearanceOf(storage::TlpLabel::kGreen));
  Query("MATCH (s NAMED \"Hikvisiaan\") RETURN s");
  ASSERT_THAT(Codes(), ElementsAre("N1004"));
  EXPECT_THAT(notices_[0].message, Not(HasSubstr("Hikvisian")));
}

TEST_F(BinderTest, UnknownNamesAreErrorsWithSuggestions) {
  Diagnostic error = Failure("MATCH (s:Compny) RETURN s");
  EXPECT_EQ(error.code, "SL2011");
  EXPECT_EQ(PlaceOf(error), "Compny");
  EXPECT_EQ(error.message, "there is no class 'Compny'");
  EXPECT_EQ(Repaired(error), "MATCH (s:Company) RETURN s");
  EXPECT_THAT(error.labels.at(0).text, HasSubstr("did you mean Company"));

  error = Failure("MATCH (s)-[:suplies]->(x) RETURN s");
  EXPECT_EQ(error.code, "SL2012");
  EXPECT_EQ(PlaceOf(error), "suplies");
  EXPECT_EQ(Repaired(error), "MATCH (s)-[:supplies]->(x) RETURN s");

  error = Failure("MATCH (s {contry: 'x'}) RETURN s");
  EXPECT_EQ(error.code, "SL2015");
  EXPECT_EQ(Repaired(error), "MATCH (s {country: 'x'}) RETURN s");

  error = Failure("MATCH (s)-[:owns {shar: 1}]->(b) RETURN s");
  EXPECT_EQ(error.code, "SL2015");
  EXPECT_EQ(Repaired(error), "MATCH (s)-[:owns {share: 1}]->(b) RETURN s");

  // The repaired text binds.
  EXPECT_TRUE(TryBind("MATCH (s)-[:owns {share: 1}]->(b) RETURN s").ok());
}

TEST_F(BinderTest, VariablesAreOneThingOnly) {
  EXPECT_EQ(Failure("MATCH (a)-[a:owns]->(b) RETURN a").code, "SL2002");
  EXPECT_EQ(Failure("MATCH (a)-[r:owns]->(b), (c)-[r:owns]->(d) RETURN a").code, "SL2002");
  EXPECT_EQ(Failure("MATCH (a)-[r:owns]->(b) MATCH (r)-[:owns]->(c) RETURN a").code, "SL2002");
  EXPECT_EQ(Failure("MATCH a = (a)-[:owns]->(b) RETURN a").code, "SL2002");
  EXPECT_EQ(PlaceOf(Failure("MATCH (a)-[r:owns]->(b), (r) RETURN a")), "r");
}

TEST_F(BinderTest, BoundVariablesJoin) {
  const BoundQuery query = Query("MATCH (a)-[:owns]->(b) MATCH (b)-[:supplies]->(c) RETURN a, c");
  const PatternGraph& graph = Graph(query);
  EXPECT_TRUE(graph.nodes.at(0).bound_before);
  EXPECT_FALSE(graph.nodes.at(0).data_slot.has_value());
  // A column of data is turned into terms first.
  const BoundQuery data = Query("UNWIND [#org/hik] AS c MATCH (c)-[:supplies]->(i) RETURN i");
  EXPECT_TRUE(Graph(data).nodes.at(0).data_slot.has_value());
  // A variable passed through WITH keeps its column of terms.
  const BoundQuery with = Query("MATCH (a:Company) WITH a MATCH (a)-[:supplies]->(i) RETURN i");
  EXPECT_FALSE(Graph(with).nodes.at(0).data_slot.has_value());
}

TEST_F(BinderTest, ImpossibleDirections) {
  const Diagnostic error = Failure("MATCH (i:Product)-[:supplies]->(c:Company) RETURN c");
  EXPECT_EQ(error.code, "SL3021");
  EXPECT_EQ(PlaceOf(error), "-[:supplies]->");
  EXPECT_EQ(error.message, "'supplies' goes from Organization to Product, not the other way round");
  EXPECT_EQ(Repaired(error), "MATCH (i:Product)<-[:supplies]-(c:Company) RETURN c");
  EXPECT_TRUE(TryBind(Repaired(error)).ok());
  // One end is enough to know; a variable from an earlier clause counts.
  EXPECT_EQ(Failure("MATCH (i:Product)-[:supplies]->(c) RETURN c").code, "SL3021");
  EXPECT_EQ(Failure("MATCH (i:Product) MATCH (i)-[:supplies]->(c) RETURN c").code, "SL3021");
  EXPECT_EQ(Failure("MATCH (c:Company)<-[:supplies]-(i) RETURN c").code, "SL3021");
  // What may be so is let through: unknown ends, classes with common members, kinds, exclusions.
  for (const char* text :
       {"MATCH (i)-[:supplies]->(c) RETURN c", "MATCH (c:Thing)-[:supplies]->(i:Thing) RETURN c",
        "MATCH (i:#prod/optics)-[:supplies]->(c) RETURN c",
        "MATCH (i:!Company)-[:supplies]->(c) RETURN c",
        "MATCH (i:Product)-[:supplies]-(c:Company) RETURN c",
        "MATCH (i:Product)-[:supplies|owns]-(c) RETURN c",
        "MATCH (i:Product|Company)-[:supplies]->(c) RETURN c",
        "MATCH (i:Product)-[:suppliedBy]->(c:Company) RETURN c"}) {
    EXPECT_TRUE(TryBind(text).ok()) << text;
  }
}

TEST_F(BinderTest, NodesAndEdgesAlternate) {
  EXPECT_EQ(Failure("MATCH (a)(b) RETURN a").code, "SL4003");
  EXPECT_EQ(Failure("MATCH (a)-[:owns]->-[:owns]->(b) RETURN a").code, "SL4003");
  EXPECT_EQ(Failure("MATCH (a)-[:owns]-> RETURN a").code, "SL4003");
}

TEST_F(BinderTest, Warnings) {
  Query("MATCH (a)-[supplies]->(b) RETURN a");
  ASSERT_THAT(Codes(), ElementsAre("W2001"));
  EXPECT_EQ(Repaired(notices_[0]), "MATCH (a)-[:supplies]->(b) RETURN a");
  Query("MATCH (a)-[*..3]-(b) RETURN a");
  EXPECT_THAT(Codes(), ElementsAre("W2006"));
  Query("MATCH (a)-[*..3]->(b) RETURN a");
  EXPECT_THAT(Codes(), IsEmpty());
  Query("MATCH (a)-[:knows*..3]-(b) RETURN a");
  EXPECT_THAT(Codes(), IsEmpty());
  Query("MATCH (a:Company) OPTIONAL MATCH (a)-[r:owns]->(b) WHERE r IS NULL RETURN a");
  ASSERT_THAT(Codes(), ElementsAre("W2003"));
  EXPECT_THAT(notices_[0].help.at(0), HasSubstr("FILTER r IS UNKNOWN"));
  Query("MATCH (a:Company), (b:Company) RETURN a");
  EXPECT_THAT(Codes(), ElementsAre("W3004"));
  for (const char* joined :
       {"MATCH (a:Company), (b:Company) WHERE a.country = b.country RETURN a",
        "MATCH (a:Company), (b:Company {country: a}) RETURN a",
        "MATCH (a NAMED \"Hikvision\"), (b:Company) RETURN a",
        "MATCH (a:Company), (a)-[:owns]->(b) RETURN a",
        "MATCH (a:Company) MATCH (a)-[:owns]->(b), (a)-[:supplies]->(c) RETURN a"}) {
    Query(joined);
    EXPECT_THAT(Codes(), IsEmpty()) << joined;
  }
}

TEST_F(BinderTest, OptionalMatch) {
  const BoundQuery query =
      Query("MATCH (a:Company) OPTIONAL MATCH (a)-[r:owns]->() WHERE r.disputed RETURN a, r");
  EXPECT_EQ(Shape(query.plan), "Project Optional Match Argument");
  const auto* optional = Find<LogicalOptional>(query.plan);
  EXPECT_EQ(Shape(optional->inner), "Filter Distinct Match Argument");
  const PatternGraph& graph = Find<LogicalMatch>(optional->inner)->graph;
  EXPECT_THAT(optional->slots, Contains(graph.nodes.at(1).slot));
  EXPECT_THAT(optional->slots, Contains(*graph.edges.at(0).fact_slot));
  EXPECT_THAT(optional->slots, Not(Contains(graph.nodes.at(0).slot)));
}

}  // namespace
}  // namespace sightline::query
