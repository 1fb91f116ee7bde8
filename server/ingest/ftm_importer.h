// The importer of FollowTheMoney entities, one JSON object a line. docs/import.md has the mapping.
//
// One statement a record. Unknown schemata and properties, scalars in place of lists, values that
// are no text, further keys and references to what is not there are all kept.

#pragma once

#include "server/ingest/byte_source.h"
#include "server/ingest/import_lane.h"
#include "server/ingest/import_sink.h"
#include "storage/base/status.h"

namespace sightline::server {

// Errors: the source's, the sink's, the limit of rejects.
Status ImportFtmEntities(ByteSource& source, ImportRun& run, ImportSink& sink);

// Defines the class of a schema and, before it, what the schema extends. False: rejected.
StatusOr<bool> DefineFtmSchema(ImportLane& lane, std::string_view schema);

}  // namespace sightline::server
