// RowReader: the rows of a CSV file (RFC 4180), in bounded memory.
//
// Fields in double quotes may hold commas, line ends and doubled quotes. After a bad row the next
// line is a row again, so that an open quote spoils one line and not the file. Thread-compatible.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/ingest/byte_source.h"
#include "server/ingest/line_chunker.h"
#include "server/ingest/rdf_lexer.h"
#include "server/ingest/text_arena.h"
#include "storage/base/status.h"

namespace sightline::server {

struct CsvRow {
  std::vector<std::string_view> fields;  // Until the next call.
  std::string_view text;                 // The row as it stands, without its line end.
  uint64_t line = 1;                     // Of its beginning.
  bool faulty = false;                   // Then there are no fields, and `fault` says why.
  ParseFault fault;
};

class RowReader {
 public:
  // `source` is borrowed.
  explicit RowReader(ByteSource& source, size_t row_bytes_max = kRecordBytesMax)
      : source_(source), row_bytes_max_(row_bytes_max) {}

  // Replaces `*row`. Lines that are empty are passed over. False at the end. Errors: the source's.
  StatusOr<bool> Next(CsvRow* row);

 private:
  enum class Found : uint8_t { kRow, kNeedsMore, kFault };

  Found ParseRow(CsvRow* row, size_t* end);
  Status Fill();

  ByteSource& source_;
  const size_t row_bytes_max_;
  std::string buffer_;
  size_t begin_ = 0;
  uint64_t line_ = 1;
  bool source_ended_ = false;
  TextArena arena_;
};

}  // namespace sightline::server
