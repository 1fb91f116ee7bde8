#include "storage/kv/log_damage.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "storage/kv/kv_store.h"
#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::OrThrow;

// A log as the store writes it: small records, then one of several blocks, then small ones, each
// synced before the next was written; then a few that were not.
class LogDamageTest : public ::testing::Test {
 protected:
  static constexpr int kUnsyncedCount = 4;

  void SetUp() override {
    const test::TempDirectory directory;
    const auto kv = OrThrow(KvStore::Open(directory.Child("kv"), {}));
    const auto put = [&](const std::string& key, const std::string& value, Durability durability) {
      const auto batch = kv->NewBatch();
      batch->Put(ColumnFamily::kMeta, key, value);
      test::ThrowIfError(kv->Write(*batch, durability));
      ReadLog(directory.Child("kv"));
      ends_.push_back(log_.size());
    };
    for (int i = 0; i < 10; ++i) put(std::to_string(i), "small", Durability::kSynced);
    put("large", std::string(100'000, 'x'), Durability::kSynced);
    put("last", "small", Durability::kSynced);
    synced_end_ = ends_.back();
    for (int i = 0; i < kUnsyncedCount; ++i) {
      put("unsynced", std::string(20'000, 'y'), Durability::kRelaxed);
    }
  }
  void ReadLog(const std::string& directory) {
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      if (entry.path().extension() != ".log") continue;
      std::ostringstream bytes;
      bytes << std::ifstream(entry.path(), std::ios::binary).rdbuf();
      log_ = bytes.str();
      number_ = std::stoull(entry.path().stem().string());
    }
  }
  LogDamage DamageOf(std::string_view log) const {
    LogInspector inspector;
    inspector.AddLog(number_, log);
    return inspector.damage();
  }
  LogDamage DamageWithFlipAt(size_t i) const {
    std::string damaged = log_;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    return DamageOf(damaged);
  }

  uint64_t number_ = 0;
  std::string log_;
  std::vector<size_t> ends_;  // Of each record.
  size_t synced_end_ = 0;     // Of the last record that was synced.
};

TEST(DurableClaim, IsReadBackFromTheEndOfARecord) {
  const std::string claim = EncodeDurableClaim({7, 300});
  const std::string entry = std::string("\x03", 1) + static_cast<char>(claim.size()) + claim;
  EXPECT_EQ(DecodeDurableClaim("anything" + entry), (LogPosition{7, 300}));
  EXPECT_EQ(DecodeDurableClaim(entry + "x"), std::nullopt);
  EXPECT_EQ(DecodeDurableClaim(""), std::nullopt);
}

TEST_F(LogDamageTest, AWholeLogHasNone) {
  EXPECT_EQ(DamageOf(log_), LogDamage::kNone);
  EXPECT_EQ(DamageOf(log_ + std::string(100'000, '\0')), LogDamage::kNone);
  EXPECT_EQ(DamageOf(""), LogDamage::kNone);
}

TEST_F(LogDamageTest, ACutOffLogWasNotAcknowledgedBeyondItsEnd) {
  for (size_t bytes = 0; bytes < log_.size(); bytes += 97) {
    EXPECT_NE(DamageOf(log_.substr(0, bytes)), LogDamage::kAcknowledged) << bytes;
  }
}

TEST_F(LogDamageTest, EveryDamagedByteOfASyncedRecordIsOfAnAcknowledgedOne) {
  for (size_t i = 0; i < synced_end_; i += i < 2000 ? 13 : 487) {
    EXPECT_EQ(DamageWithFlipAt(i), LogDamage::kAcknowledged) << i;
  }
}

TEST_F(LogDamageTest, NoDamageBehindTheLastSyncIs) {
  for (size_t i = synced_end_; i < log_.size(); i += 487) {
    EXPECT_EQ(DamageWithFlipAt(i), LogDamage::kUnsynced) << i;
  }
}

TEST_F(LogDamageTest, NorIsAHoleThere) {
  for (size_t i = synced_end_; i + 4096 < log_.size(); i += 4096) {
    std::string damaged = log_;
    damaged.replace(i, 4096, std::string(4096, '\0'));
    EXPECT_EQ(DamageOf(damaged), LogDamage::kUnsynced) << i;
  }
}

// Nobody has claimed for it yet.
TEST_F(LogDamageTest, TheLastSyncedRecordLooksLikeOneThatWasNot) {
  log_.resize(synced_end_);
  for (size_t i = ends_[10]; i < synced_end_; ++i) {
    // (A length that points behind the end looks like a record that was cut off.)
    EXPECT_NE(DamageWithFlipAt(i), LogDamage::kAcknowledged) << i;
  }
}

TEST_F(LogDamageTest, AClaimInALaterLogReachesBack) {
  std::string damaged = log_;
  damaged[synced_end_ - 1] ^= 1;
  LogInspector inspector;
  inspector.AddLog(number_, std::string_view(damaged).substr(0, synced_end_));
  EXPECT_EQ(inspector.damage(), LogDamage::kUnsynced);
  inspector.AddLog(number_ + 1, std::string_view(log_).substr(0, ends_[0]));
  EXPECT_EQ(inspector.damage(), LogDamage::kUnsynced);  // That one claims nothing of this log.
  inspector.AddLog(number_ + 1, log_);
  EXPECT_EQ(inspector.damage(), LogDamage::kAcknowledged);
}

// --- The same through KvStore::Open

class TornLog : public ::testing::Test {
 protected:
  static constexpr int kSynced = 3, kUnsynced = 3;

  // Writes, damages the log, opens again. `damage` gets the log and where each record ended.
  template <typename Damage>
  StatusOr<std::unique_ptr<KvStore>> Reopen(const std::string& name, Damage damage) {
    const std::string path = directory_.Child(name);
    std::vector<size_t> ends;
    const auto log_path = [&] {
      for (const auto& entry : std::filesystem::directory_iterator(path)) {
        if (entry.path().extension() == ".log") return entry.path();
      }
      throw std::runtime_error("no log");
    };
    std::filesystem::path log;
    std::ostringstream bytes;
    {
      const auto kv = OrThrow(KvStore::Open(path, {}));
      for (int i = 0; i < kSynced + kUnsynced; ++i) {
        const auto batch = kv->NewBatch();
        batch->Put(ColumnFamily::kMeta, std::to_string(i), std::string(300, 'v'));
        test::ThrowIfError(
            kv->Write(*batch, i < kSynced ? Durability::kSynced : Durability::kRelaxed));
        ends.push_back(std::filesystem::file_size(log_path()));
      }
      // As a power cut would leave it: closing the store syncs the log and claims for all of it.
      log = log_path();
      bytes << std::ifstream(log, std::ios::binary).rdbuf();
    }
    std::string text = bytes.str();
    damage(&text, ends);
    std::ofstream(log, std::ios::binary | std::ios::trunc) << text;
    return KvStore::Open(path, {});
  }
  // The first records and no other.
  static int CountOf(const KvStore& kv) {
    int count = 0;
    const auto iterator = kv.NewIterator(ColumnFamily::kMeta, "", "");
    for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
      EXPECT_EQ(iterator->key(), std::to_string(count));
      ++count;
    }
    test::ThrowIfError(iterator->status());
    return count;
  }

  const test::TempDirectory directory_;
};

TEST_F(TornLog, AtEveryByteOfItsTailKeepsWhatIsWhole) {
  // Beyond the last synced record: anything less would be damage to what was acknowledged.
  for (size_t cut = 0; cut <= 3 * 400; cut += cut < 60 ? 1 : 23) {
    size_t whole = 0;
    const auto kv =
        Reopen(std::to_string(cut), [&](std::string* log, const std::vector<size_t>& ends) {
          const size_t end = std::min(log->size(), ends[kSynced - 1] + cut);
          log->resize(end);
          whole =
              static_cast<size_t>(std::upper_bound(ends.begin(), ends.end(), end) - ends.begin());
        });
    ASSERT_TRUE(kv.ok()) << cut << ": " << kv.status();
    EXPECT_EQ(CountOf(**kv), static_cast<int>(whole)) << cut;
    std::filesystem::remove_all(directory_.Child(std::to_string(cut)));
  }
}

TEST_F(TornLog, WithAHoleBeforeAnIntactUnsyncedRecordOpensWithWhatIsBeforeTheHole) {
  for (int hole = kSynced; hole < kSynced + kUnsynced; ++hole) {
    const auto kv =
        Reopen(std::to_string(hole), [&](std::string* log, const std::vector<size_t>& ends) {
          log->replace(ends[hole - 1] + 30, 100, std::string(100, '\0'));
        });
    ASSERT_TRUE(kv.ok()) << hole << ": " << kv.status();
    EXPECT_EQ(CountOf(**kv), hole);
    // And it goes on.
    const auto batch = (*kv)->NewBatch();
    batch->Put(ColumnFamily::kMeta, std::to_string(hole), "again");
    test::ThrowIfError((*kv)->Write(*batch, Durability::kSynced));
  }
  for (int hole = kSynced; hole < kSynced + kUnsynced; ++hole) {
    EXPECT_EQ(CountOf(*OrThrow(KvStore::Open(directory_.Child(std::to_string(hole)), {}))),
              hole + 1);
  }
}

TEST_F(TornLog, WithADamagedOldRecordIsDataLoss) {
  for (int record = 0; record < kSynced; ++record) {
    const auto kv =
        Reopen(std::to_string(record), [&](std::string* log, const std::vector<size_t>& ends) {
          const size_t begin = record == 0 ? 0 : ends[record - 1];
          (*log)[begin + 50] = static_cast<char>((*log)[begin + 50] ^ 1);
        });
    EXPECT_EQ(kv.status().code(), StatusCode::kDataLoss) << record;
  }
}

}  // namespace
}  // namespace sightline::storage
