// FindPathsCall: a search for paths: one query of the engine's, whose paths go out one a message,
// pulled as the client reads, as ExecuteQuery does it.

#pragma once

#include <grpcpp/grpcpp.h>

#include "server/service/service_context.h"
#include "sightline/v1/explore_service.pb.h"

namespace sightline::server {

// Owns itself until gRPC says OnDone. Borrows all.
grpc::ServerWriteReactor<v1::FindPathsResponse>* NewFindPathsCall(
    const ServiceContext* context, grpc::CallbackServerContext* call,
    const v1::FindPathsRequest* request);

}  // namespace sightline::server
