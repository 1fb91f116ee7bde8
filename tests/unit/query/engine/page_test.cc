// LIMIT n AFTER cursor: pages of a result.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/plan/page_cursor.h"
#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kPages =
    "MATCH (c)-[:weighs]->(w) RETURN c, w ORDER BY w LIMIT 3 AFTER $cursor";

class PageTest : public testing::Test {
 protected:
  PageTest() {
    // Seven things of three weights: the order leaves most of them open.
    for (int i = 0; i < 7; ++i) {
      store_.Say("org/desk", "thing/" + std::to_string(i), "weighs",
                 storage::Value(int64_t{i % 3}));
    }
    store_.Commit();
  }

  RunOutcome Page(std::string_view text, Datum cursor,
                  const storage::Clearance& clearance = storage::Clearance::Unrestricted(),
                  std::optional<storage::Revision> read_at = std::nullopt) {
    QueryRequest request;
    request.text = text;
    request.parameters.emplace("cursor", std::move(cursor));
    request.clearance = clearance;
    request.read_at = read_at;
    return RunRequest(&*store_, request);
  }

  test::TestStore store_;
};

TEST_F(PageTest, PutTogetherAreTheResult) {
  const RunOutcome whole = RunQuery(store_, "MATCH (c)-[:weighs]->(w) RETURN c, w ORDER BY w, c");
  ASSERT_TRUE(whole.status.ok()) << whole.status;
  std::vector<std::string> rows;
  Datum cursor;
  int pages = 0;
  while (true) {
    const RunOutcome page = Page(kPages, cursor);
    ASSERT_TRUE(page.status.ok()) << page.status;
    EXPECT_LE(page.rows.size(), 3u);
    rows.insert(rows.end(), page.rows.begin(), page.rows.end());
    ASSERT_LT(++pages, 10);
    if (page.summary.next_cursor.empty()) break;
    cursor = Datum::OfText(page.summary.next_cursor);
  }
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(rows, whole.rows);
}

TEST_F(PageTest, AreOfTheRevisionOfTheFirst) {
  const RunOutcome first = Page(kPages, Datum());
  store_.Say("org/desk", "thing/early", "weighs", storage::Value(int64_t{-1}));
  store_.Commit();
  const RunOutcome second = Page(kPages, Datum::OfText(first.summary.next_cursor));
  ASSERT_TRUE(second.status.ok()) << second.status;
  EXPECT_EQ(second.summary.read_at, first.summary.read_at);
  EXPECT_THAT(second.rows, ElementsAre("thing/1 | 1", "thing/4 | 1", "thing/2 | 2"));
}

TEST_F(PageTest, TheCursorMayBePartOfTheText) {
  const RunOutcome first =
      Page("MATCH (c)-[:weighs]->(w) RETURN c, w ORDER BY w LIMIT 3 AFTER null", Datum());
  const RunOutcome second = Page("MATCH (c)-[:weighs]->(w) RETURN c, w ORDER BY w LIMIT 3 AFTER '" +
                                     first.summary.next_cursor + "'",
                                 Datum());
  ASSERT_TRUE(second.status.ok()) << second.status;
  EXPECT_THAT(second.rows, ElementsAre("thing/1 | 1", "thing/4 | 1", "thing/2 | 2"));
}

TEST_F(PageTest, SkipIsOfTheFirstPageOnly) {
  constexpr std::string_view kText =
      "MATCH (c)-[:weighs]->(w) RETURN c ORDER BY w SKIP 5 LIMIT 1 AFTER $cursor";
  const RunOutcome first = Page(kText, Datum());
  EXPECT_THAT(first.rows, ElementsAre("thing/2"));
  const RunOutcome second = Page(kText, Datum::OfText(first.summary.next_cursor));
  EXPECT_THAT(second.rows, ElementsAre("thing/5"));
  const RunOutcome third = Page(kText, Datum::OfText(second.summary.next_cursor));
  EXPECT_THAT(third.rows, IsEmpty());
  EXPECT_THAT(third.summary.next_cursor, IsEmpty());
}

TEST_F(PageTest, ACursorThatIsNoneIsRefused) {
  const std::string good = Page(kPages, Datum()).summary.next_cursor;
  ASSERT_FALSE(good.empty());
  std::string garbled = good;
  garbled[6] = garbled[6] == '0' ? '1' : '0';
  for (const std::string& text : {std::string(), std::string("x"), garbled, good + "00",
                                  good.substr(2), std::string(100'000, 'a')}) {
    const RunOutcome page = Page(kPages, Datum::OfText(text));
    EXPECT_EQ(page.code(), "SL4016") << text.substr(0, 80);
    EXPECT_THAT(MessageOf(page.status), HasSubstr("no cursor"));
  }
  EXPECT_EQ(Page(kPages, Datum::OfInteger(3)).code(), "SL4016");
}

TEST_F(PageTest, ACursorOfAnotherQueryReaderOrRevisionIsRefused) {
  const RunOutcome first = Page(kPages, Datum());
  const Datum cursor = Datum::OfText(first.summary.next_cursor);
  EXPECT_EQ(
      Page("MATCH (c)-[:weighs]->(w) RETURN c, w ORDER BY c LIMIT 3 AFTER $cursor", cursor).code(),
      "SL4016");
  EXPECT_EQ(Page(kPages, cursor, test::ClearanceOf(storage::TlpLabel::kClear)).code(), "SL4016");
  store_.Say("org/desk", "thing/late", "weighs", storage::Value(int64_t{9}));
  const storage::Revision later = store_.Commit();
  EXPECT_EQ(Page(kPages, cursor, storage::Clearance::Unrestricted(), later).code(), "SL4016");
}

TEST_F(PageTest, OnlyTheLastReturnOfAQueryThatReadsHasPages) {
  for (const char* text :
       {"MATCH (c)-[:weighs]->(w) WITH c LIMIT 3 AFTER $cursor RETURN c",
        "MATCH (c)-[:weighs]->(w) ORDER BY w LIMIT 3 AFTER $cursor RETURN c",
        "MATCH (c)-[:weighs]->(w) RETURN c UNION MATCH (c)-[:weighs]->(w) RETURN c LIMIT 3 AFTER "
        "$cursor",
        "ASSERT (#a {weighs: 3}) ACCORDING TO #b RETURN 1 AS one LIMIT 1 AFTER $cursor"}) {
    EXPECT_EQ(Page(text, Datum()).code(), "SL4015") << text;
  }
}

TEST(PageCursor, IsReadAsItWasWritten) {
  const PageCursor cursor{storage::Revision{77}, 1'000'000, 0xFEDCBA9876543210};
  EXPECT_EQ(DecodePageCursor(EncodePageCursor(cursor, {}), {}), cursor);
  EXPECT_EQ(DecodePageCursor("", {}), std::nullopt);
}

}  // namespace
}  // namespace sightline::query
