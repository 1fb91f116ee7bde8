// AuditReader: an audit log from its beginning, or from a place in it, to its end and beyond: what
// is written after the end was met is read with the next call.
//
// Records are given as they are kept, to the letter, so that whoever takes them can follow the
// hashes himself. A line that is no record is given too, when nothing is asked of records: it is
// for the reader to see.
//
// Thread-compatible. Works beside an AuditLog that is being written, of this process or another.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/status.h"

namespace sightline::server {

struct AuditFilter {
  std::string user;          // His records only; empty: everyone's.
  int64_t since_micros = 0;  // Since 1970: those of then or later.
  uint64_t after = 0;        // Those with a higher number.
};

struct AuditLine {
  uint64_t number = 0;  // 0: the line is no record.
  std::string json;     // Without the line's end.
};

class AuditReader {
 public:
  AuditReader(std::string directory, AuditFilter filter)
      : directory_(std::move(directory)), filter_(std::move(filter)) {}

  struct Part {
    std::vector<AuditLine> lines;  // That pass the filter.
    bool is_at_end = false;        // All that has been written was read.
  };
  // Reads on, a megabyte of the log at most. Errors: kNotFound when there is no log; kUnavailable.
  StatusOr<Part> Read();

 private:
  // Turns to the file that comes next; false when there is none.
  StatusOr<bool> NextFile();
  bool Passes(const AuditLine& line) const;

  const std::string directory_;
  const AuditFilter filter_;
  std::optional<uint64_t> file_number_;  // The one that is being read.
  std::string path_;
  uint64_t offset_ = 0;  // In it, of the next line.
};

}  // namespace sightline::server
