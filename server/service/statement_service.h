// StatementService: writes and reads of statements without SLQL, and whole files
// (server/service/bulk_load.h).
//
// Those that write run on the writers' lane of Admission, one at a time, as one revision each.
//
// Thread safety: safe from any thread.

#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdint>

#include "server/service/service_context.h"
#include "server/service/status_mapping.h"
#include "sightline/v1/statement_service.grpc.pb.h"
#include "storage/base/cancellation.h"

namespace sightline::server {

class StatementService final : public v1::StatementService::CallbackService {
 public:
  // Borrows `context`, which must outlive the service.
  explicit StatementService(const ServiceContext* context) : context_(context) {}

  grpc::ServerUnaryReactor* WriteStatements(grpc::CallbackServerContext* call,
                                            const v1::WriteStatementsRequest* request,
                                            v1::WriteStatementsResponse* response) override;
  // On the readers' lane.
  grpc::ServerUnaryReactor* BatchGetStatements(grpc::CallbackServerContext* call,
                                               const v1::BatchGetStatementsRequest* request,
                                               v1::BatchGetStatementsResponse* response) override;
  grpc::ServerBidiReactor<v1::BulkLoadRequest, v1::BulkLoadResponse>* BulkLoad(
      grpc::CallbackServerContext* call) override;

 private:
  const ServiceContext* const context_;
  std::atomic<int64_t> loads_open_{0};
};

// WriteStatements without gRPC. `cancellation` is asked before every mutation and before the
// commit; when it says stop, nothing is written. On an error, `*error` says where.
Status WriteStatements(const ServiceContext& context, const Caller& caller,
                       const v1::WriteStatementsRequest& request,
                       const storage::CancellationToken& cancellation,
                       v1::WriteStatementsResponse* response, ErrorContext* error);

}  // namespace sightline::server
