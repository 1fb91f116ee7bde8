#include "storage/dictionary/term_segments.h"

#include <gtest/gtest.h>

#include <map>

#include "storage/base/encoding.h"
#include "storage/dictionary/dictionary.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using namespace std::string_literals;
using test::OrThrow;
using test::ThrowIfError;

TermId Entity(uint64_t number) { return TermId::Make(TermTag::kEntity, number); }

class TermSegmentsTest : public ::testing::Test {
 protected:
  // A batch takes keys in any order; the files of a load do not.
  TermSegment Write(TermTag tag, uint32_t segment, uint64_t first_number,
                    const std::vector<std::string>& terms, const TermBlockLimits& limits = {}) {
    const auto batch = kv_->NewBatch();
    const auto put = [&](ColumnFamily family) {
      return [&batch, family](std::string_view key, std::string_view value) {
        batch->Put(family, key, value);
        return OkStatus();
      };
    };
    TermSegmentWriter writer(tag, segment, first_number, put(ColumnFamily::kTermBlocks),
                             put(ColumnFamily::kTermIndex), limits);
    uint64_t number = first_number;
    for (const std::string& term : terms) EXPECT_EQ(OrThrow(writer.Add(term)), number++);
    const TermSegment written = OrThrow(writer.Finish());
    ThrowIfError(kv_->Write(*batch, Durability::kRelaxed));
    return written;
  }
  TermSegmentsPtr Load(const std::vector<TermSegment>& list) {
    return OrThrow(TermSegments::Load(kv_.get(), list, nullptr));
  }
  // All entries of a family.
  std::map<std::string, std::string> EntriesOf(ColumnFamily family) {
    std::map<std::string, std::string> entries;
    const auto iterator = kv_->NewIterator(family, "", "");
    for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
      entries.emplace(iterator->key(), iterator->value());
    }
    return entries;
  }
  void Put(ColumnFamily family, std::string_view key, std::string_view value) {
    const auto batch = kv_->NewBatch();
    batch->Put(family, key, value);
    ThrowIfError(kv_->Write(*batch, Durability::kRelaxed));
  }
  void Delete(ColumnFamily family, std::string_view key) {
    const auto batch = kv_->NewBatch();
    batch->Delete(family, key);
    ThrowIfError(kv_->Write(*batch, Durability::kRelaxed));
  }

  test::TempDirectory directory_;
  std::unique_ptr<KvStore> kv_ = OrThrow(KvStore::Open(directory_.Child("kv"), {}));
};

TEST_F(TermSegmentsTest, FindsTermsBothWaysInTheSegmentOfTheTag) {
  const TermSegment people =
      Write(TermTag::kEntity, 1, 1, {"person/a", "person/b", "person/c"}, {.terms = 2});
  const TermSegment orgs = Write(TermTag::kEntity, 4, 10, {"org/a", "org/b"}, {.terms = 2});
  const TermSegment texts = Write(TermTag::kString, 1, 1, {"a text", "org/a"}, {.terms = 2});
  EXPECT_EQ(people, (TermSegment{TermTag::kEntity, 1, 1, 3}));
  EXPECT_EQ(orgs.term_count(), 2u);
  const TermSegmentsPtr segments = Load({people, orgs, texts});
  EXPECT_EQ(OrThrow(segments->Find(TermTag::kEntity, "person/a")), Entity(1));
  EXPECT_EQ(OrThrow(segments->Find(TermTag::kEntity, "person/c")), Entity(3));
  EXPECT_EQ(OrThrow(segments->Find(TermTag::kEntity, "org/a")), Entity(10));
  EXPECT_EQ(OrThrow(segments->Find(TermTag::kString, "org/a")), TermId::Make(TermTag::kString, 2));
  EXPECT_EQ(OrThrow(segments->Find(TermTag::kEntity, "a text")), std::nullopt);
  EXPECT_EQ(OrThrow(segments->Find(TermTag::kValue, "org/a")), std::nullopt);
  EXPECT_EQ(OrThrow(segments->Find(TermTag::kEntity, "")), std::nullopt);
  EXPECT_EQ(OrThrow(segments->Find(TermTag::kEntity, "z")), std::nullopt);
  EXPECT_EQ(OrThrow(segments->BytesOf(Entity(2))), "person/b");
  EXPECT_EQ(OrThrow(segments->BytesOf(Entity(11))), "org/b");
  EXPECT_EQ(OrThrow(segments->BytesOf(TermId::Make(TermTag::kString, 1))), "a text");
  for (const uint64_t number : {0, 4, 9, 12}) EXPECT_FALSE(segments->Owns(Entity(number)));
  EXPECT_FALSE(segments->Owns(TermId::Make(TermTag::kString, 3)));
  EXPECT_FALSE(segments->Owns(TermId::Make(TermTag::kValue, 1)));
  EXPECT_TRUE(segments->Verify().ok());
}

TEST_F(TermSegmentsTest, BeginsBlocksAtTheShortestBytesThatTell) {
  Write(TermTag::kEntity, 1, 1, {"http://a/x1", "http://a/x2", "http://b/long", "http://b/longer"},
        {.terms = 2});
  const auto index = EntriesOf(ColumnFamily::kTermIndex);
  const std::vector<std::pair<std::string, std::string>> entries(index.begin(), index.end());
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0], std::pair("\x01\0\0\0\x01"s, "\x01"s));
  EXPECT_EQ(entries[1], std::pair("\x01\0\0\0\x01http://b"s, "\x03"s));
}

TEST_F(TermSegmentsTest, EndsBlocksThatHaveGrownLong) {
  std::vector<std::string> terms;
  for (int i = 0; i < 26; ++i) terms.push_back(std::string(65536, static_cast<char>('a' + i)));
  const TermSegmentsPtr segments = Load({Write(TermTag::kString, 1, 1, terms)});
  EXPECT_EQ(EntriesOf(ColumnFamily::kTermBlocks).size(), 26u);
  for (uint64_t i = 0; i < 26; ++i) {
    const TermId term = TermId::Make(TermTag::kString, 1 + i);
    EXPECT_EQ(OrThrow(segments->BytesOf(term)), terms[i]);
    EXPECT_EQ(OrThrow(segments->Find(TermTag::kString, terms[i])), term);
  }
}

TEST_F(TermSegmentsTest, WritesOneFileAFamilyForAllTags) {
  const auto blocks =
      OrThrow(kv_->NewFileWriter(ColumnFamily::kTermBlocks, directory_.Child("blocks")));
  const auto index =
      OrThrow(kv_->NewFileWriter(ColumnFamily::kTermIndex, directory_.Child("index")));
  std::vector<TermSegment> list;
  for (const TermTag tag : {TermTag::kEntity, TermTag::kString, TermTag::kValue}) {
    for (uint32_t segment = 1; segment <= 2; ++segment) {
      TermSegmentWriter writer(
          tag, segment, segment * 300u,
          [&](auto key, auto value) { return blocks->Put(key, value); },
          [&](auto key, auto value) { return index->Put(key, value); }, {.terms = 8});
      // The second segment's terms lie before the first's: the keys ascend all the same.
      for (int i = 0; i < 200; ++i) {
        OrThrow(writer.Add(fmt::format("{}/{:04}", segment == 1 ? "z" : "a", i)));
      }
      list.push_back(OrThrow(writer.Finish()));
    }
  }
  ThrowIfError(kv_->Ingest({OrThrow(blocks->Finish()), OrThrow(index->Finish())}));
  const TermSegmentsPtr segments = Load(OrThrow(DecodeTermSegments(EncodeTermSegments(list))));
  EXPECT_EQ(segments->list(), list);
  EXPECT_TRUE(segments->Verify().ok());
  EXPECT_EQ(OrThrow(segments->Find(TermTag::kValue, "a/0123")), TermId::Make(TermTag::kValue, 723));
}

TEST_F(TermSegmentsTest, RefusesTermsThatDoNotAscend) {
  const auto drop = [](std::string_view, std::string_view) { return OkStatus(); };
  TermSegmentWriter writer(TermTag::kEntity, 1, 1, drop, drop);
  EXPECT_EQ(writer.Finish().status().code(), StatusCode::kFailedPrecondition);
  EXPECT_TRUE(writer.Add("b").ok());
  EXPECT_EQ(writer.Add("b").status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(writer.Add("a").status().code(), StatusCode::kInvalidArgument);
  TermSegmentWriter full(TermTag::kEntity, 1, TermId::kPayloadMask, drop, drop);
  EXPECT_EQ(OrThrow(full.Add("a")), TermId::kPayloadMask);
  EXPECT_EQ(full.Add("b").status().code(), StatusCode::kResourceExhausted);
  const auto fail = [](std::string_view, std::string_view) { return Unavailable("full"); };
  TermSegmentWriter failing(TermTag::kEntity, 1, 1, drop, fail);
  EXPECT_EQ(failing.Add("a").status().code(), StatusCode::kUnavailable);
}

TEST_F(TermSegmentsTest, TakesOverTheIndexesItHas) {
  const TermSegment first = Write(TermTag::kEntity, 1, 1, {"a", "b"});
  const TermSegmentsPtr before = Load({first});
  const TermSegment second = Write(TermTag::kEntity, 2, 3, {"c"});
  // Were the first index read again, this would be seen.
  Delete(ColumnFamily::kTermIndex, "\x01\0\0\0\x01"s);
  const TermSegmentsPtr after = OrThrow(TermSegments::Load(kv_.get(), {first, second}, before));
  EXPECT_EQ(OrThrow(after->Find(TermTag::kEntity, "b")), Entity(2));
  EXPECT_EQ(OrThrow(after->Find(TermTag::kEntity, "c")), Entity(3));
  EXPECT_EQ(OrThrow(before->Find(TermTag::kEntity, "c")), std::nullopt);
}

TEST_F(TermSegmentsTest, TellsDamageOfBlocks) {
  const std::vector<TermSegment> list = {
      Write(TermTag::kEntity, 1, 1, {"a", "b", "c", "d"}, {.terms = 2})};
  const auto blocks = EntriesOf(ColumnFamily::kTermBlocks);
  ASSERT_EQ(blocks.size(), 2u);
  const auto& [key, block] = *blocks.begin();
  for (size_t bit = 0; bit < block.size() * 8; ++bit) {
    std::string damaged = block;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    Put(ColumnFamily::kTermBlocks, key, damaged);
    const TermSegmentsPtr segments = Load(list);
    EXPECT_EQ(segments->Find(TermTag::kEntity, "a").status().code(), StatusCode::kDataLoss);
    EXPECT_EQ(segments->BytesOf(Entity(2)).status().code(), StatusCode::kDataLoss);
    EXPECT_EQ(segments->Verify().code(), StatusCode::kDataLoss);
    EXPECT_EQ(OrThrow(segments->BytesOf(Entity(3))), "c");
  }
  Delete(ColumnFamily::kTermBlocks, key);
  EXPECT_EQ(Load(list)->BytesOf(Entity(1)).status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(Load(list)->Find(TermTag::kEntity, "a").status().code(), StatusCode::kDataLoss);
}

TEST_F(TermSegmentsTest, ReadsABlockOnceForTermsNearOneAnother) {
  const TermSegmentsPtr segments =
      Load({Write(TermTag::kEntity, 1, 1, {"a", "b", "c", "d"}, {.terms = 2})});
  TermSegmentsReader reader(segments);
  EXPECT_EQ(OrThrow(reader.Find(TermTag::kEntity, "a")), Entity(1));
  // Were it read again, this would be seen.
  const auto blocks = EntriesOf(ColumnFamily::kTermBlocks);
  for (const auto& [key, block] : blocks) Delete(ColumnFamily::kTermBlocks, key);
  EXPECT_EQ(OrThrow(reader.Find(TermTag::kEntity, "b")), Entity(2));
  EXPECT_EQ(OrThrow(reader.Find(TermTag::kEntity, "bb")), std::nullopt);
  EXPECT_EQ(OrThrow(reader.Find(TermTag::kString, "c")), std::nullopt);
  // An error leaves no half-read block behind.
  EXPECT_EQ(reader.Find(TermTag::kEntity, "c").status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(reader.Find(TermTag::kEntity, "a").status().code(), StatusCode::kDataLoss);
  for (const auto& [key, block] : blocks) Put(ColumnFamily::kTermBlocks, key, block);
  EXPECT_EQ(OrThrow(reader.Find(TermTag::kEntity, "d")), Entity(4));
  EXPECT_EQ(OrThrow(reader.Find(TermTag::kEntity, "a")), Entity(1));
}

TEST_F(TermSegmentsTest, TellsDamageOfTheIndex) {
  const std::vector<TermSegment> list = {
      Write(TermTag::kEntity, 1, 1, {"a", "b", "c", "d", "e", "f"}, {.terms = 2})};
  const auto code = [&] { return TermSegments::Load(kv_.get(), list, nullptr).status().code(); };
  EXPECT_EQ(code(), StatusCode::kOk);
  const std::string second = "\x01\0\0\0\x01"s + "c";
  for (const std::string& value : {"\x01"s, "\0"s, "\x05"s, "\x07"s, ""s, "\x03x"s}) {
    Put(ColumnFamily::kTermIndex, second, value);
    EXPECT_EQ(code(), StatusCode::kDataLoss) << value;
  }
  // Numbers that ascend and are wrong: the blocks tell.
  Put(ColumnFamily::kTermIndex, second, "\x04");
  EXPECT_EQ(code(), StatusCode::kOk);
  EXPECT_EQ(Load(list)->BytesOf(Entity(3)).status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(Load(list)->Verify().code(), StatusCode::kDataLoss);
  // A beginning that is wrong hides terms; only Verify sees that.
  Delete(ColumnFamily::kTermIndex, second);
  Put(ColumnFamily::kTermIndex, "\x01\0\0\0\x01"s + "cc", "\x03");
  EXPECT_EQ(Load(list)->Verify().code(), StatusCode::kDataLoss);
  for (const auto& [key, value] : EntriesOf(ColumnFamily::kTermIndex)) {
    Delete(ColumnFamily::kTermIndex, key);
  }
  EXPECT_EQ(code(), StatusCode::kDataLoss);
}

TEST(TermSegmentList, ComesBackAndIsChecked) {
  const std::vector<TermSegment> list = {{TermTag::kEntity, 1, 1, 5},
                                         {TermTag::kEntity, 3, 9, 9},
                                         {TermTag::kValue, 0, 1, TermId::kPayloadMask}};
  EXPECT_EQ(OrThrow(DecodeTermSegments(EncodeTermSegments(list))), list);
  EXPECT_TRUE(OrThrow(DecodeTermSegments(EncodeTermSegments({}))).empty());
  const std::string bytes = EncodeTermSegments(list);
  for (size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_EQ(DecodeTermSegments(bytes.substr(0, length)).status().code(), StatusCode::kDataLoss);
  }
  EXPECT_EQ(DecodeTermSegments(bytes + "x").status().code(), StatusCode::kDataLoss);
  const std::vector<std::vector<TermSegment>> wrong = {
      {{TermTag::kInteger, 1, 1, 1}},
      {{TermTag::kEntity, 1, 0, 1}},
      {{TermTag::kEntity, 1, 2, 1}},
      {{TermTag::kEntity, 1, 1, TermId::kPayloadMask + 1}},
      {{TermTag::kEntity, 1, 1, 5}, {TermTag::kEntity, 1, 6, 7}},
      {{TermTag::kEntity, 1, 1, 5}, {TermTag::kEntity, 2, 5, 7}},
      {{TermTag::kString, 1, 1, 5}, {TermTag::kEntity, 2, 6, 7}},
  };
  for (const auto& segments : wrong) {
    EXPECT_EQ(DecodeTermSegments(EncodeTermSegments(segments)).status().code(),
              StatusCode::kDataLoss);
  }
}

// --- The dictionary over both

TEST_F(TermSegmentsTest, AreReadByTheDictionaryBesideTheEntriesOfTransactions) {
  const auto commit = [&](const DictionaryDelta& delta) {
    const auto batch = kv_->NewBatch();
    delta.AppendTo(batch.get());
    ThrowIfError(kv_->Write(*batch, Durability::kRelaxed));
  };
  const Dictionary before(kv_.get());
  DictionaryDelta first(&before, nullptr, {});
  EXPECT_EQ(OrThrow(first.Intern(TermTag::kEntity, "org/z")), Entity(1));
  commit(first);

  const TermSegment loaded = Write(TermTag::kEntity, 1, 2, {"org/a", "org/b", "org/c"});
  const Dictionary after(kv_.get(), Load({loaded}));
  DictionaryDelta second(&after, nullptr, {.entity = 5});
  EXPECT_EQ(OrThrow(second.Intern(TermTag::kEntity, "org/b")), Entity(3));
  EXPECT_EQ(OrThrow(second.Intern(TermTag::kEntity, "org/z")), Entity(1));
  EXPECT_EQ(OrThrow(second.Intern(TermTag::kEntity, "org/new")), Entity(5));
  EXPECT_EQ(OrThrow(second.BytesOf(Entity(5))), "org/new");
  EXPECT_EQ(OrThrow(second.BytesOf(Entity(4))), "org/c");
  EXPECT_EQ(after.BytesOf(Entity(5), nullptr).status().code(), StatusCode::kDataLoss);
  commit(second);

  for (int round = 0; round < 2; ++round) {  // The second time, the cache answers.
    EXPECT_EQ(OrThrow(after.BytesOf(Entity(1), nullptr)), "org/z");
    EXPECT_EQ(OrThrow(after.BytesOf(Entity(2), nullptr)), "org/a");
    EXPECT_EQ(OrThrow(after.BytesOf(Entity(5), nullptr)), "org/new");
  }
  EXPECT_EQ(OrThrow(after.Find(TermTag::kEntity, "org/new", nullptr)), Entity(5));
  EXPECT_EQ(OrThrow(after.Find(TermTag::kEntity, "org/c", nullptr)), Entity(4));
  EXPECT_EQ(OrThrow(after.Find(TermTag::kEntity, "org/d", nullptr)), std::nullopt);
  // Who reads an earlier revision sees nothing of the load.
  EXPECT_EQ(OrThrow(before.Find(TermTag::kEntity, "org/a", nullptr)), std::nullopt);
}

}  // namespace
}  // namespace sightline::storage
