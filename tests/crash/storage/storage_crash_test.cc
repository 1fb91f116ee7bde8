// A disk that forgets what was not synced, and a machine that stops at any write.
//
// SIGHTLINE_CRASH_SEED repeats one run, SIGHTLINE_CRASH_RUNS sets how many there are.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "storage/store.h"
#include "tests/support/crash_file_system.h"
#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::CrashFileSystem;
using test::OrThrow;
using test::TempDirectory;

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

StoreOptions OptionsFor(rocksdb::Env* env) {
  StoreOptions options;
  options.kv.env = env;
  options.kv.block_cache_bytes = 1 << 20;
  return options;
}

// Commit number n writes n % 7 + 1 statements about "org/n" and retracts the first statement of the
// commit before; big commits now and then, of many log records.
uint64_t StatementsOf(uint64_t commit) { return commit % 11 == 0 ? 400 : commit % 7 + 1; }

StatusOr<CommitResult> WriteCommit(Store* store, uint64_t commit) {
  SL_ASSIGN_OR_RETURN(const auto transaction, store->BeginTransaction(Clearance::Unrestricted()));
  PredicateDefinition supplies;
  supplies.name = "supplies";
  SL_RETURN_IF_ERROR(transaction->Define(supplies));
  StatementDraft draft;
  SL_ASSIGN_OR_RETURN(const TermId predicate, transaction->InternEntity("supplies"));
  SL_ASSIGN_OR_RETURN(draft.context.claimant, transaction->InternEntity("org/ap"));
  SL_ASSIGN_OR_RETURN(const TermId subject,
                      transaction->InternEntity(fmt::format("org/{}", commit)));
  draft.quote = std::string(200, 'q');
  StatementId first;
  for (uint64_t i = 0; i < StatementsOf(commit); ++i) {
    SL_ASSIGN_OR_RETURN(const TermId object,
                        transaction->InternEntity(fmt::format("prod/{}-{}", commit, i)));
    draft.facts = {{subject, predicate, object}};
    SL_ASSIGN_OR_RETURN(const AddedStatement added, transaction->Add(draft));
    if (i == 0) first = added.id;
  }
  if (commit > 1) {
    const StatementId previous{first.value - StatementsOf(commit - 1)};
    SL_RETURN_IF_ERROR(transaction->Retract(previous, "superseded"));
  }
  SL_RETURN_IF_ERROR(transaction->RememberRequest(fmt::format("commit-{}", commit), "done"));
  return transaction->Commit(Durability::kSynced);
}

// Every commit up to the newest is there, whole; nothing is there of a later one.
void Verify(Store* store) {
  const uint64_t newest = store->revision().value;
  const auto view = OrThrow(store->OpenReadView(std::nullopt, Clearance::Unrestricted()));
  uint64_t expected_statements = 0;
  for (uint64_t commit = 1; commit <= newest; ++commit) {
    expected_statements += StatementsOf(commit);
    const auto node = OrThrow(view->FindNode(fmt::format("org/{}", commit)));
    ASSERT_TRUE(node.has_value()) << "commit " << commit;
    const uint64_t retracted = commit < newest ? 1 : 0;
    for (int order = 0; order < kPermutationCount; ++order) {
      const auto permutation = static_cast<Permutation>(order);
      if (permutation != Permutation::kSpo && permutation != Permutation::kSop) continue;
      ASSERT_EQ(
          test::FactsIn(*view, permutation, KeyPrefix::Of(*node), view->default_scope()).size(),
          StatementsOf(commit) - retracted)
          << "commit " << commit << " of " << newest;
    }
  }
  for (int order = 0; order < kPermutationCount; ++order) {
    ASSERT_EQ(test::QuadsIn(*view, static_cast<Permutation>(order), KeyPrefix::Of(),
                            view->default_scope())
                  .size(),
              expected_statements - (newest > 0 ? newest - 1 : 0));
  }
  ASSERT_EQ(store->Statistics().statements, expected_statements);
  ASSERT_EQ(OrThrow(view->FindNode(fmt::format("org/{}", newest + 1))), std::nullopt);
  const auto transaction = OrThrow(store->BeginTransaction(Clearance::Unrestricted()));
  for (uint64_t commit = 1; commit <= newest + 1; ++commit) {
    ASSERT_EQ(OrThrow(transaction->FindRequest(fmt::format("commit-{}", commit))).has_value(),
              commit <= newest);
  }
}

TEST(StorageCrash, AcknowledgedCommitsSurviveAndOthersAreAllOrNothing) {
  const uint64_t first = FromEnvironment("SIGHTLINE_CRASH_SEED", std::random_device()());
  const uint64_t run_count = FromEnvironment("SIGHTLINE_CRASH_RUNS", 4);
  uint64_t acknowledged_in_all = 0;
  for (uint64_t seed = first; seed < first + run_count; ++seed) {
    SCOPED_TRACE(fmt::format("SIGHTLINE_CRASH_SEED={}", seed));
    const TempDirectory directory;
    auto file_system = std::make_shared<CrashFileSystem>(seed);
    const auto env = rocksdb::NewCompositeEnv(file_system);
    std::mt19937_64 random(seed);
    uint64_t acknowledged = 0, attempted = 0;
    // Crash after crash on the same files, the first ones while the store is being created.
    for (int round = 0; round < 12; ++round) {
      file_system->CrashAfter(random() % (round < 4 ? 150 : 250));
      {
        auto store = Store::Open(directory.Child("store"), OptionsFor(env.get()));
        while (store.ok()) {
          const uint64_t commit = (*store)->revision().value + 1;
          attempted = std::max(attempted, commit);
          const auto result = WriteCommit(store->get(), commit);
          if (!result.ok()) {
            ASSERT_EQ(result.status().code(), StatusCode::kUnavailable) << result.status();
            break;
          }
          acknowledged = result->revision.value;
        }
        if (!store.ok()) {
          ASSERT_EQ(store.status().code(), StatusCode::kUnavailable) << store.status();
        }
      }
      file_system->Crash();
      const auto store = Store::Open(directory.Child("store"), OptionsFor(env.get()));
      ASSERT_TRUE(store.ok()) << store.status() << " in round " << round;
      ASSERT_GE((*store)->revision().value, acknowledged) << "round " << round;
      ASSERT_LE((*store)->revision().value, attempted) << "round " << round;
      acknowledged = (*store)->revision().value;
      Verify(store->get());
      if (::testing::Test::HasFatalFailure()) return;
    }
    acknowledged_in_all += acknowledged;
  }
  EXPECT_GT(acknowledged_in_all, 0u);  // Else nothing was tested.
  std::printf("%llu commits survived\n", static_cast<unsigned long long>(acknowledged_in_all));
}

TEST(StorageCrash, RelaxedCommitsMayBeLostButNeverByHalves) {
  const TempDirectory directory;
  auto file_system = std::make_shared<CrashFileSystem>(7);
  const auto env = rocksdb::NewCompositeEnv(file_system);
  {
    const auto store = OrThrow(Store::Open(directory.Child("store"), OptionsFor(env.get())));
    OrThrow(WriteCommit(store.get(), 1));
    auto transaction = OrThrow(store->BeginTransaction(Clearance::Unrestricted()));
    ClassDefinition company;
    company.name = "Company";
    test::ThrowIfError(transaction->Define(company));
    OrThrow(transaction->Commit(Durability::kRelaxed));
  }
  file_system->Crash();
  const auto store = OrThrow(Store::Open(directory.Child("store"), OptionsFor(env.get())));
  const auto view = OrThrow(store->OpenReadView(std::nullopt, Clearance::Unrestricted()));
  EXPECT_EQ(view->catalog().FindClass("Company") != nullptr, store->revision() == Revision{2});
  EXPECT_GE(store->revision(), Revision{1});
}

TEST(StorageCrash, AFailedSyncFailsTheCommitAndLeavesTheStoreReadable) {
  const TempDirectory directory;
  auto file_system = std::make_shared<CrashFileSystem>(11);
  const auto env = rocksdb::NewCompositeEnv(file_system);
  {
    const auto store = OrThrow(Store::Open(directory.Child("store"), OptionsFor(env.get())));
    OrThrow(WriteCommit(store.get(), 1));
    file_system->FailSyncs(true);
    EXPECT_EQ(WriteCommit(store.get(), 2).status().code(), StatusCode::kUnavailable);
    EXPECT_EQ(store->revision(), Revision{1});
    {
      const auto view = OrThrow(store->OpenReadView(std::nullopt, Clearance::Unrestricted()));
      EXPECT_EQ(view->default_scope()->size(), StatementsOf(1));
      EXPECT_EQ(OrThrow(view->FindNode("org/2")), std::nullopt);
    }
    // What is on the disk is not known, so that nothing may be written on top of it.
    file_system->FailSyncs(false);
    const auto next = store->BeginTransaction(Clearance::Unrestricted());
    EXPECT_EQ(next.status().code(), StatusCode::kUnavailable);
    EXPECT_THAT(MessageOf(next.status()), ::testing::HasSubstr("open the store again"));
  }
  const auto store = OrThrow(Store::Open(directory.Child("store"), OptionsFor(env.get())));
  Verify(store.get());
  EXPECT_TRUE(WriteCommit(store.get(), store->revision().value + 1).ok());
  Verify(store.get());
}

// Changes one byte in the middle of the largest file with this extension.
void DamageLargest(const std::string& directory, const std::string& extension) {
  std::filesystem::path largest;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() != extension) continue;
    if (largest.empty() || entry.file_size() > std::filesystem::file_size(largest)) {
      largest = entry.path();
    }
  }
  ASSERT_FALSE(largest.empty());
  std::fstream file(largest, std::ios::in | std::ios::out | std::ios::binary);
  const auto middle = static_cast<std::streamoff>(std::filesystem::file_size(largest) / 3);
  file.seekg(middle);
  const int byte = file.get();
  file.seekp(middle);
  file.put(static_cast<char>(byte ^ 0x40));
}

TEST(StorageDamage, InTheMiddleOfTheLogIsNamedAndNotReadOver) {
  const TempDirectory directory;
  {
    const auto store = OrThrow(Store::Open(directory.Child("store"), OptionsFor(nullptr)));
    for (uint64_t commit = 1; commit <= 12; ++commit) OrThrow(WriteCommit(store.get(), commit));
  }
  DamageLargest(directory.Child("store"), ".log");
  const auto store = Store::Open(directory.Child("store"), OptionsFor(nullptr));
  EXPECT_EQ(store.status().code(), StatusCode::kDataLoss) << store.status();
}

TEST(StorageDamage, AHoleInTheLastRecordIsATornWriteAndDropped) {
  const TempDirectory directory;
  uint64_t bytes_before = 0;
  const auto log_bytes = [&] {
    uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory.Child("store"))) {
      if (entry.path().extension() == ".log") bytes = entry.file_size();
    }
    return bytes;
  };
  {
    const auto store = OrThrow(Store::Open(directory.Child("store"), OptionsFor(nullptr)));
    for (uint64_t commit = 1; commit <= 10; ++commit) OrThrow(WriteCommit(store.get(), commit));
    bytes_before = log_bytes();
    OrThrow(WriteCommit(store.get(), 11));  // 400 statements, over many log blocks.
    ASSERT_GT(log_bytes(), bytes_before + (200 << 10));
  }
  for (const auto& entry : std::filesystem::directory_iterator(directory.Child("store"))) {
    if (entry.path().extension() != ".log") continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    // One page of zeros, where the disk had not come to.
    file.seekp(static_cast<std::streamoff>((bytes_before + (100 << 10)) & ~uint64_t{4095}));
    file << std::string(4096, '\0');
  }
  {
    const auto store = Store::Open(directory.Child("store"), OptionsFor(nullptr));
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_EQ((*store)->revision(), Revision{10});
    Verify(store->get());
    EXPECT_TRUE(WriteCommit(store->get(), 11).ok());
  }
  const auto store = OrThrow(Store::Open(directory.Child("store"), OptionsFor(nullptr)));
  EXPECT_EQ(store->revision(), Revision{11});
  Verify(store.get());
}

TEST(StorageDamage, InATableIsNamedAndNotReadOver) {
  const TempDirectory directory;
  {
    const auto store = OrThrow(Store::Open(directory.Child("store"), OptionsFor(nullptr)));
    for (uint64_t commit = 1; commit <= 12; ++commit) OrThrow(WriteCommit(store.get(), commit));
  }
  // Recovery writes the log's content into tables.
  OrThrow(Store::Open(directory.Child("store"), OptionsFor(nullptr)));
  DamageLargest(directory.Child("store"), ".sst");
  const auto store = Store::Open(directory.Child("store"), OptionsFor(nullptr));
  if (!store.ok()) {
    EXPECT_EQ(store.status().code(), StatusCode::kDataLoss) << store.status();
    return;
  }
  const auto view = OrThrow((*store)->OpenReadView(std::nullopt, Clearance::Unrestricted()));
  StatusCode code = StatusCode::kOk;
  for (int order = 0; order < kPermutationCount && code == StatusCode::kOk; ++order) {
    const auto scan =
        view->Scan(static_cast<Permutation>(order), KeyPrefix::Of(), view->default_scope(), {});
    code = scan.status().code();
    ScanBatch batch;
    while (scan.ok()) {
      const auto row_count = (*scan)->Next(&batch);
      code = row_count.status().code();
      if (!row_count.ok() || *row_count == 0) break;
    }
  }
  for (uint64_t id = 1; id <= view->default_scope()->size() && code == StatusCode::kOk; ++id) {
    code = view->GetStatement(StatementId{id}).status().code();
  }
  EXPECT_EQ(code, StatusCode::kDataLoss);
}

}  // namespace
}  // namespace sightline::storage
