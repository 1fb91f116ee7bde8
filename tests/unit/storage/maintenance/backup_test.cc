#include "storage/maintenance/backup.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::OrThrow;
using test::TestStore;

// tests/crash/storage has the crashes.
class BackupTest : public ::testing::Test {
 protected:
  void Commit(int i) {
    store_.Say("org/ap", fmt::format("org/{}", i), "supplies", "prod/optics");
    store_.Commit();
  }
  Revision RevisionIn(const std::string& directory) {
    return OrThrow(Store::Open(directory, {}))->revision();
  }

  const test::TempDirectory directory_;
  const std::string backups_ = directory_.Child("backups");
  TestStore store_;
};

TEST_F(BackupTest, AreAddedListedVerifiedAndRestoredAsTheStoreWas) {
  for (int i = 1; i <= 3; ++i) {
    Commit(i);
    EXPECT_EQ(OrThrow(store_->Backup(backups_, {.keep = 10})).id, static_cast<uint32_t>(i));
  }
  const auto list = OrThrow(ListBackups(backups_));
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0].format_version, kFormatVersion);
  for (uint32_t id = 1; id <= 3; ++id) {
    EXPECT_EQ(OrThrow(VerifyBackup(backups_, id)), id);
    const std::string target = directory_.Child(fmt::format("restored-{}", id));
    EXPECT_EQ(OrThrow(RestoreBackup(backups_, id, target, kFormatVersion)), id);
    EXPECT_EQ(RevisionIn(target), Revision{id});
  }
  EXPECT_EQ(
      OrThrow(RestoreBackup(backups_, std::nullopt, directory_.Child("newest"), kFormatVersion)),
      3u);
}

// A run is taken in first and named afterwards: no backup may have the name without the run.
TEST_F(BackupTest, OfAStoreThatMergesItsRunsMeanwhileAreWhole) {
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) {
      Commit(i);
      test::ThrowIfError(store_->Compact(CancellationToken()));
    }
  });
  for (int i = 0; i < 30; ++i) OrThrow(store_->Backup(backups_, {.keep = 30}));
  const std::string checkpoint = directory_.Child("checkpoint");
  test::ThrowIfError(store_->Checkpoint(checkpoint));
  stop = true;
  writer.join();
  EXPECT_GT(RevisionIn(checkpoint), Revision{0});
  for (const BackupInfo& backup : OrThrow(ListBackups(backups_))) {
    const std::string target = directory_.Child(fmt::format("restored-{}", backup.id));
    OrThrow(RestoreBackup(backups_, backup.id, target, kFormatVersion));
    const auto store = OrThrow(Store::Open(target, {}));
    EXPECT_TRUE(OrThrow(store->Verify({}, CancellationToken())).findings.empty());
  }
}

// Every commit adds one fact, so that the facts tell which revisions are in a backup: all up to
// one.
TEST_F(BackupTest, OfAStoreThatIsWrittenAreOfExactlyOneRevision) {
  constexpr int kCommits = 400;
  std::thread writer([&] {
    for (int i = 1; i <= kCommits; ++i) Commit(i);
  });
  for (int i = 0; i < 10; ++i) OrThrow(store_->Backup(backups_, {.keep = 20}));
  writer.join();
  OrThrow(store_->Backup(backups_, {.keep = 20}));
  const auto original = store_.View();
  for (const BackupInfo& backup : OrThrow(ListBackups(backups_))) {
    const std::string target = directory_.Child(fmt::format("restored-{}", backup.id));
    OrThrow(RestoreBackup(backups_, backup.id, target, kFormatVersion));
    const auto restored = OrThrow(Store::Open(target, {}));
    EXPECT_TRUE(OrThrow(restored->Verify({}, CancellationToken())).findings.empty());
    const auto view = OrThrow(restored->OpenReadView(std::nullopt, Clearance::Unrestricted()));
    const auto then = store_.ViewAt(view->revision());
    EXPECT_EQ(test::QuadsIn(*view, Permutation::kSpo, {}, view->default_scope()),
              test::QuadsIn(*then, Permutation::kSpo, {}, then->default_scope()));
  }
  EXPECT_EQ(RevisionIn(directory_.Child("restored-11")), original->revision());
}

TEST_F(BackupTest, AreListedWhileAnotherIsBeingMade) {
  Commit(1);
  OrThrow(store_->Backup(backups_, {.keep = 9}));
  std::atomic<bool> stop = false;
  std::thread lister([&] {
    while (!stop) EXPECT_GE(OrThrow(ListBackups(backups_)).size(), 1u);
  });
  for (int i = 2; i < 9; ++i) {
    Commit(i);
    OrThrow(store_->Backup(backups_, {.keep = 9}));
  }
  stop = true;
  lister.join();
  EXPECT_EQ(OrThrow(ListBackups(backups_)).size(), 8u);
}

TEST_F(BackupTest, CutShortAreNotListed) {
  Commit(1);
  CancellationToken cancelled;
  cancelled.Cancel();
  EXPECT_EQ(store_->Backup(backups_, {.keep = 1, .cancellation = &cancelled}).status().code(),
            StatusCode::kCancelled);
  EXPECT_TRUE(ListBackups(backups_).value_or(std::vector<BackupInfo>()).empty());
  // While it copies: the first megabyte is there when somebody loses interest.
  CancellationToken lost;
  std::string text(60'000, 'x');
  for (int i = 0; i < 100; ++i) {
    for (char& c : text) c = static_cast<char>('a' + (i * 7 + (&c - text.data()) * 31) % 26);
    store_.Say("org/ap", fmt::format("org/{}", i), "note",
               Value::OfText(fmt::format("{} {}", i, text)));
  }
  store_.Commit();
  const auto backup = store_->Backup(
      backups_, {.keep = 1, .cancellation = &lost, .progress = [&](uint64_t) { lost.Cancel(); }});
  EXPECT_TRUE(ListBackups(backups_).value_or(std::vector<BackupInfo>()).empty() == !backup.ok());
  OrThrow(store_->Backup(backups_, {.keep = 1}));
  EXPECT_EQ(OrThrow(VerifyBackup(backups_, std::nullopt)),
            OrThrow(ListBackups(backups_)).front().id);
}

TEST_F(BackupTest, KeepTheNewest) {
  for (int i = 1; i <= 4; ++i) {
    Commit(i);
    OrThrow(store_->Backup(backups_, {.keep = 2}));
  }
  const auto list = OrThrow(ListBackups(backups_));
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].id, 3u);
  EXPECT_EQ(RestoreBackup(backups_, 1, directory_.Child("x"), kFormatVersion).status().code(),
            StatusCode::kNotFound);
  EXPECT_EQ(store_->Backup(backups_, {.keep = 0}).status().code(), StatusCode::kInvalidArgument);
}

TEST_F(BackupTest, AreNeverRestoredOverAnything) {
  Commit(1);
  OrThrow(store_->Backup(backups_, {.keep = 1}));
  EXPECT_EQ(RestoreBackup(backups_, 1, store_.directory(), kFormatVersion).status().code(),
            StatusCode::kFailedPrecondition);
  EXPECT_EQ(RestoreBackup(backups_, 1, backups_, kFormatVersion).status().code(),
            StatusCode::kFailedPrecondition);
  EXPECT_EQ(RestoreBackup(backups_, 1, directory_.Child("x"), kFormatVersion - 1).status().code(),
            StatusCode::kFailedPrecondition);
}

TEST_F(BackupTest, AreNotSoughtWhereThereAreNone) {
  EXPECT_EQ(ListBackups(directory_.Child("none")).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(ListBackups(store_.directory()).status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(store_->Backup(store_.directory(), {.keep = 1}).status().code(),
            StatusCode::kFailedPrecondition);
}

TEST_F(BackupTest, OfARestoredStoreThatWentOnStayApart) {
  Commit(1);
  OrThrow(store_->Backup(backups_, {.keep = 10}));
  OrThrow(RestoreBackup(backups_, 1, directory_.Child("other"), kFormatVersion));
  Commit(2);
  OrThrow(store_->Backup(backups_, {.keep = 10}));
  {
    const auto other = OrThrow(Store::Open(directory_.Child("other"), {}));
    const auto transaction = OrThrow(other->BeginTransaction(Clearance::Unrestricted()));
    ClassDefinition company;
    company.name = "Company";
    test::ThrowIfError(transaction->Define(company));
    OrThrow(transaction->Commit(Durability::kSynced));
    OrThrow(other->Backup(backups_, {.keep = 10}));
  }
  for (uint32_t id = 1; id <= 3; ++id) OrThrow(VerifyBackup(backups_, id));
  OrThrow(RestoreBackup(backups_, 2, directory_.Child("second"), kFormatVersion));
  OrThrow(RestoreBackup(backups_, 3, directory_.Child("third"), kFormatVersion));
  const auto has_class = [&](const std::string& name) {
    const auto store = OrThrow(Store::Open(directory_.Child(name), {}));
    const auto view = OrThrow(store->OpenReadView(std::nullopt, Clearance::Unrestricted()));
    return view->catalog().FindClass("Company") != nullptr;
  };
  EXPECT_FALSE(has_class("second"));
  EXPECT_TRUE(has_class("third"));
}

TEST_F(BackupTest, ACheckpointIsAStoreOfItsOwn) {
  Commit(1);
  const std::string path = directory_.Child("checkpoint");
  test::ThrowIfError(store_->Checkpoint(path));
  Commit(2);
  EXPECT_EQ(RevisionIn(path), Revision{1});
  EXPECT_EQ(store_->Checkpoint(path).code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(store_->revision(), Revision{2});
}

}  // namespace
}  // namespace sightline::storage
