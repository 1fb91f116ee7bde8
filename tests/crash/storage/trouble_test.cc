// A disk that is full or fails for a while, under an open store: it takes no writes, says why, goes
// on reading, and takes writes again when the disk does, without being opened anew.
//
// SIGHTLINE_CRASH_SEED repeats one run, SIGHTLINE_CRASH_RUNS sets how many there are.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <utility>

#include "storage/kv/kv_store.h"
#include "storage/load/store_load.h"
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
using ::testing::HasSubstr;

const CancellationToken kNever;

// Work in the background that failed before the trouble was over, a flush and a merge, may say so
// to a commit each.
constexpr int kMayHearOfIt = 2;

class Trouble : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }
  void Open() {
    store_ = OrThrow(Store::Open(directory_.Child("store"), SmallOptions(env_.get())));
  }
  void Crash() {
    file_system_->CrashAfter(0);
    store_.reset();
    file_system_->Crash();
    Open();
  }
  void ExpectRecovered() {
    for (int i = 0; i < kMayHearOfIt; ++i) {
      if (WriteNextCommit(store_.get()).ok()) return;
    }
    OrThrow(WriteNextCommit(store_.get()));
  }
  StatusCode CommitCode() { return WriteNextCommit(store_.get()).status().code(); }

  const TempDirectory directory_;
  const std::shared_ptr<CrashFileSystem> file_system_ = std::make_shared<CrashFileSystem>(11);
  const std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(file_system_);
  std::unique_ptr<Store> store_;
};

TEST_F(Trouble, AFailedSyncFailsTheCommitAndIsMadeGoodLater) {
  OrThrow(WriteNextCommit(store_.get()));
  EXPECT_EQ(store_->Statistics().read_only_reason, "");
  file_system_->FailSyncs(true);
  EXPECT_EQ(CommitCode(), StatusCode::kUnavailable);
  EXPECT_EQ(store_->revision(), Revision{1});
  {
    const auto view = OrThrow(store_->OpenReadView(std::nullopt, Clearance::Unrestricted()));
    EXPECT_EQ(view->default_scope()->size(), test::StatementsOfCommit(1));
    EXPECT_EQ(OrThrow(view->FindNode("org/2")), std::nullopt);
  }
  EXPECT_THAT(store_->Statistics().read_only_reason, HasSubstr("takes no writes"));
  const auto refused = store_->BeginTransaction(Clearance::Unrestricted());
  EXPECT_EQ(refused.status().code(), StatusCode::kUnavailable);
  EXPECT_THAT(MessageOf(refused.status()), HasSubstr("the disk does not sync"));

  file_system_->FailSyncs(false);
  // The second commit was written, and is durable now.
  EXPECT_EQ(OrThrow(WriteNextCommit(store_.get())), 3u);
  EXPECT_EQ(store_->Statistics().read_only_reason, "");
  ExpectNumberedCommits(store_.get());
  Crash();
  EXPECT_EQ(store_->revision(), Revision{3});
  ExpectNumberedCommits(store_.get());
  ExpectSound(store_.get());
}

TEST_F(Trouble, AFullDiskFailsTheCommitWhichIsMadeGoodLater) {
  OrThrow(WriteNextCommit(store_.get()));
  file_system_->LimitSpace(100);
  EXPECT_EQ(CommitCode(), StatusCode::kUnavailable);
  EXPECT_EQ(CommitCode(), StatusCode::kUnavailable);
  EXPECT_EQ(store_->revision(), Revision{1});
  EXPECT_THAT(store_->Statistics().read_only_reason, HasSubstr("no space left"));
  ExpectNumberedCommits(store_.get());
  file_system_->LimitSpace(std::nullopt);
  // The second was in memory, and is durable now; the one after it never began.
  EXPECT_EQ(OrThrow(WriteNextCommit(store_.get())), 3u);
  ExpectNumberedCommits(store_.get());
  Crash();
  EXPECT_EQ(store_->revision(), Revision{3});
  ExpectNumberedCommits(store_.get());
}

// Nothing is in memory then that RocksDB would write elsewhere.
TEST_F(Trouble, OfTheFirstWriteAfterOpeningIsRecoveredFrom) {
  for (int i = 0; i < 3; ++i) OrThrow(WriteNextCommit(store_.get()));
  for (int i = 0; i < 3; ++i) {
    store_.reset();
    Open();
    file_system_->LimitSpace(10);
    EXPECT_EQ(CommitCode(), StatusCode::kUnavailable);
    file_system_->LimitSpace(std::nullopt);
    ExpectRecovered();
    // And at once again.
    file_system_->FailWrites(true);
    EXPECT_EQ(CommitCode(), StatusCode::kUnavailable);
    file_system_->FailWrites(false);
    ExpectRecovered();
    // What had failed was in memory, but for bulk loads.
    const Revision before = store_->revision();
    EXPECT_GE(before.value, static_cast<uint64_t>(3 + 2 * (i + 1)));
    Crash();
    EXPECT_EQ(store_->revision(), before);
    ExpectNumberedCommits(store_.get());
  }
}

TEST_F(Trouble, OfACompactionLeavesNothingThatTheNextOneTrips) {
  for (int i = 0; i < 30; ++i) OrThrow(WriteNextCommit(store_.get()));
  // However far it gets. The run that was taken in and not named is in the way of the next.
  for (uint64_t space = 0; space < 400'000; space += 1 + space / 2) {
    SCOPED_TRACE(space);
    file_system_->LimitSpace(space);
    const Status compacted = store_->Compact(kNever);
    EXPECT_TRUE(compacted.ok() || compacted.code() == StatusCode::kUnavailable) << compacted;
    ExpectNumberedCommits(store_.get());
    file_system_->LimitSpace(std::nullopt);
    OrThrow(WriteNextCommit(store_.get()));
    test::ThrowIfError(store_->Compact(kNever));
    ExpectNumberedCommits(store_.get());
    ExpectSound(store_.get());
    ASSERT_FALSE(HasFailure());
  }
}

TEST_F(Trouble, OfAManifestAndThenOfALogIsRecoveredFrom) {
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 10; ++j) OrThrow(WriteNextCommit(store_.get()));
    file_system_->FailManifestWrites(true);
    // After the first trouble runs go through the log, which needs no manifest.
    EXPECT_EQ(store_->Compact(kNever).code(), i == 0 ? StatusCode::kUnavailable : StatusCode::kOk);
    file_system_->FailManifestWrites(false);
    file_system_->FailWrites(true);
    EXPECT_EQ(CommitCode(), StatusCode::kUnavailable);
    file_system_->FailWrites(false);
    OrThrow(WriteNextCommit(store_.get()));
    test::ThrowIfError(store_->Compact(kNever));
    ExpectNumberedCommits(store_.get());
    ExpectSound(store_.get());
    ASSERT_FALSE(HasFailure());
  }
}

// However far it gets: the load is there as a whole, or not at all.
TEST_F(Trouble, ThenALoadThatIsCutOffIsTakenInWhenTheStoreIsOpened) {
  uint64_t taken = 0, lost = 0;
  for (uint64_t changes = 0; changes < 200; changes += 1 + changes / 3) {
    SCOPED_TRACE(changes);
    while (!test::IsBulkLoad(store_->revision().value + 1)) OrThrow(WriteNextCommit(store_.get()));
    const uint64_t before = store_->revision().value;
    test::ThrowIfError(store_->Compact(kNever));
    file_system_->FailManifestWrites(true);
    OrThrow(store_->BeginTransaction(Clearance::Unrestricted())).reset();
    EXPECT_FALSE(store_->Compact(kNever).ok() && WriteNextCommit(store_.get()).ok());
    file_system_->FailManifestWrites(false);
    OrThrow(store_->BeginTransaction(Clearance::Unrestricted())).reset();
    file_system_->CrashAfter(changes);
    const bool is_acknowledged = WriteNextCommit(store_.get()).ok();
    Crash();
    EXPECT_GE(store_->revision().value, before + (is_acknowledged ? 1 : 0));
    store_->revision().value > before ? ++taken : ++lost;
    ExpectNumberedCommits(store_.get());
    ExpectSound(store_.get());
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_GT(taken, 0u);
  EXPECT_GT(lost, 0u);
}

TEST_F(Trouble, ThenALargeLoadIsTakenInAsAnyOther) {
  for (int i = 0; i < 3; ++i) OrThrow(WriteNextCommit(store_.get()));
  file_system_->FailManifestWrites(true);
  EXPECT_FALSE(store_->Compact(kNever).ok());
  file_system_->FailManifestWrites(false);
  OrThrow(store_->BeginTransaction(Clearance::Unrestricted())).reset();

  constexpr uint64_t kStatements = 250'000;  // With quotes that do not compress: some 80 MiB.
  LoadOptions options;
  options.memory_bytes_max = 64 << 20;
  auto load = OrThrow(store_->BeginBulkLoad(Clearance::Unrestricted(), options));
  PredicateDefinition supplies;
  supplies.name = "supplies";
  test::ThrowIfError(load->loader().Define(supplies));
  LoadStream* const stream = OrThrow(load->loader().NewStream());
  const PredicateRef predicate = OrThrow(stream->Predicate("supplies"));
  std::mt19937 random(1);
  StatementDraft draft;
  draft.context.claimant = OrThrow(stream->Entity("org/large"));
  const TermRef subject = OrThrow(stream->Entity("org/large"));
  for (uint64_t i = 0; i < kStatements; ++i) {
    draft.quote.assign(320, ' ');
    for (char& c : draft.quote) c = static_cast<char>(' ' + random() % 95);
    const TermRef object = OrThrow(stream->Entity(fmt::format("prod/{}", i)));
    test::ThrowIfError(
        stream->Add(OrThrow(stream->OpenStatement(draft)), subject, predicate, object));
  }
  const LoadResult result = OrThrow(load->Commit());
  uint64_t bytes = 0;
  for (const uint64_t family_bytes : result.bytes_by_family) bytes += family_bytes;
  EXPECT_GT(bytes, 64u << 20);
  load.reset();
  const auto expect_all = [&] {
    const auto view = OrThrow(store_->OpenReadView(std::nullopt, Clearance::Unrestricted()));
    const TermId node = *OrThrow(view->FindNode("org/large"));
    EXPECT_EQ(
        test::FactsIn(*view, Permutation::kSpo, KeyPrefix::Of(node), view->default_scope()).size(),
        kStatements);
    ExpectSound(store_.get());
  };
  expect_all();
  Crash();
  expect_all();
  EXPECT_TRUE(store_->BeginTransaction(Clearance::Unrestricted()).ok());
}

// Such a write has asked for a flush of what is in memory, which comes to nothing then; it must not
// be waited for in vain by the recovery (https://github.com/facebook/rocksdb/issues/15030).
TEST(TroubleOfAFullMemory, IsRecoveredFrom) {
  constexpr uint64_t kPieceBytes = 512 << 10;
  const TempDirectory directory;
  auto file_system = std::make_shared<CrashFileSystem>(5);
  const auto env = rocksdb::NewCompositeEnv(file_system);
  KvOptions options;
  options.env = env.get();
  auto kv = OrThrow(KvStore::Open(directory.Child("kv"), options));
  std::vector<std::string> written;
  // The memory of a family is full after some 16 MiB: the next write begins a log.
  const auto write = [&](ColumnFamily family) {
    const std::string key = fmt::format("{:05}", written.size());
    const auto batch = kv->NewBatch();
    batch->Put(family, key, std::string(kPieceBytes, 'x'));
    const Status status = kv->Write(*batch, Durability::kSynced);
    if (status.ok() && family == ColumnFamily::kNames) written.push_back(key);
    return status;
  };
  for (int pieces = 26; pieces < 36; ++pieces) {
    SCOPED_TRACE(pieces);
    for (int i = 0; i < pieces; ++i) {
      test::ThrowIfError(write(ColumnFamily::kNames));
      if (i % 5 == 0) test::ThrowIfError(write(ColumnFamily::kCatalog));
    }
    file_system->LimitSpace(100);
    const auto is_late = std::make_shared<std::atomic<bool>>(true);  // The thread that flushes.
    env->Schedule(
        [](void* late) {
          const std::unique_ptr<std::shared_ptr<std::atomic<bool>>> held(
              static_cast<std::shared_ptr<std::atomic<bool>>*>(late));
          (*held)->wait(true);
        },
        new std::shared_ptr<std::atomic<bool>>(is_late), rocksdb::Env::HIGH);
    EXPECT_EQ(write(ColumnFamily::kNames).code(), StatusCode::kUnavailable);
    *is_late = false;
    is_late->notify_all();
    file_system->LimitSpace(std::nullopt);
    test::ThrowIfError(kv->Recover());
  }
  for (const std::string& key : written) {
    EXPECT_TRUE(kv->Get(ColumnFamily::kNames, key).ok()) << key;
  }
}

// What readers have seen of synced commits stays, whatever comes, and so does what was
// acknowledged; and with the disk the writing comes back.
TEST(TroubleAtRandom, LosesNothingAndShowsNothingThatVanishes) {
  const uint64_t first = test::FromEnvironment("SIGHTLINE_CRASH_SEED", std::random_device()());
  const uint64_t run_count = test::FromEnvironment("SIGHTLINE_CRASH_RUNS", 16) / 2;
  std::atomic<uint64_t> failures = 0, recoveries = 0, crashes = 0;
  // All stores share these; one whose flush or compaction has failed sleeps there for a second.
  rocksdb::Env::Default()->SetBackgroundThreads(16, rocksdb::Env::LOW);
  rocksdb::Env::Default()->SetBackgroundThreads(16, rocksdb::Env::HIGH);
  test::OnThreads(run_count, [&](uint64_t i) {
    const uint64_t seed = first + i;
    SCOPED_TRACE(fmt::format("SIGHTLINE_CRASH_SEED={}", seed));
    const TempDirectory directory;
    auto file_system = std::make_shared<CrashFileSystem>(seed);
    const auto env = rocksdb::NewCompositeEnv(file_system);
    std::mt19937_64 random(seed);
    StoreOptions options = SmallOptions(env.get());
    options.compacts_in_background = random() % 2 == 0;
    auto store = OrThrow(Store::Open(directory.Child("store"), options));
    uint64_t acknowledged = 0, attempted = 0, seen = 0;
    bool in_trouble = false, has_failed = false;
    int may_hear_of_it = 0;  // So many commits.
    for (int step = 0; step < 120; ++step) {
      const uint64_t what = random() % 16;
      if (what < 9) {
        const auto result = WriteNextCommit(store.get(), Durability::kSynced, &attempted);
        if (result.ok()) {
          acknowledged = *result;
          if (has_failed) ++recoveries;
          has_failed = false;
        } else {
          ASSERT_TRUE(in_trouble || may_hear_of_it-- > 0) << result.status();
          ASSERT_EQ(result.status().code(), StatusCode::kUnavailable) << result.status();
          ++failures;
          has_failed = true;
        }
      } else if (what == 9) {
        const Status compacted = store->Compact(kNever);
        if (!compacted.ok()) {
          ASSERT_EQ(compacted.code(), StatusCode::kUnavailable) << compacted;
          has_failed = true;
        }
      } else if (what < 12) {
        in_trouble = true;
        switch (random() % 3) {
          case 0:
            file_system->LimitSpace(random() % 60'000);
            break;
          case 1:
            file_system->FailWrites(true);
            break;
          default:
            file_system->FailSyncs(true);
        }
      } else if (what < 15) {
        file_system->LimitSpace(std::nullopt);
        file_system->FailWrites(false);
        file_system->FailSyncs(false);
        if (std::exchange(in_trouble, false)) may_hear_of_it = kMayHearOfIt;
      } else {
        file_system->CrashAfter(random() % 10);
        WriteNextCommit(store.get(), Durability::kSynced, &attempted).status().IgnoreError();
        seen = std::max(seen, store->revision().value);
        store.reset();
        file_system->Crash();
        in_trouble = has_failed = false;
        may_hear_of_it = 0;
        ++crashes;
        store = OrThrow(Store::Open(directory.Child("store"), options));
        ASSERT_GE(store->revision().value, std::max(acknowledged, seen)) << "step " << step;
        ASSERT_LE(store->revision().value, attempted) << "step " << step;
        ExpectNumberedCommits(store.get());
      }
      ASSERT_GE(store->revision().value, seen) << "step " << step;
      ASSERT_GE(store->revision().value, acknowledged) << "step " << step;
      seen = store->revision().value;
      if (step % 10 == 9) ExpectNumberedCommits(store.get());
      if (::testing::Test::HasFailure()) return;
    }
    file_system->LimitSpace(std::nullopt);
    file_system->FailWrites(false);
    file_system->FailSyncs(false);
    if (in_trouble) may_hear_of_it = kMayHearOfIt;
    for (; may_hear_of_it > 0; --may_hear_of_it) {
      WriteNextCommit(store.get()).status().IgnoreError();
    }
    OrThrow(WriteNextCommit(store.get()));
    ExpectNumberedCommits(store.get());
    ExpectSound(store.get());
  });
  EXPECT_GT(failures.load(), 0u);
  EXPECT_GT(recoveries.load(), 0u);
  std::printf("%llu failures, %llu recoveries, %llu crashes\n",
              static_cast<unsigned long long>(failures.load()),
              static_cast<unsigned long long>(recoveries.load()),
              static_cast<unsigned long long>(crashes.load()));
}

}  // namespace
}  // namespace sightline::storage
