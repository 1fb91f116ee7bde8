// Replaying a dump (docs/dump.md): the commits of another store made again, one by one, in a new
// store.
//
// Statements get the numbers that they had, commits their times. The new store is as good as the
// old one to any reader; its terms and revisions may have other numbers.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "server/ingest/byte_source.h"
#include "storage/base/cancellation.h"
#include "storage/base/clock.h"
#include "storage/base/status.h"
#include "storage/store.h"

namespace sightline::server {

// Whether the file is a dump, compressed or not. Its name plays no part. Errors: as OpenFile and
// ByteSource::Read.
StatusOr<bool> IsDump(const std::string& path);

struct ReplayProgress {
  uint64_t bytes_taken = 0;  // Of the file as it lies on the disk.
  uint64_t statements = 0;
  uint64_t facts = 0;
};

struct ReplayOptions {
  std::string file_name;          // For messages.
  uint64_t memory_bytes_max = 0;  // As LoadOptions has it, for the commits that were bulk loads.
  int thread_count = 2;           // As above.
  std::function<void(const ReplayProgress&)> on_progress;  // May be null.
};

struct ReplayReport {
  uint64_t commits = 0;
  uint64_t statements = 0;
  uint64_t facts = 0;
  storage::StoreStatistics store;  // Of the new store, before it was closed.
};

// Makes the store `directory`, which must not be there or be empty. It gets its name when it is
// complete: until then it is `directory` and ".partial", which a failure deletes. Errors: the
// source's; kInvalidArgument for what is no dump, with file and line; kFailedPrecondition when the
// directory is in the way; kCancelled; as Store::Open and Transaction::Commit.
StatusOr<ReplayReport> ReplayDump(std::unique_ptr<ByteSource> source, const std::string& directory,
                                  const ReplayOptions& options,
                                  const storage::CancellationToken& cancellation);

}  // namespace sightline::server
