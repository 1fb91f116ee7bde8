// What can never match, by the schema.

#include "tests/unit/query/binder/binder_test.h"

namespace sightline::query {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class TypesTest : public BinderTest {
 protected:
  TypesTest() {
    using storage::Cardinality;
    using storage::ValueType;
    const auto one = [](std::vector<ValueType> types) {
      return PredicateOptions{.cardinality = Cardinality::kOne, .types = std::move(types)};
    };
    store_.Define(Predicate("hsCode", {"Product"}, {}, one({ValueType::kText})));
    store_.Define(Predicate("measuredAt", {}, {}, one({ValueType::kInstant})));
    store_.Define(Predicate("madeIn", {"Product"}, {"Organization"}, one({ValueType::kText})));
    store_.Define(Predicate("worksFor", {"Person"}, {"Organization"}));
    // Sub-predicates that hold something else, and of another class, than what they stand under.
    store_.Define(Predicate("ref", {"Product"}, {"Product"}, {.inverse = "refOf"}));
    store_.Define(
        Predicate("refCode", {"Person"}, {}, {.parents = {"ref"}, .types = {ValueType::kText}}));
    store_.Define(Predicate("refOne", {}, {"Product"}, {.cardinality = Cardinality::kOne}));
    store_.Define(
        Predicate("refOneCode", {}, {}, {.parents = {"refOne"}, .types = {ValueType::kText}}));
    view_ = store_.View();
  }

  void ExpectBinds(std::string_view text) {
    StatusOr<BoundStatement> bound = TryBind(std::string(text));
    ASSERT_TRUE(bound.ok()) << text << ": " << MessageOf(bound.status());
    notices_ = bound->notices;
  }
};

TEST_F(TypesTest, APropertyTestWithAValueThatThePredicateNeverHolds) {
  Diagnostic error = Failure("MATCH (x {name: 5}) RETURN x");
  EXPECT_EQ(error.code, "SL3022");
  EXPECT_EQ(PlaceOf(error), "5");
  EXPECT_EQ(error.message, "'name' takes STRING, and 5 is INTEGER");
  EXPECT_EQ(Repaired(error), "MATCH (x {name: \"5\"}) RETURN x");
  EXPECT_TRUE(TryBind(Repaired(error)).ok());

  error = Failure("MATCH (x {country: 'China'}) RETURN x");
  EXPECT_EQ(error.message, "'country' takes Thing, and 'China' is STRING");
  EXPECT_THAT(error.help, Contains(HasSubstr("#ns/key")));
  error = Failure("MATCH (x {founded: '2023-10-01'}) RETURN x");
  EXPECT_THAT(error.help, Contains(HasSubstr("without quotes")));
  error = Failure("MATCH (x {turnover: 5}) RETURN x");
  EXPECT_THAT(error.help, Contains(HasSubstr("currency")));
  error = Failure("MATCH (x {name: #org/hik}) RETURN x");
  EXPECT_EQ(error.message, "'name' takes STRING, and #org/hik is ENTITY");
  error = Failure("MATCH (x {suppliedBy: 'Hikvision'}) RETURN x");
  EXPECT_EQ(error.message, "'suppliedBy' takes Organization, and 'Hikvision' is STRING");
  parameters_["n"] = Datum::OfInteger(5);
  error = Failure("MATCH (x {name: $n}) RETURN x");
  EXPECT_EQ(error.message, "'name' takes STRING, and $n is INTEGER");
  EXPECT_THAT(error.edits, IsEmpty());
  for (const char* text :
       {"MATCH (x {name: ['a', 'b']}) RETURN x", "MATCH (x {memberOf: ['a']}) RETURN x",
        "MATCH (y:Company), (x {name: y}) RETURN x", "MATCH (x {turnover: 5 't'}) RETURN x",
        "MATCH (x {measuredAt: 2023-10-01}) RETURN x", "MATCH (x {founded: 12345}) RETURN x",
        "MATCH (x {suppliedBy: 3}) RETURN x", "OPTIONAL MATCH (x {name: 5}) RETURN x",
        "MATCH (y) MATCH (x {turnover: y.founded}) RETURN x"}) {
    EXPECT_EQ(Failure(text).code, "SL3022") << text;
  }
}

TEST_F(TypesTest, APropertyTestThatMayHold) {
  parameters_["unknown"] = Datum();
  for (const char* text :
       {"MATCH (x {name: 'a'}) RETURN x", "MATCH (x {name: $unknown}) RETURN x",
        "MATCH (x {share: 1}) RETURN x", "MATCH (x {share: 1e0}) RETURN x",
        "MATCH (x {founded: 2023}) RETURN x", "MATCH (x {founded: 2023-10-01}) RETURN x",
        "MATCH (x {memberOf: 'anything'}) RETURN x", "MATCH (x {memberOf: 5}) RETURN x",
        "MATCH (x {country: #org/hik}) RETURN x", "MATCH (x {suppliedBy: #org/hik}) RETURN x",
        "UNWIND ['a', 5] AS v MATCH (x {name: v}) RETURN x",
        "MATCH (y)-[:memberOf]->(v) MATCH (x {name: v}) RETURN x",
        "MATCH (x {madeIn: 'China'}) RETURN x", "MATCH (x {madeIn: #org/hik}) RETURN x",
        // A sub-predicate holds it.
        "MATCH (x {ref: 'A1'}) RETURN x", "MATCH (x {ref: #prod/optics}) RETURN x",
        "MATCH (y) MATCH (x {hsCode: y.refOne}) RETURN x"}) {
    ExpectBinds(text);
  }
  EXPECT_EQ(Failure("MATCH (x {ref: 5}) RETURN x").code, "SL3022");
  EXPECT_EQ(Failure("MATCH (x {refCode: #prod/optics}) RETURN x").code, "SL3022");
}

TEST_F(TypesTest, QualifierTests) {
  const Diagnostic error = Failure("MATCH (a)-[:supplies {share: 'half'}]->(b) RETURN a");
  EXPECT_EQ(error.code, "SL3022");
  EXPECT_EQ(PlaceOf(error), "'half'");
  EXPECT_EQ(error.message, "'share' takes DECIMAL, and 'half' is STRING");
  EXPECT_EQ(Failure("MATCH (a)-[:supplies {country: 5}]->(b) RETURN a").code, "SL3022");
  ExpectBinds("MATCH (a)-[:supplies {share: 1}]->(b) RETURN a");
  ExpectBinds("UNWIND [1, 'x'] AS v MATCH (a)-[:supplies {share: v}]->(b) RETURN a");
  // A year is a date, as where it is written.
  const BoundQuery query = Query("MATCH (a)-[:supplies {founded: 2023}]->(b) RETURN a");
  const QualifierTest& test = Graph(query).edges.at(0).qualifiers.at(0);
  EXPECT_EQ(test.value->type, StaticType::kDate);
}

TEST_F(TypesTest, ComparisonsThatAreNeverTrue) {
  Diagnostic error = Failure("MATCH (x) WHERE x.hsCode = 9013 RETURN x");
  EXPECT_EQ(error.code, "SL3022");
  EXPECT_EQ(PlaceOf(error), "9013");
  EXPECT_EQ(error.message, "'hsCode' takes STRING, and 9013 is INTEGER");
  EXPECT_EQ(Repaired(error), "MATCH (x) WHERE x.hsCode = \"9013\" RETURN x");
  error = Failure("MATCH (x) WHERE x.founded > 2020 RETURN x");
  EXPECT_THAT(error.help, Contains(HasSubstr("date(")));
  for (const char* text :
       {"MATCH (x) WHERE x.country = 'China' RETURN x",
        "MATCH (x) WHERE 'China' = x.country RETURN x",
        "MATCH (x) WHERE x.founded IS KNOWN AND x.hsCode < 5 RETURN x",
        "MATCH (x) FILTER x.hsCode >= 5 RETURN x", "MATCH (x WHERE x.hsCode = 5) RETURN x",
        "MATCH (x) WITH x WHERE x.hsCode = 5 RETURN x", "MATCH (x) WHERE 5 IN x.name RETURN x",
        "MATCH (x) WHERE x.hsCode IN [5, 6] RETURN x",
        "MATCH (x) WHERE x.hsCode IN x.turnover RETURN x",
        "MATCH (x) WHERE x.founded = x.hsCode RETURN x",
        "MATCH (x) WHERE x.hsCode = ['a'] RETURN x",
        "MATCH (x) WHERE 'a' IN x.suppliedBy RETURN x"}) {
    EXPECT_EQ(Failure(text).code, "SL3022") << text;
  }
  parameters_["list"] = Datum(DatumList{Datum::OfInteger(5)});
  for (const char* text :
       {"MATCH (x) WHERE x.hsCode = '9013' RETURN x", "MATCH (x) WHERE x.hsCode <> 5 RETURN x",
        "MATCH (x) WHERE NOT x.hsCode = 5 RETURN x",
        "MATCH (x) WHERE x.hsCode = 5 OR x.country IS KNOWN RETURN x",
        "MATCH (x) RETURN x.hsCode = 5 AS no", "MATCH (x) WHERE x.hsCode IN [5, '6'] RETURN x",
        "MATCH (x) WHERE x.measuredAt > 2023-10-01 RETURN x",
        "MATCH (x) WHERE 'a' IN x.name RETURN x", "MATCH (x) WHERE x.hsCode IN $list RETURN x",
        "MATCH (x) WHERE x.hsCode = null RETURN x", "MATCH (x) WHERE x.madeIn = 'a' RETURN x",
        "MATCH (x) WHERE x.refOne = 'a' RETURN x", "MATCH (x) WHERE x.country = #org/hik RETURN x",
        "MATCH (x) WHERE 1 IN x.share RETURN x", "MATCH (x) WHERE x.memberOf = ['a'] RETURN x",
        "RETURN 1 = 'a' AS no"}) {
    ExpectBinds(text);
  }
}

TEST_F(TypesTest, APropertyOfOtherClassesIsWarnedOf) {
  // Not refused: the store takes facts that do not keep to domain and range.
  ExpectBinds("MATCH (p:Person {hsCode: '9013'}) RETURN p");
  ASSERT_THAT(Codes(), ElementsAre("W3023"));
  const Diagnostic warning = notices_.at(0);
  EXPECT_EQ(warning.severity, Severity::kWarning);
  EXPECT_EQ(PlaceOf(warning), "hsCode");
  EXPECT_EQ(
      warning.message,
      "'hsCode' is a property of Product, and (p:Person {hsCode: '9013'}) is of class Person");
  EXPECT_EQ(Repaired(warning), "MATCH (p:Product {hsCode: '9013'}) RETURN p");
  ExpectBinds(Repaired(warning));
  EXPECT_THAT(Codes(), IsEmpty());

  ExpectBinds("MATCH (p:Person) MATCH (p {hsCode: '9013'}) RETURN p");
  EXPECT_THAT(Codes(), ElementsAre("W3023"));
  ExpectBinds("MATCH (p:Person {suppliedBy: #org/hik}) RETURN p");
  EXPECT_THAT(Codes(), ElementsAre("W3023"));
  // Read in an expression as well, and said once.
  ExpectBinds("MATCH (p:Person) WHERE p.hsCode = '9013' RETURN p");
  EXPECT_THAT(Codes(), ElementsAre("W3023"));
  ExpectBinds("MATCH (p:Person) RETURN p.hsCode AS code, count(*) AS n ORDER BY p.hsCode");
  EXPECT_THAT(Codes(), Contains("W3023"));
  for (const char* text :
       {"MATCH (p:Optics) RETURN p.hsCode", "MATCH (p:Optics {hsCode: 'a'}) RETURN p",
        "MATCH (p:Thing {hsCode: 'a'}) RETURN p", "MATCH (p {hsCode: 'a'}) RETURN p",
        "MATCH (p:Person {name: 'a'}) RETURN p", "MATCH (p:!Person {hsCode: 'a'}) RETURN p",
        "MATCH (p:Person {knows: #per/a}) RETURN p",
        "MATCH (p:Product {suppliedBy: #org/hik}) RETURN p",
        // By a sub-predicate.
        "MATCH (p:Person {ref: 'A1'}) RETURN p",
        "MATCH (p:Product {ref: #prod/optics}) RETURN p"}) {
    ExpectBinds(text);
    EXPECT_THAT(Codes(), testing::Not(Contains("W3023"))) << text;
  }
}

TEST_F(TypesTest, AnEdgeThatFitsNeitherWayIsWarnedOf) {
  ExpectBinds("MATCH (p:Person)-[:supplies]->(c:Company) RETURN p");
  ASSERT_THAT(Codes(), ElementsAre("W3021"));
  const Diagnostic warning = notices_.at(0);
  EXPECT_EQ(warning.severity, Severity::kWarning);
  EXPECT_EQ(PlaceOf(warning), "-[:supplies]->");
  EXPECT_EQ(warning.message,
            "'supplies' goes from Organization to Product, and neither way round from Person to "
            "Company");
  EXPECT_THAT(warning.help, Contains("from Person to Company goes worksFor"));
  for (const char* text : {"MATCH (p:Person)-[:supplies]-(c:Company) RETURN p",
                           "MATCH (c:Company)<-[:supplies]-(p:Person) RETURN p",
                           "MATCH (p:Person)-[:suppliedBy]->(c:Company) RETURN p",
                           "MATCH (c:Company)-[:knows]->(p:Person) RETURN p",
                           "MATCH (c:Company)-[:knows]->(p) RETURN p",
                           "MATCH (p:Person)-[:supplies|owns]->(q:Person) RETURN p",
                           "MATCH (p:Person)-[:usedIn*1..3]->(q) RETURN p",
                           "MATCH (p:Person)-[:ONLY ref]->(x) RETURN p"}) {
    ExpectBinds(text);
    EXPECT_THAT(Codes(), Contains("W3021")) << text;
  }
  for (const char* text :
       {"MATCH (p:Person)-[:supplies|worksFor]->(c:Company) RETURN p",
        "MATCH (p:Person)-[:usedIn*0..3]->(q) RETURN p",
        "MATCH (p:Person)-[:!supplies]->(c:Company) RETURN p",
        "MATCH (p:Person)-[]->(c:Company) RETURN p", "MATCH (p:Person)-[:ref]->(v) RETURN p",
        "MATCH (p:Person)-[:knows]-(q:Person) RETURN p",
        "MATCH (p:Person)<-[:knows]-(q:Person) RETURN p",
        "MATCH (a:Product)-[:usedIn*1..3]->(b:Optics) RETURN a"}) {
    ExpectBinds(text);
    EXPECT_THAT(Codes(), testing::Not(Contains("W3021"))) << text;
  }
}

TEST_F(TypesTest, DirectionsOfChainsInversesAndValues) {
  Diagnostic error = Failure("MATCH (a:Product)-[:supplies*1..2]->(b:Company) RETURN a");
  EXPECT_EQ(error.code, "SL3021");
  EXPECT_EQ(Repaired(error), "MATCH (a:Product)<-[:supplies*1..2]-(b:Company) RETURN a");
  error = Failure("MATCH (c:Company)-[:suppliedBy]->(i) RETURN c");
  EXPECT_EQ(error.code, "SL3021");
  EXPECT_EQ(error.message,
            "'suppliedBy' goes from Product to Organization, not the other way round");
  EXPECT_THAT(error.help, Contains("or use the inverse: -[:supplies]->"));
  // Of several predicates, the one that would fit is named.
  error = Failure("MATCH (i:Product)-[:worksFor|supplies]->(c:Company) RETURN c");
  EXPECT_THAT(error.message, HasSubstr("'supplies'"));
  // Whatever is of a class is no value.
  error = Failure("MATCH (c:Company)<-[:turnover]-(v) RETURN v");
  EXPECT_EQ(error.code, "SL3021");
  EXPECT_EQ(Repaired(error), "MATCH (c:Company)-[:turnover]->(v) RETURN v");
  error = Failure("MATCH (c:Company)-[:turnover]->(v:Product) RETURN v");
  EXPECT_EQ(error.code, "SL3022");
  EXPECT_EQ(PlaceOf(error), "(v:Product)");
  EXPECT_EQ(error.message, "'turnover' takes MONEY, and (v:Product) is ENTITY");
  EXPECT_EQ(Failure("MATCH (c)-[:turnover]->(v)-[:supplies]->(x) RETURN x").code, "SL3021");
  EXPECT_EQ(Failure("MATCH (c)-[:turnover]-(v)-[:supplies]->(:Product), (v)-[:owns]->(:Company), "
                    "(:Optics)-[:usedIn]->(c) RETURN v")
                .code,
            "SL3022");
  EXPECT_EQ(Failure("LET v = 5 MATCH (c)-[:supplies]->(v) RETURN c").code, "SL3022");
  error = Failure("LET v = 'a' MATCH (v)-[:supplies]->(c) RETURN c");
  EXPECT_EQ(error.message, "(v) is STRING, and facts are about entities");
  for (const char* text :
       {"MATCH (c)-[:turnover]->(v:%) RETURN v", "MATCH (c)-[:turnover]->(v:!Product) RETURN v",
        "MATCH (c)-[:turnover]->(v)-[:owns*0..2]->(w) RETURN w",
        "MATCH (c:Company)-[:turnover]->(v) RETURN v",
        "MATCH (v)<-[:turnover]-(c:Company) RETURN v", "MATCH (v)-[:turnover]-(c:Company) RETURN v",
        "LET v = 'a' MATCH (c)-[:ref]->(v) RETURN c",
        "LET v = 5M USD MATCH (c)-[:turnover]->(v) RETURN c",
        "MATCH (c)-[:turnover|supplies]->(v:Product) RETURN v"}) {
    ExpectBinds(text);
    EXPECT_THAT(Codes(), IsEmpty()) << text;
  }
}

// The class was asked of the rows that the optional part found, not of all.
TEST_F(TypesTest, WhatAnOptionalPartTestsIsNotKnownAfterwards) {
  ExpectBinds(
      "MATCH (a) OPTIONAL MATCH (a:Product)-[:usedIn]->(b) MATCH (a)-[:supplies]->(c) "
      "RETURN a");
  EXPECT_THAT(Codes(), IsEmpty());
  EXPECT_EQ(Failure("OPTIONAL MATCH (a:Product) MATCH (a)-[:supplies]->(c) RETURN a").code,
            "SL3021");
}

}  // namespace
}  // namespace sightline::query
