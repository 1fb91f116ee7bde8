// AdminService: what this server is and allows, and looking after it.
// proto/sightline/v1/admin_service.proto has the contract.
//
// Thread safety: safe from any thread.

#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdint>

#include "server/service/service_context.h"
#include "sightline/v1/admin_service.grpc.pb.h"

namespace sightline::server {

class AdminService final : public v1::AdminService::CallbackService {
 public:
  // Borrows `context`, which must outlive the service.
  explicit AdminService(const ServiceContext* context) : context_(context) {}

  grpc::ServerUnaryReactor* GetServerInfo(grpc::CallbackServerContext* call,
                                          const v1::GetServerInfoRequest* request,
                                          v1::GetServerInfoResponse* response) override;
  grpc::ServerUnaryReactor* GetStatistics(grpc::CallbackServerContext* call,
                                          const v1::GetStatisticsRequest* request,
                                          v1::GetStatisticsResponse* response) override;
  grpc::ServerUnaryReactor* SetReadOnly(grpc::CallbackServerContext* call,
                                        const v1::SetReadOnlyRequest* request,
                                        v1::SetReadOnlyResponse* response) override;
  grpc::ServerUnaryReactor* StartBackup(grpc::CallbackServerContext* call,
                                        const v1::StartBackupRequest* request,
                                        v1::StartBackupResponse* response) override;
  grpc::ServerUnaryReactor* ListBackups(grpc::CallbackServerContext* call,
                                        const v1::ListBackupsRequest* request,
                                        v1::ListBackupsResponse* response) override;
  grpc::ServerUnaryReactor* StartVerifyBackup(grpc::CallbackServerContext* call,
                                              const v1::StartVerifyBackupRequest* request,
                                              v1::StartVerifyBackupResponse* response) override;
  grpc::ServerUnaryReactor* StartVerify(grpc::CallbackServerContext* call,
                                        const v1::StartVerifyRequest* request,
                                        v1::StartVerifyResponse* response) override;
  grpc::ServerUnaryReactor* StartCompaction(grpc::CallbackServerContext* call,
                                            const v1::StartCompactionRequest* request,
                                            v1::StartCompactionResponse* response) override;
  grpc::ServerUnaryReactor* ListOperations(grpc::CallbackServerContext* call,
                                           const v1::ListOperationsRequest* request,
                                           v1::ListOperationsResponse* response) override;
  grpc::ServerUnaryReactor* GetOperation(grpc::CallbackServerContext* call,
                                         const v1::GetOperationRequest* request,
                                         v1::GetOperationResponse* response) override;
  grpc::ServerUnaryReactor* CancelOperation(grpc::CallbackServerContext* call,
                                            const v1::CancelOperationRequest* request,
                                            v1::CancelOperationResponse* response) override;
  grpc::ServerWriteReactor<v1::TailAuditLogResponse>* TailAuditLog(
      grpc::CallbackServerContext* call, const v1::TailAuditLogRequest* request) override;

 private:
  const ServiceContext* const context_;
  std::atomic<int64_t> tails_open_{0};
};

}  // namespace sightline::server
