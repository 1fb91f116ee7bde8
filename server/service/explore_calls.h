// Explore calls: the work of ExploreService's calls of one message each way, and of
// BatchGetStatements, without gRPC: a request in, query/explore asked, a reply out.
//
// Thread safety: safe from any thread, a CallContext each.

#pragma once

#include <memory>
#include <optional>

#include "query/explore/explore_context.h"
#include "server/service/call_context.h"
#include "sightline/v1/explore_service.pb.h"
#include "sightline/v1/statement_service.pb.h"
#include "storage/base/status.h"

namespace sightline::server {

Status Answer(CallContext* call, const v1::SearchEntitiesRequest& request,
              v1::SearchEntitiesResponse* response);
Status Answer(CallContext* call, const v1::GetEntityRequest& request,
              v1::GetEntityResponse* response);
Status Answer(CallContext* call, const v1::SummarizeNeighborsRequest& request,
              v1::SummarizeNeighborsResponse* response);
Status Answer(CallContext* call, const v1::ExpandEntityRequest& request,
              v1::ExpandEntityResponse* response);
Status Answer(CallContext* call, const v1::ListTimelineRequest& request,
              v1::ListTimelineResponse* response);
Status Answer(CallContext* call, const v1::ListStatementsRequest& request,
              v1::ListStatementsResponse* response);
Status Answer(CallContext* call, const v1::BatchGetStatementsRequest& request,
              v1::BatchGetStatementsResponse* response);

// The caller's view at that revision, and the scope in it. Errors: kOutOfRange for a revision that
// does not exist; those of ExploreRequestReader.
StatusOr<std::unique_ptr<query::ExploreContext>> OpenExploration(
    CallContext* call, const v1::StatementScope& scope, std::optional<storage::Revision> read_at,
    const query::ExploreLimits& limits);
query::ExploreLimits DefaultExploreLimits(const CallContext& call);

}  // namespace sightline::server
