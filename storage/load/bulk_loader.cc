#include "storage/load/bulk_loader.h"

#include <algorithm>
#include <thread>

#include "storage/base/machine_memory.h"
#include "storage/load/load_commit.h"

namespace sightline::storage {
namespace {

constexpr uint64_t kMemoryBytesMin = 1 << 20;

}  // namespace

uint64_t DefaultLoadMemoryBytes() { return MachineMemoryBytes() / 4; }

StatusOr<std::unique_ptr<BulkLoader>> BulkLoader::Start(const LoadBase& base,
                                                        const LoadOptions& options) {
  if (options.thread_count < 1) return InvalidArgument("A load needs a thread at least");
  const uint64_t memory =
      options.memory_bytes_max != 0 ? options.memory_bytes_max : DefaultLoadMemoryBytes();
  if (memory < kMemoryBytesMin) {
    return InvalidArgument("A load needs {} bytes of memory at least: {}", kMemoryBytesMin, memory);
  }
  return std::unique_ptr<BulkLoader>(new BulkLoader(base, options, memory));
}

StatusOr<BulkLoader::Stream*> BulkLoader::NewStream() {
  MutexLock lock(&mutex_);
  if (ended_) return FailedPrecondition("The load has ended");
  if (streams_.size() >= static_cast<size_t>(session_.options().thread_count)) {
    return FailedPrecondition("The load has {} streams, and may have no more", streams_.size());
  }
  SL_ASSIGN_OR_RETURN(auto stream,
                      Stream::Create(&session_, static_cast<uint32_t>(streams_.size()) + 1));
  streams_.push_back(std::move(stream));
  return streams_.back().get();
}

Status BulkLoader::SealAll() {
  std::vector<Status> statuses(streams_.size());
  std::vector<std::thread> threads;
  for (size_t i = 1; i < streams_.size(); ++i) {
    threads.emplace_back(
        [stream = streams_[i].get(), status = &statuses[i]] { *status = stream->Finish(); });
  }
  if (!streams_.empty()) statuses[0] = streams_[0]->Finish();
  for (std::thread& thread : threads) thread.join();
  for (const Status& status : statuses) SL_RETURN_IF_ERROR(status);
  return OkStatus();
}

StatusOr<LoadResult> BulkLoader::Commit(int64_t micros, const MetaEntries& meta_entries) {
  MutexLock lock(&mutex_);
  if (ended_) return FailedPrecondition("The load has ended");
  ended_ = true;
  auto result = CommitStreams(micros, meta_entries);
  streams_.clear();
  return result;
}

StatusOr<LoadResult> BulkLoader::CommitStreams(int64_t micros, const MetaEntries& meta_entries) {
  LoadResult result;
  result.seconds_by_stage[static_cast<size_t>(LoadStage::kReading)] =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  SL_RETURN_IF_ERROR(SealAll());

  // The names of definitions are a chunk of their own, whose every term all chunks may use.
  SL_ASSIGN_OR_RETURN(const StreamFiles files,
                      StreamFiles::Create(session_.base().kv->ScratchDirectory()));
  SL_ASSIGN_OR_RETURN(std::vector<LoadChunk> chunks, session_.TakeChunks(&files));
  OrdinalSet with_facts, late;
  for (const auto& stream : streams_) {
    with_facts.InsertAll(stream->with_facts());
    late.InsertAll(stream->with_late_facts());
  }
  StatementNumbers statements(std::move(with_facts), session_.statements_opened(),
                              session_.base().statement_count);
  LoadCommit commit(&session_, std::move(chunks), std::move(statements), std::move(late), micros);
  SL_RETURN_IF_ERROR(commit.MakeFiles(&result));
  SL_ASSIGN_OR_RETURN(const auto entries, meta_entries(result));
  SL_ASSIGN_OR_RETURN(const std::vector<KvFile> table_files, commit.Finish(entries, &result));

  SL_RETURN_IF_ERROR(session_.token().Check());
  session_.Report({LoadStage::kIngest, 0, 1});
  const auto ingest_start = std::chrono::steady_clock::now();
  if (Status taken = session_.base().kv->Ingest(table_files); !taken.ok()) {
    in_doubt_ = std::move(result);
    return taken;
  }
  result.seconds_by_stage[static_cast<size_t>(LoadStage::kIngest)] =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - ingest_start).count();
  session_.Report({LoadStage::kIngest, 1, 1});
  return result;
}

}  // namespace sightline::storage
