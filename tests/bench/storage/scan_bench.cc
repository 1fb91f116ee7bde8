// Scans and look-ups of a whole store, against limits and a peer measured in the same run.
//
// The store is bulk-loaded with generated quads, ten a statement, every tenth statement marked
// TLP:RED. Everything is in the block cache. For SPO and POS, in rounds that take turns:
//
//   store      MergedScan over all facts, the reader sees everything
//   hidden     the same for a reader who may not see the red tenth
//   columns    the same facts added up from plain columns in memory: no decoding at all
//   decode     the same blocks, unpacked from a vector in memory: the limit of our format
//   keys       RocksDB with one key a quad (33 bytes, LZ4, no value), iterated and decoded
//   delta      as `store`, with one per cent of the quads more in the delta
//
// Then look-ups of random keys in SPO, before and with the delta. SIGHTLINE_BENCH_QUADS says how
// many quads (2,000,000; the documented runs have 10,000,000), SIGHTLINE_BENCH_ROUNDS how many
// rounds (7). The figures are medians; rates count quads, not distinct facts.

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "storage/base/check.h"
#include "storage/base/encoding.h"
#include "storage/index/quad_block.h"
#include "storage/index/quad_key.h"
#include "storage/load/store_load.h"
#include "storage/store.h"
#include "tests/bench/storage/figures.h"
#include "tests/bench/storage/generated_load.h"
#include "tests/bench/storage/generated_quads.h"
#include "tests/support/temp_directory.h"

namespace sightline::storage {
namespace {

using bench::Median;
using bench::OrExit;
using bench::PrintFigure;
using bench::SortedQuads;

constexpr uint64_t kCacheBytes = 4ull << 30;
constexpr uint64_t kSeedOfDelta = 100;

// What a reader of facts does with them, for all that are measured the same. Facts that are said
// twice count once.
class FactSum {
 public:
  void Add(const uint64_t* a, const uint64_t* b, const uint64_t* c, size_t count) {
    uint64_t sum = 0;
    for (size_t i = 0; i < count; ++i) sum += a[i] ^ b[i] ^ c[i];
    sum_ += sum;
  }
  uint64_t sum() const { return sum_; }

 private:
  uint64_t sum_ = 0;
};

const uint64_t* Bits(const std::vector<TermId>& column) {
  static_assert(sizeof(TermId) == sizeof(uint64_t));
  return reinterpret_cast<const uint64_t*>(column.data());
}

uint64_t ScanFacts(const ReadView& view, Permutation permutation) {
  FactSum sum;
  ScanBatch batch;
  const auto scan = OrExit(view.Scan(permutation, {}, view.default_scope()));
  while (OrExit(scan->Next(&batch)) > 0) {
    sum.Add(Bits(batch.columns[0]), Bits(batch.columns[1]), Bits(batch.columns[2]),
            batch.row_count);
  }
  return sum.sum();
}

SortedQuads ReadQuads(const ReadView& view, Permutation permutation) {
  SortedQuads quads;
  ScanBatch batch;
  const auto scan =
      OrExit(view.Scan(permutation, {}, view.default_scope(), {.rows = ScanRows::kStatements}));
  while (OrExit(scan->Next(&batch)) > 0) {
    for (size_t column = 0; column < 3; ++column) {
      for (const TermId term : batch.columns[column]) quads.columns[column].push_back(term.bits);
    }
    for (const StatementId id : batch.statements) quads.columns[3].push_back(id.value);
  }
  return quads;
}

uint64_t SumColumns(const SortedQuads& quads) {
  FactSum sum;
  constexpr size_t kBatchRows = 2048;
  for (size_t row = 0; row < quads.size(); row += kBatchRows) {
    sum.Add(quads.columns[0].data() + row, quads.columns[1].data() + row,
            quads.columns[2].data() + row, std::min(kBatchRows, quads.size() - row));
  }
  return sum.sum();
}

uint64_t CountFacts(const SortedQuads& quads) {
  uint64_t count = 0;
  for (size_t row = 0; row < quads.size(); ++row) {
    bool repeats = row > 0;
    for (size_t i = 0; i < 3 && repeats; ++i) {
      repeats = quads.columns[i][row] == quads.columns[i][row - 1];
    }
    count += !repeats;
  }
  return count;
}

std::vector<std::string> BlocksOf(const SortedQuads& quads) {
  std::vector<std::string> blocks;
  for (size_t row = 0; row < quads.size(); row += kBlockRows) {
    QuadRows rows;
    for (size_t i = 0; i < 4; ++i) rows.columns[i] = quads.columns[i].data() + row;
    rows.row_count = std::min(kBlockRows, quads.size() - row);
    blocks.push_back(EncodeQuadBlock(rows));
  }
  return blocks;
}

uint64_t DecodeBlocks(const std::vector<std::string>& blocks) {
  FactSum sum;
  GroupRows group_rows;
  for (const std::string& bytes : blocks) {
    const QuadBlock block = OrExit(QuadBlock::Open(bytes));
    for (size_t group = 0; group < block.group_count(); ++group) {
      OrExit(block.UnpackGroup(group, &group_rows));
      const QuadRows rows = group_rows.rows();
      sum.Add(rows.columns[0], rows.columns[1], rows.columns[2], rows.row_count);
    }
  }
  return sum.sum();
}

// One byte of permutation, then four big-endian numbers: sorts as the quads do.
std::string EncodeQuadKey(Permutation permutation, const QuadKey& key) {
  std::string bytes;
  AppendByte(static_cast<uint8_t>(permutation), &bytes);
  for (const uint64_t part : key) AppendFixed64(part, &bytes);
  return bytes;
}

QuadKey DecodeQuadKey(std::string_view bytes) {
  const char* parts = bytes.data() + 1;
  return {LoadFixed64(parts), LoadFixed64(parts + 8), LoadFixed64(parts + 16),
          LoadFixed64(parts + 24)};
}

// The peer: what a triple store on RocksDB commonly does, a key a quad.
class KeyStore {
 public:
  KeyStore(const std::string& directory, Permutation permutation, const SortedQuads& quads) {
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = rocksdb::NewLRUCache(kCacheBytes);
    rocksdb::Options options;
    options.create_if_missing = true;
    options.compression = rocksdb::kLZ4Compression;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    rocksdb::DB* db = nullptr;
    Check(rocksdb::DB::Open(options, directory, &db));
    db_.reset(db);
    rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), options);
    Check(writer.Open(directory + "/quads.sst"));
    for (size_t row = 0; row < quads.size(); ++row) {
      const QuadKey key{quads.columns[0][row], quads.columns[1][row], quads.columns[2][row],
                        quads.columns[3][row]};
      Check(writer.Put(EncodeQuadKey(permutation, key), ""));
    }
    rocksdb::ExternalSstFileInfo info;
    Check(writer.Finish(&info));
    bytes_ = info.file_size;
    rocksdb::IngestExternalFileOptions ingest;
    ingest.move_files = true;
    Check(db_->IngestExternalFile({directory + "/quads.sst"}, ingest));
  }

  uint64_t bytes() const { return bytes_; }

  uint64_t ScanFacts() const {
    FactSum sum;
    QuadKey last{};
    const std::unique_ptr<rocksdb::Iterator> iterator(db_->NewIterator(rocksdb::ReadOptions()));
    for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
      const QuadKey key = DecodeQuadKey({iterator->key().data(), iterator->key().size()});
      if (key[0] == last[0] && key[1] == last[1] && key[2] == last[2]) continue;
      sum.Add(&key[0], &key[1], &key[2], 1);
      last = key;
    }
    Check(iterator->status());
    return sum.sum();
  }

  // Whether a fact is there, with an iterator of its own, as a scan has one.
  bool Contains(Permutation permutation, const QuadKey& fact) const {
    const std::unique_ptr<rocksdb::Iterator> iterator(db_->NewIterator(rocksdb::ReadOptions()));
    iterator->Seek(EncodeQuadKey(permutation, fact));
    return iterator->Valid();
  }

 private:
  static void Check(const rocksdb::Status& status) {
    if (status.ok()) return;
    fmt::print(stderr, "RocksDB: {}\n", status.ToString());
    std::exit(1);
  }

  std::unique_ptr<rocksdb::DB> db_;
  uint64_t bytes_ = 0;
};

void Load(Store* store, uint64_t quad_count) {
  constexpr int kThreadCount = 2;
  LoadOptions options;
  options.memory_bytes_max = 2ull << 30;
  options.thread_count = kThreadCount;
  const auto load = OrExit(store->BeginBulkLoad(Clearance::Unrestricted(), options));
  bench::DefineGeneratedPredicates(&load->loader());
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < kThreadCount; ++i) {
    BulkLoader::Stream* const stream = OrExit(load->loader().NewStream());
    threads.emplace_back([=] {
      bench::ProduceGeneratedQuads(
          stream, {.seed = 1 + i, .quad_count = quad_count / kThreadCount, .red_every = 10});
    });
  }
  for (std::thread& thread : threads) thread.join();
  OrExit(load->Commit());
}

// Through transactions, so that they stay in the delta.
void AddToDelta(Store* store, uint64_t quad_count) {
  constexpr uint64_t kFactsPerStatement = 10;
  constexpr uint64_t kStatementsPerCommit = 1000;
  bench::GeneratedQuadsOptions options;
  options.seed = kSeedOfDelta;
  bench::QuadGenerator generator(options);
  for (uint64_t added = 0; added < quad_count;) {
    const auto transaction = OrExit(store->BeginTransaction(Clearance::Unrestricted()));
    StatementDraft draft;
    draft.context.claimant = OrExit(transaction->InternEntity("http://example.org/source"));
    for (uint64_t i = 0; i < kStatementsPerCommit && added < quad_count; ++i) {
      draft.facts.clear();
      for (uint64_t fact = 0; fact < kFactsPerStatement; ++fact, ++added) {
        const Quad quad = generator.Next();
        TermId object = quad.fact.object;
        if (HasDictionaryEntry(object.tag())) {
          object = object.is_entity()
                       ? OrExit(transaction->InternEntity(bench::EntityNameOf(object)))
                       : OrExit(transaction->InternValue(Value::OfText(bench::TextOf(object))));
        }
        draft.facts.push_back(
            {OrExit(transaction->InternEntity(bench::EntityNameOf(quad.fact.subject))),
             OrExit(
                 transaction->InternEntity(bench::PredicateNameOf(quad.fact.predicate.payload()))),
             object});
      }
      OrExit(transaction->Add(draft));
    }
    OrExit(transaction->Commit(Durability::kRelaxed));
  }
}

// Microseconds of each look-up; what it reads must not be nothing.
template <typename LookUp>
std::vector<double> TimeEach(const std::vector<QuadKey>& keys, LookUp look_up) {
  std::vector<double> micros;
  micros.reserve(keys.size());
  for (const QuadKey& key : keys) {
    micros.push_back(1e6 * bench::SecondsOf([&] { SL_CHECK(look_up(key)); }));
  }
  return micros;
}

bool ReadAll(const ReadView& view, const KeyPrefix& prefix, ScanBatch* batch) {
  const auto scan = OrExit(view.Scan(Permutation::kSpo, prefix, view.default_scope()));
  size_t rows = 0;
  while (const size_t count = OrExit(scan->Next(batch))) rows += count;
  return rows > 0;
}

void PrintLatencies(const std::string& name, const std::vector<double>& micros) {
  PrintFigure(name + "/p50", bench::Quantile(micros, 0.50), "us");
  PrintFigure(name + "/p99", bench::Quantile(micros, 0.99), "us");
}

struct LookUpKeys {
  std::vector<QuadKey> facts;     // Random rows, the statement 0.
  std::vector<QuadKey> subjects;  // Random ones of all that there are.
};

LookUpKeys ChooseKeys(const SortedQuads& spo) {
  constexpr size_t kCount = 100'000;
  std::mt19937_64 random(3);
  std::vector<uint64_t> subjects = spo.columns[0];
  subjects.erase(std::unique(subjects.begin(), subjects.end()), subjects.end());
  LookUpKeys keys;
  for (size_t i = 0; i < kCount; ++i) {
    const size_t row = random() % spo.size();
    keys.facts.push_back({spo.columns[0][row], spo.columns[1][row], spo.columns[2][row], 0});
    keys.subjects.push_back({subjects[random() % subjects.size()], 0, 0, 0});
  }
  return keys;
}

void MeasureLookUps(const ReadView& view, const LookUpKeys& keys, const std::string& name) {
  ScanBatch batch;
  const auto exact = [&](const QuadKey& key) {
    return ReadAll(view, KeyPrefix::Of(TermId{key[0]}, TermId{key[1]}, TermId{key[2]}), &batch);
  };
  const auto subject = [&](const QuadKey& key) {
    return ReadAll(view, KeyPrefix::Of(TermId{key[0]}), &batch);
  };
  TimeEach(keys.facts, exact);  // Into the cache.
  PrintLatencies("lookup/exact" + name, TimeEach(keys.facts, exact));
  PrintLatencies("lookup/subject" + name, TimeEach(keys.subjects, subject));
}

int Main() {
  const uint64_t quad_count = bench::FromEnvironment("SIGHTLINE_BENCH_QUADS", 2'000'000);
  const uint64_t round_count = bench::FromEnvironment("SIGHTLINE_BENCH_ROUNDS", 7);
  const test::TempDirectory directory;
  StoreOptions options;
  options.compacts_in_background = false;
  options.kv.block_cache_bytes = kCacheBytes;
  const auto store = OrExit(Store::Open(directory.Child("db"), options));
  Load(store.get(), quad_count);

  Clearance clear;
  clear.tlp_max = TlpLabel::kClear;
  const auto everything = OrExit(store->OpenReadView({}, Clearance::Unrestricted()));
  const auto hidden = OrExit(store->OpenReadView({}, clear));
  LookUpKeys keys;
  for (const Permutation permutation : {Permutation::kSpo, Permutation::kPos}) {
    const std::string name = fmt::format("scan/{}/", PermutationName(permutation));
    const SortedQuads quads = ReadQuads(*everything, permutation);
    const std::vector<std::string> blocks = BlocksOf(quads);
    const KeyStore key_store(directory.Child("keys-" + std::string(PermutationName(permutation))),
                             permutation, quads);
    uint64_t block_bytes = 0;
    for (const std::string& block : blocks) block_bytes += block.size();
    const auto count = static_cast<double>(quads.size());
    PrintFigure(name + "facts", static_cast<double>(CountFacts(quads)) / count, "/quad");
    PrintFigure(name + "block_bytes", static_cast<double>(block_bytes) / count, "B/quad");
    PrintFigure(name + "key_bytes", static_cast<double>(key_store.bytes()) / count, "B/quad");

    // The same facts, or the figures could not be compared.
    SL_CHECK(ScanFacts(*everything, permutation) == key_store.ScanFacts());
    SL_CHECK(ScanFacts(*hidden, permutation) != key_store.ScanFacts());

    std::vector<double> of_store, of_hidden, of_columns, of_decode, of_keys;
    uint64_t sum = 0;
    const auto measure = [&](std::vector<double>* rates_of, auto function) {
      rates_of->push_back(count / bench::SecondsOf([&] { sum += function(); }));
    };
    for (uint64_t round = 0; round < round_count; ++round) {
      measure(&of_store, [&] { return ScanFacts(*everything, permutation); });
      measure(&of_hidden, [&] { return ScanFacts(*hidden, permutation); });
      measure(&of_columns, [&] { return SumColumns(quads); });
      measure(&of_decode, [&] { return DecodeBlocks(blocks); });
      if (round < 3) measure(&of_keys, [&] { return key_store.ScanFacts(); });
    }
    SL_CHECK(sum != 0);
    PrintFigure(name + "store", Median(of_store), "quads/s");
    PrintFigure(name + "hidden", Median(of_hidden), "quads/s");
    PrintFigure(name + "columns", Median(of_columns), "quads/s");
    PrintFigure(name + "decode", Median(of_decode), "quads/s");
    PrintFigure(name + "keys", Median(of_keys), "quads/s");

    if (permutation == Permutation::kSpo) {
      keys = ChooseKeys(quads);
      MeasureLookUps(*everything, keys, "");
      PrintLatencies("lookup/exact/keys", TimeEach(keys.facts, [&](const QuadKey& key) {
                       return key_store.Contains(permutation, key);
                     }));
    }
  }

  AddToDelta(store.get(), quad_count / 100);
  const auto with_delta = OrExit(store->OpenReadView({}, Clearance::Unrestricted()));
  SL_CHECK(store->Statistics().delta_quads > 0);
  for (const Permutation permutation : {Permutation::kSpo, Permutation::kPos}) {
    const auto count = static_cast<double>(store->Statistics().quads);
    std::vector<double> of_delta;
    for (uint64_t round = 0; round < round_count; ++round) {
      of_delta.push_back(count / bench::SecondsOf([&] { ScanFacts(*with_delta, permutation); }));
    }
    PrintFigure(fmt::format("scan/{}/delta", PermutationName(permutation)), Median(of_delta),
                "quads/s");
  }
  MeasureLookUps(*with_delta, keys, "/delta");
  return 0;
}

}  // namespace
}  // namespace sightline::storage

int main() { return sightline::storage::Main(); }
