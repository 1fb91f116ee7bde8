// The importer of RDF: N-Triples, N-Quads, Turtle and TriG. docs/import.md has the mapping.
//
// One statement for each graph of the file, open until the file ends. IRIs are external ids as they
// stand; the labels of blank nodes are made the file's own.

#pragma once

#include "server/ingest/byte_source.h"
#include "server/ingest/import_lane.h"
#include "server/ingest/import_sink.h"
#include "storage/base/status.h"

namespace sightline::server {

// REQUIRES: the format of `run.options` is one of RDF's. Errors: the source's, the sink's, the
// limit of rejects.
Status ImportRdf(ByteSource& source, ImportRun& run, ImportSink& sink);

}  // namespace sightline::server
