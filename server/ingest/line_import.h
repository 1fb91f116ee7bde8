// ImportLines: the driver of the formats with one record a line. Cuts the stream into chunks of
// whole lines and hands them to one parser, or to several on threads of their own when the sink has
// lanes.
//
// With several threads, records reach the sink in no particular order.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "server/ingest/byte_source.h"
#include "server/ingest/import_lane.h"
#include "server/ingest/import_sink.h"
#include "storage/base/status.h"

namespace sightline::server {

class LineParser {
 public:
  virtual ~LineParser() = default;
  // `line` without its line feed. Errors end the import; a bad line is a reject and no error.
  virtual Status ParseLine(std::string_view line, uint64_t line_number) = 0;
  // No more lines come. Errors: as ParseLine.
  virtual Status Finish() { return OkStatus(); }
};

// A parser that writes to `lane`, which outlives it.
using LineParserFactory = std::function<std::unique_ptr<LineParser>(ImportLane& lane)>;

Status ImportLines(ByteSource& source, ImportRun& run, ImportSink& sink,
                   const LineParserFactory& make_parser);

}  // namespace sightline::server
