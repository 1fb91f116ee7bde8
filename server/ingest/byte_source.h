// ByteSource: the bytes of a file or stream, decompressed on the way, in bounded memory.
//
// Thread-compatible: one thread at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "storage/base/status.h"

namespace sightline::server {

class ByteSource {
 public:
  virtual ~ByteSource() = default;

  // Up to `byte_count_max` next bytes to `to`; their number; 0 is the end, for good.
  //
  // Errors: kUnavailable when the system cannot read; kDataLoss for compressed data that is damaged
  // or ends too early, with the place. After an error the source is at its end.
  virtual StatusOr<size_t> Read(char* to, size_t byte_count_max) = 0;

  // Bytes taken from the outermost source so far: of the file as it lies on the disk. For progress.
  virtual uint64_t bytes_taken() const = 0;
};

// The next bytes: `byte_count` of them, or those that are left. Errors: as Read.
StatusOr<std::string> ReadBytes(ByteSource* source, size_t byte_count);

// Errors: kNotFound, kPermissionDenied, kInvalidArgument for a directory, kUnavailable.
StatusOr<std::unique_ptr<ByteSource>> OpenFile(const std::string& path);

// Bytes in memory, at most `read_bytes_max` a Read (0: no limit; small ones find the seams of a
// reader). Copies them.
std::unique_ptr<ByteSource> BytesInMemory(std::string bytes, size_t read_bytes_max = 0);

// The same bytes, decompressed when they begin as gzip (RFC 1952) or Zstandard (RFC 8878) data
// does. The name of the file plays no part. Several members or frames one after another are one
// stream. Errors of the first Read: as Read.
StatusOr<std::unique_ptr<ByteSource>> Decompress(std::unique_ptr<ByteSource> source);

}  // namespace sightline::server
