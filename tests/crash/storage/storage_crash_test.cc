// A disk that forgets what was not synced, and a machine that stops at any write.
//
// SIGHTLINE_CRASH_SEED repeats one run, SIGHTLINE_CRASH_RUNS sets how many there are.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <random>

#include "storage/maintenance/backup.h"
#include "storage/store.h"
#include "tests/crash/storage/numbered_commits.h"
#include "tests/support/crash_file_system.h"
#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::CrashFileSystem;
using test::ExpectNumberedCommits;
using test::ExpectSound;
using test::OrThrow;
using test::SmallOptions;
using test::TempDirectory;
using test::WriteNextCommit;

const CancellationToken kNever;

// What is known outside the store.
struct Oracle {
  uint64_t durable = 0;    // The newest revision that must survive.
  uint64_t attempted = 0;  // No later one may be there.
};

// Writes, synced and relaxed, folds and merges, until something fails. Errors: that.
Status WriteUntilItFails(Store* store, std::mt19937_64* random, Oracle* oracle) {
  while (true) {
    switch ((*random)() % 8) {
      case 0: {
        SL_RETURN_IF_ERROR(store->Compact(kNever));
        oracle->durable = store->revision().value;
        break;
      }
      case 1:
      case 2: {
        SL_RETURN_IF_ERROR(
            WriteNextCommit(store, Durability::kRelaxed, &oracle->attempted).status());
        break;
      }
      default: {
        SL_ASSIGN_OR_RETURN(oracle->durable,
                            WriteNextCommit(store, Durability::kSynced, &oracle->attempted));
      }
    }
  }
}

TEST(StorageCrash, AcknowledgedCommitsSurviveAndOthersAreAllOrNothing) {
  constexpr int kRounds = 13;
  const uint64_t first = test::FromEnvironment("SIGHTLINE_CRASH_SEED", std::random_device()());
  const uint64_t run_count = test::FromEnvironment("SIGHTLINE_CRASH_RUNS", 16);
  std::atomic<uint64_t> survived = 0, crashes = 0, runs_merged = 0;
  test::OnThreads(run_count, [&](uint64_t i) {
    const uint64_t seed = first + i;
    SCOPED_TRACE(fmt::format("SIGHTLINE_CRASH_SEED={}", seed));
    const TempDirectory directory;
    auto file_system = std::make_shared<CrashFileSystem>(seed);
    const auto env = rocksdb::NewCompositeEnv(file_system);
    std::mt19937_64 random(seed);
    StoreOptions options = SmallOptions(env.get());
    options.compaction.block_rows = 2 + random() % 63;
    options.compacts_in_background = random() % 2 == 0;
    Oracle oracle;
    // Crash after crash on the same files, the first ones while the store is being created.
    for (int round = 0; round < kRounds; ++round) {
      file_system->CrashAfter(random() % (round < 4 ? 150 : 250));
      {
        auto store = Store::Open(directory.Child("store"), options);
        const Status status =
            store.ok() ? WriteUntilItFails(store->get(), &random, &oracle) : store.status();
        ASSERT_EQ(status.code(), StatusCode::kUnavailable) << status;
        if (store.ok()) runs_merged += (*store)->Statistics().compaction.merges;
      }
      file_system->Crash();
      ++crashes;
      const auto store = Store::Open(directory.Child("store"), options);
      ASSERT_TRUE(store.ok()) << store.status() << " in round " << round;
      ASSERT_GE((*store)->revision().value, oracle.durable) << "round " << round;
      ASSERT_LE((*store)->revision().value, oracle.attempted) << "round " << round;
      oracle.durable = oracle.attempted = (*store)->revision().value;
      ExpectNumberedCommits(store->get());
      if (round % 4 == 3) ExpectSound(store->get());
      if (::testing::Test::HasFailure()) return;
    }
    survived += oracle.durable;
  });
  EXPECT_GT(survived.load(), 0u);  // Else nothing was tested; so below.
  EXPECT_GT(runs_merged.load(), 0u);
  std::printf("%llu crashes, %llu commits survived, %llu merges\n",
              static_cast<unsigned long long>(crashes.load()),
              static_cast<unsigned long long>(survived.load()),
              static_cast<unsigned long long>(runs_merged.load()));
}

// A store of several runs, some commits that are in none, and a copy of it for each crash.
class PreparedStore : public ::testing::Test {
 protected:
  static constexpr int kCommits = 30;

  void SetUp() override {
    const auto store = OrThrow(Store::Open(directory_.Child("prepared"), SmallOptions(nullptr)));
    for (int i = 0; i < kCommits; ++i) {
      OrThrow(WriteNextCommit(store.get()));
      if (i % 8 == 3) test::ThrowIfError(store->Compact(kNever));
    }
  }
  std::string Copy(const std::string& name) {
    std::filesystem::remove_all(directory_.Child(name));
    std::filesystem::copy(directory_.Child("prepared"), directory_.Child(name));
    return directory_.Child(name);
  }
  // Crashes act(store, directory) at its first, second, ... change until it succeeds; in each case
  // the store is whole after, and check(succeeded, directory, env) looks at what else there is in a
  // directory of this crash's own. Gives how many crashes it took.
  template <typename Act, typename Check>
  int CrashAtEachChange(Act act, Check check) {
    std::atomic<bool> has_succeeded = false;
    std::atomic<int> crashes = 0;
    // More than any of them takes: those behind its end do nothing.
    test::OnThreads(2000, [&](uint64_t i) {
      if (has_succeeded || HasFailure()) return;
      const uint64_t change = i < 40 ? i : 40 + (i - 40) * 3;
      SCOPED_TRACE(fmt::format("change {}", change));
      const TempDirectory directory;
      const std::string path = directory.Child("crashed");
      std::filesystem::copy(directory_.Child("prepared"), path);
      auto file_system = std::make_shared<CrashFileSystem>(change);
      const auto env = rocksdb::NewCompositeEnv(file_system);
      bool succeeded = false;
      {
        const auto store = OrThrow(Store::Open(path, SmallOptions(env.get())));
        file_system->CrashAfter(change);
        const Status status = act(store.get(), directory);
        succeeded = status.ok();
        if (!succeeded) {
          EXPECT_EQ(status.code(), StatusCode::kUnavailable) << status;
          ++crashes;
        }
      }
      file_system->Crash();
      const auto store = Store::Open(path, SmallOptions(env.get()));
      ASSERT_TRUE(store.ok()) << store.status();
      EXPECT_EQ((*store)->revision(), Revision{kCommits});
      ExpectNumberedCommits(store->get());
      ExpectSound(store->get());
      check(succeeded, directory, env.get());
      if (succeeded) has_succeeded = true;
    });
    EXPECT_TRUE(has_succeeded || HasFailure());
    return crashes;
  }

  TempDirectory directory_;
};

TEST_F(PreparedStore, IsWholeAfterACrashAtAnyChangeOfACompaction) {
  const int crashes =
      CrashAtEachChange([](Store* store, const TempDirectory&) { return store->Compact(kNever); },
                        [](bool, const TempDirectory&, rocksdb::Env*) {});
  EXPECT_GT(crashes, 20);
}

TEST_F(PreparedStore, IsWholeAfterACrashAtAnyChangeOfACheckpointWhichIsNoStoreBeforeItsEnd) {
  const auto act = [](Store* store, const TempDirectory& directory) {
    return store->Checkpoint(directory.Child("checkpoint"));
  };
  const auto check = [](bool succeeded, const TempDirectory& directory, rocksdb::Env* env) {
    StoreOptions options = SmallOptions(env);
    options.create_if_missing = false;
    const auto store = Store::Open(directory.Child("checkpoint"), options);
    EXPECT_TRUE(store.ok() || !succeeded) << store.status();
    if (!store.ok()) return;
    // Perhaps cut short after its end, in the deletion of what it left behind.
    EXPECT_EQ((*store)->revision(), Revision{kCommits});
    ExpectNumberedCommits(store->get());
    ExpectSound(store->get());
  };
  EXPECT_GT(CrashAtEachChange(act, check), 10);
}

TEST_F(PreparedStore, IsWholeAfterACrashAtAnyChangeOfABackupWhichDoesNotCountBeforeItsEnd) {
  const std::string first = directory_.Child("first-backups");
  {
    // An earlier one, which must stay as it is.
    const auto store = OrThrow(Store::Open(Copy("first"), SmallOptions(nullptr)));
    EXPECT_EQ(OrThrow(store->Backup(first, {.keep = 5})).id, 1u);
  }
  const auto act = [&](Store* store, const TempDirectory& directory) -> Status {
    std::filesystem::copy(first, directory.Child("backups"),
                          std::filesystem::copy_options::recursive);
    return store->Backup(directory.Child("backups"), {.keep = 5}).status();
  };
  const auto check = [](bool succeeded, const TempDirectory& directory, rocksdb::Env* env) {
    const std::string backups = directory.Child("backups");
    const auto list = OrThrow(ListBackups(backups, env));
    ASSERT_GE(list.size(), succeeded ? 2u : 1u);
    for (const BackupInfo& backup : list) {
      OrThrow(VerifyBackup(backups, backup.id, env));
      const std::string target = directory.Child(fmt::format("restored-{}", backup.id));
      OrThrow(RestoreBackup(backups, backup.id, target, kFormatVersion, env));
      const auto store = OrThrow(Store::Open(target, SmallOptions(env)));
      EXPECT_EQ(store->revision(), Revision{kCommits});
      ExpectNumberedCommits(store.get());
      ExpectSound(store.get());
    }
  };
  EXPECT_GT(CrashAtEachChange(act, check), 10);
}

TEST_F(PreparedStore, RestoredHalfIsNoStore) {
  const std::string backups = directory_.Child("backups"), target = directory_.Child("restored");
  {
    const auto store = OrThrow(Store::Open(Copy("source"), SmallOptions(nullptr)));
    OrThrow(store->Backup(backups, {.keep = 1}));
  }
  int refused = 0;
  for (uint64_t change = 0;; ++change) {
    SCOPED_TRACE(fmt::format("change {}", change));
    std::filesystem::remove_all(target);
    auto file_system = std::make_shared<CrashFileSystem>(change);
    const auto env = rocksdb::NewCompositeEnv(file_system);
    file_system->CrashAfter(change);
    const bool succeeded =
        RestoreBackup(backups, std::nullopt, target, kFormatVersion, env.get()).ok();
    file_system->Crash();
    StoreOptions options = SmallOptions(env.get());
    options.create_if_missing = false;
    const auto store = Store::Open(target, options);
    if (store.ok()) {
      ExpectNumberedCommits(store->get());
      ExpectSound(store->get());
      EXPECT_EQ((*store)->revision(), Revision{kCommits});
    } else {
      ASSERT_FALSE(succeeded) << store.status();
      EXPECT_THAT(store.status().code(),
                  ::testing::AnyOf(StatusCode::kNotFound, StatusCode::kFailedPrecondition))
          << store.status();
      ++refused;
    }
    if (succeeded || ::testing::Test::HasFailure()) break;
  }
  EXPECT_GT(refused, 5);
}

TEST(StorageCrash, RelaxedCommitsMayBeLostButNeverByHalves) {
  const TempDirectory directory;
  auto file_system = std::make_shared<CrashFileSystem>(7);
  const auto env = rocksdb::NewCompositeEnv(file_system);
  {
    const auto store = OrThrow(Store::Open(directory.Child("store"), SmallOptions(env.get())));
    OrThrow(WriteNextCommit(store.get()));
    auto transaction = OrThrow(store->BeginTransaction(Clearance::Unrestricted()));
    ClassDefinition company;
    company.name = "Company";
    test::ThrowIfError(transaction->Define(company));
    OrThrow(transaction->Commit(Durability::kRelaxed));
    file_system->CrashAfter(0);  // Closing the store would sync it.
  }
  file_system->Crash();
  const auto store = OrThrow(Store::Open(directory.Child("store"), SmallOptions(env.get())));
  const auto view = OrThrow(store->OpenReadView(std::nullopt, Clearance::Unrestricted()));
  EXPECT_EQ(view->catalog().FindClass("Company") != nullptr, store->revision() == Revision{2});
  EXPECT_GE(store->revision(), Revision{1});
}

}  // namespace
}  // namespace sightline::storage
