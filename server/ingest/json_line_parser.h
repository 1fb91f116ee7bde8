// JsonLineParser: the part that the formats with one JSON object a line have in common.

#pragma once

#include <string_view>

#include "server/ingest/import_lane.h"
#include "server/ingest/json_reader.h"
#include "server/ingest/line_import.h"

namespace sightline::server {

class JsonLineParser : public LineParser {
 public:
  explicit JsonLineParser(ImportLane& lane) : lane_(lane) {}

  // Passes over blank lines; what is no JSON object is a reject.
  Status ParseLine(std::string_view line, uint64_t line_number) final {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == std::string_view::npos) return OkStatus();
    lane_.BeginRecord({line_number, 1, line});
    ParseFault fault;
    const JsonNode* record = reader_.Read(line, &fault);
    if (record == nullptr) return lane_.RejectAt(fault);
    if (record->type != JsonNode::Type::kObject) {
      return lane_.Reject(RejectReason::kSyntax, "expected a JSON object");
    }
    return ParseRecord(*record);
  }

 protected:
  // As ParseLine. The record is one of reader_'s.
  virtual Status ParseRecord(const JsonNode& record) = 0;

  ImportLane& lane_;
  JsonReader reader_;
};

}  // namespace sightline::server
