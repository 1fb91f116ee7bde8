// What several threads at one query gain, and what they cost others.
//
// A graph of SIGHTLINE_BENCH_STATEMENTS statements (300,000), one fact each, from each of a third
// as many nodes to others of which a few are asked for far more often; each node has a figure and a
// country, one of twenty. Each question is asked with one thread and with as many as the machine
// has cores, in turn; `threads:` in a name is how many. "point beside" is a look-up of one node's
// neighbours while another client asks for two hops again and again: p50 and p99 in milliseconds.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "query/engine.h"
#include "tests/bench/query/asking.h"
#include "tests/support/test_store.h"

namespace sightline::query {
namespace {

test::TestStore& Store() {
  static const std::unique_ptr<test::TestStore> made = [] {
    auto store = std::make_unique<test::TestStore>();
    const uint64_t count = bench::StatementCount(), nodes = count / 3 + 1;
    storage::PredicateDefinition staff;
    staff.name = "staff";
    staff.range_types = {storage::ValueType::kInteger};
    staff.cardinality = storage::Cardinality::kOne;
    store->Define(std::move(staff));
    std::mt19937_64 random(1);
    std::uniform_real_distribution<double> share(0, 1);
    const auto node = [&](double power) {
      const double at = std::pow(share(random), power);
      return fmt::format("n/{}", static_cast<uint64_t>(at * static_cast<double>(nodes)));
    };
    for (uint64_t i = 0; i < count; ++i) {
      store->Say("org/desk", node(1), "supplies", node(1.6));
      if (i % 3 == 0) {
        store->Say("org/desk", fmt::format("n/{}", i / 3), "staff",
                   storage::Value(static_cast<int64_t>(random() % 1000)));
        store->Say("org/desk", fmt::format("n/{}", i / 3), "basedIn",
                   fmt::format("country/{}", i / 3 % 20));
      }
      if (i % 50'000 == 49'999) store->Commit();
    }
    store->Commit();
    test::ThrowIfError((*store)->Compact(storage::CancellationToken()));
    return store;
  }();
  return *made;
}

EngineOptions Threads(uint32_t threads) {
  EngineOptions options;
  options.threads_max = threads;
  return options;
}

void Ask(benchmark::State& state, const std::string& text, uint32_t threads) {
  QueryEngine engine(&*Store(), Threads(threads));
  bench::TakeAll(&engine, text);
  for (auto _ : state) bench::TakeAll(&engine, text);
}

constexpr const char* kTwoHops = "MATCH (a)-[:supplies]->(b)-[:supplies]->(c) RETURN count(*) AS n";

void PointBeside(benchmark::State& state, uint32_t threads) {
  QueryEngine engine(&*Store(), Threads(threads));
  bench::TakeAll(&engine, kTwoHops);
  std::atomic<bool> stop{false};
  std::thread other([&] {
    while (!stop) bench::TakeAll(&engine, kTwoHops);
  });
  std::vector<double> millis;
  uint64_t number = 0;
  for (auto _ : state) {
    const auto started = std::chrono::steady_clock::now();
    bench::TakeAll(&engine,
                   fmt::format("MATCH (#`n/{}`)-[:supplies]->(b) RETURN b", ++number % 1000));
    millis.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started)
            .count());
  }
  stop = true;
  other.join();
  std::sort(millis.begin(), millis.end());
  state.counters["p50"] = millis[millis.size() / 2];
  state.counters["p99"] = millis[millis.size() * 99 / 100];
}

void RegisterAll() {
  struct Question {
    const char* name;
    const char* text;
  };
  const uint32_t cores = std::max(2u, std::thread::hardware_concurrency());
  for (const Question& question : {
           Question{"two hops", kTwoHops},
           Question{"two hops, distinct",
                    "MATCH (a)-[:supplies]->(b)-[:supplies]->(c) RETURN count(DISTINCT c) AS n"},
           Question{"three hops",
                    "MATCH (a)-[:supplies]->(b)-[:supplies]->(c)-[:supplies]->(d) "
                    "RETURN count(*) AS n"},
           Question{"triangles",
                    "MATCH (a)-[:supplies]->(b)-[:supplies]->(c)-[:supplies]->(a) "
                    "RETURN count(*) AS n"},
           Question{"sum", "MATCH (a)-[:supplies]->(b) RETURN sum(b.staff) AS s"},
           Question{"count of some",
                    "MATCH (a)-[:supplies]->(b) WHERE b.staff < 10 RETURN count(*) AS n"},
           Question{"groups",
                    "MATCH (a)-[:supplies]->(b)-[:supplies]->(c) RETURN c, count(*) AS n "
                    "ORDER BY n DESC LIMIT 10"},
           Question{"few groups",
                    "MATCH (a)-[:supplies]->(b)-[:supplies]->(c)-[:basedIn]->(k) "
                    "RETURN k, count(*) AS n, min(b) AS least"},
           Question{"few groups of figures",
                    "MATCH (a)-[:supplies]->(b)-[:staff]->(s) "
                    "RETURN s % 10 AS k, sum(s) AS sum, max(s) AS most"},
           Question{"groups of one hop",
                    "MATCH (a)-[:supplies]->(b) RETURN b, count(*) AS n ORDER BY n DESC LIMIT 10"},
           Question{"distinct ends of groups",
                    "MATCH (a)-[:supplies]->(b)-[:supplies]->(c) "
                    "RETURN a, count(DISTINCT c) AS n ORDER BY n DESC LIMIT 10"},
           Question{"nearly a group a row",
                    "MATCH (a)-[:supplies]->(b)-[:supplies]->(c) RETURN a, c, count(*) AS n "
                    "ORDER BY n DESC LIMIT 10"},
           Question{"count of all", "MATCH (a)-[:supplies]->(b) RETURN count(*) AS n"},
       }) {
    for (const uint32_t threads : {1u, cores}) {
      benchmark::RegisterBenchmark(fmt::format("{}/threads:{}", question.name, threads).c_str(),
                                   Ask, std::string(question.text), threads)
          ->Unit(benchmark::kMillisecond)
          ->MeasureProcessCPUTime()
          ->UseRealTime();
    }
  }
  for (const uint32_t threads : {1u, cores}) {
    benchmark::RegisterBenchmark(fmt::format("point beside/threads:{}", threads).c_str(),
                                 PointBeside, threads)
        ->Unit(benchmark::kMillisecond)
        ->MeasureProcessCPUTime()
        ->UseRealTime();
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
