// Durable commits a second, against raw RocksDB that writes and syncs as many bytes a commit.
//
// A commit of ours is a transaction of one statement with one fact: an entity that is there gets an
// integer. Raw RocksDB gets one key a commit, of so many bytes that its log grows as much as ours
// did. Writers are threads; rounds of ours and of RocksDB take turns, in one directory.
//
// SIGHTLINE_BENCH_DIR is that directory; it should be on a disk (default: where the program runs).
// SIGHTLINE_BENCH_SECONDS is how long a round lasts (1), SIGHTLINE_BENCH_ROUNDS how many there are
// (7), SIGHTLINE_BENCH_WRITERS the only number of writers (all three). The figures are medians.

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "storage/store.h"
#include "tests/bench/storage/figures.h"

namespace sightline::storage {
namespace {

using bench::OrExit;
using bench::PrintFigure;

constexpr uint64_t kSubjectCount = 10'000;
constexpr std::string_view kPredicate = "turnover";
constexpr std::string_view kClaimant = "org/registry";

std::string SubjectOf(uint64_t number) {
  return fmt::format("org/company-{}", number % kSubjectCount);
}

void Check(const rocksdb::Status& status) {
  if (status.ok()) return;
  fmt::print(stderr, "RocksDB: {}\n", status.ToString());
  std::exit(1);
}

// All that the logs in a directory hold. RocksDB starts a new one every so often; what it deletes
// meanwhile is why the bytes of a commit are measured over few of them.
uint64_t LogBytes(const std::filesystem::path& directory) {
  uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() == ".log") bytes += entry.file_size();
  }
  return bytes;
}

void Prepare(Store* store) {
  const auto transaction = OrExit(store->BeginTransaction(Clearance::Unrestricted()));
  PredicateDefinition predicate;
  predicate.name = kPredicate;
  predicate.range_types = {ValueType::kInteger};
  OrExit(transaction->Define(predicate));
  OrExit(transaction->InternEntity(kClaimant));
  for (uint64_t i = 0; i < kSubjectCount; ++i) OrExit(transaction->InternEntity(SubjectOf(i)));
  OrExit(transaction->Commit());
}

void CommitOne(Store* store, uint64_t number) {
  const auto transaction = OrExit(store->BeginTransaction(Clearance::Unrestricted()));
  StatementDraft draft;
  draft.context.claimant = OrExit(transaction->InternEntity(kClaimant));
  draft.facts = {
      {OrExit(transaction->InternEntity(SubjectOf(number * 7919))),
       OrExit(transaction->InternEntity(kPredicate)),
       OrExit(transaction->InternValue(Value(static_cast<int64_t>(1'000'000 + number))))}};
  OrExit(transaction->Add(draft));
  OrExit(transaction->Commit(Durability::kSynced));
}

// What commits have cost this process.
struct Cost {
  double rate = 0;              // Commits a second.
  double processor_micros = 0;  // A commit, of all threads.
  double switches = 0;          // Of threads that went to sleep, a commit.
};

struct Usage {
  double processor_micros = 0;
  double switches = 0;
};
Usage UsageNow() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto micros = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return {micros(usage.ru_utime) + micros(usage.ru_stime), static_cast<double>(usage.ru_nvcsw)};
}

// Of calls of `commit`, which gets a number that no other call gets.
Cost CostOf(int writer_count, double seconds, std::atomic<uint64_t>* next,
            const std::function<void(uint64_t)>& commit) {
  const Usage before = UsageNow();
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> done{0};
  std::vector<std::thread> writers;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < writer_count; ++i) {
    writers.emplace_back([&] {
      while (!stop) {
        commit(next->fetch_add(1));
        ++done;
      }
    });
  }
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  stop = true;
  for (std::thread& writer : writers) writer.join();
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
  const Usage after = UsageNow();
  const auto count = static_cast<double>(done);
  return {count / spent.count(), (after.processor_micros - before.processor_micros) / count,
          (after.switches - before.switches) / count};
}

// The medians of the rounds.
void PrintCosts(const std::string& name, const std::vector<Cost>& rounds) {
  const auto median = [&rounds](double Cost::*member) {
    std::vector<double> values;
    for (const Cost& round : rounds) values.push_back(round.*member);
    return bench::Median(values);
  };
  PrintFigure(name, median(&Cost::rate), "commits/s");
  PrintFigure(name + "/processor", median(&Cost::processor_micros), "us/commit");
  PrintFigure(name + "/switches", median(&Cost::switches), "switches/commit");
}

// A directory that goes with the object.
class BenchDirectory {
 public:
  BenchDirectory() {
    const char* parent = std::getenv("SIGHTLINE_BENCH_DIR");
    std::string path = std::string(parent == nullptr ? "." : parent) + "/commit-bench-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) {
      fmt::print(stderr, "commit_bench: no directory can be made as {}\n", path);
      std::exit(1);
    }
    path_ = path;
  }
  ~BenchDirectory() { std::filesystem::remove_all(path_); }
  BenchDirectory(const BenchDirectory&) = delete;
  BenchDirectory& operator=(const BenchDirectory&) = delete;

  std::string Child(const char* name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// Of the log, with its headers; over all commits of `commit` that were counted.
uint64_t LogBytesOf(const std::string& directory, std::atomic<uint64_t>* next,
                    const std::function<void(uint64_t)>& commit) {
  constexpr uint64_t kCommits = 200;
  const uint64_t before = LogBytes(directory);
  for (uint64_t i = 0; i < kCommits; ++i) commit(next->fetch_add(1));
  return (LogBytes(directory) - before) / kCommits;
}

int Main() {
  const auto seconds = static_cast<double>(bench::FromEnvironment("SIGHTLINE_BENCH_SECONDS", 1));
  const uint64_t round_count = bench::FromEnvironment("SIGHTLINE_BENCH_ROUNDS", 7);
  const BenchDirectory directory;
  const auto store = OrExit(Store::Open(directory.Child("store"), {}));
  Prepare(store.get());
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* raw_pointer = nullptr;
  Check(rocksdb::DB::Open(options, directory.Child("raw"), &raw_pointer));
  const std::unique_ptr<rocksdb::DB> raw(raw_pointer);

  std::atomic<uint64_t> next{0};
  const std::function<void(uint64_t)> commit = [&](uint64_t number) {
    CommitOne(store.get(), number);
  };
  size_t value_bytes = 1;
  const std::function<void(uint64_t)> raw_commit = [&](uint64_t number) {
    rocksdb::WriteOptions write_options;
    write_options.sync = true;
    const std::string value(value_bytes, static_cast<char>(number));
    Check(raw->Put(write_options, fmt::format("{:016x}", number), value));
  };
  const uint64_t bytes = LogBytesOf(directory.Child("store"), &next, commit);
  value_bytes += bytes - LogBytesOf(directory.Child("raw"), &next, raw_commit);
  PrintFigure("commit/bytes", static_cast<double>(bytes), "B/commit");
  PrintFigure("commit/raw_bytes",
              static_cast<double>(LogBytesOf(directory.Child("raw"), &next, raw_commit)),
              "B/commit");

  const auto only = static_cast<int>(bench::FromEnvironment("SIGHTLINE_BENCH_WRITERS", 0));
  const std::vector<int> writer_counts = only > 0 ? std::vector{only} : std::vector{1, 8, 32};
  for (const int writer_count : writer_counts) {
    std::vector<Cost> costs, raw_costs;
    for (uint64_t round = 0; round < round_count; ++round) {
      costs.push_back(CostOf(writer_count, seconds, &next, commit));
      raw_costs.push_back(CostOf(writer_count, seconds, &next, raw_commit));
    }
    PrintCosts(fmt::format("commit/{}/store", writer_count), costs);
    PrintCosts(fmt::format("commit/{}/raw", writer_count), raw_costs);
  }
  return 0;
}

}  // namespace
}  // namespace sightline::storage

int main() { return sightline::storage::Main(); }
