// AccessService: users and tokens over gRPC. proto/sightline/v1/access_service.proto has the
// contract.
//
// Thread safety: safe from any thread.

#pragma once

#include <grpcpp/grpcpp.h>

#include "server/service/service_context.h"
#include "sightline/v1/access_service.grpc.pb.h"

namespace sightline::server {

class AccessService final : public v1::AccessService::CallbackService {
 public:
  // Borrows `context`, which must outlive the service.
  explicit AccessService(const ServiceContext* context) : context_(context) {}

  grpc::ServerUnaryReactor* GetIdentity(grpc::CallbackServerContext* call,
                                        const v1::GetIdentityRequest* request,
                                        v1::GetIdentityResponse* response) override;
  grpc::ServerUnaryReactor* CreateUser(grpc::CallbackServerContext* call,
                                       const v1::CreateUserRequest* request,
                                       v1::CreateUserResponse* response) override;
  grpc::ServerUnaryReactor* UpdateUser(grpc::CallbackServerContext* call,
                                       const v1::UpdateUserRequest* request,
                                       v1::UpdateUserResponse* response) override;
  grpc::ServerUnaryReactor* DeleteUser(grpc::CallbackServerContext* call,
                                       const v1::DeleteUserRequest* request,
                                       v1::DeleteUserResponse* response) override;
  grpc::ServerUnaryReactor* ListUsers(grpc::CallbackServerContext* call,
                                      const v1::ListUsersRequest* request,
                                      v1::ListUsersResponse* response) override;
  grpc::ServerUnaryReactor* ListRoles(grpc::CallbackServerContext* call,
                                      const v1::ListRolesRequest* request,
                                      v1::ListRolesResponse* response) override;
  grpc::ServerUnaryReactor* UpdateRole(grpc::CallbackServerContext* call,
                                       const v1::UpdateRoleRequest* request,
                                       v1::UpdateRoleResponse* response) override;
  grpc::ServerUnaryReactor* IssueToken(grpc::CallbackServerContext* call,
                                       const v1::IssueTokenRequest* request,
                                       v1::IssueTokenResponse* response) override;
  grpc::ServerUnaryReactor* RevokeToken(grpc::CallbackServerContext* call,
                                        const v1::RevokeTokenRequest* request,
                                        v1::RevokeTokenResponse* response) override;
  grpc::ServerUnaryReactor* ListTokens(grpc::CallbackServerContext* call,
                                       const v1::ListTokensRequest* request,
                                       v1::ListTokensResponse* response) override;

 private:
  const ServiceContext* const context_;
};

}  // namespace sightline::server
