// LineChunker: a stream cut into chunks of whole lines, so that several threads can parse one file.
//
// Memory: one chunk, and the beginning of the next. Thread-compatible; chunks are independent.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "server/ingest/byte_source.h"
#include "storage/base/status.h"

namespace sightline::server {

// The longest record that an importer takes: a line, a CSV row, a Turtle statement.
inline constexpr size_t kRecordBytesMax = 16 << 20;

struct LineChunk {
  std::string bytes;        // Whole lines with their line ends; the file's last may have none.
  uint64_t first_line = 1;  // The number of the first line, from 1.
  // Not a chunk but the first bytes of one line that is longer than the limit.
  bool too_long = false;
};

struct LineChunkerOptions {
  size_t chunk_bytes = 4 << 20;  // About; a longer line makes a longer chunk.
  size_t line_bytes_max = kRecordBytesMax;
  size_t kept_bytes_max = 4 << 10;  // Of a line that is too long.
};

class LineChunker {
 public:
  // `source` is borrowed.
  explicit LineChunker(ByteSource& source, LineChunkerOptions options = {})
      : source_(source), options_(options) {}

  // Replaces `*chunk`. False at the end. Errors: the source's.
  StatusOr<bool> Next(LineChunk* chunk);

 private:
  // Appends to pending_. False at the end.
  StatusOr<bool> Fill();
  StatusOr<bool> NextTooLong(LineChunk* chunk);

  ByteSource& source_;
  const LineChunkerOptions options_;
  std::string pending_;  // Read, not given out.
  uint64_t next_line_ = 1;
  std::vector<char> read_ahead_ = std::vector<char>(256 << 10);
  bool source_ended_ = false;
};

}  // namespace sightline::server
