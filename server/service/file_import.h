// File import: LoadFile for every format but SLQL's. The importers (server/ingest) read what has
// been spooled, into one bulk load of the store: all that is not rejected becomes visible as one
// revision, or nothing does.
//
// Thread-safe: functions without state. Imports into one store take turns.

#pragma once

#include "server/ingest/import_options.h"
#include "server/service/service_context.h"
#include "server/service/spool_file.h"
#include "server/service/status_mapping.h"
#include "sightline/v1/statement_service.pb.h"
#include "storage/base/cancellation.h"

namespace sightline::server {

// Whether `open` announces a script of SLQL, and not a file to import. Errors: kInvalidArgument
// (SL8012) for a format that there is not, or that the file's name does not tell.
StatusOr<bool> IsScript(const v1::LoadFileOpen& open);

// Whether a file could be loaded as `open` says by a caller of this clearance; asked before the
// file comes. Errors: kInvalidArgument (SL8012); kPermissionDenied (SL7002) for a marking above the
// clearance.
Status CheckOpen(const v1::LoadFileOpen& open, const storage::Clearance& clearance,
                 ErrorContext* error);

// Imports what was spooled; waits for other writers first. REQUIRES: CheckOpen has said OK;
// IsScript has said no.
//
// Errors: kInvalidArgument for a file that cannot be imported as told, damaged compressed data
// among it (SL8012), and for more rejects than allowed (SL8013), with the first of them;
// kPermissionDenied (SL7002); those of `cancellation`; kResourceExhausted, kUnavailable, kDataLoss
// of the store. After an error the store is as it was.
Status ImportFile(const ServiceContext& context, const Caller& caller, const v1::LoadFileOpen& open,
                  const SpoolFile& spool, const storage::CancellationToken& cancellation,
                  v1::LoadFileResponse* response, ErrorContext* error);

}  // namespace sightline::server
