#include "storage/kv/kv_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/support/temp_directory.h"
#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::OrThrow;
using test::TempDirectory;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class KvStoreTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }
  void Open() { kv_ = OrThrow(KvStore::Open(directory_.Child("kv"), {})); }
  void Put(std::string_view key, std::string_view value) {
    const auto batch = kv_->NewBatch();
    batch->Put(ColumnFamily::kMeta, key, value);
    test::ThrowIfError(kv_->Write(*batch, Durability::kRelaxed));
  }
  std::vector<std::string> Keys(std::string_view lower, std::string_view upper,
                                const KvSnapshot* snapshot = nullptr) {
    std::vector<std::string> keys;
    const auto iterator = kv_->NewIterator(ColumnFamily::kMeta, lower, upper, snapshot);
    for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
      keys.emplace_back(iterator->key());
    }
    test::ThrowIfError(iterator->status());
    return keys;
  }

  TempDirectory directory_;
  std::unique_ptr<KvStore> kv_;
};

TEST_F(KvStoreTest, KeepsBytesOfEveryKind) {
  const std::string key("\x00\xff\x01", 3), value("\xff\x00", 2);
  Put(key, value);
  Put("empty", "");
  kv_.reset();
  Open();
  EXPECT_EQ(OrThrow(kv_->Get(ColumnFamily::kMeta, key)), value);
  EXPECT_EQ(OrThrow(kv_->Get(ColumnFamily::kMeta, "empty")), "");
  EXPECT_EQ(kv_->Get(ColumnFamily::kMeta, "absent").status().code(), StatusCode::kNotFound);
  // The families are apart.
  EXPECT_EQ(kv_->Get(ColumnFamily::kNames, key).status().code(), StatusCode::kNotFound);
}

TEST_F(KvStoreTest, IteratesWithinItsBounds) {
  for (const char* key : {"a", "b", "c", "d"}) Put(key, "");
  EXPECT_THAT(Keys("", ""), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(Keys("b", "d"), ElementsAre("b", "c"));
  EXPECT_THAT(Keys("bb", ""), ElementsAre("c", "d"));
  EXPECT_THAT(Keys("d", "b"), IsEmpty());
  const auto iterator = kv_->NewIterator(ColumnFamily::kMeta, "b", "d");
  iterator->Seek("a");  // Before the lower bound: at it.
  ASSERT_TRUE(iterator->Valid());
  EXPECT_EQ(iterator->key(), "b");
  iterator->Seek("x");
  EXPECT_FALSE(iterator->Valid());
  EXPECT_TRUE(iterator->status().ok());
}

TEST_F(KvStoreTest, SnapshotsStandStill) {
  Put("a", "1");
  const auto snapshot = kv_->TakeSnapshot();
  Put("a", "2");
  Put("b", "1");
  EXPECT_EQ(OrThrow(kv_->Get(ColumnFamily::kMeta, "a", snapshot.get())), "1");
  EXPECT_EQ(OrThrow(kv_->Get(ColumnFamily::kMeta, "a")), "2");
  EXPECT_THAT(Keys("", "", snapshot.get()), ElementsAre("a"));
}

TEST_F(KvStoreTest, AppliesABatchAsOne) {
  Put("a", "1");
  const auto batch = kv_->NewBatch();
  batch->Delete(ColumnFamily::kMeta, "a");
  batch->Put(ColumnFamily::kMeta, "b", "2");
  batch->Put(ColumnFamily::kNames, "c", "3");
  EXPECT_GT(batch->bytes(), 0u);
  EXPECT_THAT(Keys("", ""), ElementsAre("a"));
  test::ThrowIfError(kv_->Write(*batch, Durability::kSynced));
  EXPECT_THAT(Keys("", ""), ElementsAre("b"));
  EXPECT_EQ(OrThrow(kv_->Get(ColumnFamily::kNames, "c")), "3");
  EXPECT_GT(kv_->DiskBytes(), 0u);
}

// The other process is this program again, told by the environment what to open.
constexpr const char* kOtherProcessVariable = "SIGHTLINE_KV_TEST_DIRECTORY";

TEST(KvStoreOtherProcess, IsRefused) {
  if (const char* directory = std::getenv(kOtherProcessVariable)) {
    const Status status = KvStore::Open(directory, {}).status();
    ASSERT_EQ(status.code(), StatusCode::kFailedPrecondition) << status;
    ASSERT_THAT(MessageOf(status), HasSubstr("open already"));
    return;
  }
  const TempDirectory directory;
  const auto kv = OrThrow(KvStore::Open(directory.Child("kv"), {}));
  const std::string command = fmt::format(
      "{}='{}' '{}' --gtest_filter=KvStoreOtherProcess.IsRefused", kOtherProcessVariable,
      directory.Child("kv"), std::filesystem::read_symlink("/proc/self/exe").string());
  EXPECT_EQ(std::system(command.c_str()), 0);
}

class KvStoreDirectory : public ::testing::Test {
 protected:
  Status OpenStatus(const std::string& path, KvOptions options = {}) {
    return KvStore::Open(path, options).status();
  }
  TempDirectory directory_;
};

TEST_F(KvStoreDirectory, IsLeftAloneWhenItIsNotOurs) {
  std::ofstream(directory_.Child("CURRENT")) << "MANIFEST-000001\n";  // Another RocksDB database.
  const Status status = OpenStatus(directory_.path());
  EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(MessageOf(status), HasSubstr("CURRENT"));
  EXPECT_FALSE(std::filesystem::exists(directory_.Child("LOCK")));
  EXPECT_FALSE(std::filesystem::exists(directory_.Child("SIGHTLINE.lock")));
}

TEST_F(KvStoreDirectory, MayBeTheRootOfAVolume) {
  std::filesystem::create_directory(directory_.Child("lost+found"));
  EXPECT_TRUE(OpenStatus(directory_.path()).ok());
}

TEST_F(KvStoreDirectory, OfANewerFormatIsRefusedAndLeftAlone) {
  EXPECT_TRUE(OpenStatus(directory_.Child("kv"), {.format_version = 2}).ok());
  const auto before = std::filesystem::last_write_time(directory_.Child("kv"));
  const Status status = OpenStatus(directory_.Child("kv"), {.format_version = 1});
  EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(MessageOf(status), HasSubstr("format 2"));
  EXPECT_EQ(std::filesystem::last_write_time(directory_.Child("kv")), before);
}

TEST_F(KvStoreDirectory, WithADamagedMarkerIsDataLoss) {
  EXPECT_TRUE(OpenStatus(directory_.Child("kv")).ok());
  std::ofstream(directory_.Child("kv") + "/SIGHTLINE") << "sightline store, format x\n";
  EXPECT_EQ(OpenStatus(directory_.Child("kv")).code(), StatusCode::kDataLoss);
}

TEST_F(KvStoreDirectory, ThatHasLostItsDataIsNotTakenForNew) {
  EXPECT_TRUE(OpenStatus(directory_.Child("kv")).ok());
  std::filesystem::remove(directory_.Child("kv") + "/CURRENT");
  const Status status = OpenStatus(directory_.Child("kv"));
  EXPECT_EQ(status.code(), StatusCode::kDataLoss) << status;
  EXPECT_THAT(MessageOf(status), HasSubstr("CURRENT"));
}

TEST_F(KvStoreDirectory, WithoutParentIsUnavailable) {
  EXPECT_EQ(OpenStatus(directory_.Child("a/b/c")).code(), StatusCode::kUnavailable);
}

TEST_F(KvStoreDirectory, WithAnEmptyNameIsInvalid) {
  EXPECT_EQ(OpenStatus("").code(), StatusCode::kInvalidArgument);
}

TEST_F(KvStoreDirectory, CanBeOpenedAgainAfterAFailedOpen) {
  const auto first = OrThrow(KvStore::Open(directory_.Child("kv"), {}));
  EXPECT_EQ(OpenStatus(directory_.Child("kv")).code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(first->Get(ColumnFamily::kMeta, "x").status().code(), StatusCode::kNotFound);
}

}  // namespace
}  // namespace sightline::storage
