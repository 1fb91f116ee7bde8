// What can take long in a running query can be stopped: products, searches, and the values of one
// node.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "query/exec/operator.h"
#include "tests/unit/query/engine/run_query.h"

namespace sightline::query {
namespace {

// Under 10 ms where this was written (-O0, a busy machine); the rest is for one that runs
// sanitizers.
constexpr std::chrono::milliseconds kLateMax{1500};

// Cancels the query 100 ms after it began and gives how long it went on from there.
std::chrono::milliseconds LatenessOf(storage::Store* store, std::string_view text,
                                     const EngineOptions& options = {}) {
  const auto stop = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
  storage::CancellationToken token;
  std::thread canceller([&] {
    std::this_thread::sleep_until(stop);
    token.Cancel();
  });
  QueryRequest request;
  request.text = text;
  request.clearance = storage::Clearance::Unrestricted();
  request.cancellation = &token;
  const RunOutcome outcome = RunRequest(store, request, options);
  const auto late = std::chrono::steady_clock::now() - stop;
  canceller.join();
  EXPECT_EQ(outcome.status.code(), StatusCode::kCancelled) << text << ": " << outcome.status;
  return std::chrono::duration_cast<std::chrono::milliseconds>(late);
}

class Interrupt : public ::testing::Test {
 protected:
  // 1,000 of a class, each with four facts to others.
  void FillDepots() {
    store_.DefineClass("Depot");
    for (int i = 0; i < 1000; ++i) {
      const std::string from = "depot/" + std::to_string(i);
      store_.Say("org/desk", from, "instanceOf", store_.Entity("Depot"));
      for (const int step : {1, 7, 31, 111}) {
        store_.Say("org/desk", from, "shipsTo", "depot/" + std::to_string((i + step) % 1000));
      }
    }
    store_.Commit();
  }
  void FillHub(int64_t values) {
    store_.DefineClass("Hub");
    store_.Say("org/desk", "hub", "instanceOf", store_.Entity("Hub"));
    for (int64_t i = 0; i < values; ++i) {
      store_.Say("org/desk", "hub", "reading", storage::Value(i));
    }
    store_.Commit();
  }

  test::TestStore store_;
};

TEST_F(Interrupt, AProductOfThreeTimesAThousandNodes) {
  FillDepots();
  EXPECT_LT(LatenessOf(&*store_, "MATCH (a:Depot), (b:Depot), (c:Depot) RETURN count(*) AS n"),
            kLateMax);
  // Behind an optional match, which starts over for each row.
  EXPECT_LT(LatenessOf(&*store_,
                       "MATCH (a:Depot), (b:Depot) OPTIONAL MATCH (c:Depot) RETURN count(*) AS n"),
            kLateMax);
}

TEST_F(Interrupt, ALongSearch) {
  FillDepots();
  EXPECT_LT(LatenessOf(&*store_, "MATCH (#depot/0)-[:shipsTo*5000..]->(b) RETURN count(*) AS n"),
            kLateMax);
  // Each row another search, around another fact.
  EXPECT_LT(LatenessOf(&*store_, "MATCH (a)-[:shipsTo]->(b)-[:shipsTo*]-(c) RETURN count(*) AS n"),
            kLateMax);
}

TEST_F(Interrupt, WhatGoesThroughTemporaryFiles) {
  EngineOptions options;
  options.spill_after_bytes = 1 << 16;
  const std::string many =
      "UNWIND range(1, 3000) AS i UNWIND range(1, 3000) AS j WITH i * j AS k, j ";
  for (const char* rest : {"ORDER BY k RETURN count(j) AS n", "RETURN DISTINCT k, j",
                           "RETURN k, count(*) AS n, collect(j) AS l"}) {
    EXPECT_LT(LatenessOf(&*store_, many + rest, options), kLateMax);
  }
}

// As many items as a statement may have words for.
TEST_F(Interrupt, TheTestOfAListThatIsWrittenOut) {
  FillDepots();
  std::string numbers, texts, ids;
  for (int i = 0; i < 9000; ++i) {
    const std::string number = std::to_string(i * 7);
    numbers += (i > 0 ? ", " : "") + number;
    texts += (i > 0 ? ", " : "") + ("\"Depot " + number + "\"");
    ids += (i > 0 ? ", " : "") + ("#depot/" + number);
  }
  for (const std::string& text :
       {"UNWIND range(1, 1000000) AS i WITH i WHERE i IN [" + numbers + "] RETURN count(*) AS n",
        "UNWIND range(1, 1000000) AS i WITH toString(i) AS t WHERE t IN [" + texts +
            "] RETURN count(*) AS n",
        "MATCH (a:Depot), (b:Depot) WHERE a IN [" + ids + "] RETURN count(*) AS n",
        "MATCH (a:Depot)-[:shipsTo]->(b), (c:Depot) WHERE c IN [" + ids + "] AND NOT b IN [" + ids +
            "] RETURN count(*) AS n"}) {
    EXPECT_LT(LatenessOf(&*store_, text), kLateMax) << text.substr(0, 80);
  }
}

TEST_F(Interrupt, RowsOfLongLists) {
  // A key for each of the two thousand rows takes many milliseconds.
  EXPECT_LT(LatenessOf(&*store_,
                       "WITH range(1, 300000) AS long UNWIND range(1, 2000) AS i "
                       "WITH DISTINCT long AS l RETURN size(l) AS n"),
            kLateMax);
  EXPECT_LT(LatenessOf(&*store_,
                       "WITH range(1, 300000) AS long UNWIND range(1, 2000) AS i "
                       "RETURN count(DISTINCT long) AS n"),
            kLateMax);
}

TEST_F(Interrupt, TheReadingOfOneNodesValues) {
  FillHub(5000);
  const auto view = store_.View();
  EvaluationContext context;
  context.view = view.get();
  context.scopes = {view->default_scope()};
  size_t asked = 0;
  context.may_go_on = [&asked]() -> Status {
    return ++asked < 3 ? OkStatus() : MakeStatus(StatusCode::kCancelled, "Enough");
  };
  const storage::TermId hub = store_.Entity("hub");
  const PropertyAccess access = AccessByName("reading", view->catalog());
  EXPECT_EQ(ReadProperty(hub, access, 0, &context).status().code(), StatusCode::kCancelled);
  EXPECT_EQ(asked, 3u);
  EXPECT_LT(context.facts_touched, 5000u + 1);
  // Many small reads are asked about as well.
  asked = 0;
  BoundClassTest test;
  test.kinds = {store_.Entity("nothing")};
  Status status;
  for (int i = 0; i < 5000 && status.ok(); ++i) status = IsA(hub, test, &context).status();
  EXPECT_EQ(status.code(), StatusCode::kCancelled);
}

// The facts of an id that another one stands for are held by the scan until they are sorted.
TEST_F(Interrupt, TheFactsOfMergedEntitiesCountAsMemory) {
  FillHub(20'000);
  store_.Say("org/desk", "hub", "sameAs", "a-hub");
  store_.Commit();
  storage::MemoryBudget all(uint64_t{64} << 20);
  EngineOptions options;
  options.memory_budget = &all;
  QueryRequest request;
  request.clearance = storage::Clearance::Unrestricted();
  for (const char* text : {"MATCH (#hub)-[:reading]->(v) RETURN count(*) AS n",
                           "MATCH (h)-[:reading]->(v) RETURN count(*) AS n",
                           "MATCH (#`a-hub`) RETURN size(#`a-hub`.reading) AS n"}) {
    request.text = text;
    request.limits.memory_bytes_max = uint64_t{16} << 20;
    const RunOutcome enough = RunRequest(&*store_, request, options);
    ASSERT_TRUE(enough.status.ok()) << text << enough.status;
    EXPECT_THAT(enough.rows, ::testing::ElementsAre("20000"));
    request.limits.memory_bytes_max = 500'000;
    const RunOutcome little = RunRequest(&*store_, request, options);
    EXPECT_EQ(little.code(), "SL5005") << text << little.status;
    EXPECT_EQ(all.bytes_held(), 0u);
  }
}

TEST_F(Interrupt, ValuesThatTakeFarMoreFactsThanTheQueryMayTouch) {
  FillHub(15'000);
  QueryRequest request;
  request.text = "MATCH (h:Hub) RETURN size(h.reading) AS n";
  request.clearance = storage::Clearance::Unrestricted();
  request.limits.steps_max = 100;
  EXPECT_EQ(RunRequest(&*store_, request).code(), "SL5001");
  request.limits.steps_max = 10'000;
  const RunOutcome whole = RunRequest(&*store_, request);
  ASSERT_TRUE(whole.status.ok()) << whole.status;
  EXPECT_THAT(whole.rows, ::testing::ElementsAre("15000"));
}

}  // namespace
}  // namespace sightline::query
