// MATCH on fixed edges: candidates, directions, tests, same facts, disputes, times.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Match : public ::testing::Test {
 protected:
  Match() { FillSuppliers(store_); }

  std::vector<std::string> Rows(std::string_view text) {
    const RunOutcome outcome = RunQuery(store_, text);
    EXPECT_TRUE(outcome.status.ok()) << text << ": " << outcome.status;
    return outcome.sorted_rows();
  }

  test::TestStore store_;
};

TEST_F(Match, FindsInstancesOfAClass) {
  EXPECT_THAT(Rows("MATCH (c:Company) RETURN c"),
              ElementsAre("org/a-optics", "org/hikvision", "org/iray", "org/wuhan-global"));
}

TEST_F(Match, LeavesOutClassesThatFactsOnlyNameAsThatOfAnInstance) {
  test::TestStore store;
  store.DefineClass("Company");
  store.DefineClass("Goods");
  store.Say("org/desk", "org/a", "instanceOf", store.Entity("Company"));
  store.Say("org/desk", "prod/lens", "broader", store.Entity("Goods"));
  EXPECT_THAT(RunQuery(store, "MATCH (x) RETURN x").sorted_rows(),
              ElementsAre("org/a", "prod/lens"));
  EXPECT_THAT(RunQuery(store, "MATCH (x) WHERE NOT x:Company RETURN x").sorted_rows(),
              ElementsAre("prod/lens"));
  // A kind that is no class is a node, and so is a class that something is said of.
  store.Say("org/desk", "prod/zoom-lens", "broader", "prod/lens");
  store.Say("org/desk", "org/a", "supplies", store.Entity("Goods"),
            {.marking = {storage::TlpLabel::kRed, ""}});
  EXPECT_THAT(RunQuery(store, "MATCH (x) RETURN x").sorted_rows(),
              ElementsAre("Goods", "org/a", "prod/lens", "prod/zoom-lens"));
  // To those who see it.
  EXPECT_THAT(
      RunQuery(store, "MATCH (x) RETURN x", {}, test::ClearanceOf(storage::TlpLabel::kClear))
          .sorted_rows(),
      ElementsAre("org/a", "prod/lens", "prod/zoom-lens"));
}

TEST_F(Match, TestsClassesAsKnownAtTheTimeOfTheMatch) {
  test::TestStore store;
  store.DefineClass("Maker");
  store.Say("org/desk", "org/a", "shipsTo", "org/b");
  store.Say("org/desk", "org/a", "instanceOf", store.Entity("Maker"));
  store.Commit();
  store.clock().Advance(test::FakeClock::kMicrosPerDay);
  store.Say("org/desk", "org/b", "instanceOf", store.Entity("Maker"));
  store.Commit();
  const auto rows = [&store](std::string_view text) {
    const RunOutcome outcome = RunQuery(store, text);
    EXPECT_TRUE(outcome.status.ok()) << text << ": " << outcome.status;
    return outcome.sorted_rows();
  };
  EXPECT_THAT(rows("MATCH (#org/a)-[:shipsTo]->(v:Maker) RETURN v"), ElementsAre("org/b"));
  EXPECT_THAT(rows("MATCH (#org/a)-[:shipsTo]->(v:Maker) AS KNOWN AT 2024-04-13T18:00Z RETURN v"),
              IsEmpty());
}

TEST_F(Match, FindsKindsBelowANamedKind) {
  EXPECT_THAT(
      Rows("MATCH (p:\"optics\") RETURN p"),
      ElementsAre("prod/lenses", "prod/optical-components", "prod/optics", "prod/thermal-imagers"));
}

TEST_F(Match, WalksEdgesBothWays) {
  EXPECT_THAT(Rows("MATCH (p)<-[:supplies]-(#org/iray) RETURN p"), ElementsAre("prod/drones"));
  EXPECT_THAT(Rows("MATCH (#prod/drones)-[:supplies]-(x) RETURN x"), ElementsAre("org/iray"));
  EXPECT_THAT(Rows("MATCH (#org/iray)-[:supplies]-(x) RETURN x"), ElementsAre("prod/drones"));
}

TEST_F(Match, FindsByIdNameAndProperty) {
  EXPECT_THAT(Rows("MATCH (c NAMED \"hikvision\") RETURN c"), ElementsAre("org/hikvision"));
  EXPECT_THAT(Rows("MATCH (c {name: \"iRay\"}) RETURN c"), ElementsAre("org/iray"));
  EXPECT_THAT(Rows("MATCH (c {country: #terr/cn}) RETURN c"),
              ElementsAre("org/hikvision", "org/iray"));
  EXPECT_THAT(Rows("MATCH (#org/none)-[:supplies]->(p) RETURN p"), IsEmpty());
}

TEST_F(Match, TestsPropertiesAgainstOtherColumns) {
  store_.Say("org/desk", "org/iray", "nick", storage::Value::OfText("same"));
  store_.Say("org/desk", "org/hikvision", "nick", storage::Value::OfText("same"));
  EXPECT_THAT(
      Rows("MATCH (a:Company)-[:nick]->(v) MATCH (b:Company {nick: v}) WHERE a <> b RETURN a, b"),
      ElementsAre("org/hikvision | org/iray", "org/iray | org/hikvision"));
}

TEST_F(Match, NeverBindsTwoEdgesToTheSameFact) {
  store_.Say("org/desk", "org/iray", "supplies", "prod/lenses");
  EXPECT_THAT(Rows("MATCH (#org/iray)-[:supplies]->(p)<-[:supplies]-(other) RETURN p, other"),
              ElementsAre("prod/lenses | org/a-optics"));
}

TEST_F(Match, StatementsOfOneFactAreTwoThings) {
  store_.Deny("org/prc", "org/hikvision", "supplies", "prod/optical-components");
  EXPECT_THAT(Rows("MATCH (a)-[:supplies @no]->(i), (a)-[:supplies @yes]->(i) INCLUDING DENIED "
                   "WHERE no.polarity = 'denies' AND yes.polarity = 'asserts' RETURN a, i"),
              ElementsAre("org/hikvision | prod/optical-components"));
}

TEST_F(Match, AnonymousElementsDoNotMultiplyRows) {
  store_.Say("org/desk", "org/iray", "supplies", "prod/lenses");
  EXPECT_THAT(Rows("MATCH (c:Company)-[:supplies]->() RETURN c"),
              ElementsAre("org/a-optics", "org/hikvision", "org/iray", "org/wuhan-global"));
  EXPECT_THAT(Rows("UNWIND [1, 1] AS i MATCH (#org/iray)-[:supplies]->() RETURN i"),
              ElementsAre("1", "1"));
}

TEST_F(Match, FollowsTheDisputeRule) {
  store_.Deny("org/prc", "org/hikvision", "supplies", "prod/optical-components");
  store_.Deny("org/prc", "org/prc", "supplies", "prod/drones");
  const auto supplied = [this](std::string_view rule) {
    return Rows("MATCH (s)-[:supplies]->(p) " + std::string(rule) + " RETURN s");
  };
  EXPECT_THAT(supplied("ONLY DISPUTED"), ElementsAre("org/hikvision"));
  EXPECT_THAT(supplied("ONLY DENIED"), ElementsAre("org/prc"));
  EXPECT_THAT(supplied("EXCLUDING DISPUTED"),
              ElementsAre("org/a-optics", "org/iray", "org/wuhan-global"));
  EXPECT_EQ(supplied("").size(), 4u);
  EXPECT_EQ(supplied("INCLUDING DENIED").size(), 5u);
}

TEST_F(Match, FollowsSourceAndTime) {
  store_.Say("org/ap", "org/iray", "sold", "prod/lenses",
             {.valid = storage::TimeInterval::Of(*storage::PartialDate::Parse("2023"))});
  store_.Say("org/desk", "org/iray", "sold", "prod/drones");
  EXPECT_THAT(Rows("ACCORDING TO #org/ap MATCH (#org/iray)-[:sold]->(p) RETURN p"),
              ElementsAre("prod/lenses"));
  EXPECT_THAT(Rows("AS OF 2022-05-01 MATCH (#org/iray)-[:sold]->(p) RETURN p"),
              ElementsAre("prod/drones"));  // Undated ones pass.
  EXPECT_THAT(Rows("AS OF 2023-05-01 EXCLUDING UNDATED MATCH (#org/iray)-[:sold]->(p) RETURN p"),
              ElementsAre("prod/lenses"));
}

TEST_F(Match, BindsFactsAndPaths) {
  EXPECT_THAT(Rows("MATCH p = (#org/iray)-[r:supplies]->(x) RETURN r, p"),
              ElementsAre("(org/iray supplies prod/drones) | org/iray -> prod/drones"));
}

TEST_F(Match, EndsAttributeEdgesInValues) {
  EXPECT_THAT(Rows("MATCH (#org/iray)-[:name @st]->(v) RETURN v, st.source"),
              ElementsAre("iRay | test/namer"));
}

TEST_F(Match, ClosesCycles) {
  store_.Say("org/desk", "org/a", "owns", "org/b");
  store_.Say("org/desk", "org/b", "owns", "org/c");
  store_.Say("org/desk", "org/c", "owns", "org/a");
  store_.Say("org/desk", "org/c", "owns", "org/d");
  EXPECT_THAT(
      Rows("MATCH (x)-[:owns]->(y)-[:owns]->(z)-[:owns]->(x) RETURN x, y, z"),
      ElementsAre("org/a | org/b | org/c", "org/b | org/c | org/a", "org/c | org/a | org/b"));
}

TEST_F(Match, JoinsWithWhatEarlierClausesHoldAsData) {
  EXPECT_THAT(Rows("MATCH (c:Company)-[:supplies]->(p) WITH collect(c) AS all UNWIND all AS one "
                   "MATCH (one)-[:country]->(t) RETURN one, t"),
              ElementsAre("org/hikvision | terr/cn", "org/iray | terr/cn"));
}

TEST_F(Match, TestsQualifiers) {
  ASSERT_TRUE(RunQuery(store_,
                       "DEFINE PREDICATE owns FROM % TO %; DEFINE PREDICATE share FROM % TO "
                       "DECIMAL; ASSERT (#org/a)-[:owns {share: 0.51}]->(#org/b) ACCORDING "
                       "TO #org/ap; ASSERT (#org/a)-[:owns {share: 0.1}]->(#org/c) ACCORDING "
                       "TO #org/ap")
                  .status.ok());
  EXPECT_THAT(Rows("MATCH (x)-[:owns {share: 0.51}]->(y) RETURN x, y"),
              ElementsAre("org/a | org/b"));
}

}  // namespace
}  // namespace sightline::query
