// The importer of statements in our own form, one JSON object a line, with everything that a
// statement can hold. docs/import.md describes the form.

#pragma once

#include "server/ingest/byte_source.h"
#include "server/ingest/import_lane.h"
#include "server/ingest/import_sink.h"
#include "storage/base/status.h"

namespace sightline::server {

// In one thread: a line may refer to the ones before it. Errors: the source's, the sink's, the
// limit of rejects.
Status ImportStatementJsonl(ByteSource& source, ImportRun& run, ImportSink& sink);

}  // namespace sightline::server
