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

// A log as RocksDB writes it: small records, then one of several blocks, then small ones.
class LogDamageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const test::TempDirectory directory;
    {
      const auto kv = OrThrow(KvStore::Open(directory.Child("kv"), {}));
      const auto put = [&](const std::string& key, const std::string& value) {
        const auto batch = kv->NewBatch();
        batch->Put(ColumnFamily::kMeta, key, value);
        test::ThrowIfError(kv->Write(*batch, Durability::kSynced));
        ends_.push_back(LogBytes(directory.Child("kv")).size());
      };
      for (int i = 0; i < 10; ++i) put(std::to_string(i), "small");
      put("large", std::string(100'000, 'x'));
      put("last", "small");
    }
    log_ = LogBytes(directory.Child("kv"));
    log_.resize(ends_.back());  // Without room that was made in advance.
  }
  static std::string LogBytes(const std::string& directory) {
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      if (entry.path().extension() != ".log") continue;
      std::ostringstream bytes;
      bytes << std::ifstream(entry.path(), std::ios::binary).rdbuf();
      return bytes.str();
    }
    return "";
  }
  static LogDamage DamageOf(std::string_view log) {
    LogInspector inspector;
    inspector.AddLog(log);
    return inspector.damage();
  }

  std::string log_;
  std::vector<size_t> ends_;  // Of each record.
};

TEST_F(LogDamageTest, AWholeLogHasNone) {
  EXPECT_EQ(DamageOf(log_), LogDamage::kNone);
  EXPECT_EQ(DamageOf(log_ + std::string(100'000, '\0')), LogDamage::kNone);
  EXPECT_EQ(DamageOf(""), LogDamage::kNone);
}

TEST_F(LogDamageTest, ACutOffLogHasNoneBeforeItsEnd) {
  for (size_t bytes = 0; bytes < log_.size(); bytes += 97) {
    EXPECT_NE(DamageOf(log_.substr(0, bytes)), LogDamage::kMiddle) << bytes;
  }
}

TEST_F(LogDamageTest, EveryDamagedByteBeforeTheLastRecordIsInTheMiddle) {
  for (size_t i = 0; i < ends_[ends_.size() - 2]; i += 61) {
    std::string damaged = log_;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    EXPECT_EQ(DamageOf(damaged), LogDamage::kMiddle) << i;
  }
}

TEST_F(LogDamageTest, AHoleInTheLastRecordIsNot) {
  log_.resize(ends_[ends_.size() - 2]);  // The large record is the last.
  for (size_t i = ends_[ends_.size() - 3]; i + 4096 < log_.size(); i += 4096) {
    std::string damaged = log_;
    damaged.replace(i, 4096, std::string(4096, '\0'));
    EXPECT_EQ(DamageOf(damaged), LogDamage::kLastRecord) << i;
  }
}

TEST_F(LogDamageTest, AnIntactLaterLogPutsItInTheMiddle) {
  LogInspector inspector;
  std::string damaged = log_;
  damaged[ends_.back() - 1] ^= 1;
  inspector.AddLog(damaged);
  EXPECT_EQ(inspector.damage(), LogDamage::kLastRecord);
  inspector.AddLog(log_);
  EXPECT_EQ(inspector.damage(), LogDamage::kMiddle);
}

}  // namespace
}  // namespace sightline::storage
