#include "tests/unit/query/binder/binder_test.h"

namespace sightline::query {
namespace {

using storage::Polarity;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class BindWriteTest : public BinderTest {
 protected:
  AssertPlan Plan(const std::string& text) {
    query_ = Query(text, true);
    auto* found = std::get_if<LogicalAssert>(&query_.plan->node);
    if (found == nullptr) throw std::runtime_error("no assert at the top of the plan");
    return std::move(found->plan);
  }
  Diagnostic Wrong(const std::string& text) { return Failure(text, true); }
  static storage::TermId Constant(const BoundExpressionPtr& expression) {
    return std::get<BoundConstant>(expression->node).value.node();
  }

  BoundQuery query_;
};

TEST_F(BindWriteTest, AWholeAssertIsOneStatement) {
  const AssertPlan plan = Plan(
      "ASSERT (#org/new :Company {name: 'New'})-[:owns {share: 0.51}]->(o:Organization) "
      "ACCORDING TO #src/desk DURING 2023 {credibility: 2, quote: 'q', document: #doc/1}");
  EXPECT_EQ(plan.polarity, Polarity::kAsserts);
  ASSERT_THAT(plan.nodes, SizeIs(2));
  EXPECT_TRUE(plan.nodes[0].constant.has_value());
  EXPECT_FALSE(plan.nodes[1].constant.has_value());
  EXPECT_TRUE(plan.nodes[1].new_slot.has_value());
  ASSERT_THAT(plan.facts, SizeIs(4));
  EXPECT_EQ(plan.facts[0].predicate.name, "instanceOf");
  EXPECT_EQ(Constant(plan.facts[0].object), Node("Company"));
  EXPECT_EQ(plan.facts[1].predicate.name, "name");
  EXPECT_EQ(plan.facts[2].predicate.name, "instanceOf");
  EXPECT_EQ(plan.facts[2].subject, 1u);
  EXPECT_EQ(plan.facts[3].predicate.name, "owns");
  EXPECT_EQ(plan.facts[3].subject, 0u);
  EXPECT_EQ(plan.facts[3].object_node, 1u);
  ASSERT_THAT(plan.details, SizeIs(4));
  EXPECT_EQ(plan.details[0].key, "share");
  EXPECT_TRUE(plan.details[0].predicate.has_value());
  EXPECT_EQ(plan.details[1].key, "credibility");
  EXPECT_FALSE(plan.details[1].predicate.has_value());
  EXPECT_EQ(Constant(plan.claimant), Node("src/desk"));
  EXPECT_EQ(plan.valid.ToString(), "2023-01-01/2023-12-31");
  EXPECT_TRUE(query_.writes);
  EXPECT_THAT(Columns(query_), ElementsAre("statement", "facts", "duplicate"));
}

TEST_F(BindWriteTest, DirectionsAndInverses) {
  const auto ends = [&](const std::string& edge) {
    const AssertPlan plan = Plan("ASSERT (#a)" + edge + "(#b) ACCORDING TO #src/desk");
    return std::pair{plan.facts.at(0).subject, *plan.facts.at(0).object_node};
  };
  using Pair = std::pair<uint32_t, uint32_t>;
  EXPECT_EQ(ends("-[:owns]->"), Pair(0, 1));
  EXPECT_EQ(ends("<-[:owns]-"), Pair(1, 0));
  EXPECT_EQ(ends("-[:suppliedBy]->"), Pair(1, 0));
  EXPECT_EQ(ends("<-[:suppliedBy]-"), Pair(0, 1));
  EXPECT_EQ(ends("-[:knows]-"), Pair(0, 1));
  EXPECT_EQ(Wrong("ASSERT (#a)-[:owns]-(#b) ACCORDING TO #src/desk").code, "SL6004");
  const AssertPlan braces = Plan("ASSERT (#a {suppliedBy: #b}) ACCORDING TO #src/desk");
  EXPECT_TRUE(braces.facts.at(0).reversed);
}

TEST_F(BindWriteTest, VariablesOfEarlierClausesAndTheirRows) {
  const AssertPlan plan = Plan(
      "UNWIND [{name: 'A', who: #src/desk}] AS row MATCH (c:Company) ASSERT (c)-[:owns]->(n "
      "{name: row.name}) ACCORDING TO #src/desk {document: row.who}");
  EXPECT_NE(plan.nodes.at(0).source, nullptr);
  EXPECT_TRUE(plan.nodes.at(1).new_slot.has_value());
  EXPECT_TRUE(
      TryBind("MATCH (a)-[:supplies @st]->(b) DENY (st {share: 0.5}) ACCORDING TO #src/desk", true)
          .ok());
  EXPECT_EQ(Wrong("MATCH (a)-[r:supplies]->(b) DENY (r {share: 0.5}) ACCORDING TO #src/desk").code,
            "SL2002");
}

TEST_F(BindWriteTest, DenyAndTheSourceOfTheHead) {
  const AssertPlan plan = Plan("ACCORDING TO #src/desk AS OF 2020 DENY (#a)-[:owns]->(#b)");
  EXPECT_EQ(plan.polarity, Polarity::kDenies);
  EXPECT_EQ(Constant(plan.claimant), Node("src/desk"));
  EXPECT_EQ(plan.valid.ToString(), "2020-01-01/2020-12-31");
  // The clause's own comes first; a source nobody has heard of is made by speaking.
  const AssertPlan both =
      Plan("ACCORDING TO #src/unheard ASSERT (#a)-[:owns]->(#b) ACCORDING TO #src/desk");
  EXPECT_EQ(Constant(both.claimant), Node("src/desk"));
  EXPECT_TRUE(TryBind("ACCORDING TO #src/unheard2 ASSERT (#a)-[:owns]->(#b)", true).ok());
  const AssertPlan named = Plan("ASSERT (#a)-[:owns]->(#b) ACCORDING TO \"Ministry\"");
  EXPECT_EQ(Constant(named.claimant), Node("src/ministry"));
}

TEST_F(BindWriteTest, ProvenanceIsDemanded) {
  const Diagnostic error = Wrong("ASSERT (#a)-[:owns]->(#b)");
  EXPECT_EQ(error.code, "SL6001");
  EXPECT_THAT(error.help.at(0), HasSubstr("ACCORDING TO"));
  EXPECT_EQ(Wrong("ASSERT (#a)-[:owns]->(#b) ACCORDING TO \"Twin\"").code, "SL2016");
  EXPECT_EQ(Wrong("ASSERT (#a)-[:owns]->(#b) ACCORDING TO \"Ministri\"").code, "SL2016");
  EXPECT_EQ(Wrong("ASSERT (#a)-[:owns]->(#b) ACCORDING TO #x, #y").code, "SL6004");
  EXPECT_EQ(Wrong("ASSERT (#a)-[:owns]->(#b) NOT ACCORDING TO #x").code, "SL6004");
  EXPECT_EQ(Wrong("ASSERT (#a)-[:owns]->(#b) ACCORDING TO #x ONLY DISPUTED").code, "SL6004");
}

TEST_F(BindWriteTest, UnknownNames) {
  Diagnostic error = Wrong("ASSERT (#a)-[:ownz]->(#b) ACCORDING TO #x");
  EXPECT_EQ(error.code, "SL2012");
  EXPECT_EQ(Repaired(error), "ASSERT (#a)-[:owns]->(#b) ACCORDING TO #x");
  error = Wrong("ASSERT (#a :Compani) ACCORDING TO #x");
  EXPECT_EQ(error.code, "SL2011");
  error = Wrong("ASSERT (#a)-[:owns]->(#b) ACCORDING TO #x {credibilty: 2}");
  EXPECT_EQ(error.code, "SL2017");
  EXPECT_THAT(Repaired(error), HasSubstr("{credibility: 2}"));
  EXPECT_EQ(Wrong("ASSERT (#a)-[:owns {quote: 'q'}]->(#b) ACCORDING TO #x").code, "SL2017");
  EXPECT_EQ(Wrong("ASSERT (#a {nam: 'A'}) ACCORDING TO #x").code, "SL2012");
}

TEST_F(BindWriteTest, ValuesAndClassesThatDoNotFit) {
  Diagnostic error = Wrong("ASSERT (#a {founded: 'yesterday'}) ACCORDING TO #x");
  EXPECT_EQ(error.code, "SL3022");
  EXPECT_EQ(PlaceOf(error), "'yesterday'");
  EXPECT_EQ(Wrong("ASSERT (#a {country: 'China'}) ACCORDING TO #x").code, "SL3022");
  EXPECT_EQ(Wrong("ASSERT (#a {turnover: [5M USD, 7]}) ACCORDING TO #x").code, "SL3022");
  EXPECT_EQ(Wrong("ASSERT (#a)-[:turnover]->(#b) ACCORDING TO #x").code, "SL3022");
  EXPECT_TRUE(
      TryBind("ASSERT (#a {founded: 1990-01-01, turnover: > 5M USD, share: 1}) ACCORDING TO #x",
              true)
          .ok());
  // A year is a date.
  const AssertPlan year = Plan("ASSERT (#a {founded: 1999}) ACCORDING TO #x");
  EXPECT_EQ(std::get<BoundConstant>(year.facts.at(0).object->node).value.value()->ToString(),
            "1999");
  EXPECT_EQ(year.facts.at(0).object->type, StaticType::kDate);
  EXPECT_EQ(Wrong("ASSERT (#a {founded: 19990}) ACCORDING TO #x").code, "SL3022");
  error = Wrong("ASSERT (#a :Person)-[:supplies]->(#b) ACCORDING TO #x");
  EXPECT_EQ(error.code, "SL3023");
  EXPECT_THAT(error.message, HasSubstr("Person"));
  // Known from earlier statements: prod/optics is a Product.
  EXPECT_EQ(Wrong("ASSERT (#prod/optics)-[:supplies]->(#b) ACCORDING TO #x").code, "SL3023");
  EXPECT_EQ(Wrong("ASSERT (#a)-[:supplies]->(#org/hik) ACCORDING TO #x").code, "SL3023");
  // A wider class leaves room; nothing known leaves all.
  EXPECT_TRUE(TryBind("ASSERT (#a :Thing)-[:supplies]->(#b) ACCORDING TO #x", true).ok());
  EXPECT_TRUE(TryBind("ASSERT (#unheard)-[:supplies]->(#b) ACCORDING TO #x", true).ok());
  EXPECT_TRUE(TryBind("DENY (#prod/optics)-[:supplies]->(#b) ACCORDING TO #x", true).ok());
}

TEST_F(BindWriteTest, WhatSaysNothingDefiniteIsNotWritten) {
  for (const char* text :
       {"ASSERT (#a) ACCORDING TO #x", "ASSERT (#a)-->(#b) ACCORDING TO #x",
        "ASSERT (#a)-[:owns|supplies]->(#b) ACCORDING TO #x",
        "ASSERT (#a)-[:owns*2]->(#b) ACCORDING TO #x",
        "ASSERT (#a :Company|Person) ACCORDING TO #x", "ASSERT (#a :!Company) ACCORDING TO #x",
        "ASSERT (a:Company WHERE a.name = 'x') ACCORDING TO #x",
        "ASSERT SHORTEST (#a)-[:owns]->(#b) ACCORDING TO #x"}) {
    EXPECT_EQ(Wrong(text).code, "SL6004") << text;
  }
}

TEST_F(BindWriteTest, WritingNeedsATransaction) {
  for (const char* text : {"ASSERT (#a)-[:owns]->(#b) ACCORDING TO #x", "RETRACT #s/1 BECAUSE 'x'",
                           "DEFINE CLASS New", "DEFINE PREDICATE p FROM % TO %"}) {
    EXPECT_EQ(Failure(text).code, "SL7001") << text;
    EXPECT_TRUE(Writes(script_.statements[0])) << text;
  }
  TryBind("MATCH (a) RETURN a").status().IgnoreError();
  EXPECT_FALSE(Writes(script_.statements[0]));
}

TEST_F(BindWriteTest, Retract) {
  const BoundQuery query = Query("MATCH (a)-[:supplies @st]->(b) RETRACT st BECAUSE 'wrong'", true);
  EXPECT_EQ(Shape(query.plan), "Retract Match Argument");
  EXPECT_THAT(Columns(query), ElementsAre("retracted"));
  EXPECT_TRUE(TryBind("RETRACT #s/1 BECAUSE 'wrong'", true).ok());
  EXPECT_EQ(Wrong("RETRACT #s/9999 BECAUSE 'wrong'").code, "SL6005");
  EXPECT_EQ(Wrong("RETRACT #org/hik BECAUSE 'wrong'").code, "SL3011");
  EXPECT_EQ(Wrong("RETRACT #s/1 BECAUSE '  '").code, "SL6002");
  EXPECT_EQ(Wrong("MATCH (a)-[r:supplies]->(b) RETRACT r BECAUSE 'x'").code, "SL3011");
}

TEST_F(BindWriteTest, DefineClass) {
  const auto define = std::get<BoundDefineClass>(
      Bind("DEFINE CLASS Lens UNDER Optics, Thing {label: 'lens', note: 'n'}", true).node);
  EXPECT_EQ(define.definition.name, "Lens");
  EXPECT_THAT(define.definition.parents, ElementsAre("Optics", "Thing"));
  EXPECT_EQ(define.definition.label, "lens");
  EXPECT_EQ(define.definition.note, "n");
  EXPECT_EQ(Wrong("DEFINE CLASS Lens UNDER Optic").code, "SL2011");
  EXPECT_EQ(Wrong("DEFINE CLASS Lens {labl: 'x'}").code, "SL2017");
  EXPECT_EQ(Wrong("DEFINE CLASS Lens UNDER Lens").code, "SL4011");
}

TEST_F(BindWriteTest, DefinePredicate) {
  const auto define = [&](const std::string& text) {
    return std::get<BoundDefinePredicate>(Bind(text, true).node).definition;
  };
  const auto full = define(
      "DEFINE PREDICATE sells FROM Company|Person TO Product|MONEY|STRING ONE INVERSE soldBy UNDER "
      "supplies {note: 'n'}");
  EXPECT_THAT(full.domain, ElementsAre("Company", "Person"));
  EXPECT_THAT(full.range, ElementsAre("Product"));
  EXPECT_THAT(full.range_types, ElementsAre(storage::ValueType::kMoney, storage::ValueType::kText));
  EXPECT_EQ(full.cardinality, storage::Cardinality::kOne);
  EXPECT_EQ(full.inverse, "soldBy");
  EXPECT_THAT(full.parents, ElementsAre("supplies"));
  const auto any = define("DEFINE PREDICATE p FROM % TO % SYMMETRIC TRANSITIVE");
  EXPECT_TRUE(any.domain.empty() && any.range.empty() && any.range_types.empty());
  EXPECT_TRUE(any.symmetric && any.transitive);
  EXPECT_EQ(any.cardinality, storage::Cardinality::kMany);
  for (const char* type : {"BOOLEAN", "INTEGER", "FLOAT", "DECIMAL", "STRING", "DATE", "DATETIME",
                           "MONEY", "QUANTITY", "PERCENTAGE", "PERCENT", "GEO"}) {
    EXPECT_THAT(define(std::string("DEFINE PREDICATE p FROM % TO ") + type).range_types, SizeIs(1))
        << type;
  }
  EXPECT_EQ(Wrong("DEFINE PREDICATE p FROM Compani TO %").code, "SL2011");
  EXPECT_EQ(Wrong("DEFINE PREDICATE p FROM % TO % UNDER suplies").code, "SL2012");
  EXPECT_EQ(Wrong("DEFINE PREDICATE p FROM !Company TO %").code, "SL4011");
  EXPECT_EQ(Wrong("DEFINE PREDICATE name FROM % TO %").code, "SL4011");
}

TEST_F(BindWriteTest, Show) {
  const auto show = std::get<BoundShow>(Bind("SHOW PREDICATES NAMED 'suppl'").node);
  EXPECT_EQ(show.kind, ast::ShowStatement::Kind::kPredicates);
  EXPECT_EQ(show.named, "suppl");
  EXPECT_EQ(std::get<BoundShow>(Bind("SHOW SOURCES").node).named, "");
}

}  // namespace
}  // namespace sightline::query
