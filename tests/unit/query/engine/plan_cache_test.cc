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

TEST(PlanKey, TellsApartWhateverAPlanDependsOnButValues) {
  const std::string key = *KeyOf("RETURN $x", {{"x", Datum::OfInteger(1)}});
  EXPECT_EQ(KeyOf("RETURN $x", {{"x", Datum::OfInteger(1)}}), key);
  EXPECT_EQ(KeyOf("RETURN $x", {{"x", Datum::OfInteger(2)}}), key);
  EXPECT_EQ(
      KeyOf("RETURN $x", {{"x", Datum(storage::Value(int64_t{1}, storage::Comparator::kAbout))}}),
      key);
  EXPECT_NE(KeyOf("RETURN  $x", {{"x", Datum::OfInteger(1)}}), key);
  EXPECT_NE(KeyOf("RETURN $x", {{"x", Datum::OfText("1")}}), key);
  EXPECT_NE(KeyOf("RETURN $x", {{"x", Datum(storage::Value(1.0))}}), key);
  EXPECT_NE(KeyOf("RETURN $x", {{"x", Datum(DatumList{Datum::OfInteger(1)})}}), key);
  EXPECT_NE(KeyOf("RETURN $x", {{"x", Datum()}}), key);
  EXPECT_NE(KeyOf("RETURN $x", {{"y", Datum::OfInteger(1)}}), key);
  for (const storage::Clearance& clearance :
       {test::ClearanceOf(storage::TlpLabel::kGreen), storage::Clearance::Unrestricted(),
        test::ClearanceOf(storage::TlpLabel::kClear, {"A"})}) {
    EXPECT_NE(KeyOf("RETURN $x", {{"x", Datum::OfInteger(1)}}, clearance), key);
  }
  EXPECT_NE(KeyOf("R", {}, test::ClearanceOf(storage::TlpLabel::kClear, {"A", "B"})),
            KeyOf("R", {}, test::ClearanceOf(storage::TlpLabel::kClear, {"AB"})));
  const auto node = [](storage::TermTag tag) {
    return Datum::OfNode(storage::TermId::Make(tag, 7));
  };
  EXPECT_NE(KeyOf("RETURN $x", {{"x", node(storage::TermTag::kEntity)}}),
            KeyOf("RETURN $x", {{"x", node(storage::TermTag::kStatement)}}));
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

TEST(PlanKey, IsNoneForTextsThatAreLong) {
  EXPECT_FALSE(KeyOf(std::string(9 << 10, ' ')).has_value());
  EXPECT_TRUE(KeyOf("R", {{"x", Datum::OfText(std::string(9 << 10, ' '))}}).has_value());
}

std::shared_ptr<const CachedPlan> PlanBy(std::set<std::string, std::less<>> by_value = {}) {
  auto plan = std::make_shared<CachedPlan>();
  plan->query.late.by_value = std::move(by_value);
  return plan;
}

TEST(PlanCache, KeepsPlansOfTheNewestRevisionOnly) {
  PlanCache cache;
  const auto plan = PlanBy();
  cache.Add({5}, "a", {}, plan);
  EXPECT_EQ(cache.Find({5}, "a", {}), plan);
  EXPECT_EQ(cache.Find({4}, "a", {}), nullptr);
  EXPECT_EQ(cache.Find({6}, "a", {}), nullptr);
  cache.Add({4}, "b", {}, plan);
  EXPECT_EQ(cache.Find({4}, "b", {}), nullptr);
  cache.Add({6}, "b", {}, plan);
  EXPECT_EQ(cache.Find({5}, "a", {}), nullptr);
  EXPECT_EQ(cache.Find({6}, "b", {}), plan);
}

TEST(PlanCache, IsBoundedAndKeepsWhatIsAskedFor) {
  PlanCache cache;
  const auto plan = PlanBy();
  cache.Add({1}, "wanted", {}, plan);
  for (int i = 0; i < 1'000; ++i) {
    cache.Add({1}, std::to_string(i), {}, plan);
    EXPECT_NE(cache.Find({1}, "wanted", {}), nullptr);
  }
  EXPECT_EQ(cache.Find({1}, "0", {}), nullptr);
  EXPECT_NE(cache.Find({1}, "999", {}), nullptr);
}

TEST(PlanCache, FindsByTheValuesThatAPlanDependsOn) {
  PlanCache cache;
  const auto with = [](int64_t n, int64_t m) {
    return Parameters{{"m", Datum::OfInteger(m)}, {"n", Datum::OfInteger(n)}};
  };
  const auto by_none = PlanBy(), by_n = PlanBy({"n"}), by_both = PlanBy({"m", "n"});
  cache.Add({1}, "a", with(1, 1), by_n);
  EXPECT_EQ(cache.Find({1}, "a", with(1, 2)), by_n);
  EXPECT_EQ(cache.Find({1}, "a", with(2, 1)), nullptr);
  EXPECT_EQ(cache.Find({1}, "b", with(1, 1)), nullptr);
  // What one value has shown to matter matters for all others.
  cache.Add({1}, "a", with(2, 1), by_both);
  EXPECT_EQ(cache.Find({1}, "a", with(2, 1)), by_both);
  EXPECT_EQ(cache.Find({1}, "a", with(2, 2)), nullptr);
  EXPECT_EQ(cache.Find({1}, "a", with(1, 2)), nullptr) << "forgotten, not wrong";
  cache.Add({1}, "a", with(1, 2), by_n);
  EXPECT_EQ(cache.Find({1}, "a", with(1, 2)), by_n);
  EXPECT_EQ(cache.Find({1}, "a", with(1, 1)), nullptr);
  // The one that was made last counts.
  const auto again = PlanBy({"n"});
  cache.Add({1}, "a", with(1, 2), again);
  EXPECT_EQ(cache.Find({1}, "a", with(1, 2)), again);
  // Many keys: what is forgotten costs a plan.
  for (int i = 0; i < 600; ++i) cache.Add({1}, std::to_string(i), with(1, 1), by_n);
  EXPECT_EQ(cache.Find({1}, "599", with(2, 1)), nullptr);
  EXPECT_EQ(cache.Find({1}, "599", with(1, 7)), by_n);
  EXPECT_EQ(cache.Find({1}, "0", with(2, 1)), nullptr);
  // A value that is long.
  const Parameters long_value = {{"n", Datum::OfText(std::string(9 << 10, ' '))}};
  cache.Add({1}, "c", long_value, by_n);
  EXPECT_EQ(cache.Find({1}, "c", long_value), nullptr);
  cache.Add({1}, "d", long_value, by_none);
  EXPECT_EQ(cache.Find({1}, "d", long_value), by_none);
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

// Each text with one value after the other: as an engine answers that has planned nothing before.
// `kept`: whether the plan of the first value serves the others.
struct LateCase {
  std::string_view text;
  std::vector<Datum> values;
  bool kept = true;
};

TEST_F(CachedQueryTest, OnePlanServesOtherValues) {
  store_.Say("org/desk", "org/hikvision", "alias", storage::Value::OfText("Twin"));
  store_.Say("org/desk", "org/iray", "alias", storage::Value::OfText("Twin"));
  store_.Commit();
  const auto texts = [](std::initializer_list<const char*> list) {
    std::vector<Datum> values;
    for (const char* text : list) values.push_back(Datum::OfText(text));
    return values;
  };
  const auto node = [this](const char* id) { return Datum::OfNode(store_.Entity(id)); };
  const auto names = texts({"iRay", "Hikvision", "Nobody", "Twin", "iRay"});
  const std::vector<Datum> nodes = {node("org/iray"), node("org/hikvision"), node("prod/optics"),
                                    node("org/iray")};
  const std::vector<LateCase> cases = {
      {"MATCH (s NAMED $v) RETURN s", names},
      {"MATCH (s:Company NAMED $v) RETURN s", names},
      {"MATCH (s {name: $v})-[:supplies]->(o) RETURN s, o", names},
      {"MATCH (s)-[:supplies]->(o) WHERE s.name = $v RETURN o", names},
      {"MATCH (s)-[:supplies]->(o) WHERE s = $v RETURN o", nodes},
      {"MATCH (s)-[:supplies]->(o) WHERE $v = o RETURN s", nodes},
      {"MATCH (s)-[:supplies*1..3]->(o) WHERE s = $v RETURN o", nodes},
      {"MATCH (s) WHERE s IN $v RETURN s",
       {Datum(DatumList{node("org/iray")}), Datum(DatumList{node("org/hikvision")}),
        Datum(DatumList{})}},
      {"MATCH (s:Company) RETURN s.name + $v AS t ORDER BY t", texts({"!", "?"})},
      {"RETURN $v AS x", {Datum::OfInteger(1), Datum::OfInteger(2)}},
      {"UNWIND $v AS x RETURN x",
       {Datum(DatumList{Datum::OfInteger(1)}), Datum(DatumList{Datum::OfText("a"), Datum()})}},
      {"MATCH (s:Company) WHERE EXISTS { (s)-[:supplies]->(o {name: $v}) } RETURN s", names},
      {"WHY MATCH (s NAMED $v)-[:supplies]->(o) RETURN o", names},
      {"OPTIONAL MATCH (s NAMED $v) RETURN s", names},
      {"MATCH (s:Company) RETURN s LIMIT $v", {Datum::OfInteger(1), Datum::OfInteger(2)}, false},
      {"MATCH (s:$v) RETURN s", texts({"Company", "Product"}), false},
      {"MATCH (s NAMED ~$v) RETURN s, score(s)", texts({"iRay", "Hikvision"}), false},
      {"MATCH (s)-[:supplies*1..$v]->(o) RETURN s, o",
       {Datum::OfInteger(1), Datum::OfInteger(2)},
       false},
      {"ACCORDING TO $v MATCH (s)-[:supplies]->(o) RETURN s", nodes, false},
  };
  for (const storage::Clearance& clearance :
       {storage::Clearance::Unrestricted(), test::ClearanceOf(storage::TlpLabel::kClear)}) {
    for (const LateCase& each : cases) {
      bool first = true;
      for (const Datum& value : each.values) {
        const RunOutcome kept = Run(each.text, clearance, {{"v", value}});
        QueryEngine other(&*store_, {});
        QueryRequest request;
        request.text = each.text;
        request.clearance = clearance;
        request.parameters = {{"v", value}};
        const RunOutcome fresh = RunRequest(&other, request);
        EXPECT_EQ(kept.code(), fresh.code()) << each.text;
        EXPECT_EQ(kept.rows, fresh.rows) << each.text;
        EXPECT_EQ(kept.summary.notices, fresh.summary.notices) << each.text;
        EXPECT_EQ(kept.columns, fresh.columns) << each.text;
        if (!first && kept.status.ok() && each.kept) {
          EXPECT_TRUE(kept.summary.plan_was_kept) << each.text;
        }
        first = false;
      }
      if (!each.kept) {
        const RunOutcome again = Run(each.text, clearance, {{"v", each.values.front()}});
        EXPECT_EQ(again.summary.plan_was_kept, again.status.ok()) << each.text;
      }
    }
  }
}

TEST_F(CachedQueryTest, AValueOfAnotherTypeHasAPlanOfItsOwn) {
  const std::string_view text = "RETURN $v AS x";
  const auto run = [&](Datum value) {
    return Run(text, storage::Clearance::Unrestricted(), {{"v", std::move(value)}});
  };
  EXPECT_THAT(run(Datum::OfInteger(1)).rows, ElementsAre("1"));
  const RunOutcome other = run(Datum::OfText("a"));
  EXPECT_THAT(other.rows, ElementsAre("a"));
  EXPECT_FALSE(other.summary.plan_was_kept);
  EXPECT_TRUE(run(Datum::OfText("b")).summary.plan_was_kept);
}

TEST_F(CachedQueryTest, ANameOfManyMoreThingsIsPlannedAnew) {
  for (int i = 0; i < 300; ++i) {
    const std::string id = "org/many" + std::to_string(i);
    store_.Say("org/desk", id, "instanceOf", store_.Entity("Company"));
    store_.Say("org/desk", id, "name", storage::Value::OfText("Many"));
    store_.Say("org/desk", id, "supplies", "prod/optics");
  }
  store_.Commit();
  const std::string_view text = "MATCH (s {name: $v})-[:supplies]->(o) RETURN count(s) AS n";
  const auto run = [&](const char* name) {
    return Run(text, storage::Clearance::Unrestricted(), {{"v", Datum::OfText(name)}});
  };
  EXPECT_THAT(run("iRay").rows, ElementsAre("1"));
  const RunOutcome many = run("Many");
  EXPECT_THAT(many.rows, ElementsAre("300"));
  EXPECT_FALSE(many.summary.plan_was_kept);
  EXPECT_TRUE(run("Many").summary.plan_was_kept);
  EXPECT_FALSE(run("iRay").summary.plan_was_kept);
}

// A name that only a higher clearance sees stands for nothing in the plan of a lower one.
TEST_F(CachedQueryTest, LateNamesAreReadUnderTheReadersClearance) {
  const test::SayDetails secret{.marking = {storage::TlpLabel::kRed, ""}};
  store_.Say("org/agency", "org/hikvision", "alias", storage::Value::OfText("Cover"), secret);
  store_.Commit();
  const storage::Clearance green = test::ClearanceOf(storage::TlpLabel::kGreen);
  for (const std::string_view text :
       {"MATCH (s NAMED $v) RETURN s", "MATCH (s {alias: $v}) RETURN s"}) {
    for (int round = 0; round < 2; ++round) {
      for (const char* name : {"Hikvision", "Cover", "Nobody"}) {
        const Parameters parameters = {{"v", Datum::OfText(name)}};
        const RunOutcome low = Run(text, green, parameters);
        QueryEngine other(&*store_, {});
        QueryRequest request;
        request.text = text;
        request.clearance = green;
        request.parameters = parameters;
        const RunOutcome fresh = RunRequest(&other, request);
        EXPECT_EQ(low.rows, fresh.rows) << text << name;
        EXPECT_EQ(low.notice_codes(), fresh.notice_codes()) << text << name;
        if (std::string_view(name) == "Cover") {
          EXPECT_THAT(low.rows, IsEmpty());
        }
        Run(text, storage::Clearance::Unrestricted(), parameters);
      }
    }
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

// --- What may be answered at once

class QuickQueryTest : public CachedQueryTest {
 protected:
  // The rows of a run that began at once; none when it is not to.
  std::optional<std::vector<std::string>> RunIfQuick(const QueryRequest& request) {
    auto cursor = test::OrThrow(engine_->ExecuteIfQuick(request));
    if (cursor == nullptr) return std::nullopt;
    return RowsOf(cursor.get());
  }
  static QueryRequest Ask(std::string_view text, const storage::Clearance& clearance =
                                                     storage::Clearance::Unrestricted()) {
    QueryRequest request;
    request.text = text;
    request.clearance = clearance;
    return request;
  }
  static std::vector<std::string> RowsOf(ResultCursor* cursor) {
    std::vector<std::string> rows;
    ResultBatch batch;
    while (test::OrThrow(cursor->Next(&batch)) > 0) {
      for (size_t row = 0; row < batch.row_count; ++row) {
        rows.push_back(CellText(batch.columns[0][row], *cursor));
      }
    }
    return rows;
  }
  // Until its plan is kept and known to be quick: the machine may be busy.
  void MakeQuick(const QueryRequest& request) {
    for (int i = 0; i < 1'000 && !RunIfQuick(request); ++i) RunRequest(engine_.get(), request);
  }
};

TEST_F(QuickQueryTest, NeedsAPlanThatIsKeptAndWasQuick) {
  const QueryRequest request = Ask(kSuppliers);
  EXPECT_FALSE(RunIfQuick(request)) << "nothing is known of it";
  MakeQuick(request);
  const auto rows = RunIfQuick(request);
  ASSERT_TRUE(rows.has_value());
  EXPECT_EQ(*rows, RunRequest(engine_.get(), request).rows);
}

TEST_F(QuickQueryTest, WhatWasGivenUpOrCutIsNotQuick) {
  QueryRequest request = Ask(kSuppliers);
  MakeQuick(request);
  request.limits.batch_rows = 1;
  {
    const auto cursor = test::OrThrow(engine_->Execute(request));
    ResultBatch batch;
    EXPECT_EQ(test::OrThrow(cursor->Next(&batch)), 1u);
  }
  EXPECT_FALSE(RunIfQuick(request));
  MakeQuick(request);
  request.limits.steps_max = 1;
  RunRequest(engine_.get(), request);
  EXPECT_FALSE(RunIfQuick(request));
}

TEST_F(QuickQueryTest, NothingOutlivesACommitOrServesAnotherClearance) {
  const QueryRequest request = Ask(kSuppliers);
  MakeQuick(request);
  EXPECT_FALSE(RunIfQuick(Ask(kSuppliers, test::ClearanceOf(storage::TlpLabel::kClear))));
  QueryRequest scoped = request;
  scoped.scope.sources.emplace();
  EXPECT_FALSE(RunIfQuick(scoped));
  MakeQuick(request);
  EXPECT_TRUE(Run("ASSERT (#org/new :Company)-[:supplies]->(#prod/optics) ACCORDING TO #org/desk")
                  .status.ok());
  EXPECT_FALSE(RunIfQuick(request)) << "of the revision before";
}

TEST_F(QuickQueryTest, NeverWrites) {
  const QueryRequest request =
      Ask("ASSERT (#org/new :Company)-[:supplies]->(#prod/optics) ACCORDING TO #org/desk");
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(RunRequest(engine_.get(), request).status.ok());
    EXPECT_FALSE(RunIfQuick(request));
  }
}

}  // namespace
}  // namespace sightline::query
