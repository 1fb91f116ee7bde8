// BulkLoad: receives a file, message by message, and loads it: a script as one transaction, any
// other file with one bulk load (server/service/file_import.h).
//
// What has come lies in a LoadTransfer, where another call finds it when this one breaks off. One
// message is taken at a time: the next is read when the answer to the last has left. The load
// itself runs on the writers' lane; what it rejects and how far it is goes out one message at a
// time, and it waits when a few of them are waiting. Its result is remembered in the revision that
// it makes, under the caller and his load_id.

#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdint>

#include "server/service/service_context.h"
#include "sightline/v1/statement_service.grpc.pb.h"

namespace sightline::server {

// Borrows all; `context` and `loads_open`, the number of these calls, outlive the call.
grpc::ServerBidiReactor<v1::BulkLoadRequest, v1::BulkLoadResponse>* NewBulkLoad(
    const ServiceContext* context, grpc::CallbackServerContext* call,
    std::atomic<int64_t>* loads_open);

}  // namespace sightline::server
