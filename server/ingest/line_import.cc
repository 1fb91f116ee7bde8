#include "server/ingest/line_import.h"

#include <condition_variable>
#include <cstring>
#include <deque>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "server/ingest/line_chunker.h"
#include "storage/base/mutex.h"

namespace sightline::server {
namespace {

// A sink of its own thread, the lane before it, and the parser.
class LineWorker {
 public:
  // `owned_sink` may be null; then `sink` outlives the worker.
  LineWorker(std::unique_ptr<ImportSink> owned_sink, ImportSink& sink, ImportRun& run,
             const LineParserFactory& make_parser)
      : owned_sink_(std::move(owned_sink)),
        lane_(owned_sink_ != nullptr ? *owned_sink_ : sink, run),
        parser_(make_parser(lane_)) {}

  Status Parse(const LineChunk& chunk) {
    uint64_t line_number = chunk.first_line;
    if (chunk.too_long) {
      lane_.BeginRecord({line_number, 1, chunk.bytes});
      return lane_.Reject(RejectReason::kRecordTooLong,
                          fmt::format("a line of more than {} bytes", kRecordBytesMax));
    }
    const char* at = chunk.bytes.data();
    const char* const end = at + chunk.bytes.size();
    for (; at != end; ++line_number) {
      const auto* line_end =
          static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)));
      const char* const stop = line_end == nullptr ? end : line_end;
      SL_RETURN_IF_ERROR(parser_->ParseLine({at, static_cast<size_t>(stop - at)}, line_number));
      at = line_end == nullptr ? end : line_end + 1;
    }
    lane_.FlushCounts();
    return OkStatus();
  }
  Status Finish() { return parser_->Finish(); }

 private:
  const std::unique_ptr<ImportSink> owned_sink_;
  ImportLane lane_;
  const std::unique_ptr<LineParser> parser_;
};

// Chunks on their way to the workers; at most two for each, so that memory stays bounded.
class ChunkQueue {
 public:
  explicit ChunkQueue(size_t chunks_max) : chunks_max_(chunks_max) {}

  // Waits for room. False once a worker has failed.
  bool Push(LineChunk chunk) {
    storage::MutexLock lock(&mutex_);
    changed_.wait(lock.native(), [this] { return chunks_.size() < chunks_max_ || !status_.ok(); });
    if (!status_.ok()) return false;
    chunks_.push_back(std::move(chunk));
    changed_.notify_all();
    return true;
  }
  // Waits for a chunk. None at the end.
  std::optional<LineChunk> Pop() {
    storage::MutexLock lock(&mutex_);
    changed_.wait(lock.native(), [this] { return !chunks_.empty() || closed_ || !status_.ok(); });
    if (chunks_.empty() || !status_.ok()) return std::nullopt;
    LineChunk chunk = std::move(chunks_.front());
    chunks_.pop_front();
    changed_.notify_all();
    return chunk;
  }
  void Close() {
    const storage::MutexLock lock(&mutex_);
    closed_ = true;
    changed_.notify_all();
  }
  // The first failure counts.
  void Fail(Status status) {
    const storage::MutexLock lock(&mutex_);
    if (status_.ok()) status_ = std::move(status);
    changed_.notify_all();
  }
  Status status() const {
    const storage::MutexLock lock(&mutex_);
    return status_;
  }

 private:
  const size_t chunks_max_;
  mutable storage::Mutex mutex_;
  std::condition_variable changed_;
  std::deque<LineChunk> chunks_;
  bool closed_ = false;
  Status status_;
};

Status ReportProgress(const ByteSource& source, const ImportRun& run) {
  if (!run.options.on_progress) return OkStatus();
  return run.options.on_progress({source.bytes_taken(), run.records.load(), run.facts.load()});
}

Status ImportInOneThread(ByteSource& source, LineWorker& worker, const ImportRun& run) {
  LineChunker chunker(source);
  LineChunk chunk;
  while (true) {
    SL_ASSIGN_OR_RETURN(const bool more, chunker.Next(&chunk));
    if (!more) return worker.Finish();
    SL_RETURN_IF_ERROR(worker.Parse(chunk));
    SL_RETURN_IF_ERROR(ReportProgress(source, run));
  }
}

Status PushAll(ByteSource& source, const ImportRun& run, ChunkQueue* queue) {
  LineChunker chunker(source);
  while (true) {
    LineChunk chunk;
    SL_ASSIGN_OR_RETURN(const bool more, chunker.Next(&chunk));
    if (!more || !queue->Push(std::move(chunk))) return OkStatus();
    SL_RETURN_IF_ERROR(ReportProgress(source, run));
  }
}

}  // namespace

Status ImportLines(ByteSource& source, ImportRun& run, ImportSink& sink,
                   const LineParserFactory& make_parser) {
  std::vector<std::unique_ptr<LineWorker>> workers;
  for (int index = 0; run.options.thread_count > 1 && index < run.options.thread_count; ++index) {
    SL_ASSIGN_OR_RETURN(std::unique_ptr<ImportSink> lane, sink.NewLane());
    if (lane == nullptr) break;
    workers.push_back(std::make_unique<LineWorker>(std::move(lane), sink, run, make_parser));
  }
  if (workers.empty()) {
    LineWorker worker(nullptr, sink, run, make_parser);
    return ImportInOneThread(source, worker, run);
  }

  ChunkQueue queue(2 * workers.size());
  std::vector<std::thread> threads;
  for (const auto& worker : workers) {
    threads.emplace_back([&queue, &worker] {
      while (const std::optional<LineChunk> chunk = queue.Pop()) {
        if (Status status = worker->Parse(*chunk); !status.ok()) queue.Fail(std::move(status));
      }
      if (Status status = worker->Finish(); !status.ok()) queue.Fail(std::move(status));
    });
  }
  if (Status status = PushAll(source, run, &queue); !status.ok()) queue.Fail(std::move(status));
  queue.Close();
  for (std::thread& thread : threads) thread.join();
  return queue.status();
}

}  // namespace sightline::server
