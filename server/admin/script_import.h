// Scripts of SLQL that sightline-admin import runs (server/ingest/script_file.h).

#pragma once

#include <cstdint>
#include <string>

#include "storage/base/cancellation.h"
#include "storage/base/status.h"
#include "storage/store.h"

namespace sightline::server {

// Runs the script in `file`, compressed or not, as one transaction, cleared for everything: all of
// it is in the store when it returns, or nothing. What it states that is on record already adds
// nothing. The rows of a query in it are nobody's.
//
// `memory_bytes_max` bounds what it holds, and by that how long it may be: a 64th of it. 0: a
// quarter of the machine's.
//
// Errors: those of ReadScript, OpenFile and `cancellation`; the query engine's, with the place
// drawn.
Status RunScriptFile(storage::Store* store, const std::string& file, uint64_t memory_bytes_max,
                     const storage::CancellationToken& cancellation);

}  // namespace sightline::server
