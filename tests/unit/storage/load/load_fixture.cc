#include "tests/unit/storage/load/load_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "storage/base/encoding.h"
#include "storage/catalog/catalog.h"
#include "storage/index/quad_block.h"
#include "storage/txn/catalog_history.h"
#include "storage/txn/name_index.h"

namespace sightline::storage::test {
namespace {

void ThrowIfError(const Status& status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}
template <typename T>
T OrThrow(StatusOr<T> result) {
  ThrowIfError(result.status());
  return *std::move(result);
}

}  // namespace

LoadFixture::LoadFixture() {
  kv_ = OrThrow(KvStore::Open(directory_.Child("db"), {}));
  kv_for_loads = kv_.get();
  dictionary_ = std::make_unique<Dictionary>(kv_.get());
  DictionaryDelta terms(dictionary_.get(), nullptr, counters_);
  auto catalog = std::make_shared<const Catalog>();
  const auto batch = kv_->NewBatch();
  for (PredicateDefinition& predicate : BuiltInPredicates()) {
    predicate.id = OrThrow(terms.Intern(TermTag::kEntity, predicate.name));
    const Definition definition(predicate);
    catalog = WithDefinitions(*catalog, {&definition, 1});
  }
  terms.AppendTo(batch.get());
  ThrowIfError(kv_->Write(*batch, Durability::kRelaxed));
  counters_ = terms.counters();
  catalog_ = catalog;
}

LoadBase LoadFixture::Base() {
  LoadBase base;
  base.kv = kv_for_loads;
  base.dictionary = dictionary_.get();
  base.snapshot = kv_->TakeSnapshot();
  base.revision = revision_;
  base.statement_count = statement_count_;
  base.counters = counters_;
  base.catalog = catalog_;
  base.segment_count = segment_count_;
  base.head_of = [this](StatementId id) {
    return OrThrow(
        DecodeStatementHead(OrThrow(kv_->Get(ColumnFamily::kStatements, StatementKey(id)))));
  };
  base.contexts = &contexts_;
  base.run = RunNumber{next_run_};
  base.clearance = Clearance::Unrestricted();
  return base;
}

LoadOptions LoadFixture::Options(uint64_t memory_bytes_max) {
  LoadOptions options;
  options.memory_bytes_max = memory_bytes_max;
  options.block_rows = 700;
  options.segment_terms_min = 20;
  return options;
}

std::unique_ptr<BulkLoader> LoadFixture::Start(const LoadOptions& options) {
  return OrThrow(BulkLoader::Start(Base(), options));
}

StatusOr<LoadResult> LoadFixture::Commit(BulkLoader* loader) {
  const uint64_t contexts_before = contexts_.size();
  auto result = loader->Commit(1'000, [](const LoadResult& result) {
    std::vector<std::pair<std::string, std::string>> entries;
    entries.emplace_back(std::string(kTermSegmentsKey), EncodeTermSegments(result.term_segments));
    return StatusOr<std::vector<std::pair<std::string, std::string>>>(std::move(entries));
  });
  if (!result.ok()) {
    contexts_.Truncate(contexts_before);
    return result;
  }
  revision_ = result->revision;
  statement_count_ += result->entry.statements_added;
  segment_count_ = result->segment_count;
  counters_ = result->counters;
  catalog_ = result->catalog;
  ++next_run_;
  const auto segments =
      OrThrow(TermSegments::Load(kv_.get(), result->term_segments, dictionary_->segments()));
  ThrowIfError(segments->Verify());
  dictionary_ = std::make_unique<Dictionary>(kv_.get(), segments);
  return result;
}

const std::string& LoadFixture::Words(TermId term) const {
  std::string& words = words_[term];
  if (!words.empty()) return words;
  if (term.is_statement()) return words = fmt::format("s/{}", term.payload());
  if (term.is_entity()) return words = "<" + OrThrow(dictionary_->BytesOf(term, nullptr)) + ">";
  const Value value =
      IsInline(term)
          ? InlineValue(term)
          : OrThrow(ValueOfEntry(term.tag(), OrThrow(dictionary_->BytesOf(term, nullptr))));
  const Text* text = value.get_if<Text>();
  return words =
             fmt::format("{}:{}{}", ValueTypeName(value.type()), value.ToString(),
                         text != nullptr && !text->language.empty() ? "@" + text->language : "");
}

std::vector<QuadKey> LoadFixture::Rows(RunNumber run, Permutation permutation) const {
  const RunKeyRange range = KeysOf(run, permutation);
  std::vector<QuadKey> keys;
  const auto iterator = kv_->NewIterator(ColumnFamily::kQuads, range.lower, range.upper);
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
    const std::string bytes(iterator->value());
    const QuadBlock block = OrThrow(QuadBlock::Open(bytes));
    GroupRows rows;
    for (size_t group = 0; group < block.group_count(); ++group) {
      ThrowIfError(block.UnpackGroup(group, &rows));
      for (size_t row = 0; row < rows.row_count; ++row) keys.push_back(rows.rows().Row(row));
    }
    EXPECT_EQ(keys.back(), OrThrow(DecodeLastOfBlock(iterator->key())));
  }
  ThrowIfError(iterator->status());
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
  EXPECT_EQ(std::adjacent_find(keys.begin(), keys.end()), keys.end());
  return keys;
}

std::vector<std::string> LoadFixture::QuadsInWords(RunNumber run) const {
  std::vector<std::string> expected;
  for (int i = 0; i < kPermutationCount; ++i) {
    const auto permutation = static_cast<Permutation>(i);
    std::vector<std::string> words;
    for (const QuadKey& key : Rows(run, permutation)) {
      const Fact fact = Unpermute(permutation, {TermId{key[0]}, TermId{key[1]}, TermId{key[2]}});
      words.push_back(fmt::format("s/{} {} {} {}", key[3], Words(fact.subject),
                                  Words(fact.predicate), Words(fact.object)));
    }
    std::sort(words.begin(), words.end());
    if (i == 0) expected = words;
    EXPECT_EQ(words, expected) << PermutationName(permutation);
  }
  return expected;
}

StatementRecord LoadFixture::Record(StatementId id) const {
  return OrThrow(DecodeStatement(OrThrow(kv_->Get(ColumnFamily::kStatements, StatementKey(id)))));
}

std::vector<std::string> LoadFixture::Names() const {
  std::vector<std::string> names;
  const auto iterator = kv_->NewIterator(ColumnFamily::kNames, "", "");
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
    const NameKeyParts entry = OrThrow(DecodeNameKey(iterator->key()));
    names.push_back(std::string(entry.words) + "=" + Words(entry.text));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> LoadFixture::Contents() const {
  std::vector<std::string> contents;
  for (int family = 0; family < kColumnFamilyCount; ++family) {
    const auto iterator = kv_->NewIterator(static_cast<ColumnFamily>(family), "", "");
    for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
      contents.push_back(fmt::format("{}|{}|{}", family, iterator->key(), iterator->value()));
    }
  }
  return contents;
}

}  // namespace sightline::storage::test
