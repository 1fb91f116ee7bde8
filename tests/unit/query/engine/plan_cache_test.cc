#include "query/plan_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

using Parameters = std::map<std::string, Datum, std::less<>>;

std::optional<std::string> KeyOf(std::string_view text, const Parameters& parameters = {},
                                 const storage::Clearance& clearance = {}) {
  return PlanKeyOf(text, parameters, clearance);
}

TEST(PlanKey, TellsApartWhateverAPlanDependsOn) {
  const std::string key = *KeyOf("RETURN $x", {{"x", Datum::OfInteger(1)}});
  EXPECT_EQ(KeyOf("RETURN $x", {{"x", Datum::OfInteger(1)}}), key);
  EXPECT_NE(KeyOf("RETURN  $x", {{"x", Datum::OfInteger(1)}}), key);
  EXPECT_NE(KeyOf("RETURN $x", {{"x", Datum::OfInteger(2)}}), key);
  EXPECT_NE(KeyOf("RETURN $x", {{"x", Datum::OfText("1")}}), key);
  EXPECT_NE(KeyOf("RETURN $x", {{"x", Datum(storage::Value(1.0))}}), key);
  EXPECT_NE(KeyOf("RETURN $x", {{"x", Datum(DatumList{Datum::OfInteger(1)})}}), key);
  EXPECT_NE(
      KeyOf("RETURN $x", {{"x", Datum(storage::Value(int64_t{1}, storage::Comparator::kAbout))}}),
      key);
  EXPECT_NE(KeyOf("RETURN $x", {{"x", Datum()}}), key);
  EXPECT_NE(KeyOf("RETURN $x", {{"y", Datum::OfInteger(1)}}), key);
  for (const storage::Clearance& clearance :
       {test::ClearanceOf(storage::TlpLabel::kGreen), storage::Clearance::Unrestricted(),
        test::ClearanceOf(storage::TlpLabel::kClear, {"A"})}) {
    EXPECT_NE(KeyOf("RETURN $x", {{"x", Datum::OfInteger(1)}}, clearance), key);
  }
  EXPECT_NE(KeyOf("R", {}, test::ClearanceOf(storage::TlpLabel::kClear, {"A", "B"})),
            KeyOf("R", {}, test::ClearanceOf(storage::TlpLabel::kClear, {"AB"})));
}

TEST(PlanKey, IsNoneForTextsThatAskForTheMoment) {
  for (const char* text :
       {"RETURN now()", "RETURN NOW ()", "RETURN today()", "RETURN date()", "RETURN dateTime ( )",
        "RETURN rand()", "RETURN now/* */()", "RETURN now // x\n()", "RETURN `now`()",
        "AS OF now() MATCH (a) RETURN a"}) {
    EXPECT_FALSE(KeyOf(text).has_value()) << text;
  }
  for (const char* text : {"MATCH (a) RETURN a.date", "RETURN \"now\"", "MATCH (now) RETURN now",
                           "MATCH (#`http://x.org/a`)-[]->(b) RETURN count(b)"}) {
    EXPECT_TRUE(KeyOf(text).has_value()) << text;
  }
}

TEST(PlanKey, IsNoneForWhatIsLong) {
  EXPECT_FALSE(KeyOf(std::string(9 << 10, ' ')).has_value());
  EXPECT_FALSE(KeyOf("R", {{"x", Datum::OfText(std::string(9 << 10, ' '))}}).has_value());
  Datum nested = Datum::OfText(std::string(1 << 10, ' '));
  for (int i = 0; i < 4; ++i) nested = Datum(DatumList(8, nested));
  EXPECT_FALSE(KeyOf("R", {{"x", nested}}).has_value());
}

TEST(PlanCache, KeepsPlansOfTheNewestRevisionOnly) {
  PlanCache cache;
  const auto plan = std::make_shared<const CachedPlan>();
  cache.Add({5}, "a", plan);
  EXPECT_EQ(cache.Find({5}, "a"), plan);
  EXPECT_EQ(cache.Find({4}, "a"), nullptr);
  EXPECT_EQ(cache.Find({6}, "a"), nullptr);
  cache.Add({4}, "b", plan);
  EXPECT_EQ(cache.Find({4}, "b"), nullptr);
  cache.Add({6}, "b", plan);
  EXPECT_EQ(cache.Find({5}, "a"), nullptr);
  EXPECT_EQ(cache.Find({6}, "b"), plan);
}

TEST(PlanCache, IsBoundedAndKeepsWhatIsAskedFor) {
  PlanCache cache;
  const auto plan = std::make_shared<const CachedPlan>();
  cache.Add({1}, "wanted", plan);
  for (int i = 0; i < 1'000; ++i) {
    cache.Add({1}, std::to_string(i), plan);
    EXPECT_NE(cache.Find({1}, "wanted"), nullptr);
  }
  EXPECT_EQ(cache.Find({1}, "0"), nullptr);
  EXPECT_NE(cache.Find({1}, "999"), nullptr);
}

// --- In the engine

class CachedQueryTest : public testing::Test {
 protected:
  CachedQueryTest() {
    FillSuppliers(store_);
    engine_ = std::make_unique<QueryEngine>(&*store_, EngineOptions());
  }

  RunOutcome Run(std::string_view text,
                 const storage::Clearance& clearance = storage::Clearance::Unrestricted(),
                 Parameters parameters = {}) {
    QueryRequest request;
    request.text = text;
    request.clearance = clearance;
    request.parameters = std::move(parameters);
    return RunRequest(engine_.get(), request);
  }

  test::TestStore store_;
  std::unique_ptr<QueryEngine> engine_;
};

constexpr std::string_view kSuppliers = "MATCH (s:Company)-[:supplies]->(o) RETURN s";

TEST_F(CachedQueryTest, AnswersTheSameAgain) {
  const RunOutcome first = Run(kSuppliers), second = Run(kSuppliers);
  EXPECT_THAT(first.rows, SizeIs(4));
  EXPECT_EQ(first.rows, second.rows);
  EXPECT_EQ(first.columns, second.columns);
  EXPECT_EQ(Run("MATCH (s {name: 'Nobody'}) RETURN s").notice_codes(),
            Run("MATCH (s {name: 'Nobody'}) RETURN s").notice_codes());
  EXPECT_EQ(Run(std::string("WHY ") + std::string(kSuppliers)).rows,
            Run(std::string("WHY ") + std::string(kSuppliers)).rows);
}

TEST_F(CachedQueryTest, AScopeBesideTheTextCounts) {
  QueryRequest request;
  request.text = kSuppliers;
  request.clearance = storage::Clearance::Unrestricted();
  EXPECT_THAT(RunRequest(engine_.get(), request).rows, SizeIs(4));
  request.scope.sources.emplace();
  EXPECT_THAT(RunRequest(engine_.get(), request).rows, IsEmpty());
  request.scope = {};
  EXPECT_THAT(RunRequest(engine_.get(), request).rows, SizeIs(4));
}

TEST_F(CachedQueryTest, SeesWhatWasWrittenAndDefinedSince) {
  EXPECT_THAT(Run(kSuppliers).rows, SizeIs(4));
  EXPECT_TRUE(Run("ASSERT (#org/new :Company)-[:supplies]->(#prod/optics) ACCORDING TO #org/desk")
                  .status.ok());
  EXPECT_THAT(Run(kSuppliers).rows, SizeIs(5));
  const std::string_view unknown = "MATCH (s:Company)-[:delivers]->(o) RETURN s";
  EXPECT_EQ(Run(unknown).code(), "SL2012");
  EXPECT_TRUE(Run("DEFINE PREDICATE delivers FROM Company TO Product").status.ok());
  EXPECT_THAT(Run(unknown).rows, IsEmpty());
  EXPECT_TRUE(Run("DEFINE PREDICATE supplies2 FROM % TO % UNDER delivers").status.ok());
  EXPECT_TRUE(
      Run("ASSERT (#org/new)-[:supplies2]->(#prod/optics) ACCORDING TO #org/desk").status.ok());
  EXPECT_THAT(Run(unknown).rows, ElementsAre("org/new")) << "a predicate under it";
  EXPECT_TRUE(
      Run("MATCH (s)-[:supplies2 @st]->(o) RETRACT st BECAUSE 'not so'; DROP PREDICATE supplies2")
          .status.ok());
  EXPECT_THAT(Run(unknown).rows, IsEmpty());
}

TEST_F(CachedQueryTest, SeesOtherTextsOfStoredDefinitions) {
  const std::string_view call = "CALL best() RETURN s";
  EXPECT_TRUE(Run("DEFINE QUERY best() AS MATCH (s {name: 'iRay'}) RETURN s").status.ok());
  EXPECT_THAT(Run(call).rows, ElementsAre("org/iray"));
  EXPECT_THAT(Run(call).rows, ElementsAre("org/iray"));
  EXPECT_TRUE(Run("DEFINE QUERY best() AS MATCH (s {name: 'Hikvision'}) RETURN s").status.ok());
  EXPECT_THAT(Run(call).rows, ElementsAre("org/hikvision"));
}

TEST_F(CachedQueryTest, ParametersCountWithTheirValues) {
  const std::string_view text = "MATCH (s NAMED $name) RETURN s LIMIT $n";
  const auto run = [&](const char* name, int64_t n) {
    return Run(text, storage::Clearance::Unrestricted(),
               {{"name", Datum::OfText(name)}, {"n", Datum::OfInteger(n)}})
        .rows;
  };
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(run("iRay", 5), ElementsAre("org/iray"));
    EXPECT_THAT(run("Hikvision", 5), ElementsAre("org/hikvision"));
    EXPECT_THAT(run("Hikvision", 0), IsEmpty());
  }
}

TEST_F(CachedQueryTest, OneClearanceNeverGetsThePlanOfAnother) {
  const test::SayDetails secret{.marking = {storage::TlpLabel::kRed, ""}};
  store_.Say("org/agency", "org/secret", "instanceOf", store_.Entity("Company"), secret);
  store_.Say("org/agency", "org/secret", "supplies", "prod/optics", secret);
  store_.Say("org/agency", "org/secret", "name", storage::Value::OfText("Secret Works"), secret);
  store_.Say("org/agency", "org/hikvision", "alias", storage::Value::OfText("Secret Works"));
  store_.Commit();
  const storage::Clearance green = test::ClearanceOf(storage::TlpLabel::kGreen);
  // What another engine says, that has answered nobody before.
  const auto fresh = [&](std::string_view text, const storage::Clearance& clearance) {
    QueryEngine other(&*store_, {});
    QueryRequest request;
    request.text = text;
    request.clearance = clearance;
    return RunRequest(&other, request);
  };
  for (const std::string_view text :
       {kSuppliers, std::string_view("MATCH (s NAMED \"Secret Works\") RETURN s"),
        std::string_view("MATCH (s {name: \"Secret Works\"}) RETURN s"),
        std::string_view("MATCH (s)-[:supplies]->(o) RETURN o, count(s) AS n ORDER BY n, o"),
        std::string_view("MATCH (#org/secret)-[:supplies]->(o) RETURN o")}) {
    for (int round = 0; round < 2; ++round) {
      for (const storage::Clearance& clearance : {storage::Clearance::Unrestricted(), green}) {
        const RunOutcome cached = Run(text, clearance), alone = fresh(text, clearance);
        EXPECT_EQ(cached.rows, alone.rows) << text;
        EXPECT_EQ(cached.notice_codes(), alone.notice_codes()) << text;
        EXPECT_EQ(cached.summary.facts_touched, alone.summary.facts_touched) << text;
      }
    }
  }
}

TEST_F(CachedQueryTest, ManyMayRunOnePlan) {
  const RunOutcome expected = Run(kSuppliers);
  std::vector<std::thread> threads;
  std::atomic<int> different{0};
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        if (Run(kSuppliers).rows != expected.rows) different.fetch_add(1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(different.load(), 0);
}

TEST_F(CachedQueryTest, EarlierRevisionsAreReadAsTheyWere) {
  const storage::Revision before = store_->revision();
  EXPECT_THAT(Run(kSuppliers).rows, SizeIs(4));
  EXPECT_TRUE(Run("ASSERT (#org/new :Company)-[:supplies]->(#prod/optics) ACCORDING TO #org/desk")
                  .status.ok());
  EXPECT_THAT(Run(kSuppliers).rows, SizeIs(5));
  QueryRequest request;
  request.text = kSuppliers;
  request.clearance = storage::Clearance::Unrestricted();
  request.read_at = before;
  EXPECT_THAT(RunRequest(engine_.get(), request).rows, SizeIs(4));
}

}  // namespace
}  // namespace sightline::query
