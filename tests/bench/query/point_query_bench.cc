// What keeping plans saves: a point query asked again and again, with its plan kept and without.
//
// `kept` asks the same; `not_kept` asks the same in a text that ends in a comment, whose plan is
// not kept (query/plan_cache.h); `other_values` asks with another parameter each time, so that the
// plan that is kept has to be made ready for it.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <map>
#include <memory>
#include <string>

#include "query/engine.h"
#include "tests/support/test_store.h"

namespace sightline::query {
namespace {

constexpr int kNodes = 10'000;

test::TestStore& Store() {
  static const std::unique_ptr<test::TestStore> made = [] {
    auto store = std::make_unique<test::TestStore>();
    store->DefineClass("Company");
    for (int i = 0; i < kNodes; ++i) {
      const std::string node = fmt::format("n/{}", i);
      store->Say("src/a", node, "instanceOf", store->Entity("Company"));
      store->Say("src/a", node, "supplies", fmt::format("n/{}", (i * 7 + 1) % kNodes));
      store->Name(node, fmt::format("Company number {}", i));
    }
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
    {"neighbours", "MATCH (c {name: $name})-[:supplies]->(x) RETURN x"},
    {"two_hops",
     "MATCH (c:Company {name: $name})-[:supplies]->(x:Company)-[:supplies]->(y) RETURN y, x.name"},
};

void Ask(benchmark::State& state, const std::string& text, bool other_values) {
  test::TestStore& store = Store();
  QueryEngine engine(&*store, {});
  int number = 0;
  int64_t plan_micros = 0;
  for (auto _ : state) {
    QueryRequest request;
    request.text = text;
    request.clearance = storage::Clearance::Unrestricted();
    request.parameters["name"] =
        Datum::OfText(fmt::format("Company number {}", other_values ? number++ % kNodes : 17));
    const auto cursor = test::OrThrow(engine.Execute(request));
    ResultBatch batch;
    size_t rows = 0;
    while (const size_t count = test::OrThrow(cursor->Next(&batch))) rows += count;
    if (rows != 1) state.SkipWithError("One row was to be found");
    plan_micros += cursor->summary().plan_micros;
  }
  state.counters["plan_us"] =
      static_cast<double>(plan_micros) / static_cast<double>(state.iterations());
}

const bool kRegistered = [] {
  for (const Question& question : kQuestions) {
    const std::string text = question.text;
    const std::string name = question.name;
    benchmark::RegisterBenchmark((name + "/kept").c_str(),
                                 [text](benchmark::State& s) { Ask(s, text, false); });
    benchmark::RegisterBenchmark((name + "/not_kept").c_str(), [text](benchmark::State& s) {
      Ask(s, text + " // again\n", false);
    });
    benchmark::RegisterBenchmark((name + "/other_values").c_str(),
                                 [text](benchmark::State& s) { Ask(s, text, true); });
  }
  return true;
}();

}  // namespace
}  // namespace sightline::query

BENCHMARK_MAIN();
