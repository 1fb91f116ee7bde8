#include "server/ingest/line_chunker.h"

#include <cstring>
#include <utility>

namespace sightline::server {

StatusOr<bool> LineChunker::Fill() {
  if (source_ended_) return false;
  // By way of a buffer of its own: growing a string by so much would clear it each time.
  SL_ASSIGN_OR_RETURN(const size_t count, source_.Read(read_ahead_.data(), read_ahead_.size()));
  pending_.append(read_ahead_.data(), count);
  source_ended_ = count == 0;
  return !source_ended_;
}

StatusOr<bool> LineChunker::Next(LineChunk* chunk) {
  chunk->too_long = false;
  chunk->first_line = next_line_;
  size_t line_end = std::string::npos;  // Of the last line end in pending_, within the chunk.
  while (true) {
    if (pending_.size() >= options_.chunk_bytes || source_ended_) {
      line_end = pending_.rfind('\n');
      if (line_end != std::string::npos || source_ended_) break;
      if (pending_.size() > options_.line_bytes_max) break;
    }
    SL_RETURN_IF_ERROR(Fill().status());
  }
  if (pending_.empty()) {
    chunk->bytes.clear();
    return false;
  }
  const size_t size = line_end == std::string::npos ? pending_.size() : line_end + 1;
  // Up to the first line that is too long; when that is the very first, it alone.
  size_t chunk_bytes = 0;
  uint64_t line_count = 0;
  while (chunk_bytes < size) {
    const void* end = std::memchr(pending_.data() + chunk_bytes, '\n', size - chunk_bytes);
    const size_t line_end_here =
        end == nullptr ? size
                       : static_cast<size_t>(static_cast<const char*>(end) - pending_.data());
    if (line_end_here - chunk_bytes > options_.line_bytes_max) break;
    chunk_bytes = end == nullptr ? size : line_end_here + 1;
    ++line_count;
  }
  if (chunk_bytes == 0) return NextTooLong(chunk);
  chunk->bytes.assign(pending_, 0, chunk_bytes);
  pending_.erase(0, chunk_bytes);
  next_line_ += line_count;
  return true;
}

StatusOr<bool> LineChunker::NextTooLong(LineChunk* chunk) {
  chunk->too_long = true;
  chunk->bytes.assign(pending_, 0, options_.kept_bytes_max);
  while (true) {
    const size_t line_end = pending_.find('\n');
    if (line_end != std::string::npos) {
      pending_.erase(0, line_end + 1);
      break;
    }
    pending_.clear();
    SL_ASSIGN_OR_RETURN(const bool more, Fill());
    if (!more) break;
  }
  ++next_line_;
  return true;
}

}  // namespace sightline::server
