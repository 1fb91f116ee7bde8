// Query parameters: what a request gives for the $names of a query, as the caller may see it.
//
// Thread-safe: a pure function.

#pragma once

#include <google/protobuf/map.h>

#include <map>
#include <optional>
#include <string>

#include "query/functions/datum.h"
#include "server/auth/authenticator.h"
#include "server/service/service_context.h"
#include "server/service/status_mapping.h"
#include "sightline/v1/types.pb.h"
#include "storage/base/ids.h"

namespace sightline::server {

// Reads them at `read_at`; unset: the newest. Errors: kInvalidArgument, with the parameter that is
// wrong in `*error`, and for too many; the store's.
StatusOr<std::map<std::string, query::Datum, std::less<>>> DecodeParameters(
    const google::protobuf::Map<std::string, v1::Value>& parameters, const ServiceContext& context,
    const Caller& caller, std::optional<storage::Revision> read_at, ErrorContext* error);

}  // namespace sightline::server
