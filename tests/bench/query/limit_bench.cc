// The first rows of a pattern: LIMIT 10 without ORDER BY.
//
// SIGHTLINE_BENCH_STATEMENTS (300,000) facts between a third as many firms, all of one class, of
// which one in a thousand has another one besides. Each question is asked with the pattern ordered
// for its first rows, and in the order of its text, which begins by listing all firms.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <memory>
#include <random>
#include <string>

#include "query/engine.h"
#include "query/optimizer/rule_pattern_order.h"
#include "tests/bench/query/asking.h"
#include "tests/support/test_store.h"

namespace sightline::query {
namespace {

test::TestStore& Store() {
  static const std::unique_ptr<test::TestStore> made = [] {
    auto store = std::make_unique<test::TestStore>();
    store->DefineClass("Firm");
    store->DefineClass("Bank");
    const uint64_t count = bench::StatementCount(), firms = count / 3 + 1;
    std::mt19937_64 random(1);
    const auto firm = [&](uint64_t number) { return fmt::format("n/{}", number % firms); };
    for (uint64_t i = 0; i < count; ++i) {
      store->Say("org/desk", firm(random()), "supplies", firm(random()));
      if (i % 3 == 0) store->Say("org/desk", firm(i / 3), "instanceOf", store->Entity("Firm"));
      if (i % 3000 == 0) store->Say("org/desk", firm(i / 3), "instanceOf", store->Entity("Bank"));
      if (i % 50'000 == 49'999) store->Commit();
    }
    store->Commit();
    test::ThrowIfError((*store)->Compact(storage::CancellationToken()));
    return store;
  }();
  return *made;
}

void Ask(benchmark::State& state, const std::string& text, bool ordered) {
  EngineOptions options;
  options.threads_max = 1;
  if (!ordered) options.optimizer_rules_off.emplace(kRulePatternOrder);
  QueryEngine engine(&*Store(), options);
  uint64_t facts = bench::TakeAll(&engine, text).facts_touched;
  for (auto _ : state) facts = bench::TakeAll(&engine, text).facts_touched;
  state.counters["facts"] = static_cast<double>(facts);
}

void RegisterAll() {
  struct Question {
    const char* name;
    const char* text;
  };
  for (const Question& question : {
           Question{"one hop", "MATCH (a:Firm)-[:supplies]->(b) RETURN a, b LIMIT 10"},
           Question{"two hops",
                    "MATCH (a:Firm)-[:supplies]->(b)-[:supplies]->(c:Firm) RETURN a, c LIMIT 10"},
           Question{"from a rare class", "MATCH (a:Bank)-[:supplies]->(b) RETURN a, b LIMIT 10"},
           Question{"to a rare class", "MATCH (a:Firm)-[:supplies]->(b:Bank) RETURN a, b LIMIT 10"},
           Question{"all rows", "MATCH (a:Firm)-[:supplies]->(b) RETURN a, b"},
       }) {
    for (const bool ordered : {false, true}) {
      benchmark::RegisterBenchmark(
          fmt::format("{}/{}", question.name, ordered ? "ordered" : "as written").c_str(), Ask,
          std::string(question.text), ordered)
          ->Unit(benchmark::kMillisecond);
    }
  }
}

}  // namespace
}  // namespace sightline::query

int main(int count, char** words) {
  sightline::query::RegisterAll();
  benchmark::Initialize(&count, words);
  benchmark::RunSpecifiedBenchmarks();
}
