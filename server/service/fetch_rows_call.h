// FetchRowsCall: a look-up: a query that reads, whose rows are one answer.
//
// Whoever asks so asks the same again and again: where the query's plan is kept and its last run
// took less than a millisecond, it is answered on gRPC's thread, for as long as that takes no
// longer, and costs no change of threads. What turns out to be more waits for its turn like any
// other query, and is begun anew.

#pragma once

#include <grpcpp/grpcpp.h>

#include "server/service/service_context.h"
#include "sightline/v1/query_service.pb.h"

namespace sightline::server {

// Owns itself until gRPC says OnDone. Borrows all.
grpc::ServerUnaryReactor* NewFetchRowsCall(const ServiceContext* context,
                                           grpc::CallbackServerContext* call,
                                           const v1::FetchRowsRequest* request,
                                           v1::FetchRowsResponse* response);

}  // namespace sightline::server
