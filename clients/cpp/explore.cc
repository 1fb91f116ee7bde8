// Connection's calls that explore.

#include <fmt/format.h>

#include <utility>

#include "clients/cpp/connection.h"

namespace sightline::client {

template <typename Stub, typename Request, typename Response>
Result<Response> Connection::Read(Stub* stub,
                                  grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                               Response*),
                                  const Request& request, const CallOptions& options) const {
  Response response;
  const grpc::Status status = Retry(options, [&](grpc::ClientContext* context) {
    response.Clear();
    return (stub->*method)(context, request, &response);
  });
  if (!status.ok()) return FromGrpc(status);
  return response;
}

Result<v1::SearchEntitiesResponse> Connection::SearchEntities(
    const v1::SearchEntitiesRequest& request, const CallOptions& options) {
  return Read(explore_.get(), &v1::ExploreService::Stub::SearchEntities, request, options);
}

Result<v1::GetEntityResponse> Connection::GetEntity(const v1::GetEntityRequest& request,
                                                    const CallOptions& options) {
  return Read(explore_.get(), &v1::ExploreService::Stub::GetEntity, request, options);
}

Result<v1::SummarizeNeighborsResponse> Connection::SummarizeNeighbors(
    const v1::SummarizeNeighborsRequest& request, const CallOptions& options) {
  return Read(explore_.get(), &v1::ExploreService::Stub::SummarizeNeighbors, request, options);
}

Result<v1::ExpandEntityResponse> Connection::ExpandEntity(const v1::ExpandEntityRequest& request,
                                                          const CallOptions& options) {
  return Read(explore_.get(), &v1::ExploreService::Stub::ExpandEntity, request, options);
}

Result<v1::ListTimelineResponse> Connection::ListTimeline(const v1::ListTimelineRequest& request,
                                                          const CallOptions& options) {
  return Read(explore_.get(), &v1::ExploreService::Stub::ListTimeline, request, options);
}

Result<v1::ListStatementsResponse> Connection::ListStatements(
    const v1::ListStatementsRequest& request, const CallOptions& options) {
  return Read(explore_.get(), &v1::ExploreService::Stub::ListStatements, request, options);
}

Result<v1::BatchGetStatementsResponse> Connection::BatchGetStatements(
    const v1::BatchGetStatementsRequest& request, const CallOptions& options) {
  return Read(statements_.get(), &v1::StatementService::Stub::BatchGetStatements, request, options);
}

Result<v1::FindPathsSummary> Connection::FindPaths(const v1::FindPathsRequest& request,
                                                   const CallOptions& options,
                                                   const TakePath& take) {
  v1::FindPathsSummary summary;
  bool has_summary = false;
  int64_t paths = 0;
  const grpc::Status status = Retry(options, [&](grpc::ClientContext* context) {
    const auto reader = explore_->FindPaths(context, request);
    v1::FindPathsResponse response;
    while (reader->Read(&response)) {
      if (response.has_path()) {
        ++paths;
        take(response.path());
      } else if (response.has_summary()) {
        has_summary = true;
        summary = std::move(*response.mutable_summary());
      }
    }
    grpc::Status ended = reader->Finish();
    // What has been taken cannot be taken back: then another attempt would give it twice.
    if (ended.error_code() == grpc::StatusCode::UNAVAILABLE && paths > 0) {
      return grpc::Status(
          grpc::StatusCode::DATA_LOSS,
          fmt::format("the stream broke after {} paths: {}", paths, ended.error_message()));
    }
    return ended;
  });
  if (!status.ok()) {
    Error error = FromGrpc(status);
    if (error.code == grpc::StatusCode::DATA_LOSS && error.reason.empty()) {
      error.reason = kReasonIncomplete;
    }
    return error;
  }
  if (!has_summary || summary.path_count() != paths) {
    return Error{
        grpc::StatusCode::DATA_LOSS,
        fmt::format("the result is incomplete: {} paths came without their summary", paths),
        kReasonIncomplete,
        {}};
  }
  return summary;
}

}  // namespace sightline::client
