// RejectFile: what the server could not take of the files that were loaded, one JSON object a line,
// as sightline-admin writes it (docs/import.md).
//
// Thread safety: one thread at a time.

#pragma once

#include <cstdint>
#include <cstdio>
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

  // Those of the next file follow.
  void Begin(const std::string& file_name);
  // A reject of this file. What cannot be written is said by failure().
  void Add(const v1::RejectedRecord& record);
  // Forgets those of this file, which are told once more.
  void Restart();

  // Why a reject could not be written; empty when none has failed.
  const std::string& failure() const { return failure_; }
  // How many of this file have been written.
  int64_t count() const { return count_; }
  const std::string& path() const { return path_; }

 private:
  void Fail();

  const std::string path_;
  std::FILE* file_ = nullptr;
  std::string file_name_;
  long begin_ = 0;  // Of this file's rejects.
  int64_t count_ = 0;
  std::string failure_;
};

}  // namespace sightline::cli
