#include "server/service/admin_service.h"

#include <string>

#include "server/service/audited_call.h"
#include "server/service/status_mapping.h"
#include "server/service/value_codec.h"

namespace sightline::server {

grpc::ServerUnaryReactor* AdminService::GetServerInfo(grpc::CallbackServerContext* call,
                                                      const v1::GetServerInfoRequest*,
                                                      v1::GetServerInfoResponse* response) {
  grpc::ServerUnaryReactor* reactor = call->DefaultReactor();
  AuditedCall audited(context_, *call, "/sightline.v1.AdminService/GetServerInfo");
  const StatusOr<Caller> caller = audited.Admit();
  audited.SetOutcome(caller.status());
  if (!caller.ok()) {
    reactor->Finish(ToGrpcStatus(caller.status()));
    return reactor;
  }
  response->set_version(context_->version);
  response->set_api_version("v1");
  for (const auto& [name, value] : LimitsByName(context_->limits)) {
    (*response->mutable_limits())[name] = value;
  }
  // What came after the first release of v1 is named here; there is nothing yet but these.
  for (const char* feature :
       {"columnar-results", "idempotent-writes", "users", "load-file-slql", "load-file-import"}) {
    response->add_features(feature);
  }
  SetTimestamp(context_->start_micros, response->mutable_start_time());
  response->set_read_only(context_->read_only);
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

}  // namespace sightline::server
