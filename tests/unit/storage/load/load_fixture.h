// LoadFixture: a key-value store with the built-in predicates, bulk loads into it, and what is in
// it afterwards, in words that do not depend on the numbers of terms.

#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/index/permutation.h"
#include "storage/index/quad_key.h"
#include "storage/kv/kv_store.h"
#include "storage/load/bulk_loader.h"
#include "storage/statements/statement_codec.h"
#include "tests/support/temp_directory.h"

namespace sightline::storage::test {

class LoadFixture {
 public:
  LoadFixture();

  // For a load into the store as it is now.
  LoadBase Base();
  LoadOptions Options(uint64_t memory_bytes_max = 64 << 20);
  std::unique_ptr<BulkLoader> Start(const LoadOptions& options);
  // Commits, and keeps what the next Base() needs.
  StatusOr<LoadResult> Commit(BulkLoader* loader);

  KvStore& kv() { return *kv_; }
  const Dictionary& dictionary() const { return *dictionary_; }
  const ContextTable& contexts() const { return contexts_; }
  const std::shared_ptr<const Catalog>& catalog() const { return catalog_; }
  uint64_t statement_count() const { return statement_count_; }

  // The term in words: entity ids in <>, statements as s/1, values with their type.
  const std::string& Words(TermId term) const;
  // The rows of one permutation of a run.
  std::vector<QuadKey> Rows(RunNumber run, Permutation permutation) const;
  // "s/1 <a> <p> <b>" of all quads of a run, sorted; checks that the six permutations agree.
  std::vector<std::string> QuadsInWords(RunNumber run) const;
  StatementRecord Record(StatementId id) const;
  std::vector<std::string> Names() const;  // "folded name=term in words", sorted.
  // All keys and values of all families.
  std::vector<std::string> Contents() const;

  // Wraps the store that the next Base() gives.
  KvStore* kv_for_loads = nullptr;

 private:
  sightline::test::TempDirectory directory_;
  std::unique_ptr<KvStore> kv_;
  std::unique_ptr<Dictionary> dictionary_;
  ContextTable contexts_;
  std::shared_ptr<const Catalog> catalog_;
  DictionaryCounters counters_;
  Revision revision_;
  uint64_t statement_count_ = 0;
  uint64_t segment_count_ = 0;
  uint32_t next_run_ = 1;
  mutable std::map<TermId, std::string> words_;  // A term's never change.
};

// A small deterministic generator (Steele, Lea, Flood: SplitMix64).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  uint64_t Below(uint64_t limit) { return Next() % limit; }

 private:
  uint64_t state_;
};

}  // namespace sightline::storage::test
