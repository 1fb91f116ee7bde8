// The program that kill_test.cc kills: numbered commits, merges and backups, all at once, until it
// is killed. Writes the number of each acknowledged commit to its standard output.
//
//   numbered_writer STORE BACKUPS

#include <unistd.h>

#include <cstdio>
#include <string>
#include <thread>

#include "storage/maintenance/backup.h"
#include "tests/crash/storage/numbered_commits.h"

namespace sightline::test {
namespace {

[[noreturn]] void Fail(const std::string& what, const Status& status) {
  std::fprintf(stderr, "%s: %s\n", what.c_str(), MessageOf(status).c_str());
  _exit(3);
}

void Acknowledge(uint64_t commit) {
  const std::string line = std::to_string(commit) + "\n";
  if (write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    _exit(4);
  }
}

void Run(const std::string& directory, const std::string& backups) {
  storage::StoreOptions options = SmallOptions(nullptr);
  options.compacts_in_background = true;
  const auto store = storage::Store::Open(directory, options);
  if (!store.ok()) Fail("Open", store.status());
  Acknowledge((*store)->revision().value);
  std::thread maintenance([&] {
    while (true) {
      const Status compacted = (*store)->Compact(storage::CancellationToken());
      if (!compacted.ok()) Fail("Compact", compacted);
      const auto backup = (*store)->Backup(backups, {.keep = 2});
      if (!backup.ok()) Fail("Backup", backup.status());
    }
  });
  for (uint64_t n = 0;; ++n) {
    const auto commit = WriteNextCommit(
        store->get(), n % 3 == 0 ? storage::Durability::kRelaxed : storage::Durability::kSynced);
    if (!commit.ok()) Fail("Commit", commit.status());
    Acknowledge(*commit);  // A relaxed one, too: the machine goes on.
  }
}

}  // namespace
}  // namespace sightline::test

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  sightline::test::Run(argv[1], argv[2]);
}
