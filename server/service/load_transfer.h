// LoadTransfer: the bytes of one file that a client sends, kept on the disk until all of them are
// here and loaded.
//
// The file has a name and outlives the process: who sends it can go on where he was. It is not
// synced. What a power cut takes from it shows in its length, or in the checksum that is made of it
// again before it is loaded.
//
// Thread safety: one thread at a time. Readers only read, so that several may read at once, after
// the last Append.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "server/ingest/byte_source.h"
#include "sightline/v1/statement_service.pb.h"
#include "storage/base/cancellation.h"
#include "storage/base/status.h"

namespace sightline::server {

class LoadTransfer {
 public:
  // Of the file at `path`, which is made when it is missing. Errors: kUnavailable.
  static StatusOr<std::unique_ptr<LoadTransfer>> Open(const std::string& path,
                                                      v1::BulkLoadOpen open);
  ~LoadTransfer();
  LoadTransfer(const LoadTransfer&) = delete;
  LoadTransfer& operator=(const LoadTransfer&) = delete;

  // What the client has said of the file.
  const v1::BulkLoadOpen& open() const { return open_; }
  int64_t byte_count() const { return byte_count_; }

  // Errors: kResourceExhausted when the disk is full; kUnavailable. After an error byte_count()
  // says how much of it is there.
  Status Append(std::string_view bytes);

  // From the first byte on. The transfer must outlive it.
  std::unique_ptr<ByteSource> Read() const;
  // CRC-32C of what is on the disk. Errors: kUnavailable; the token's.
  StatusOr<uint32_t> Checksum(const storage::CancellationToken& cancellation) const;

 private:
  LoadTransfer(int descriptor, int64_t byte_count, v1::BulkLoadOpen open)
      : descriptor_(descriptor), byte_count_(byte_count), open_(std::move(open)) {}

  const int descriptor_;
  int64_t byte_count_;
  const v1::BulkLoadOpen open_;
};

}  // namespace sightline::server
