// SpoolFile: the bytes of a file that a client sends, kept on the disk until all of them are here.
//
// The file has no name: it is gone with the object, and with the process however that ends.
//
// Thread safety: one thread at a time. Readers only read, so that several may read at once, after
// the last Append.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "server/ingest/byte_source.h"
#include "storage/base/status.h"

namespace sightline::server {

class SpoolFile {
 public:
  // In `directory`, which must exist. Errors: kUnavailable.
  static StatusOr<std::unique_ptr<SpoolFile>> Create(const std::string& directory);
  ~SpoolFile();
  SpoolFile(const SpoolFile&) = delete;
  SpoolFile& operator=(const SpoolFile&) = delete;

  // Errors: kResourceExhausted when the disk is full; kUnavailable.
  Status Append(std::string_view bytes);
  int64_t byte_count() const { return byte_count_; }

  // From the first byte on. The file must outlive it.
  std::unique_ptr<ByteSource> Read() const;

 private:
  explicit SpoolFile(int descriptor) : descriptor_(descriptor) {}

  const int descriptor_;
  int64_t byte_count_ = 0;
};

}  // namespace sightline::server
