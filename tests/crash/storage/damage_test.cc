// Damaged files: named, never answered over.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "storage/maintenance/backup.h"
#include "storage/store.h"
#include "tests/crash/storage/numbered_commits.h"
#include "tests/support/test_store.h"

namespace sightline::storage {
namespace {

using test::EverythingIn;
using test::ExpectNumberedCommits;
using test::OrThrow;
using test::SmallOptions;
using test::TempDirectory;
using test::WriteNextCommit;

constexpr size_t kFooterBytes = 53;  // Of RocksDB's table files.

std::string BytesOf(const std::filesystem::path& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

void WriteBytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// What a file is for; empty for those that hold nothing of the store (locks, RocksDB's messages).
std::string KindOf(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  if (name == "SIGHTLINE" || name == "CURRENT") return name;
  for (const char* kind : {"MANIFEST", "OPTIONS"}) {
    if (name.starts_with(kind)) return kind;
  }
  if (path.extension() == ".sst" || path.extension() == ".log") return path.extension().string();
  return "";
}

TEST(StorageDamage, OfOneBitInAnyFileNeverGivesAnotherAnswer) {
  const uint64_t seed = test::FromEnvironment("SIGHTLINE_CRASH_SEED", std::random_device()());
  SCOPED_TRACE(fmt::format("SIGHTLINE_CRASH_SEED={}", seed));
  std::mt19937_64 random(seed);
  const TempDirectory directory;
  const std::string original = directory.Child("store"), copy = directory.Child("copy");
  std::string expected;
  {
    // Runs in table files, and statements that are in a table file and in the log.
    for (int part = 0; part < 3; ++part) {
      const auto store = OrThrow(Store::Open(original, SmallOptions(nullptr)));
      for (int i = 0; i < 9; ++i) OrThrow(WriteNextCommit(store.get()));
      if (part == 0) test::ThrowIfError(store->Compact(CancellationToken()));
      expected = OrThrow(EverythingIn(store.get()));
    }
  }
  std::map<std::string, std::vector<std::filesystem::path>> files;
  for (const auto& entry : std::filesystem::directory_iterator(original)) {
    if (entry.is_regular_file() && !KindOf(entry.path()).empty() && entry.file_size() > 0) {
      files[KindOf(entry.path())].push_back(entry.path());
    }
  }
  ASSERT_EQ(files.size(), 6u);
  std::map<std::string, int> refused, unchanged;
  for (const auto& [kind, paths] : files) {
    const int flips = kind == ".sst" ? 40 : kind == ".log" || kind == "MANIFEST" ? 25 : 8;
    for (int i = 0; i < flips; ++i) {
      std::filesystem::remove_all(copy);
      std::filesystem::copy(original, copy);
      const std::filesystem::path& path = paths[random() % paths.size()];
      std::string bytes = BytesOf(path);
      const uint64_t bit = random() % (bytes.size() * 8);
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ 1 << bit % 8);
      WriteBytes(std::filesystem::path(copy) / path.filename(), bytes);
      SCOPED_TRACE(fmt::format("bit {} of {}", bit, path.filename().string()));

      const auto store = Store::Open(copy, SmallOptions(nullptr));
      const StatusOr<std::string> found =
          store.ok() ? EverythingIn(store->get()) : StatusOr<std::string>(store.status());
      if (found.ok()) {
        EXPECT_TRUE(*found == expected);
        ++unchanged[kind];
        // In what no reader asked for: Verify asks for all. But for the unused bytes of a footer,
        // and for a file of a run that was replaced, which RocksDB had no time to delete before the
        // store was closed and deletes when it is opened.
        const bool is_in_use =
            std::filesystem::exists(std::filesystem::path(copy) / path.filename());
        if (kind == ".sst" && is_in_use && bit / 8 + kFooterBytes < bytes.size()) {
          const auto verified = OrThrow((*store)->Verify({}, CancellationToken()));
          EXPECT_FALSE(verified.findings.empty());
        }
      } else {
        ++refused[kind];
        EXPECT_NE(found.status().code(), StatusCode::kInternal) << found.status();
        EXPECT_GT(MessageOf(found.status()).size(), 20u);
      }
    }
  }
  for (const char* kind : {".sst", ".log", "MANIFEST"}) EXPECT_GT(refused[kind], 0) << kind;
  for (const auto& [kind, paths] : files) {
    std::printf("%s: %d refused, %d unchanged\n", kind.c_str(), refused[kind], unchanged[kind]);
  }
}

TEST(StorageDamage, AHoleInTheLastRecordIsATornWriteAndDropped) {
  const TempDirectory directory;
  const auto log = [&] {
    for (const auto& entry : std::filesystem::directory_iterator(directory.Child("store"))) {
      if (entry.path().extension() == ".log") return entry.path();
    }
    throw std::runtime_error("no log");
  };
  uint64_t bytes_before = 0;
  std::string bytes;
  {
    const auto store = OrThrow(Store::Open(directory.Child("store"), SmallOptions(nullptr)));
    for (uint64_t commit = 1; commit <= 10; ++commit) OrThrow(WriteNextCommit(store.get()));
    bytes_before = std::filesystem::file_size(log());
    OrThrow(WriteNextCommit(store.get()));  // 400 statements, over many log blocks.
    bytes = BytesOf(log());                 // As a power cut would leave it: nothing claims for it.
    ASSERT_GT(bytes.size(), bytes_before + (64 << 10));
  }
  // One page of zeros, where the disk had not come to.
  bytes.replace((bytes_before + (32 << 10)) & ~uint64_t{4095}, 4096, std::string(4096, '\0'));
  WriteBytes(log(), bytes);
  {
    const auto store = Store::Open(directory.Child("store"), SmallOptions(nullptr));
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_EQ((*store)->revision(), Revision{10});
    ExpectNumberedCommits(store->get());
    EXPECT_TRUE(WriteNextCommit(store->get()).ok());
  }
  const auto store = OrThrow(Store::Open(directory.Child("store"), SmallOptions(nullptr)));
  EXPECT_EQ(store->revision(), Revision{11});
  ExpectNumberedCommits(store.get());
}

TEST(StorageDamage, OfABackupIsNamedAndNotRestored) {
  const TempDirectory directory;
  const std::string backups = directory.Child("backups");
  {
    const auto store = OrThrow(Store::Open(directory.Child("store"), SmallOptions(nullptr)));
    for (int i = 0; i < 20; ++i) OrThrow(WriteNextCommit(store.get()));
    test::ThrowIfError(store->Compact(CancellationToken()));
    OrThrow(store->Backup(backups, {.keep = 3}));
  }
  EXPECT_EQ(OrThrow(VerifyBackup(backups, std::nullopt)), 1u);
  int damaged = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(backups)) {
    if (!entry.is_regular_file() || entry.file_size() == 0) continue;
    SCOPED_TRACE(entry.path().string());
    const std::string whole = BytesOf(entry.path());
    for (const size_t place : {size_t{0}, whole.size() / 2, whole.size() - 1}) {
      std::string bytes = whole;
      bytes[place] = static_cast<char>(bytes[place] ^ 4);
      WriteBytes(entry.path(), bytes);
      const auto verified = VerifyBackup(backups, std::nullopt);
      const std::string target = directory.Child(fmt::format("restored-{}", damaged++));
      const auto restored = RestoreBackup(backups, std::nullopt, target, kFormatVersion);
      StoreOptions options = SmallOptions(nullptr);
      options.create_if_missing = false;
      if (restored.ok()) {
        // In a place where it changes nothing.
        const auto store = OrThrow(Store::Open(target, options));
        EXPECT_EQ(store->revision(), Revision{20});
        ExpectNumberedCommits(store.get());
        test::ExpectSound(store.get());
      } else {
        EXPECT_FALSE(verified.ok());
        EXPECT_FALSE(Store::Open(target, options).ok());
      }
    }
    WriteBytes(entry.path(), whole);
  }
  EXPECT_GT(damaged, 10);
  EXPECT_EQ(OrThrow(VerifyBackup(backups, std::nullopt)), 1u);
}

}  // namespace
}  // namespace sightline::storage
