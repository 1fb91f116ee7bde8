// The operators behind MATCH: optional, filter, aggregate, sort, page, unwind, union.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Relational : public ::testing::Test {
 protected:
  Relational() { FillSuppliers(store_); }

  std::vector<std::string> Rows(std::string_view text) {
    const RunOutcome outcome = RunQuery(store_, text);
    EXPECT_TRUE(outcome.status.ok()) << text << ": " << outcome.status;
    return outcome.rows;
  }

  test::TestStore store_;
};

TEST_F(Relational, OptionalKeepsRowsWithoutAMatch) {
  EXPECT_THAT(
      Rows("MATCH (c:Company) OPTIONAL MATCH (c)-[:country]->(t) RETURN c, t ORDER BY c.name, "
           "id(c)"),
      ElementsAre("org/hikvision | terr/cn", "org/wuhan-global | null", "org/iray | terr/cn",
                  "org/a-optics | null"));
}

TEST_F(Relational, TheWhereOfAnOptionalMatchBelongsToIt) {
  EXPECT_THAT(Rows("MATCH (c:Company) OPTIONAL MATCH (c)-[:supplies]->(p) WHERE p = #prod/lenses "
                   "RETURN count(*) AS n, count(p) AS matched"),
              ElementsAre("4 | 1"));
}

TEST_F(Relational, OptionalFindsNothingFromTheUnknown) {
  EXPECT_THAT(Rows("OPTIONAL MATCH (x)-[:supplies]->(#prod/none) OPTIONAL MATCH "
                   "(x)-[:supplies]->(y) RETURN x, y"),
              ElementsAre("null | null"));
}

TEST_F(Relational, FilterCountsWhatIsUnknown) {
  const RunOutcome outcome =
      RunQuery(store_,
               "MATCH (c:Company) OPTIONAL MATCH (c)-[:country]->(t) FILTER t = #terr/cn "
               "RETURN c ORDER BY c.name");
  EXPECT_THAT(outcome.rows, ElementsAre("org/hikvision", "org/iray"));
  ASSERT_THAT(outcome.notice_codes(), Contains("N3002"));
  for (const Diagnostic& notice : outcome.summary.notices) {
    if (notice.code == "N3002") {
      EXPECT_THAT(notice.message, HasSubstr("2 rows"));
    }
  }
}

TEST_F(Relational, AggregatesByGroupInOrderOfAppearance) {
  EXPECT_THAT(Rows("UNWIND [3, 1, 3, 2, 1, 3] AS i RETURN i, count(*) AS n"),
              ElementsAre("3 | 3", "1 | 2", "2 | 1"));
  EXPECT_THAT(Rows("MATCH (c:Company) WHERE c = #org/none RETURN count(c) AS n, collect(c) AS all"),
              ElementsAre("0 | []"));
}

TEST_F(Relational, SortsStablyWithTheUnknownLast) {
  EXPECT_THAT(Rows("UNWIND [2, null, 1, 1.5] AS i RETURN i ORDER BY i"),
              ElementsAre("1", "1.5", "2", "null"));
  EXPECT_THAT(Rows("UNWIND [2, null, 1] AS i RETURN i ORDER BY i DESC"),
              ElementsAre("null", "2", "1"));
}

TEST_F(Relational, PagesThroughASort) {
  EXPECT_THAT(Rows("UNWIND range(1, 9000) AS i RETURN i ORDER BY i DESC SKIP 2 LIMIT 3"),
              ElementsAre("8998", "8997", "8996"));
  EXPECT_THAT(Rows("UNWIND [1] AS i RETURN i LIMIT 0"), ElementsAre());
}

TEST_F(Relational, UnwindOfNothingGivesNothing) {
  EXPECT_THAT(Rows("UNWIND [] AS i RETURN i"), ElementsAre());
  EXPECT_THAT(Rows("UNWIND null AS i RETURN i"), ElementsAre());
}

TEST_F(Relational, UnitesPartsWithAndWithoutDuplicates) {
  EXPECT_THAT(Rows("UNWIND [1, 2] AS i RETURN i UNION ALL UNWIND [2, 3] AS i RETURN i"),
              ElementsAre("1", "2", "2", "3"));
  EXPECT_THAT(Rows("UNWIND [1, 2] AS i RETURN i UNION UNWIND [2, 3] AS i RETURN i"),
              ElementsAre("1", "2", "3"));
}

TEST_F(Relational, DistinctTakesEqualNumbersForTheSame) {
  EXPECT_THAT(Rows("UNWIND [1, 1.0, null, null, 'a'] AS i RETURN DISTINCT i"),
              ElementsAre("1", "null", "a"));
}

TEST_F(Relational, LaterItemsOfALetReadEarlierOnes) {
  EXPECT_THAT(Rows("LET a = 2 LET b = a * 3 RETURN b"), ElementsAre("6"));
}

}  // namespace
}  // namespace sightline::query
