// kill -9 while a process writes, loads, merges and backs up: what it has acknowledged is there,
// the rest all or not, and each backup that is listed is whole.
//
// SIGHTLINE_KILL_CYCLES says how many kills.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <random>
#include <string>
#include <thread>

#include "storage/maintenance/backup.h"
#include "tests/crash/storage/numbered_commits.h"
#include "tests/support/test_store.h"

extern char** environ;

namespace sightline::test {
namespace {

using storage::Store;

// A running numbered_writer. Executed, not forked: threads of RocksDB must not be copied.
class Writer {
 public:
  Writer(const std::string& store, const std::string& backups) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    out_ = ends[0];
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    std::string program = NUMBERED_WRITER, first = store, second = backups;
    char* arguments[] = {program.data(), first.data(), second.data(), nullptr};
    const int error = posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (error != 0) throw std::runtime_error("posix_spawn");
  }
  ~Writer() { close(out_); }

  // Waits until it has opened the store.
  bool WaitUntilOpen() { return ReadNumber(); }
  // Waits until it has acknowledged so many commits more, or has ended.
  void WaitForCommits(uint64_t count) {
    while (count > 0 && ReadNumber()) --count;
  }
  // Kills it and gives the last commit that it acknowledged.
  uint64_t Kill() {
    kill(pid_, SIGKILL);
    while (ReadNumber()) {
    }
    int status = 0;
    waitpid(pid_, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "it ended by itself: " << WEXITSTATUS(status);
    return last_;
  }

 private:
  bool ReadNumber() {
    std::string digits;
    char c = 0;
    while (read(out_, &c, 1) == 1) {
      if (c == '\n') {
        last_ = std::stoull(digits);
        return true;
      }
      digits.push_back(c);
    }
    return false;
  }

  pid_t pid_ = -1;
  int out_ = -1;
  uint64_t last_ = 0;
};

bool HasABackup(const std::string& backups) {
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(backups) / "meta", error)) {
    if (entry.path().extension() != ".tmp") return true;
  }
  return false;
}

// Until there is one, or a minute has passed. ListBackups would keep the writer from making one.
void WaitForABackup(const std::string& backups) {
  for (int i = 0; i < 600 && !HasABackup(backups); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

TEST(Kill, LosesNothingThatWasAcknowledged) {
  const uint64_t cycles = FromEnvironment("SIGHTLINE_KILL_CYCLES", 60);
  const uint64_t seed = FromEnvironment("SIGHTLINE_CRASH_SEED", std::random_device()());
  SCOPED_TRACE(fmt::format("SIGHTLINE_CRASH_SEED={}", seed));
  constexpr uint64_t kCyclesOfAStore = 6;
  std::mt19937_64 random(seed);
  uint64_t commits = 0, restored = 0;
  for (uint64_t cycle = 0; cycle < cycles;) {
    const TempDirectory directory;
    const std::string path = directory.Child("store"), backups = directory.Child("backups");
    for (uint64_t i = 0; i < kCyclesOfAStore && cycle < cycles; ++i, ++cycle) {
      SCOPED_TRACE(fmt::format("cycle {}", cycle));
      Writer writer(path, backups);
      // Some are killed while they open the store.
      if (random() % 8 != 0) {
        ASSERT_TRUE(writer.WaitUntilOpen());
        // For what it has done rather than for a time: machines differ.
        writer.WaitForCommits(random() % 16);
        if (i + 1 == kCyclesOfAStore) WaitForABackup(backups);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(random() % 40));
      const uint64_t acknowledged = writer.Kill();
      {
        const auto store = OrThrow(Store::Open(path, SmallOptions(nullptr)));
        ASSERT_GE(store->revision().value, acknowledged);
        // The next may have been written, and not been acknowledged; a kill before the store was
        // open acknowledged none.
        if (acknowledged > 0) {
          ASSERT_LE(store->revision().value, acknowledged + 1);
        }
        ExpectNumberedCommits(store.get());
        if (i % 3 == 2) ExpectSound(store.get());
      }
      if (i + 1 == kCyclesOfAStore) {
        const auto list = storage::ListBackups(backups);
        if (!list.ok()) continue;  // Killed before the first was begun.
        for (const storage::BackupInfo& backup : *list) {
          SCOPED_TRACE(fmt::format("backup {}", backup.id));
          OrThrow(storage::VerifyBackup(backups, backup.id));
          const std::string target = directory.Child(fmt::format("restored-{}", backup.id));
          OrThrow(storage::RestoreBackup(backups, backup.id, target, storage::kFormatVersion));
          const auto store = OrThrow(Store::Open(target, SmallOptions(nullptr)));
          ExpectNumberedCommits(store.get());
          ExpectSound(store.get());
          ++restored;
        }
      }
      if (::testing::Test::HasFailure()) return;
      if (i + 1 == kCyclesOfAStore || cycle + 1 == cycles) commits += acknowledged;
    }
  }
  EXPECT_GT(commits, cycles);  // Else the kills came too early to prove anything; so below.
  EXPECT_GT(restored, 0u);
  std::printf("%llu kills, %llu commits, %llu backups restored\n",
              static_cast<unsigned long long>(cycles), static_cast<unsigned long long>(commits),
              static_cast<unsigned long long>(restored));
}

}  // namespace
}  // namespace sightline::test
