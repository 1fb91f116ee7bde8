#include "storage/dictionary/term_segments.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

#include "storage/dictionary/dictionary.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::OrThrow;
using test::ThrowIfError;

// Few letters, so that terms are close to one another; prefixes of lengths that need two bytes.
std::string AnyTerm() {
  std::string term;
  const int prefixes = *rc::gen::inRange(0, 3);
  for (int i = 0; i < prefixes; ++i) {
    term += std::string(*rc::gen::element<size_t>(1, 126, 127, 128, 129, 1000),
                        *rc::gen::element('a', 'b'));
  }
  term += *rc::gen::oneOf(
      rc::gen::container<std::string>(rc::gen::element('a', 'b', '\0', '\x7F', '\xFF')),
      rc::gen::arbitrary<std::string>());
  return term;
}

RC_GTEST_PROP(TermSegments, AnswerAsAMapDoes, ()) {
  const test::TempDirectory directory;
  const std::string path = directory.Child("kv");
  auto kv = OrThrow(KvStore::Open(path, {}));
  const TermBlockLimits limits{.terms = *rc::gen::inRange<uint32_t>(1, 20),
                               .bytes = *rc::gen::element<size_t>(1, 100, 4096)};

  // Loads one after another, of terms that are not there yet; numbers with gaps between them.
  std::map<std::string, TermId> model;
  std::vector<TermSegment> list;
  uint64_t next_number = 1;
  const uint32_t loads = *rc::gen::inRange<uint32_t>(1, 4);
  for (uint32_t load = 1; load <= loads; ++load) {
    next_number += *rc::gen::inRange<uint64_t>(0, 300);
    std::set<std::string> terms;
    const int count = *rc::gen::inRange(1, 80);
    for (int i = 0; i < count; ++i) {
      std::string term = AnyTerm();
      if (!model.contains(term)) terms.insert(std::move(term));
    }
    if (terms.empty()) continue;
    const auto blocks =
        OrThrow(kv->NewFileWriter(ColumnFamily::kTermBlocks, directory.Child("blocks")));
    const auto index =
        OrThrow(kv->NewFileWriter(ColumnFamily::kTermIndex, directory.Child("index")));
    TermSegmentWriter writer(
        TermTag::kString, load, next_number,
        [&](auto key, auto value) { return blocks->Put(key, value); },
        [&](auto key, auto value) { return index->Put(key, value); }, limits);
    for (const std::string& term : terms) {
      const TermId id = TermId::Make(TermTag::kString, next_number++);
      RC_ASSERT(OrThrow(writer.Add(term)) == id.payload());
      model.emplace(term, id);
    }
    list.push_back(OrThrow(writer.Finish()));
    ThrowIfError(kv->Ingest({OrThrow(blocks->Finish()), OrThrow(index->Finish())}));
  }
  if (*rc::gen::arbitrary<bool>()) {
    kv.reset();
    kv = OrThrow(KvStore::Open(path, {}));
  }

  const TermSegmentsPtr segments = OrThrow(
      TermSegments::Load(kv.get(), OrThrow(DecodeTermSegments(EncodeTermSegments(list))), nullptr));
  ThrowIfError(segments->Verify());
  std::vector<std::string> absent = {""};
  for (const auto& [term, id] : model) {
    RC_ASSERT(OrThrow(segments->Find(TermTag::kString, term)) == id);
    RC_ASSERT(segments->Owns(id));
    RC_ASSERT(OrThrow(segments->BytesOf(id)) == term);
    absent.push_back(term + '\0');
    absent.push_back(term + "\xFF");
    if (term.empty()) continue;
    absent.push_back(term.substr(0, term.size() - 1));
    std::string changed = term;
    changed[*rc::gen::inRange<size_t>(0, term.size())] ^= 1;
    absent.push_back(std::move(changed));
  }
  TermSegmentsReader reader(segments);
  for (const auto& [term, id] : model) {
    RC_ASSERT(OrThrow(reader.Find(TermTag::kString, term)) == id);
  }
  for (const std::string& term : absent) {
    RC_ASSERT(OrThrow(reader.Find(TermTag::kString, term)).has_value() == model.contains(term));
    const auto found = OrThrow(segments->Find(TermTag::kString, term));
    RC_ASSERT(found.has_value() == model.contains(term));
  }
}

// Any bytes under a right checksum are another matter: tests/unit/storage/dictionary.
RC_GTEST_PROP(TermBlock, TakesOnlyWhatTheBuilderMakes, ()) {
  const TermId last = TermId::Make(TermTag::kString, 1000);
  std::set<std::string> terms = {AnyTerm()};
  for (int i = *rc::gen::inRange(0, 10); i > 0; --i) terms.insert(AnyTerm());
  TermBlockBuilder builder;
  std::string before;
  for (const std::string& term : terms) {
    builder.Add(term, SharedPrefixLength(before, term));
    before = term;
  }
  std::string block = builder.Finish(last);
  const std::vector<std::string> decoded = OrThrow(OrThrow(TermBlock::Open(block, last)).Decode());
  RC_ASSERT(decoded == std::vector<std::string>(terms.begin(), terms.end()));
  const size_t bit = *rc::gen::inRange<size_t>(0, block.size() * 8);
  block[bit / 8] = static_cast<char>(block[bit / 8] ^ (1 << bit % 8));
  RC_ASSERT(TermBlock::Open(block, last).status().code() == StatusCode::kDataLoss);
}

}  // namespace
}  // namespace sightline::storage
