// RejectFile: what the server could not take of the files that were loaded, one JSON object a line,
// as sightline-admin writes it (docs/import.md).
//
// Thread safety: one thread at a time.

#pragma once

#include <cstdio>
#include <optional>
#include <string>

#include "sightline/v1/statement_service.pb.h"

namespace sightline::cli {

class RejectFile {
 public:
  // The file is made with the first reject; an older one is replaced.
  explicit RejectFile(std::string path) : path_(std::move(path)) {}
  ~RejectFile();
  RejectFile(const RejectFile&) = delete;
  RejectFile& operator=(const RejectFile&) = delete;

  // The rejects of a file. Nothing, or why they could not be written.
  std::optional<std::string> Add(const std::string& file_name,
                                 const v1::LoadFileResponse& response);

  const std::string& path() const { return path_; }

 private:
  const std::string path_;
  std::FILE* file_ = nullptr;
};

}  // namespace sightline::cli
