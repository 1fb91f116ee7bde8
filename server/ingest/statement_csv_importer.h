// The importers of FollowTheMoney's statement files: CSV with a header, and packs, which have fixed
// columns and none. docs/import.md has the mapping.
//
// A run of rows about one entity, with the same schema, dataset, origin and times, is one
// statement; each row is one fact of it. What a row has beyond its fact is kept in the statement's
// qualifiers.

#pragma once

#include "server/ingest/byte_source.h"
#include "server/ingest/import_lane.h"
#include "server/ingest/import_sink.h"
#include "storage/base/status.h"

namespace sightline::server {

// REQUIRES: the format of `run.options` is kStatementCsv or kStatementPack. Errors: the source's,
// the sink's, the limit of rejects; kInvalidArgument for a header without the columns it needs.
Status ImportFtmStatements(ByteSource& source, ImportRun& run, ImportSink& sink);

}  // namespace sightline::server
