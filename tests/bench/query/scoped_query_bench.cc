// What a scope costs a query, once its bitmap is in the cache, and what making the bitmap costs.
//
// A graph of SIGHTLINE_BENCH_STATEMENTS statements (300,000), one fact each, of 40 sources with
// grades, dates and markings drawn at random, in random order: the worst case for short cuts over
// blocks. Each question is asked without a scope and under scopes that leave out a twentieth to a
// half of the statements; `per_fact` is the time for each fact that the query touched, which makes
// runs that find different numbers of rows comparable. `first` benchmarks ask under a scope that no
// earlier query had. `hidden` benchmarks show what time tells: a reader looks up nodes with three
// facts that he sees and so many that he does not see, and one that only hidden facts name.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <memory>
#include <random>
#include <string>

#include "query/engine.h"
#include "tests/bench/query/asking.h"
#include "tests/support/test_store.h"

namespace sightline::query {
namespace {

constexpr uint64_t kSources = 40;
constexpr int64_t kMicrosPerDay = 86'400'000'000;
constexpr int64_t k2020 = 1'577'836'800'000'000;

// Built once. Three facts a node.
test::TestStore& Store() {
  static const std::unique_ptr<test::TestStore> made = [] {
    auto store = std::make_unique<test::TestStore>();
    const uint64_t count = bench::StatementCount(), nodes = count / 3 + 1;
    std::mt19937_64 random(1);
    for (uint64_t i = 0; i < count; ++i) {
      test::SayDetails details;
      details.reliability = static_cast<storage::Reliability>(1 + random() % 5);
      details.credibility = static_cast<storage::Credibility>(1 + random() % 5);
      details.marking.tlp = static_cast<storage::TlpLabel>(random() % 4);
      const int64_t day = k2020 + static_cast<int64_t>(random() % 1000) * kMicrosPerDay;
      if (random() % 3 != 0) {
        details.valid = {{storage::BoundKind::kAt, day},
                         {storage::BoundKind::kAt, day + 400 * kMicrosPerDay}};
      }
      store->Say(fmt::format("src/{}", random() % kSources), fmt::format("n/{}", random() % nodes),
                 "supplies", fmt::format("n/{}", random() % nodes), details);
      if (i % 50'000 == 49'999) store->Commit();
    }
    store->Commit();
    test::ThrowIfError((*store)->Compact(storage::CancellationToken()));
    return store;
  }();
  return *made;
}

constexpr int kHiddenCounts[] = {0, 10, 1'000, 100'000};

// Facts with a marking that a reader of TLP:RED does not see.
test::TestStore& HiddenStore() {
  static const std::unique_ptr<test::TestStore> made = [] {
    auto store = std::make_unique<test::TestStore>();
    test::SayDetails hidden;
    hidden.marking.access = "Z";
    for (const int count : kHiddenCounts) {
      const std::string hub = fmt::format("hub/{}", count);
      for (int i = 0; i < 3; ++i) store->Say("src/0", hub, "supplies", fmt::format("n/{}", i));
      for (int i = 0; i < count; ++i) {
        store->Say("src/0", hub, "supplies", fmt::format("h/{}", i), hidden);
      }
      store->Commit();
    }
    store->Say("src/0", "hub/hidden", "supplies", "n/0", hidden);
    store->Commit();
    test::ThrowIfError((*store)->Compact(storage::CancellationToken()));
    return store;
  }();
  return *made;
}

struct Question {
  const char* name;
  const char* text;
};
constexpr Question kQuestions[] = {
    {"scan", "MATCH (a)-[:supplies]->(b) RETURN count(*) AS n"},
    {"two hops", "MATCH (a)-[:supplies]->(b)-[:supplies]->(c) RETURN count(*) AS n"},
    {"chain", "MATCH (#n/1)-[:supplies*..6]->(x) RETURN count(*) AS n"},
};
constexpr Question kScopes[] = {
    {"none", ""},
    {"source", "NOT ACCORDING TO #src/0, #src/1 "},
    {"time", "AS OF 2021-06-01 "},
    {"known", "AS KNOWN AT 2100 "},
    {"reliability", "RELIABILITY D OR BETTER "},
    {"credibility", "CREDIBILITY 4 OR BETTER "},
    {"marking", "MARKED AT MOST \"TLP:AMBER\" "},
    {"disputed", "EXCLUDING DISPUTED "},
    {"four",
     "AS OF 2021-06-01 RELIABILITY D OR BETTER MARKED AT MOST \"TLP:AMBER\" "
     "NOT ACCORDING TO #src/0 "},
};

void Ask(benchmark::State& state, const std::string& text) {
  QueryEngine engine(&*Store(), {});
  // The bitmap, the plan and the blocks are warm.
  uint64_t facts = bench::TakeAll(&engine, text).facts_touched;
  for (auto _ : state) facts = bench::TakeAll(&engine, text).facts_touched;
  state.counters["facts"] = static_cast<double>(facts);
  state.counters["per_fact"] =
      benchmark::Counter(static_cast<double>(facts) * static_cast<double>(state.iterations()),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// A scope is new when its bitmap cannot come from the cache: another set of sources each time.
void AskFirst(benchmark::State& state) {
  QueryEngine engine(&*Store(), {});
  uint64_t number = 0;
  for (auto _ : state) {
    ++number;
    std::string text = "NOT ACCORDING TO #src/0";
    for (uint64_t bit = 1; bit < 20; ++bit) {
      if ((number >> bit & 1) != 0) text += fmt::format(", #src/{}", bit);
    }
    bench::TakeAll(&engine,
                   text + fmt::format(" DURING 2021-01-01 TO {} MATCH (#n/1)-[:supplies]->(x) "
                                      "RETURN x",
                                      2022 + number % 7000));
  }
}
BENCHMARK(AskFirst)->Name("first")->Unit(benchmark::kMillisecond);

// What an order of names costs whoever is not cleared for everything.
void Order(benchmark::State& state, const std::string& text, bool canonical) {
  EngineOptions options;
  options.canonical_order = canonical;
  QueryEngine engine(&*Store(), options);
  QueryRequest request;
  request.text = text;
  request.clearance.tlp_max = storage::TlpLabel::kRed;
  for (auto _ : state) bench::TakeAll(&engine, request);
}

// The plan and the bitmap are warm, as they are for somebody who tries again and again.
void LookUpHidden(benchmark::State& state, const std::string& text) {
  QueryEngine engine(&*HiddenStore(), {});
  QueryRequest request;
  request.text = text;
  request.clearance.tlp_max = storage::TlpLabel::kRed;
  for (auto _ : state) {
    const auto cursor = engine.Execute(request);
    if (!cursor.ok()) continue;  // What is hidden names nothing.
    ResultBatch batch;
    while (test::OrThrow((*cursor)->Next(&batch)) > 0) benchmark::DoNotOptimize(batch.row_count);
  }
}

void RegisterAll() {
  for (const int count : kHiddenCounts) {
    benchmark::RegisterBenchmark(fmt::format("hidden/{}", count).c_str(), LookUpHidden,
                                 fmt::format("MATCH (#hub/{})-[:supplies]->(b) RETURN b", count))
        ->Unit(benchmark::kMicrosecond);
  }
  for (const char* id : {"hub/hidden", "hub/nothing"}) {
    benchmark::RegisterBenchmark(fmt::format("hidden/#{}", id).c_str(), LookUpHidden,
                                 fmt::format("MATCH (#{})-[:supplies]->(b) RETURN b", id))
        ->Unit(benchmark::kMicrosecond);
  }
  for (const Question& question : kQuestions) {
    for (const Question& scope : kScopes) {
      benchmark::RegisterBenchmark(fmt::format("{}/{}", question.name, scope.name).c_str(), Ask,
                                   std::string(scope.text) + question.text)
          ->Unit(benchmark::kMillisecond);
    }
  }
  for (const bool canonical : {false, true}) {
    for (const Question& question : {
             Question{"all rows", "MATCH (a)-[:supplies]->(b) RETURN a, b"},
             Question{"ten rows", "MATCH (a)-[:supplies]->(b) RETURN a, b LIMIT 10"},
             Question{"neighbours", "MATCH (#n/1)-[:supplies]->(b) RETURN b"},
             Question{"count", "MATCH (a)-[:supplies]->(b) RETURN count(*) AS n"},
         }) {
      benchmark::RegisterBenchmark(
          fmt::format("order {}/{}", canonical ? "of names" : "as stored", question.name).c_str(),
          Order, std::string(question.text), canonical)
          ->Unit(benchmark::kMillisecond);
    }
  }
}

}  // namespace
}  // namespace sightline::query

int main(int argc, char** argv) {
  sightline::query::RegisterAll();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
