// BulkSink: an import into a bulk load.
//
// The sink made first and its lanes have a stream of the load each; all belong to the loader, which
// must outlive them; what a lane leaves behind, the next takes. Whoever made the load commits it
// when the import has ended well.
//
// Thread safety: as ImportSink's.

#pragma once

#include <memory>

#include "server/ingest/import_sink.h"
#include "server/ingest/load_checks.h"
#include "storage/load/bulk_loader.h"

namespace sightline::server {

// `checks`: of the load. Errors: as BulkLoader::NewStream.
StatusOr<std::unique_ptr<ImportSink>> MakeBulkSink(storage::BulkLoader* loader,
                                                   std::shared_ptr<LoadChecks> checks);

}  // namespace sightline::server
