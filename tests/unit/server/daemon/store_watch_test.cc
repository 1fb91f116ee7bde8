#include "server/daemon/store_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "server/auth/read_only_switch.h"
#include "tests/support/crash_file_system.h"
#include "tests/support/test_store.h"

namespace sightline::server {
namespace {

using std::chrono::milliseconds;
using storage::Store;
using test::CrashFileSystem;
using test::OrThrow;
using test::TempDirectory;
using ::testing::HasSubstr;

storage::StoreOptions OptionsOn(rocksdb::Env* env) {
  storage::StoreOptions options;
  options.kv.env = env;
  options.compacts_in_background = false;
  return options;
}

// What a watch has told, and waiting for it.
class Told {
 public:
  void Add(const std::string& reason) {
    const std::lock_guard<std::mutex> lock(mutex_);
    reasons_.push_back(reason);
    changed_.notify_all();
  }
  std::vector<std::string> WaitFor(size_t count) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(20), [&] { return reasons_.size() >= count; });
    return reasons_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> reasons_;
};

TEST(StoreWatch, TellsOnceThatTheStoreTakesNoWritesAndOnceThatItDoes) {
  const TempDirectory directory;
  const auto files = std::make_shared<CrashFileSystem>(7);
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(files);
  const auto store = OrThrow(Store::Open(directory.Child("store"), OptionsOn(env.get())));
  Told told;
  const ReadOnlySwitch writable(false);
  StoreWatch watch(store.get(), &writable, milliseconds(20),
                   [&](const std::string& reason) { told.Add(reason); });
  ASSERT_TRUE(store->WriteServerRecords({{"a", "1"}}).ok());
  files->FailSyncs(true);
  EXPECT_FALSE(store->WriteServerRecords({{"a", "2"}}).ok());
  std::vector<std::string> reasons = told.WaitFor(1);
  ASSERT_EQ(reasons.size(), 1u);
  EXPECT_THAT(reasons[0], HasSubstr("takes no writes"));
  // Nobody writes; the watch finds out by itself, and the store takes writes again.
  files->FailSyncs(false);
  reasons = told.WaitFor(2);
  ASSERT_EQ(reasons.size(), 2u);
  EXPECT_EQ(reasons[1], "");
  EXPECT_EQ(store->Statistics().read_only_reason, "");
  EXPECT_TRUE(store->WriteServerRecords({{"a", "3"}}).ok());
  EXPECT_EQ(OrThrow(store->ServerRecords()).at("a"), "3");
}

TEST(StoreWatch, AWriterThatHoldsTheStoreDoesNotHoldTheWatch) {
  const TempDirectory directory;
  const auto files = std::make_shared<CrashFileSystem>(7);
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(files);
  const auto store = OrThrow(Store::Open(directory.Child("store"), OptionsOn(env.get())));
  const auto transaction = OrThrow(store->BeginTransaction(storage::Clearance::Unrestricted()));
  files->FailSyncs(true);
  EXPECT_FALSE(store->WriteServerRecords({{"a", "2"}}).ok());
  Told told;
  {
    const ReadOnlySwitch writable(false);
    StoreWatch watch(store.get(), &writable, milliseconds(20),
                     [&](const std::string& reason) { told.Add(reason); });
    EXPECT_EQ(told.WaitFor(1).size(), 1u);
  }
  // It has stopped, and lets the store go.
  SUCCEED();
}

}  // namespace
}  // namespace sightline::server
