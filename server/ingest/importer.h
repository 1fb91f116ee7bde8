// Import: a file or stream of any format that there is an importer for, into a sink.
//
// Start here. The formats are in server/ingest/format.h, one importer for each but scripts of SLQL;
// docs/import.md says what becomes what.

#pragma once

#include <cstdint>
#include <memory>

#include "server/ingest/byte_source.h"
#include "server/ingest/import_options.h"
#include "server/ingest/import_sink.h"
#include "server/ingest/reject_file.h"
#include "storage/base/status.h"

namespace sightline::server {

struct ImportReport {
  FileFormat format = FileFormat::kAutomatic;
  uint64_t records = 0;     // Lines, rows or Turtle statements that are not empty.
  uint64_t statements = 0;  // Opened.
  uint64_t facts = 0;       // Handed to the sink, repetitions included.
  uint64_t rejects = 0;
  uint64_t bytes_taken = 0;
};

// Fills in what the user left open and checks the rest, as Import does first itself: for who wants
// to know before there is a file. Errors: kInvalidArgument.
Status CompleteOptions(ImportOptions* options);

// Decompresses, parses and hands on everything. Rejects go to `rejects`, which may serve several
// files one after another. The sink is not told that the import has ended: whoever made it commits
// or drops it.
//
// Errors: kInvalidArgument for options or a format that cannot be; kDataLoss for damaged compressed
// data; kFailedPrecondition when there are more rejects than `rejects` allows; the source's; the
// sink's. After an error nothing of the import must be kept.
StatusOr<ImportReport> Import(std::unique_ptr<ByteSource> source, ImportOptions options,
                              ImportSink& sink, RejectFile& rejects);

}  // namespace sightline::server
