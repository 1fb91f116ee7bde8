// What ListRunningQueries and CancelQuery answer. Whose queries there are is nobody's business but
// his and the administrators'.
//
// Thread-safe: free functions.

#pragma once

#include "server/auth/authenticator.h"
#include "server/service/service_context.h"
#include "sightline/v1/query_service.pb.h"
#include "storage/base/status.h"

namespace sightline::server {

// Errors: kInvalidArgument for a page that is none.
Status ListRunningQueriesFor(const v1::ListRunningQueriesRequest& request,
                             const ServiceContext& context, const Caller& caller,
                             v1::ListRunningQueriesResponse* response);

// Errors: kNotFound for an id that is not of a query the caller may cancel.
Status CancelQueryFor(const v1::CancelQueryRequest& request, const ServiceContext& context,
                      const Caller& caller);

}  // namespace sightline::server
