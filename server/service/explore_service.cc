#include "server/service/explore_service.h"

#include "server/service/explore_calls.h"
#include "server/service/find_paths_call.h"
#include "server/service/unary_answer.h"

namespace sightline::server {

grpc::ServerUnaryReactor* ExploreService::SearchEntities(grpc::CallbackServerContext* call,
                                                         const v1::SearchEntitiesRequest* request,
                                                         v1::SearchEntitiesResponse* response) {
  return AnswerAsQuery(context_, call, "/sightline.v1.ExploreService/SearchEntities", request,
                       response);
}

grpc::ServerUnaryReactor* ExploreService::GetEntity(grpc::CallbackServerContext* call,
                                                    const v1::GetEntityRequest* request,
                                                    v1::GetEntityResponse* response) {
  return AnswerAsQuery(context_, call, "/sightline.v1.ExploreService/GetEntity", request, response);
}

grpc::ServerUnaryReactor* ExploreService::SummarizeNeighbors(
    grpc::CallbackServerContext* call, const v1::SummarizeNeighborsRequest* request,
    v1::SummarizeNeighborsResponse* response) {
  return AnswerAsQuery(context_, call, "/sightline.v1.ExploreService/SummarizeNeighbors", request,
                       response);
}

grpc::ServerUnaryReactor* ExploreService::ExpandEntity(grpc::CallbackServerContext* call,
                                                       const v1::ExpandEntityRequest* request,
                                                       v1::ExpandEntityResponse* response) {
  return AnswerAsQuery(context_, call, "/sightline.v1.ExploreService/ExpandEntity", request,
                       response);
}

grpc::ServerWriteReactor<v1::FindPathsResponse>* ExploreService::FindPaths(
    grpc::CallbackServerContext* call, const v1::FindPathsRequest* request) {
  return NewFindPathsCall(context_, call, request);
}

grpc::ServerUnaryReactor* ExploreService::ListTimeline(grpc::CallbackServerContext* call,
                                                       const v1::ListTimelineRequest* request,
                                                       v1::ListTimelineResponse* response) {
  return AnswerAsQuery(context_, call, "/sightline.v1.ExploreService/ListTimeline", request,
                       response);
}

grpc::ServerUnaryReactor* ExploreService::ListStatements(grpc::CallbackServerContext* call,
                                                         const v1::ListStatementsRequest* request,
                                                         v1::ListStatementsResponse* response) {
  return AnswerAsQuery(context_, call, "/sightline.v1.ExploreService/ListStatements", request,
                       response);
}

}  // namespace sightline::server
