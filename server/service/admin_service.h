// AdminService: what this server is and allows.
//
// Thread safety: safe from any thread.

#pragma once

#include <grpcpp/grpcpp.h>

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

 private:
  const ServiceContext* const context_;
};

}  // namespace sightline::server
