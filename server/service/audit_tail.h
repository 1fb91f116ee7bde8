// AuditTail: AdminService.TailAuditLog.
//
// It reads the log a megabyte at a time on the read lane, one message in flight; while it waits for
// more to be written, it holds no thread, and looks again twice a second.

#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdint>

#include "server/service/service_context.h"
#include "sightline/v1/admin_service.pb.h"

namespace sightline::server {

// Deletes itself. Borrows `context` and `tails_open`, the number of calls that are open, which must
// outlive it.
grpc::ServerWriteReactor<v1::TailAuditLogResponse>* NewAuditTail(
    const ServiceContext* context, grpc::CallbackServerContext* call,
    const v1::TailAuditLogRequest* request, std::atomic<int64_t>* tails_open);

}  // namespace sightline::server
