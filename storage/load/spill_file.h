// SpillFile: a temporary file that grows at its end and is read back by regions.
//
// The file has no name once it is open: whatever ends the process, nothing is left of it.
//
// Thread safety: one thread appends; once Flush has returned, any thread may read what was appended
// before, and write into regions of its own that were reserved.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/status.h"

namespace sightline::storage {

class SpillFile {
 public:
  // Makes a file in `directory`, which must exist. Errors: kUnavailable, as of all members.
  static StatusOr<std::unique_ptr<SpillFile>> Create(const std::string& directory);
  ~SpillFile();
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  // Where the next byte goes.
  uint64_t size() const { return written_ + buffer_.size(); }
  Status Append(std::string_view bytes) {
    if (buffer_.size() + bytes.size() > kBufferBytes) SL_RETURN_IF_ERROR(Flush());
    buffer_.append(bytes);
    return OkStatus();
  }
  // Makes what was appended readable.
  Status Flush();

  // Leaves room at the end, to be filled by WriteAt.
  StatusOr<uint64_t> Reserve(uint64_t byte_count);
  Status WriteAt(uint64_t offset, std::string_view bytes);
  // REQUIRES: the bytes have been flushed.
  Status ReadAt(uint64_t offset, size_t byte_count, char* out) const;

 private:
  static constexpr size_t kBufferBytes = 256 << 10;

  explicit SpillFile(int descriptor) : descriptor_(descriptor) {}

  const int descriptor_;
  uint64_t written_ = 0;
  std::string buffer_;
};

// Reads a region from front to back. Thread-compatible. Borrows the file.
class SpillReader {
 public:
  // REQUIRES: buffer_bytes > 0.
  SpillReader(const SpillFile* file, uint64_t begin, uint64_t end, size_t buffer_bytes)
      : file_(file), next_(begin), end_(end), buffer_bytes_(buffer_bytes) {}

  bool at_end() const { return position_ == buffer_.size() && next_ == end_; }
  // The next bytes, which it moves behind; valid until the next call. Errors: kInternal when the
  // region is shorter; kUnavailable.
  StatusOr<std::string_view> Read(size_t byte_count);
  StatusOr<uint64_t> ReadVarint();

 private:
  // Makes `byte_count` bytes stand in the buffer, or all that are left.
  Status Fill(size_t byte_count);

  const SpillFile* const file_;
  uint64_t next_;  // Of the file, behind the buffer.
  const uint64_t end_;
  const size_t buffer_bytes_;
  std::string buffer_;
  size_t position_ = 0;
};

}  // namespace sightline::storage
