// File import: BulkLoad for every format but SLQL's. The importers (server/ingest) read what has
// been sent, into one bulk load of the store: all that is not rejected becomes visible as one
// revision, or nothing does.
//
// Thread-safe: functions without state. Imports into one store take turns.

#pragma once

#include <functional>
#include <string>

#include "server/service/load_transfer.h"
#include "server/service/service_context.h"
#include "server/service/status_mapping.h"
#include "sightline/v1/statement_service.pb.h"
#include "storage/base/cancellation.h"

namespace sightline::server {

// Whether `open` announces a script of SLQL, and not a file to import. Errors: kInvalidArgument
// (SL8012) for a format that there is not, or that the file's name does not tell.
StatusOr<bool> IsScript(const v1::BulkLoadOpen& open);

// Whether a file could be loaded as `open` says by a caller of this clearance; asked before the
// file comes. Errors: kInvalidArgument (SL8012); kPermissionDenied (SL7002) for a marking above the
// clearance.
Status CheckOpen(const v1::BulkLoadOpen& open, const storage::Clearance& clearance,
                 ErrorContext* error);

// How an import is followed. Each may be null; they are called from any of the import's threads,
// each one at a time, and may take their time: the import waits.
struct ImportListeners {
  std::function<void(const v1::BulkLoadProgress&)> on_progress;
  std::function<void(v1::RejectedRecord)> on_reject;
};

// What a request is remembered by (LoadOptions::request_id), and what of it.
struct RememberedImport {
  std::string request_id;  // Empty: it is not.
  std::function<std::string(const v1::BulkLoadResult&)> reply;
};

// Imports what was sent; waits for other writers first. REQUIRES: CheckOpen has said OK; IsScript
// has said no.
//
// Errors: kInvalidArgument for a file that cannot be imported as told, damaged compressed data
// among it (SL8012), and for more rejects than allowed (SL8013), with some of them;
// kPermissionDenied (SL7002); those of `cancellation`; kResourceExhausted, kUnavailable, kDataLoss
// of the store. After an error the store is as it was.
Status ImportFile(const ServiceContext& context, const Caller& caller, const LoadTransfer& transfer,
                  const storage::CancellationToken& cancellation, const ImportListeners& listeners,
                  const RememberedImport& remembered, v1::BulkLoadResult* result,
                  ErrorContext* error);

}  // namespace sightline::server
