// BulkLoader: takes statements and facts in any number and writes them into the store at once.
//
//   auto loader = BulkLoader::Start(base, {.memory_bytes_max = 2ull << 30});
//   auto stream = (*loader)->NewStream();                 // one for each producing thread
//   auto statement = (*stream)->OpenStatement(draft);
//   (*stream)->Add(*statement, subject, predicate, object);
//   (*loader)->Commit(micros, meta_entries);
//
// All of a load becomes visible with Commit, as one revision and one new run, or nothing does: it
// writes table files beside the store, which the store takes in with one call. A load that fails,
// is cancelled or dies leaves nothing in the store. Its files lie in KvStore::ScratchDirectory: it
// deletes them itself, and when it dies Open does.
//
// Against a transaction: a load does not look for equal statements that are on record already, it
// adds its own; a statement without facts is left out; a class or predicate that is defined already
// stays as it is; a statement's record does not hold its facts, they are in the run only.
// Statements are numbered in the order of OpenStatement, over all streams: with one stream the
// result is the same each time, with several it depends on how the threads ran.
//
// Memory: see LoadOptions::memory_bytes_max. Beyond it, a bit or two for each statement, and eight
// times two bytes for each term that is used in a later chunk than the one it was made in.
//
// Thread safety: Define and NewStream are safe from any thread, a stream belongs to one thread, and
// Commit comes when all have ended.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/load/load_result.h"
#include "storage/load/load_session.h"
#include "storage/load/load_stream.h"

namespace sightline::storage {

// What a load may use when nobody says how much: a quarter of the machine's memory.
uint64_t DefaultLoadMemoryBytes();

class BulkLoader {
 public:
  using Stream = LoadStream;
  // The entries of kMeta that a load changes, keys ascending: counters, runs, term segments.
  using MetaEntries =
      std::function<StatusOr<std::vector<std::pair<std::string, std::string>>>(const LoadResult&)>;

  // Errors: kInvalidArgument for options that cannot be; kUnavailable.
  static StatusOr<std::unique_ptr<BulkLoader>> Start(const LoadBase& base,
                                                     const LoadOptions& options);
  // Gives up what is not committed.
  ~BulkLoader() = default;
  BulkLoader(const BulkLoader&) = delete;
  BulkLoader& operator=(const BulkLoader&) = delete;

  // The stream belongs to the loader. Errors: kFailedPrecondition when there are as many as
  // LoadOptions::thread_count; kUnavailable.
  StatusOr<Stream*> NewStream() SL_EXCLUDES(mutex_);

  // What is defined already stays as it is. Errors: as CheckDefinition.
  Status Define(ClassDefinition definition) { return session_.Define(std::move(definition)); }
  Status Define(PredicateDefinition definition) { return session_.Define(std::move(definition)); }
  // Of a prefix alone. Errors: as LoadSession::Define.
  Status Define(StoredDefinition prefix) { return session_.Define(std::move(prefix)); }
  // The catalog with the load's definitions, whose ids are provisional.
  std::shared_ptr<const Catalog> catalog() const { return session_.catalog(); }

  // Ends the load. `micros`: the time of the commit, not before the last one's. A load without
  // statements and definitions makes a revision of its own all the same. Errors: those of the
  // streams; kInvalidArgument when a fact refers to a statement that has no fact; kUnavailable,
  // kDataLoss; whatever `meta_entries` gives. Then the store is as it was; but where there is a
  // result in_doubt(), the taking in of its files has failed, and KvStore::Recover, or opening the
  // store anew, may have it done after all.
  StatusOr<LoadResult> Commit(int64_t micros, const MetaEntries& meta_entries);
  const std::optional<LoadResult>& in_doubt() const { return in_doubt_; }

 private:
  BulkLoader(const LoadBase& base, const LoadOptions& options, uint64_t memory_bytes_max)
      : session_(base, options, memory_bytes_max) {}

  Status SealAll() SL_REQUIRES(mutex_);
  StatusOr<LoadResult> CommitStreams(int64_t micros, const MetaEntries& meta_entries)
      SL_REQUIRES(mutex_);

  LoadSession session_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  Mutex mutex_;
  std::vector<std::unique_ptr<Stream>> streams_ SL_GUARDED_BY(mutex_);
  bool ended_ = false;
  std::optional<LoadResult> in_doubt_;
};

}  // namespace sightline::storage
