// How fast bulk loads are, and what they need.
//
//   load_bench --benchmark_filter=BulkLoad
//
// SortedIngest: quads that are sorted already, from columns in memory to a store that has them:
// RunWriter, table file, Ingest. BulkLoad: generated quads as words, through streams, to a store
// that has them. Counters: seconds of each stage, the process's greatest resident memory (run one
// benchmark at a time to compare), bytes on disk for each quad.

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "storage/index/run_writer.h"
#include "storage/kv/kv_store.h"
#include "storage/load/bulk_loader.h"
#include "storage/txn/catalog_history.h"
#include "tests/bench/storage/figures.h"
#include "tests/bench/storage/generated_load.h"
#include "tests/bench/storage/generated_quads.h"

namespace sightline::storage {
namespace {

using bench::OrExit;

// An empty store in a directory of its own, which goes with it.
class ScratchStore {
 public:
  ScratchStore() {
    std::string path = (std::filesystem::temp_directory_path() / "load-bench-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) std::exit(1);
    directory_ = path;
    kv_ = OrExit(KvStore::Open(directory_ + "/db", {}));
  }
  ~ScratchStore() {
    kv_.reset();
    std::filesystem::remove_all(directory_);
  }
  KvStore& kv() { return *kv_; }

 private:
  std::string directory_;
  std::unique_ptr<KvStore> kv_;
};

double PeakMebibytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

// Of all threads of the process, user and system.
double CpuSeconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void SortedIngest(benchmark::State& state) {
  const auto permutation = static_cast<Permutation>(state.range(0));
  const bench::SortedQuads quads = bench::SortedGeneratedQuads({}, permutation);
  uint64_t bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto store = std::make_unique<ScratchStore>();
    state.ResumeTiming();
    auto file = OrExit(store->kv().NewFileWriter(ColumnFamily::kQuads,
                                                 store->kv().ScratchDirectory() + "/run.sst"));
    RunWriter writer(RunNumber{1}, permutation, [&](std::string_view key, std::string_view value) {
      return file->Put(key, value);
    });
    OrExit(writer.Add({{quads.columns[0].data(), quads.columns[1].data(), quads.columns[2].data(),
                        quads.columns[3].data()},
                       quads.size()}));
    OrExit(writer.Finish());
    OrExit(store->kv().Ingest({OrExit(file->Finish())}));
    bytes = writer.bytes();
    state.PauseTiming();
    store.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(static_cast<int64_t>(quads.size()) * state.iterations());
  state.counters["bytes_per_quad"] = static_cast<double>(bytes) / static_cast<double>(quads.size());
}
BENCHMARK(SortedIngest)
    ->DenseRange(0, kPermutationCount - 1)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(3)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

// Arguments: millions of quads, facts a statement (0: one statement a stream), memory in MiB.
void BulkLoad(benchmark::State& state) {
  const uint64_t quad_count = static_cast<uint64_t>(state.range(0)) * 1'000'000;
  const uint64_t facts_per_statement =
      state.range(1) == 0 ? quad_count : static_cast<uint64_t>(state.range(1));
  constexpr int kThreadCount = 2;
  LoadResult result;
  double cpu_reading = 0, cpu_commit = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto store = std::make_unique<ScratchStore>();
    const Dictionary dictionary(&store->kv());
    ContextTable contexts;
    LoadBase base;
    base.kv = &store->kv();
    base.dictionary = &dictionary;
    base.snapshot = store->kv().TakeSnapshot();
    base.catalog = std::make_shared<const Catalog>();
    base.contexts = &contexts;
    base.run = RunNumber{1};
    base.clearance = Clearance::Unrestricted();
    LoadOptions options;
    options.memory_bytes_max = static_cast<uint64_t>(state.range(2)) << 20;
    options.thread_count = kThreadCount;
    state.ResumeTiming();

    double cpu_before = CpuSeconds();
    auto loader = OrExit(BulkLoader::Start(base, options));
    bench::DefineGeneratedPredicates(loader.get());
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreadCount; ++i) {
      BulkLoader::Stream* const stream = OrExit(loader->NewStream());
      threads.emplace_back([=] {
        bench::ProduceGeneratedQuads(stream, {.seed = static_cast<uint64_t>(i) + 1,
                                              .quad_count = quad_count / kThreadCount,
                                              .facts_per_statement = facts_per_statement});
      });
    }
    for (std::thread& thread : threads) thread.join();
    cpu_reading = CpuSeconds() - cpu_before;
    cpu_before = CpuSeconds();
    result = OrExit(loader->Commit(
        1, [](const LoadResult&) -> StatusOr<std::vector<std::pair<std::string, std::string>>> {
          return std::vector<std::pair<std::string, std::string>>{{"load", "done"}};
        }));
    cpu_commit = CpuSeconds() - cpu_before;

    state.PauseTiming();
    loader.reset();
    base.snapshot.reset();
    store.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(static_cast<int64_t>(quad_count) * state.iterations());
  uint64_t bytes = 0;
  for (const uint64_t of_family : result.bytes_by_family) bytes += of_family;
  state.counters["bytes_per_quad"] =
      static_cast<double>(bytes) / static_cast<double>(result.run.quad_count);
  state.counters["terms"] = static_cast<double>(result.terms_new);
  state.counters["statements"] = static_cast<double>(result.entry.statements_added);
  state.counters["peak_MiB"] = PeakMebibytes();
  // Two cores that have nothing else to do need half of the sum.
  state.counters["cpu_reading"] = cpu_reading;
  state.counters["cpu_commit"] = cpu_commit;
  for (int stage = 0; stage < kLoadStageCount; ++stage) {
    state.counters[std::string("s_") + std::string(LoadStageName(static_cast<LoadStage>(stage)))] =
        result.seconds_by_stage[static_cast<size_t>(stage)];
  }
}
BENCHMARK(BulkLoad)
    ->Args({10, 0, 2048})
    ->Args({10, 10, 2048})
    ->Args({10, 1, 2048})
    ->Args({10, 10, 256})
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1)
    ->UseRealTime();

// Generating the quads and making words of them, which BulkLoad's reading includes.
void GenerateWords(benchmark::State& state) {
  bench::QuadGenerator generator({});
  std::string subject;
  for (auto _ : state) {
    const Quad quad = generator.Next();
    subject.clear();
    fmt::format_to(std::back_inserter(subject), "http://example.org/resource/entity/{}",
                   quad.fact.subject.payload());
    fmt::format_to(std::back_inserter(subject), "http://example.org/ontology/predicate/{}",
                   quad.fact.predicate.payload());
    fmt::format_to(std::back_inserter(subject), "http://example.org/resource/entity/{}",
                   quad.fact.object.payload());
    benchmark::DoNotOptimize(subject);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(GenerateWords);

}  // namespace
}  // namespace sightline::storage

BENCHMARK_MAIN();
