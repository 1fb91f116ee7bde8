// FileAssembler: puts the messages of one LoadFile together and checks their order. A script is
// held in memory, a file to be imported on the disk.
//
// Thread safety: one thread at a time.

#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "server/service/limits.h"
#include "server/service/spool_file.h"
#include "sightline/v1/statement_service.pb.h"
#include "storage/base/status.h"

namespace sightline::server {

class FileAssembler {
 public:
  // Borrows `limits`. `spool_directory` is for files to be imported.
  FileAssembler(const ServerLimits& limits, std::string spool_directory)
      : limits_(limits), spool_directory_(std::move(spool_directory)) {}

  // Errors: kInvalidArgument for a message out of order, a gap, a chunk that is too large, a total
  // that is not what came, a format that cannot be told; kResourceExhausted for a file that is too
  // large, or for which the disk has no room; kUnavailable when the disk fails.
  Status Add(const v1::LoadFileRequest& message);
  // The stream has ended. Errors: kInvalidArgument when the file is not complete.
  Status End() const;

  const v1::LoadFileOpen& open() const { return open_; }
  // Of a script.
  const std::string& text() const { return text_; }
  // Null for a script.
  const SpoolFile* spool() const { return spool_.get(); }

 private:
  Status Open(const v1::LoadFileOpen& open);
  Status Append(const v1::LoadFileChunk& chunk);

  const ServerLimits& limits_;
  const std::string spool_directory_;
  bool is_open_ = false;
  bool is_finished_ = false;
  v1::LoadFileOpen open_;
  int64_t byte_count_ = 0;
  std::string text_;
  std::unique_ptr<SpoolFile> spool_;
};

}  // namespace sightline::server
