#include "tests/unit/query/binder/binder_test.h"

namespace sightline::query {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class BindExpressionTest : public BinderTest {
 protected:
  Diagnostic Wrong(const std::string& condition) {
    return Failure("MATCH (c:Company)-[r:supplies @st]->(i) WHERE " + condition + " RETURN c");
  }
  StaticType TypeOf(const std::string& expression) {
    return Query("MATCH p = (c:Company)-[r:supplies @st]->(i) RETURN " + expression + " AS x")
        .columns.at(0)
        .type;
  }
};

TEST_F(BindExpressionTest, TypesThatAreKnown) {
  EXPECT_EQ(TypeOf("1 + 2"), StaticType::kInteger);
  EXPECT_EQ(TypeOf("1 / 2"), StaticType::kDouble);
  EXPECT_EQ(TypeOf("c.founded"), StaticType::kDate);
  EXPECT_EQ(TypeOf("c.founded.year"), StaticType::kInteger);
  EXPECT_EQ(TypeOf("c.country"), StaticType::kEntity);
  EXPECT_EQ(TypeOf("c.name"), StaticType::kList);
  EXPECT_EQ(TypeOf("st.credibility"), StaticType::kInteger);
  EXPECT_EQ(TypeOf("r.disputed"), StaticType::kBoolean);
  EXPECT_EQ(TypeOf("p.length"), StaticType::kInteger);
  EXPECT_EQ(TypeOf("c"), StaticType::kEntity);
  EXPECT_EQ(TypeOf("r"), StaticType::kFact);
  EXPECT_EQ(TypeOf("st"), StaticType::kStatement);
  EXPECT_EQ(TypeOf("p"), StaticType::kPath);
  EXPECT_EQ(TypeOf("c:Company"), StaticType::kBoolean);
  EXPECT_EQ(TypeOf("c.country.country"), StaticType::kEntity);
  EXPECT_EQ(TypeOf("i.suppliedBy"), StaticType::kList);
}

TEST_F(BindExpressionTest, UndefinedVariables) {
  const Diagnostic error = Failure("MATCH (company)-[:supplies]->(i) RETURN compny.name");
  EXPECT_EQ(error.code, "SL2001");
  EXPECT_EQ(PlaceOf(error), "compny");
  EXPECT_EQ(Repaired(error), "MATCH (company)-[:supplies]->(i) RETURN company.name");
  // What WITH does not pass on is gone.
  EXPECT_EQ(Failure("MATCH (a)-[:owns]->(b) WITH a RETURN b").code, "SL2001");
}

TEST_F(BindExpressionTest, PropertiesAndFields) {
  Diagnostic error = Wrong("c.countri = #org/hik");
  EXPECT_EQ(error.code, "SL2015");
  EXPECT_EQ(PlaceOf(error), "countri");
  EXPECT_THAT(Repaired(error), HasSubstr("c.country = #org/hik"));
  error = Wrong("st.credibilty > 1");
  EXPECT_EQ(error.code, "SL2017");
  EXPECT_THAT(Repaired(error), HasSubstr("st.credibility > 1"));
  error = Wrong("r.disputd");
  EXPECT_EQ(error.code, "SL2017");
  EXPECT_THAT(Repaired(error), HasSubstr("r.disputed"));
  error = Wrong("c.founded.yaer = 2000");
  EXPECT_EQ(error.code, "SL2015");
  EXPECT_THAT(Repaired(error), HasSubstr("c.founded.year = 2000"));
  EXPECT_EQ(Wrong("c.name.length = 1").code, "SL3011");
  // Qualifiers by name, and maps of any shape.
  EXPECT_TRUE(TryBind("MATCH (a)-[:owns @st]->(b) RETURN st.share").ok());
  EXPECT_TRUE(TryBind("UNWIND [{whatever: 1}] AS row RETURN row.whatever").ok());
}

TEST_F(BindExpressionTest, ManyIsNotComparedWithEquals) {
  Diagnostic error = Wrong("c.alias = 'HK'");
  EXPECT_EQ(error.code, "SL3014");
  EXPECT_EQ(PlaceOf(error), "c.alias = 'HK'");
  EXPECT_THAT(Repaired(error), HasSubstr("WHERE 'HK' IN c.alias RETURN"));
  EXPECT_TRUE(TryBind(Repaired(error)).ok());
  error = Wrong("NOT 'HK' <> c.alias");
  EXPECT_EQ(error.code, "SL3014");
  EXPECT_TRUE(TryBind(Repaired(error)).ok()) << Repaired(error);
  error = Wrong("c.turnover > 5M USD");
  EXPECT_EQ(error.code, "SL3014");
  EXPECT_TRUE(TryBind(Repaired(error)).ok()) << Repaired(error);
  EXPECT_EQ(Wrong("c.name STARTS WITH 'H'").code, "SL3014");
  // ONE, lists and unknown are compared as they are; so are keys of maps, whatever they are called.
  for (const char* text : {"MATCH (c:Company) WHERE c.country = #org/hik RETURN c",
                           "MATCH (c:Company) WHERE 'HK' IN c.alias RETURN c",
                           "MATCH (c:Company) WHERE c.alias = ['HK'] RETURN c",
                           "MATCH (a:Company), (b:Company) WHERE a.alias = b.alias RETURN a",
                           "UNWIND [{alias: 'x'}] AS row FILTER row.alias = 'x' RETURN row"}) {
    EXPECT_TRUE(TryBind(text).ok()) << text;
  }
}

TEST_F(BindExpressionTest, WrongTypes) {
  EXPECT_EQ(Wrong("1 + 1").code, "SL3010");
  EXPECT_EQ(PlaceOf(Wrong("1 + 1")), "1 + 1");
  EXPECT_EQ(Wrong("c").code, "SL3010");
  EXPECT_EQ(Wrong("c AND true").code, "SL3011");
  EXPECT_EQ(Wrong("NOT 1").code, "SL3011");
  EXPECT_EQ(Wrong("c + 1 = 2").code, "SL3011");
  EXPECT_EQ(Wrong("true + 1 = 2").code, "SL3011");
  EXPECT_EQ(Wrong("'a' - 1 = 2").code, "SL3011");
  EXPECT_EQ(Wrong("1 IN 2").code, "SL3011");
  EXPECT_EQ(Wrong("1 STARTS WITH 'a'").code, "SL3011");
  EXPECT_EQ(Wrong("(5).year = 1").code, "SL3011");
}

TEST_F(BindExpressionTest, Functions) {
  Diagnostic error = Wrong("toUpperr('a') = 'A'");
  EXPECT_EQ(error.code, "SL2013");
  EXPECT_EQ(PlaceOf(error), "toUpperr");
  EXPECT_TRUE(TryBind(Repaired(error)).ok()) << Repaired(error);
  error = Wrong("toUpper('a', 'b') = 'A'");
  EXPECT_EQ(error.code, "SL2018");
  EXPECT_THAT(error.help.at(0), HasSubstr("toUpper("));
  EXPECT_EQ(Wrong("count(c) > 1").code, "SL4001");
}

TEST_F(BindExpressionTest, Parameters) {
  parameters_.emplace("name", Datum::OfText("Hikvision"));
  EXPECT_TRUE(TryBind("MATCH (c NAMED $name) RETURN c").ok());
  const Diagnostic error = Failure("MATCH (c NAMED $nam) RETURN c");
  EXPECT_EQ(error.code, "SL2014");
  EXPECT_EQ(Repaired(error), "MATCH (c NAMED $name) RETURN c");
}

TEST_F(BindExpressionTest, QuantifiersAndComprehensions) {
  const BoundQuery query =
      Query("RETURN [x IN [1, 2] WHERE all(y IN [3] WHERE y > x) | x + 1] AS list");
  const auto& item = Find<LogicalProject>(query.plan)->items.at(0).second;
  const auto& comprehension = std::get<BoundComprehension>(item->node);
  EXPECT_EQ(comprehension.local, 0u);
  EXPECT_EQ(std::get<BoundQuantified>(comprehension.where->node).local, 1u);
  EXPECT_EQ(Failure("RETURN [x IN [1] | y] AS list").code, "SL2001");
}

TEST_F(BindExpressionTest, IdsThatNameNothingAreUnknown) {
  Query("MATCH (c:Company) WHERE c.country = #terr/nowhere RETURN c");
  ASSERT_THAT(Codes(), ElementsAre("N1004"));
  EXPECT_EQ(PlaceOf(notices_[0]), "#terr/nowhere");
}

TEST_F(BindExpressionTest, LongChainsOfOperatorsDoNotNestTheStack) {
  std::string sum = "1";
  std::string conditions = "true";
  for (int i = 0; i < 900; ++i) {
    sum += " + 1";
    conditions += " AND true";
  }
  EXPECT_EQ(Query("RETURN " + sum + " AS n").columns.at(0).type, StaticType::kInteger);
  EXPECT_TRUE(TryBind("MATCH (c) WHERE " + conditions + " RETURN c").ok());
  EXPECT_TRUE(TryBind("MATCH (c) RETURN " + sum + " AS n, count(*) AS m ORDER BY " + sum).ok());
}

TEST_F(BindExpressionTest, Steps) {
  const BoundQuery let = Query("MATCH (c:Company) LET x = 1, y = x + 1 FILTER y > 1 RETURN c, y");
  EXPECT_EQ(Shape(let.plan), "Project Filter Extend Extend Match Argument");
  EXPECT_EQ(Find<LogicalFilter>(let.plan)->text, "y > 1");
  EXPECT_EQ(Failure("MATCH (c) LET c = 1 RETURN c").code, "SL2002");
  EXPECT_EQ(Failure("MATCH (c) UNWIND [1] AS c RETURN c").code, "SL2002");
  const BoundQuery unwind = Query("UNWIND [1, 2] AS n RETURN n");
  EXPECT_EQ(unwind.columns.at(0).type, StaticType::kInteger);
}

TEST_F(BindExpressionTest, EveryVariableIsReturnedWithoutReturn) {
  EXPECT_THAT(Columns(Query("MATCH (a)-[r:owns]->(b:Company)")), ElementsAre("a", "r", "b"));
  EXPECT_EQ(Failure("MATCH (\"optics\")").code, "SL4013");
}

}  // namespace
}  // namespace sightline::query
