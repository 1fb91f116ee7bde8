// The dictionary: bytes a term on disk, and look-ups a second both ways, for the two ways in which
// terms are kept: as segments (bulk loads) and as two keys each (transactions).
//
// The terms are those of an N-Triples file, and made-up names. SIGHTLINE_BENCH_TRIPLES names the
// file (.zst; needs the zstd command); without it, that of WatDiv beside the repository, if there.
// Everything is in the block cache. "bytes/term" counts the table files; "index" is memory.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <tuple>
#include <unordered_set>
#include <vector>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "storage/base/encoding.h"
#include "storage/dictionary/dictionary.h"
#include "tests/support/temp_directory.h"

namespace sightline::storage {
namespace {

constexpr char kDefaultTriples[] = "../shared/data/watdiv/watdiv-s10.nt.zst";

void Check(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "dictionary_bench: %s\n", status.ToString().c_str());
  std::abort();
}
template <typename T>
T OrDie(StatusOr<T> value) {
  Check(value.status());
  return *std::move(value);
}

// The IRIs and literals of an N-Triples file, each once, ascending.
std::vector<std::string> TermsOfTriples(const std::string& path) {
  std::unordered_set<std::string> terms;
  FILE* lines = popen(("zstd -dcq '" + path + "'").c_str(), "r");
  if (lines == nullptr) return {};
  char* line = nullptr;
  size_t capacity = 0;
  while (getline(&line, &capacity, lines) > 0) {
    std::string_view rest(line);
    while (!rest.empty()) {
      const size_t begin = rest.find_first_of("<\"");
      if (begin == rest.npos) break;
      const char end_char = rest[begin] == '<' ? '>' : '"';
      size_t end = begin + 1;
      while (end < rest.size() && rest[end] != end_char) end += rest[end] == '\\' ? 2 : 1;
      if (end >= rest.size()) break;
      terms.emplace(rest.substr(begin + 1, end - begin - 1));
      rest.remove_prefix(end + 1);
    }
  }
  free(line);
  pclose(lines);
  std::vector<std::string> sorted(terms.begin(), terms.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

// Ids as analysts' graphs have them: a kind, and a hash or some words.
std::vector<std::string> MadeUpNames(size_t count) {
  constexpr const char* kKinds[] = {"org/", "person/", "doc/", "addr-", "NK-"};
  constexpr const char* kWords[] = {"north", "trade", "steel",  "optics", "import",  "holding",
                                    "group", "east",  "marine", "energy", "capital", "invest"};
  std::mt19937_64 random(7);
  std::unordered_set<std::string> names;
  while (names.size() < count) {
    std::string name = kKinds[random() % 5];
    if (random() % 2 == 0) {
      name += fmt::format("{:016x}", random());
    } else {
      for (int i = 0; i < 3; ++i) name += fmt::format("{}-", kWords[random() % 12]);
      name += fmt::format("{}", random() % 100'000);
    }
    names.insert(std::move(name));
  }
  std::vector<std::string> sorted(names.begin(), names.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

// 0: triples, 1: made-up names.
const std::vector<std::string>& TermsOf(int64_t source) {
  static std::map<int64_t, std::vector<std::string>> all;
  auto [place, is_new] = all.try_emplace(source);
  if (is_new) {
    const char* path = std::getenv("SIGHTLINE_BENCH_TRIPLES");
    if (path == nullptr) path = kDefaultTriples;
    if (source == 1) {
      place->second = MadeUpNames(500'000);
    } else if (std::filesystem::exists(path)) {
      place->second = TermsOfTriples(path);
    }
    size_t bytes = 0;
    for (const std::string& term : place->second) bytes += term.size();
    if (!place->second.empty()) {
      std::fprintf(stderr, "%s: %zu terms, %.1f bytes each\n", source == 0 ? path : "made-up names",
                   place->second.size(), static_cast<double>(bytes) / place->second.size());
    }
  }
  return place->second;
}

enum class Form { kSegment, kTwoKeys, kHashed };

// A store with all terms in one of the forms.
struct Filled {
  test::TempDirectory directory;
  std::unique_ptr<KvStore> kv;
  std::unique_ptr<Dictionary> dictionary;
  std::vector<TermId> ids;  // Of each term.
  uint64_t disk_bytes = 0;
  uint64_t index_bytes = 0;
};

std::string HashKey(std::string_view term) {
  std::string key(1, static_cast<char>(TermTag::kEntity));
  AppendFixed64(XXH3_64bits(term.data(), term.size()), &key);
  return key;
}

void Ingest(Filled* filled, std::vector<std::unique_ptr<KvFileWriter>> writers) {
  std::vector<KvFile> files;
  for (const auto& writer : writers) {
    files.push_back(OrDie(writer->Finish()));
    filled->disk_bytes += files.back().bytes;
  }
  Check(filled->kv->Ingest(files));
}

void FillSegment(const std::vector<std::string>& terms, const TermBlockLimits& limits,
                 Filled* filled) {
  std::vector<std::unique_ptr<KvFileWriter>> writers;
  for (const ColumnFamily family : {ColumnFamily::kTermBlocks, ColumnFamily::kTermIndex}) {
    const std::string path = filled->directory.Child(fmt::format("file{}", writers.size()));
    writers.push_back(OrDie(filled->kv->NewFileWriter(family, path)));
  }
  TermSegmentWriter segment(
      TermTag::kEntity, 1, 1, [&](auto key, auto value) { return writers[0]->Put(key, value); },
      [&](auto key, auto value) { return writers[1]->Put(key, value); }, limits);
  for (const std::string& term : terms) {
    filled->ids.push_back(TermId::Make(TermTag::kEntity, OrDie(segment.Add(term))));
  }
  const std::vector<TermSegment> list = {OrDie(segment.Finish())};
  Ingest(filled, std::move(writers));
  const TermSegmentsPtr segments = OrDie(TermSegments::Load(filled->kv.get(), list, nullptr));
  filled->index_bytes = segments->IndexBytes();
  filled->dictionary = std::make_unique<Dictionary>(filled->kv.get(), segments);
}

// As transactions leave it once RocksDB has compacted it.
void FillKeys(const std::vector<std::string>& terms, bool hashed, Filled* filled) {
  std::vector<std::unique_ptr<KvFileWriter>> writers;
  for (const ColumnFamily family : {ColumnFamily::kTermToId, ColumnFamily::kIdToTerm}) {
    const std::string path = filled->directory.Child(fmt::format("file{}", writers.size()));
    writers.push_back(OrDie(filled->kv->NewFileWriter(family, path)));
  }
  // Numbers come in the order of first use: any order.
  std::vector<uint64_t> numbers(terms.size());
  for (size_t i = 0; i < terms.size(); ++i) numbers[i] = i + 1;
  std::shuffle(numbers.begin(), numbers.end(), std::mt19937_64(3));
  std::map<std::string, uint64_t> term_to_id;
  std::vector<const std::string*> id_to_term(terms.size());
  for (size_t i = 0; i < terms.size(); ++i) {
    const std::string tag(1, static_cast<char>(TermTag::kEntity));
    term_to_id.emplace(hashed ? HashKey(terms[i]) : tag + terms[i], numbers[i]);
    id_to_term[numbers[i] - 1] = &terms[i];
    filled->ids.push_back(TermId::Make(TermTag::kEntity, numbers[i]));
  }
  for (const auto& [key, number] : term_to_id) {
    std::string value;
    AppendFixed64(number, &value);
    Check(writers[0]->Put(key, value));
  }
  for (size_t i = 0; i < id_to_term.size(); ++i) {
    std::string key(1, static_cast<char>(TermTag::kEntity));
    AppendFixed64(i + 1, &key);
    Check(writers[1]->Put(key, *id_to_term[i]));
  }
  Ingest(filled, std::move(writers));
  filled->dictionary = std::make_unique<Dictionary>(filled->kv.get());
}

// By source, form and terms a block. main() empties it: RocksDB must outlive the stores.
using Stores = std::map<std::tuple<int64_t, Form, uint32_t>, std::unique_ptr<Filled>>;
Stores& AllStores() {
  static Stores stores;
  return stores;
}

// Null without terms.
Filled* FilledStore(int64_t source, Form form, uint32_t block_terms) {
  const std::vector<std::string>& terms = TermsOf(source);
  if (terms.empty()) return nullptr;
  auto& filled = AllStores()[{source, form, block_terms}];
  if (filled == nullptr) {
    filled = std::make_unique<Filled>();
    filled->kv = OrDie(KvStore::Open(filled->directory.Child("kv"), {}));
    if (form == Form::kSegment) {
      FillSegment(terms, {.terms = block_terms}, filled.get());
    } else {
      FillKeys(terms, form == Form::kHashed, filled.get());
    }
    for (const TermId id : filled->ids) OrDie(filled->dictionary->BytesOf(id, nullptr));
  }
  return filled.get();
}

void Report(const Filled& filled, benchmark::State* state) {
  const auto per_term = [&](uint64_t bytes) {
    return static_cast<double>(bytes) / static_cast<double>(filled.ids.size());
  };
  state->counters["bytes/term"] = per_term(filled.disk_bytes);
  state->counters["index"] = per_term(filled.index_bytes);
  state->SetItemsProcessed(state->iterations());
}

// The same for every form: places of terms in any order.
std::vector<uint32_t> Places(size_t count) {
  std::mt19937_64 random(11);
  std::vector<uint32_t> places(1 << 16);
  for (uint32_t& place : places) place = static_cast<uint32_t>(random() % count);
  return places;
}

template <Form kForm, bool kHit>
void BM_Find(benchmark::State& state) {
  Filled* filled = FilledStore(state.range(0), kForm, static_cast<uint32_t>(state.range(1)));
  if (filled == nullptr) return state.SkipWithError("no file of triples");
  const std::vector<std::string>& terms = TermsOf(state.range(0));
  std::vector<std::string> wanted;
  for (const uint32_t place : Places(terms.size())) {
    wanted.push_back(terms[place] + (kHit ? "" : "~"));
  }
  size_t i = 0;
  for (auto _ : state) {
    const std::string& term = wanted[i++ & 0xFFFF];
    if constexpr (kForm == Form::kHashed) {
      // What a look-up by hash would do: the number, then whether it is the term's.
      StatusOr<std::string> number = filled->kv->Get(ColumnFamily::kTermToId, HashKey(term));
      if (!number.ok()) continue;
      const std::string key = std::string(1, static_cast<char>(TermTag::kEntity)) + *number;
      benchmark::DoNotOptimize(*filled->kv->Get(ColumnFamily::kIdToTerm, key) == term);
    } else {
      const auto found = filled->dictionary->Find(TermTag::kEntity, term, nullptr);
      if (found->has_value() != kHit) state.SkipWithError("wrong answer");
    }
  }
  Report(*filled, &state);
}

// kHot: few terms, which the cache holds.
template <Form kForm, bool kHot>
void BM_BytesOf(benchmark::State& state) {
  Filled* filled = FilledStore(state.range(0), kForm, static_cast<uint32_t>(state.range(1)));
  if (filled == nullptr) return state.SkipWithError("no file of triples");
  std::vector<uint32_t> places = Places(filled->ids.size());
  if (kHot) {
    for (size_t i = 0; i < places.size(); ++i) places[i] = places[i % 512];
  }
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        filled->dictionary->BytesOf(filled->ids[places[i++ & 0xFFFF]], nullptr));
  }
  Report(*filled, &state);
}

// A transaction that meets terms again: no look-up in the store, no allocation.
void BM_InternAgain(benchmark::State& state) {
  Filled* filled = FilledStore(1, Form::kSegment, TermBlockLimits().terms);
  DictionaryDelta delta(filled->dictionary.get(), nullptr, {.entity = filled->ids.size() + 1});
  const std::vector<std::string>& terms = TermsOf(1);
  std::vector<std::string> wanted;
  for (const uint32_t place : Places(terms.size())) wanted.push_back(terms[place % 4096]);
  for (const std::string& term : wanted) OrDie(delta.Intern(TermTag::kEntity, term));
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(delta.Intern(TermTag::kEntity, wanted[i++ & 0xFFFF]));
  }
  state.SetItemsProcessed(state.iterations());
}

void WriteSegment(benchmark::State& state) {
  const std::vector<std::string>& terms = TermsOf(state.range(0));
  if (terms.empty()) return state.SkipWithError("no file of triples");
  const auto drop = [](auto, auto) { return OkStatus(); };
  for (auto _ : state) {
    TermSegmentWriter writer(TermTag::kEntity, 1, 1, drop, drop);
    for (const std::string& term : terms) OrDie(writer.Add(term));
    OrDie(writer.Finish());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(terms.size()));
}

// {source, terms a block}; two keys have no blocks.
void Segments(benchmark::internal::Benchmark* bench) {
  bench->ArgsProduct({{0, 1}, {8, 16, 32, 64, 128}})->ArgNames({"source", "block"});
}
void Keys(benchmark::internal::Benchmark* bench) {
  bench->ArgsProduct({{0, 1}, {0}})->ArgNames({"source", "block"});
}

BENCHMARK(BM_Find<Form::kSegment, true>)->Name("Find/segment/hit")->Apply(Segments);
BENCHMARK(BM_Find<Form::kSegment, false>)->Name("Find/segment/miss")->Apply(Segments);
BENCHMARK(BM_Find<Form::kTwoKeys, true>)->Name("Find/two_keys/hit")->Apply(Keys);
BENCHMARK(BM_Find<Form::kTwoKeys, false>)->Name("Find/two_keys/miss")->Apply(Keys);
BENCHMARK(BM_Find<Form::kHashed, true>)->Name("Find/hashed/hit")->Apply(Keys);
BENCHMARK(BM_Find<Form::kHashed, false>)->Name("Find/hashed/miss")->Apply(Keys);
BENCHMARK(BM_BytesOf<Form::kSegment, false>)->Name("BytesOf/segment/any")->Apply(Segments);
BENCHMARK(BM_BytesOf<Form::kTwoKeys, false>)->Name("BytesOf/two_keys/any")->Apply(Keys);
BENCHMARK(BM_BytesOf<Form::kSegment, true>)->Name("BytesOf/segment/hot")->Args({1, 64});
BENCHMARK(BM_InternAgain)->Name("Intern/again");
BENCHMARK(WriteSegment)->Name("WriteSegment")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sightline::storage

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  sightline::storage::AllStores().clear();
  return 0;
}
