#include "tests/unit/query/binder/binder_test.h"

namespace sightline::query {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class BindProjectionTest : public BinderTest {};

TEST_F(BindProjectionTest, ColumnsAreCalledWhatTheUserWrote) {
  const BoundQuery query =
      Query("MATCH (a:Company) RETURN a, a.country, a.founded AS since, 1  +  1");
  EXPECT_THAT(Columns(query), ElementsAre("a", "a.country", "since", "1 + 1"));
  EXPECT_EQ(Failure("MATCH (a) RETURN a, a.country AS a").code, "SL4006");
  EXPECT_THAT(Columns(Query("MATCH (a)-[:owns]->(b) RETURN *, 1 AS one")),
              ElementsAre("a", "b", "one"));
}

TEST_F(BindProjectionTest, OrderByMayUseNamesAndWhatCameBefore) {
  const BoundQuery by_name =
      Query("MATCH (a:Company) RETURN a.founded AS since ORDER BY since DESC");
  EXPECT_EQ(Shape(by_name.plan), "Sort Project Match Argument");
  const auto* sort = Find<LogicalSort>(by_name.plan);
  EXPECT_EQ(sort->keys.at(0).slot, by_name.columns.at(0).slot);
  EXPECT_TRUE(sort->keys.at(0).descending);
  // Something else: a column of its own that is not returned.
  const BoundQuery hidden = Query("MATCH (a:Company) RETURN a ORDER BY a.founded LIMIT 3");
  EXPECT_EQ(Shape(hidden.plan), "SkipLimit Sort Project Match Argument");
  EXPECT_THAT(hidden.columns, SizeIs(1));
  EXPECT_THAT(Find<LogicalProject>(hidden.plan)->items, SizeIs(2));
  // The same expression again: no second column.
  const BoundQuery repeated = Query("MATCH (a:Company) RETURN a.founded ORDER BY a . founded");
  EXPECT_THAT(Find<LogicalProject>(repeated.plan)->items, SizeIs(1));
  // A name within an expression stands for its item.
  EXPECT_TRUE(TryBind("MATCH (a) RETURN a.founded.year AS y ORDER BY y + 1").ok());
  EXPECT_EQ(Failure("MATCH (a) RETURN a ORDER BY b").code, "SL2001");
}

TEST_F(BindProjectionTest, ColumnsAreCalledAsTheyAreWritten) {
  const BoundQuery query = Query("MATCH (a) RETURN (a.name), ( (1 + 2)*3 ), (a), count(*)");
  std::vector<std::string> names;
  for (const BoundColumn& column : query.columns) names.push_back(column.name);
  EXPECT_THAT(names, testing::ElementsAre("(a.name)", "( (1 + 2)*3 )", "a", "count(*)"));
}

TEST_F(BindProjectionTest, WhereBehindWithSeesWhatWasBefore) {
  EXPECT_TRUE(
      TryBind("MATCH (a) WITH a.name AS n WHERE a.founded IS KNOWN AND n IS KNOWN RETURN n").ok());
  EXPECT_EQ(Failure("MATCH (a) WITH DISTINCT a.name AS n WHERE a.founded = n RETURN n").code,
            "SL2001");
  EXPECT_EQ(Failure("MATCH (a) WITH a.name AS n, count(*) AS c WHERE a.founded = n RETURN n").code,
            "SL2001");
}

TEST_F(BindProjectionTest, SkipAndLimit) {
  parameters_.emplace("n", Datum::OfInteger(10));
  const BoundQuery query = Query("MATCH (a) RETURN a SKIP 1 + 1 LIMIT $n");
  const auto* page = Find<LogicalSkipLimit>(query.plan);
  EXPECT_EQ(page->skip, 2u);
  EXPECT_EQ(page->limit, 10u);
  EXPECT_EQ(Failure("MATCH (a) RETURN a LIMIT -1").code, "SL4008");
  EXPECT_EQ(Failure("MATCH (a) RETURN a SKIP 'x'").code, "SL4008");
  EXPECT_EQ(Failure("MATCH (a) RETURN a LIMIT a").code, "SL2019");
  EXPECT_EQ(Shape(Query("MATCH (a) ORDER BY a.founded SKIP 1 LIMIT 2 RETURN a").plan),
            "Project SkipLimit Sort Extend Match Argument");
}

TEST_F(BindProjectionTest, Distinct) {
  const BoundQuery query =
      Query("MATCH (a)-[:owns]->(b) RETURN DISTINCT a.country ORDER BY a.country");
  EXPECT_EQ(Shape(query.plan), "Sort Distinct Project Match Argument");
  EXPECT_EQ(Shape(Query("MATCH (a) RETURN DISTINCT a ORDER BY a.founded").plan),
            "Sort Extend Distinct Project Match Argument");
  const Diagnostic error = Failure("MATCH (a)-[:owns]->(b) RETURN DISTINCT a ORDER BY b");
  EXPECT_EQ(error.code, "SL4002");
  EXPECT_EQ(PlaceOf(error), "b");
}

TEST_F(BindProjectionTest, ImplicitGrouping) {
  const BoundQuery query = Query(
      "MATCH (a)-[:owns]->(b) RETURN a, count(b) AS n, count(*) + 1 AS more, collect(DISTINCT b) "
      "AS all ORDER BY n DESC, a.founded");
  EXPECT_EQ(Shape(query.plan), "Sort Project Aggregate Match Argument");
  const auto* aggregate = Find<LogicalAggregate>(query.plan);
  EXPECT_THAT(aggregate->keys, SizeIs(1));
  ASSERT_THAT(aggregate->calls, SizeIs(3));
  EXPECT_EQ(aggregate->calls[0].kind, AggregateKind::kCount);
  EXPECT_EQ(aggregate->calls[1].kind, AggregateKind::kCountStar);
  EXPECT_EQ(aggregate->calls[1].argument, nullptr);
  EXPECT_TRUE(aggregate->calls[2].distinct);
  EXPECT_THAT(Columns(query), ElementsAre("a", "n", "more", "all"));
  EXPECT_EQ(query.columns[1].type, StaticType::kInteger);
  EXPECT_EQ(query.columns[3].type, StaticType::kList);
  // The same aggregate again, in ORDER BY, is not computed twice.
  const BoundQuery again = Query("MATCH (a) RETURN a.country, count(*) ORDER BY count(*) * 2");
  EXPECT_THAT(Find<LogicalAggregate>(again.plan)->calls, SizeIs(1));
  // A grouped variable is still a node afterwards.
  EXPECT_TRUE(TryBind("MATCH (a)-[:owns]->(b) WITH a, count(b) AS n MATCH (a)-[:supplies]->(c) "
                      "RETURN c, n")
                  .ok());
  EXPECT_EQ(Shape(Query("MATCH (a) RETURN count(*)").plan), "Project Aggregate Match Argument");
}

TEST_F(BindProjectionTest, ExpressionsOverGroupsAndAggregates) {
  EXPECT_TRUE(TryBind("MATCH (a) RETURN a.country, a.country.founded.year + count(*)").ok());
  EXPECT_TRUE(TryBind("MATCH (a) RETURN a, a.founded.year + count(*)").ok());
  const Diagnostic error = Failure("MATCH (a)-[:owns]->(b) RETURN b, a.founded.year + count(*)");
  EXPECT_EQ(error.code, "SL4002");
  EXPECT_EQ(PlaceOf(error), "a");
  EXPECT_EQ(Failure("MATCH (a) RETURN count(count(*))").code, "SL4001");
  EXPECT_EQ(Failure("MATCH (a) RETURN a ORDER BY count(*)").code, "SL4001");
  EXPECT_EQ(Failure("MATCH (a) RETURN count(a, a)").code, "SL2018");
  EXPECT_EQ(Failure("MATCH (a) WHERE count(*) > 1 RETURN a").code, "SL4001");
}

TEST_F(BindProjectionTest, With) {
  const BoundQuery query =
      Query("MATCH (a)-[:owns]->(b) WITH a, count(b) AS n WHERE n > 2 RETURN a ORDER BY n");
  EXPECT_EQ(Shape(query.plan), "Sort Project Filter Project Aggregate Match Argument");
  const Diagnostic error = Failure("MATCH (a) WITH a.founded RETURN 1");
  EXPECT_EQ(error.code, "SL4009");
  EXPECT_THAT(error.help.at(0), HasSubstr("AS"));
  EXPECT_TRUE(TryBind("MATCH (a) WITH *, 1 AS one RETURN a, one").ok());
}

TEST_F(BindProjectionTest, Union) {
  const BoundQuery set = Query("MATCH (a:Company) RETURN a UNION MATCH (b:Person) RETURN b AS a");
  EXPECT_EQ(Shape(set.plan), "Distinct Union Project Match Argument");
  const auto* both = Find<LogicalUnion>(set.plan);
  EXPECT_THAT(both->columns, SizeIs(1));
  EXPECT_EQ(set.plan->frame->slots[set.columns[0].slot].kind, Vector::Kind::kTerms);
  const BoundQuery bag = Query("RETURN 1 AS n UNION ALL RETURN 2 AS n UNION ALL RETURN 'x' AS n");
  EXPECT_EQ(Shape(bag.plan), "Union Project Argument");
  EXPECT_THAT(bag.plan->inputs, SizeIs(3));
  EXPECT_EQ(bag.columns[0].type, StaticType::kAny);
  const Diagnostic error = Failure("RETURN 1 AS a UNION RETURN 2 AS b");
  EXPECT_EQ(error.code, "SL4007");
  EXPECT_EQ(PlaceOf(error), "RETURN 2 AS b");
}

TEST_F(BindProjectionTest, WhyKeepsEvidenceInEveryFrame) {
  const BoundQuery query =
      Query("WHY MATCH (a)-[:supplies]->() WITH a, 1 AS one RETURN a ORDER BY one");
  EXPECT_TRUE(query.why);
  EXPECT_THAT(Columns(query), ElementsAre("a", "evidence"));
  EXPECT_EQ(query.columns.back().type, StaticType::kList);
  for (const LogicalOperator* at = query.plan.get(); at != nullptr;
       at = at->inputs.empty() ? nullptr : at->inputs.front().get()) {
    ASSERT_TRUE(at->frame->evidence_slot.has_value());
    EXPECT_EQ(at->frame->slots[*at->frame->evidence_slot].kind, Vector::Kind::kData);
  }
  const auto* distinct = Find<LogicalDistinct>(query.plan);
  EXPECT_THAT(distinct->keys, SizeIs(1));
  EXPECT_FALSE(Query("MATCH (a) RETURN a").plan->frame->evidence_slot.has_value());
}

}  // namespace
}  // namespace sightline::query
