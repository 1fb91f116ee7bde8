#include "server/operations/store_operations.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/support/test_store.h"

namespace sightline::server {
namespace {

using test::OrThrow;

class Progress final : public OperationProgress {
 public:
  const storage::CancellationToken& cancellation() const override { return cancellation_; }
  void Report(std::string_view stage, uint64_t, uint64_t) override { stage_ = stage; }
  void Cancel() { cancellation_.Cancel(); }

 private:
  storage::CancellationToken cancellation_;
  std::string stage_;
};

class StoreOperationsTest : public ::testing::Test {
 protected:
  StoreOperationsTest() {
    store_.Say("org/ap", "org/a", "supplies", "prod/x");
    store_.Commit();
  }
  const test::TempDirectory directory_;
  const BackupPlace place_{.directory = directory_.Child("backups"), .keep = 2};
  test::TestStore store_;
  Progress progress_;
};

TEST_F(StoreOperationsTest, BackupsAreMadeAndVerified) {
  for (uint32_t id = 1; id <= 3; ++id) {
    const OperationResult made = OrThrow(BackupWork(&*store_, place_)(&progress_));
    EXPECT_EQ(std::get<storage::BackupInfo>(made).id, id);
  }
  EXPECT_EQ(OrThrow(storage::ListBackups(place_.directory)).size(), place_.keep);
  const auto verified = OrThrow(VerifyBackupWork(place_, std::nullopt)(&progress_));
  EXPECT_EQ(std::get<storage::BackupInfo>(verified).id, 3u);
  EXPECT_EQ(VerifyBackupWork(place_, 1)(&progress_).status().code(), StatusCode::kNotFound);
}

TEST_F(StoreOperationsTest, TheStoreIsVerifiedAndCompacted) {
  const OperationResult verified = OrThrow(VerifyWork(&*store_)(&progress_));
  EXPECT_TRUE(std::get<storage::VerifyResult>(verified).findings.empty());
  EXPECT_EQ(std::get<storage::VerifyResult>(verified).statements, 1u);
  const OperationResult compacted = OrThrow(CompactionWork(&*store_)(&progress_));
  EXPECT_EQ(std::get<CompactionResult>(compacted).runs, 1u);
  EXPECT_EQ(store_->Statistics().delta_quads, 0u);
}

TEST_F(StoreOperationsTest, WhatIsCancelledStops) {
  progress_.Cancel();
  for (const auto& work : {BackupWork(&*store_, place_), VerifyBackupWork(place_, std::nullopt),
                           VerifyWork(&*store_), CompactionWork(&*store_)}) {
    EXPECT_EQ(work(&progress_).status().code(), StatusCode::kCancelled);
  }
}

}  // namespace
}  // namespace sightline::server
