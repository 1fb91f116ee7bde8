// How long it takes to find a name among many.
//
// The store is bulk-loaded with SIGHTLINE_BENCH_NAMES names (500,000), made from those of the
// sanction lists in the shared data folder: the words of two names put together, and a letter
// changed in every other. Then it is asked SIGHTLINE_BENCH_QUERIES times (2,000) for names that are
// in it, each with a typing error, in one thread, everything in the block cache:
//
//   exact      NodesNamed, the name as it is
//   first five NodesAlike with count_max 5
//   all        NodesAlike without a bound, as NAMED ~ asks
//
// Figures are milliseconds: median, 95th and 99th percentile; and what the load takes, with names
// and, to compare with, with the same texts under a predicate that is no name.

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "storage/load/store_load.h"
#include "storage/store.h"
#include "tests/bench/storage/figures.h"
#include "tests/support/sanction_lists.h"
#include "tests/support/temp_directory.h"

namespace sightline::storage {
namespace {

using bench::FromEnvironment;
using bench::OrExit;
using bench::PrintFigure;
using bench::Quantile;
using bench::SecondsOf;

std::vector<std::string_view> WordsOf(std::string_view name) {
  std::vector<std::string_view> words;
  for (size_t begin = 0; begin < name.size();) {
    const size_t end = std::min(name.find(' ', begin), name.size());
    if (end > begin) words.push_back(name.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

// Of ASCII letters; other names stay as they are.
void ChangeALetter(std::mt19937_64* random, std::string* name) {
  const size_t place = (*random)() % name->size();
  const auto is_letter = [](char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; };
  if (is_letter((*name)[place])) (*name)[place] = static_cast<char>('a' + (*random)() % 26);
}

std::vector<std::string> MakeNames(size_t count) {
  std::vector<std::string> listed;
  for (const auto& entity : test::ReadSanctionLists(test::SharedDataFolder())) {
    listed.insert(listed.end(), entity.names.begin(), entity.names.end());
  }
  std::mt19937_64 random(1);
  std::vector<std::string> names;
  if (listed.empty()) return names;
  while (names.size() < count) {
    const std::string& first = listed[random() % listed.size()];
    const std::string& second = listed[random() % listed.size()];
    std::string name;
    for (const std::string_view word : WordsOf(first)) {
      if (random() % 3 != 0) name.append(word).push_back(' ');
    }
    for (const std::string_view word : WordsOf(second)) {
      if (random() % 3 == 0) name.append(word).push_back(' ');
    }
    if (name.size() < 3 || name.size() > 200) continue;
    name.pop_back();
    if (random() % 2 == 0) ChangeALetter(&random, &name);
    names.push_back(std::move(name));
  }
  return names;
}

double LoadSeconds(Store* store, const std::vector<std::string>& names, bool are_names) {
  return SecondsOf([&] {
    auto load = OrExit(store->BeginBulkLoad(Clearance::Unrestricted(), {}));
    PredicateDefinition motto;
    motto.name = "motto";
    OrExit(load->loader().Define(motto));
    auto* const stream = OrExit(load->loader().NewStream());
    StatementDraft draft;
    draft.context.claimant = OrExit(stream->Entity("gov/list"));
    const StatementRef statement = OrExit(stream->OpenStatement(draft));
    const PredicateRef predicate = OrExit(stream->Predicate(are_names ? kName : "motto"));
    for (size_t i = 0; i < names.size(); ++i) {
      OrExit(stream->Add(statement, OrExit(stream->Entity(fmt::format("org/{}", i))), predicate,
                         OrExit(stream->Text(names[i]))));
    }
    OrExit(load->Commit());
  });
}

void PrintMilliseconds(std::string_view what, std::vector<double> seconds) {
  for (const auto& [share, name] : {std::pair(0.5, "p50"), {0.95, "p95"}, {0.99, "p99"}}) {
    PrintFigure(fmt::format("{} {}", what, name), Quantile(seconds, share) * 1000, "ms");
  }
}

int Main() {
  const std::vector<std::string> names =
      MakeNames(FromEnvironment("SIGHTLINE_BENCH_NAMES", 500'000));
  if (names.empty()) {
    fmt::print(stderr, "the sanction lists are not in {}\n", test::SharedDataFolder());
    return 1;
  }
  const test::TempDirectory directory;
  {
    const auto plain = OrExit(Store::Open(directory.Child("plain"), {}));
    PrintFigure("load of texts", LoadSeconds(plain.get(), names, false), "s");
  }
  const auto store = OrExit(Store::Open(directory.Child("names"), {}));
  PrintFigure("load of names", LoadSeconds(store.get(), names, true), "s");
  for (const KvFamilyBytes& family : store->Statistics().families) {
    if (!family.name.starts_with("name")) continue;
    PrintFigure(family.name,
                static_cast<double>(family.disk_bytes) / static_cast<double>(names.size()),
                "bytes a name");
  }
  const auto view = OrExit(store->OpenReadView({}, Clearance::Unrestricted()));
  const Scope& scope = *view->default_scope();
  std::mt19937_64 random(2);
  const uint64_t query_count = FromEnvironment("SIGHTLINE_BENCH_QUERIES", 2000);
  std::vector<double> exact, five, all;
  double found = 0;
  for (uint64_t i = 0; i < query_count + 100; ++i) {
    std::string name = names[random() % names.size()];
    const double exact_seconds = SecondsOf([&] { OrExit(view->NodesNamed(name, scope)); });
    ChangeALetter(&random, &name);
    const double five_seconds =
        SecondsOf([&] { OrExit(view->NodesAlike(name, scope, {.count_max = 5})); });
    const double all_seconds = SecondsOf(
        [&] { found += static_cast<double>(OrExit(view->NodesAlike(name, scope, {})).size()); });
    if (i < 100) continue;  // The cache fills.
    exact.push_back(exact_seconds);
    five.push_back(five_seconds);
    all.push_back(all_seconds);
  }
  PrintMilliseconds("exact", exact);
  PrintMilliseconds("first five", five);
  PrintMilliseconds("all", all);
  PrintFigure("alike on average", found / static_cast<double>(query_count + 100), "nodes");
  return 0;
}

}  // namespace
}  // namespace sightline::storage

int main() { return sightline::storage::Main(); }
