// What merging entities costs, and whom: the merge itself, and scans and look-ups of others.
//
// A store of three predicates: `follows` between a million pairs of common entities (a quarter of
// SIGHTLINE_BENCH_QUADS each for two of them), `mentions` likewise, and 100,000 more `mentions` of
// each of two hubs. Then one statement says that the hubs are one, and a hundred more pairs are
// merged, so that there are facts everywhere that are renamed. Measured in rounds that take turns,
// as the same scans with and without the identity map; figures are medians.

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "storage/load/store_load.h"
#include "storage/store.h"
#include "tests/bench/storage/figures.h"
#include "tests/support/temp_directory.h"

namespace sightline::storage {
namespace {

using bench::Median;
using bench::OrExit;
using bench::PrintFigure;

constexpr uint64_t kHubFacts = 100'000;
constexpr uint64_t kPairCount = 100;

// Of this thread's processor time: everything is in the cache, and what else runs on the machine
// must not decide between two that are compared.
template <typename Function>
double SecondsOf(Function function) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  };
  const double begin = now();
  function();
  return now() - begin;
}

std::string EntityName(uint64_t number) { return fmt::format("entity/{}", number); }

void Load(Store* store, uint64_t fact_count, uint64_t entity_count) {
  LoadOptions options;
  options.thread_count = 1;
  const auto load = OrExit(store->BeginBulkLoad(Clearance::Unrestricted(), options));
  for (const char* name : {"follows", "mentions"}) {
    PredicateDefinition predicate;
    predicate.name = name;
    OrExit(load->loader().Define(predicate));
  }
  BulkLoader::Stream* const stream = OrExit(load->loader().NewStream());
  StatementDraft draft;
  draft.context.claimant = OrExit(stream->Entity("source"));
  std::mt19937_64 random(1);
  const auto any = [&] { return OrExit(stream->Entity(EntityName(random() % entity_count))); };
  StatementRef statement{};
  const auto add = [&](uint64_t number, TermRef subject, const char* predicate, TermRef object) {
    if (number % 10 == 0) statement = OrExit(stream->OpenStatement(draft));
    OrExit(stream->Add(statement, subject, OrExit(stream->Predicate(predicate)), object));
  };
  for (uint64_t i = 0; i < fact_count; ++i) add(i, any(), "follows", any());
  for (uint64_t i = 0; i < fact_count; ++i) add(i, any(), "mentions", any());
  for (const char* hub : {"hub/a", "hub/b"}) {
    for (uint64_t i = 0; i < kHubFacts; ++i) {
      add(i, OrExit(stream->Entity(hub)), "mentions",
          OrExit(stream->Entity(EntityName(i * 7 % entity_count))));
    }
  }
  OrExit(load->Commit());
}

// One statement for each pair.
void Merge(Store* store, const std::vector<std::pair<std::string, std::string>>& pairs) {
  const auto transaction = OrExit(store->BeginTransaction(Clearance::Unrestricted()));
  const TermId same_as = OrExit(transaction->View())->catalog().FindPredicate(kSameAs)->id;
  for (const auto& [a, b] : pairs) {
    StatementDraft draft;
    draft.context.claimant = OrExit(transaction->InternEntity("source"));
    draft.facts = {
        {OrExit(transaction->InternEntity(a)), same_as, OrExit(transaction->InternEntity(b))}};
    OrExit(transaction->Add(draft));
  }
  OrExit(transaction->Commit());
}

uint64_t CountRows(MergedScan* scan) {
  ScanBatch batch;
  uint64_t sum = 0;
  while (const size_t rows = OrExit(scan->Next(&batch))) {
    sum += rows + (batch.columns[2][rows - 1].bits & 1);
  }
  return sum;
}

// Seconds for all rows with the prefix.
double Scan(const ReadView& view, const ScopePtr& scope, Permutation permutation,
            const KeyPrefix& prefix) {
  return SecondsOf([&] { CountRows(OrExit(view.Scan(permutation, prefix, scope)).get()); });
}

// Seconds for looking up all of them, ascending, with one scan that is moved.
double LookUp(const ReadView& view, const ScopePtr& scope, TermId predicate,
              const std::vector<TermId>& subjects) {
  const auto scan = OrExit(view.Scan(Permutation::kPso, KeyPrefix::Of(predicate), scope));
  return SecondsOf([&] {
    for (const TermId subject : subjects) {
      OrExit(scan->Rebind(KeyPrefix::Of(predicate, subject)));
      CountRows(scan.get());
    }
  });
}

void Compare(const std::string& name, const ScopePtr& apart, const ScopePtr& merged,
             const std::function<double(const ScopePtr&)>& measure) {
  const uint64_t rounds = bench::FromEnvironment("SIGHTLINE_BENCH_ROUNDS", 15);
  std::vector<double> without, with;
  measure(apart);  // Into the cache.
  for (uint64_t i = 0; i < rounds; ++i) {
    const auto first = [&] { without.push_back(measure(apart)); };
    const auto second = [&] { with.push_back(measure(merged)); };
    if (i % 2 == 0) {
      first();
      second();
    } else {
      second();
      first();
    }
  }
  PrintFigure("identity/" + name + "/apart", 1e3 * Median(without), "ms");
  PrintFigure("identity/" + name + "/merged", 1e3 * Median(with), "ms");
}

void Run() {
  const uint64_t fact_count = bench::FromEnvironment("SIGHTLINE_BENCH_QUADS", 2'000'000) / 4;
  const uint64_t entity_count = fact_count / 5;
  const test::TempDirectory directory;
  StoreOptions options;
  options.compacts_in_background = false;
  options.kv.block_cache_bytes = 2ull << 30;
  const auto store = OrExit(Store::Open(directory.path(), options));
  Load(store.get(), fact_count, entity_count);

  const uint64_t quads_before = store->Statistics().quads;
  PrintFigure("identity/merge", 1e3 * SecondsOf([&] {
                                  Merge(store.get(), {{"hub/b", "hub/a"}});
                                }),
              "ms");
  PrintFigure("identity/merge/quads", static_cast<double>(store->Statistics().quads - quads_before),
              "quads");
  const auto hubs_only = OrExit(store->OpenReadView(std::nullopt, Clearance::Unrestricted()));
  const auto predicate = [&](const char* name) {
    return hubs_only->catalog().FindPredicate(name)->id;
  };
  const TermId follows = predicate("follows"), mentions = predicate("mentions");
  const ScopePtr apart = hubs_only->default_scope();
  const ScopePtr hubs = OrExit(hubs_only->MergingEntities(apart));
  Compare("hubs/others", apart, hubs, [&](const ScopePtr& scope) {
    return Scan(*hubs_only, scope, Permutation::kPso, KeyPrefix::Of(follows));
  });
  Compare("hubs/theirs", apart, hubs, [&](const ScopePtr& scope) {
    return Scan(*hubs_only, scope, Permutation::kPso, KeyPrefix::Of(mentions));
  });
  std::vector<TermId> subjects;
  for (uint64_t i = 0; i < 20'000; ++i) {
    subjects.push_back(*OrExit(hubs_only->FindNode(EntityName(i * 3 % entity_count))));
  }
  std::sort(subjects.begin(), subjects.end());
  Compare("hubs/lookups", apart, hubs,
          [&](const ScopePtr& scope) { return LookUp(*hubs_only, scope, follows, subjects); });
  const TermId hub = *OrExit(hubs_only->FindNode("hub/a"));
  Compare("hubs/hub", apart, hubs, [&](const ScopePtr& scope) {
    return Scan(*hubs_only, scope, Permutation::kPso, KeyPrefix::Of(mentions, hub));
  });

  std::vector<std::pair<std::string, std::string>> pairs;
  for (uint64_t i = 0; i < kPairCount; ++i) {
    pairs.emplace_back(EntityName(i * 997 % entity_count),
                       EntityName((i * 997 + 1) % entity_count));
  }
  Merge(store.get(), pairs);
  const auto view = OrExit(store->OpenReadView(std::nullopt, Clearance::Unrestricted()));
  const ScopePtr raw = view->default_scope();
  const ScopePtr merged = OrExit(view->MergingEntities(raw));
  Compare("pairs/scan", raw, merged, [&](const ScopePtr& scope) {
    return Scan(*view, scope, Permutation::kPso, KeyPrefix::Of(follows));
  });
  Compare("pairs/objects", raw, merged, [&](const ScopePtr& scope) {
    return Scan(*view, scope, Permutation::kPos, KeyPrefix::Of(follows));
  });
  Compare("pairs/lookups", raw, merged,
          [&](const ScopePtr& scope) { return LookUp(*view, scope, follows, subjects); });
  std::vector<double> made;
  for (int i = 0; i < 15; ++i) {
    made.push_back(SecondsOf([&] { OrExit(view->MergingEntities(raw)); }));
  }
  PrintFigure("identity/map", 1e6 * Median(made), "us");
}

}  // namespace
}  // namespace sightline::storage

int main() { sightline::storage::Run(); }
