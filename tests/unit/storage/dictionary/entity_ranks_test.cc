#include "storage/dictionary/entity_ranks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/support/temp_directory.h"
#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::OrThrow;
using test::ThrowIfError;

TermId Entity(uint64_t number) { return TermId::Make(TermTag::kEntity, number); }

class EntityRanksTest : public ::testing::Test {
 protected:
  // As a transaction does.
  void Add(const std::vector<std::string>& names) {
    DictionaryDelta delta(&dictionary(), nullptr, counters_);
    for (const std::string& name : names) OrThrow(delta.Intern(TermTag::kEntity, name));
    const auto batch = kv_->NewBatch();
    delta.AppendTo(batch.get());
    ThrowIfError(kv_->Write(*batch, Durability::kRelaxed));
    counters_ = delta.counters();
  }
  // As a bulk load does: names ascend.
  void Load(const std::vector<std::string>& names) {
    const auto batch = kv_->NewBatch();
    const auto put = [&batch](ColumnFamily family) {
      return [&batch, family](std::string_view key, std::string_view value) {
        batch->Put(family, key, value);
        return OkStatus();
      };
    };
    TermSegmentWriter writer(TermTag::kEntity, static_cast<uint32_t>(segments_.size() + 1),
                             counters_.entity, put(ColumnFamily::kTermBlocks),
                             put(ColumnFamily::kTermIndex), {.terms = 3});
    for (const std::string& name : names) OrThrow(writer.Add(name));
    segments_.push_back(OrThrow(writer.Finish()));
    ThrowIfError(kv_->Write(*batch, Durability::kRelaxed));
    counters_.entity += names.size();
    dictionary_ = std::make_unique<Dictionary>(
        kv_.get(), OrThrow(TermSegments::Load(kv_.get(), segments_, nullptr)));
  }
  Dictionary& dictionary() {
    if (dictionary_ == nullptr) dictionary_ = std::make_unique<Dictionary>(kv_.get());
    return *dictionary_;
  }
  EntityRanksPtr Make(const EntityRanks* known = nullptr, uint64_t end = 0) {
    return OrThrow(EntityRanks::Make(*kv_, dictionary(), nullptr, end == 0 ? counters_.entity : end,
                                     known, nullptr));
  }
  // In the order of the ranks.
  std::vector<std::string> NamesBy(const EntityRanks& ranks) {
    std::vector<TermId> entities;
    for (uint64_t number = 1; number < ranks.end(); ++number) entities.push_back(Entity(number));
    std::sort(entities.begin(), entities.end(),
              [&](TermId a, TermId b) { return ranks.RankOf(a) < ranks.RankOf(b); });
    std::vector<std::string> names;
    for (const TermId entity : entities) {
      names.push_back(OrThrow(dictionary().BytesOf(entity, nullptr)));
    }
    return names;
  }

  test::TempDirectory directory_;
  std::unique_ptr<KvStore> kv_ = OrThrow(KvStore::Open(directory_.Child("kv"), {}));
  DictionaryCounters counters_;
  std::vector<TermSegment> segments_;
  std::unique_ptr<Dictionary> dictionary_;
};

TEST_F(EntityRanksTest, NamesFirstThenWhatNobodyHasNamed) {
  Add({"org/dahua", "_/9", "\xff", "org", "_/10"});
  Load({"a", "org/c", "org/d", "org/hikvision"});
  Add({"org/e"});
  Load({"b", "c"});
  const EntityRanksPtr ranks = Make();
  EXPECT_EQ(NamesBy(*ranks),
            (std::vector<std::string>{"a", "b", "c", "org", "org/c", "org/d", "org/dahua", "org/e",
                                      "org/hikvision", "\xff", "_/9", "_/10"}));
  EXPECT_TRUE(ranks->Knows(Entity(12)));
  EXPECT_FALSE(ranks->Knows(Entity(13)));
}

TEST_F(EntityRanksTest, OfNone) { EXPECT_EQ(Make()->end(), 1u); }

// The few that have come are put among those that were known.
TEST_F(EntityRanksTest, Grow) {
  std::vector<std::string> names;
  for (int i = 0; i < 1000; ++i) names.push_back("n/" + std::to_string(i * 7919 % 1000));
  Add(names);
  const EntityRanksPtr before = Make();
  Add({"n/5", "n/55x", "_/7", "a", "z"});
  const EntityRanksPtr grown = Make(before.get()), anew = Make();
  EXPECT_EQ(grown->end(), 1005u);  // "n/5" had been there.
  EXPECT_EQ(NamesBy(*grown), NamesBy(*anew));
  EXPECT_EQ(NamesBy(*grown).front(), "a");
  // A reader of an earlier moment does not look at later ones.
  EXPECT_EQ(NamesBy(*Make(nullptr, before->end())), NamesBy(*before));
}

TEST_F(EntityRanksTest, TellsWhenNamesAreMissing) {
  Add({"a", "b"});
  const auto made = EntityRanks::Make(*kv_, dictionary(), nullptr, 5, nullptr, nullptr);
  EXPECT_EQ(made.status().code(), StatusCode::kDataLoss);
}

TEST_F(EntityRanksTest, OneMakesThemForAll) {
  std::vector<std::string> names;
  for (int i = 0; i < 5000; ++i) names.push_back("n/" + std::to_string(i));
  Add(names);
  EntityRanksCache cache;
  std::atomic<int> asked{0};
  std::vector<EntityRanksPtr> got(4);
  std::vector<std::thread> threads;
  for (EntityRanksPtr& each : got) {
    threads.emplace_back([&] {
      each = OrThrow(cache.Get(*kv_, dictionary(), nullptr, counters_.entity, [&asked] {
        ++asked;
        return OkStatus();
      }));
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const EntityRanksPtr& each : got) EXPECT_EQ(each, got.front());
  EXPECT_GT(asked, 0);
  // Whoever gives up leaves it to the next.
  Add({"later"});
  const auto given_up = cache.Get(*kv_, dictionary(), nullptr, counters_.entity,
                                  [] { return MakeStatus(StatusCode::kCancelled, "Enough"); });
  EXPECT_EQ(given_up.status().code(), StatusCode::kCancelled);
  EXPECT_EQ(OrThrow(cache.Get(*kv_, dictionary(), nullptr, counters_.entity, nullptr))->end(),
            counters_.entity);
}

}  // namespace
}  // namespace sightline::storage
