// ExploreService: what a click in a link chart needs. The work is in explore_calls.h and
// find_paths_call.h; this is where gRPC's calls come in.
//
// Thread safety: safe from any thread.

#pragma once

#include <grpcpp/grpcpp.h>

#include "server/service/service_context.h"
#include "sightline/v1/explore_service.grpc.pb.h"

namespace sightline::server {

class ExploreService final : public v1::ExploreService::CallbackService {
 public:
  // Borrows `context`, which must outlive the service.
  explicit ExploreService(const ServiceContext* context) : context_(context) {}

  grpc::ServerUnaryReactor* SearchEntities(grpc::CallbackServerContext* call,
                                           const v1::SearchEntitiesRequest* request,
                                           v1::SearchEntitiesResponse* response) override;
  grpc::ServerUnaryReactor* GetEntity(grpc::CallbackServerContext* call,
                                      const v1::GetEntityRequest* request,
                                      v1::GetEntityResponse* response) override;
  grpc::ServerUnaryReactor* SummarizeNeighbors(grpc::CallbackServerContext* call,
                                               const v1::SummarizeNeighborsRequest* request,
                                               v1::SummarizeNeighborsResponse* response) override;
  grpc::ServerUnaryReactor* ExpandEntity(grpc::CallbackServerContext* call,
                                         const v1::ExpandEntityRequest* request,
                                         v1::ExpandEntityResponse* response) override;
  grpc::ServerWriteReactor<v1::FindPathsResponse>* FindPaths(
      grpc::CallbackServerContext* call, const v1::FindPathsRequest* request) override;
  grpc::ServerUnaryReactor* ListTimeline(grpc::CallbackServerContext* call,
                                         const v1::ListTimelineRequest* request,
                                         v1::ListTimelineResponse* response) override;
  grpc::ServerUnaryReactor* ListStatements(grpc::CallbackServerContext* call,
                                           const v1::ListStatementsRequest* request,
                                           v1::ListStatementsResponse* response) override;

 private:
  const ServiceContext* const context_;
};

}  // namespace sightline::server
