// Lines that only dumps have (docs/dump.md): stored queries and edges, and the end of definitions.

#pragma once

#include "server/ingest/json_reader.h"
#include "storage/catalog/encoding.h"

namespace sightline::server {

// Whether the line begins with "query", "edge" or "drop".
bool IsStoredOrDropped(const JsonReader& reader, const JsonNode& record);
// False after it has set the fault. What a definition says is for the store to check. REQUIRES:
// IsStoredOrDropped.
bool ReadStoredOrDropped(const JsonReader& reader, const JsonNode& record,
                         storage::Definition* definition, ParseFault* fault);

}  // namespace sightline::server
