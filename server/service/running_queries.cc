#include "server/service/running_queries.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "server/admission/query_registry.h"
#include "server/service/request_error.h"
#include "server/service/status_mapping.h"
#include "server/service/value_codec.h"

namespace sightline::server {
namespace {

v1::QueryState ToProto(QueryState state) {
  switch (state) {
    case QueryState::kQueued:
      return v1::QUERY_STATE_QUEUED;
    case QueryState::kRunning:
      return v1::QUERY_STATE_RUNNING;
    case QueryState::kStreaming:
      return v1::QUERY_STATE_STREAMING;
  }
  return v1::QUERY_STATE_UNSPECIFIED;
}

// Whose queries the caller sees; unset: everybody's.
std::optional<std::string> WhoseFor(const Caller& caller) {
  if (caller.role() == Role::kAdministrator) return std::nullopt;
  return caller.principal();
}

}  // namespace

Status ListRunningQueriesFor(const v1::ListRunningQueriesRequest& request,
                             const ServiceContext& context, const Caller& caller,
                             v1::ListRunningQueriesResponse* response) {
  if (request.page_size() < 0) {
    return WithCode(kBadRequest, InvalidArgument("page_size is not negative"));
  }
  const ServerLimits& limits = context.limits;
  const int64_t size =
      std::min<int64_t>(request.page_size() == 0 ? limits.page_items_default : request.page_size(),
                        limits.page_items_max);
  std::optional<QueryRegistry::Page> page =
      context.queries->List(WhoseFor(caller), static_cast<size_t>(size), request.page_token());
  if (!page) return WithCode(kBadRequest, InvalidArgument("page_token is not one of this list"));
  for (QuerySnapshot& query : page->queries) {
    v1::RunningQuery* out = response->add_queries();
    out->set_query_id(std::move(query.id));
    // What somebody else asks about is his.
    if (query.description.user == caller.principal()) {
      out->set_query_text(std::move(query.description.text));
    }
    out->set_user(std::move(query.description.user));
    out->set_query_tag(std::move(query.description.tag));
    out->set_fingerprint(std::move(query.description.fingerprint));
    out->set_peer(std::move(query.description.peer));
    out->set_state(ToProto(query.state));
    SetTimestamp(query.start_micros, out->mutable_start_time());
    *out->mutable_elapsed() =
        google::protobuf::util::TimeUtil::MicrosecondsToDuration(query.elapsed_micros);
    out->set_rows_sent(query.rows);
    out->set_memory_bytes(static_cast<int64_t>(query.memory_bytes));
  }
  response->set_next_page_token(std::move(page->next));
  return OkStatus();
}

Status CancelQueryFor(const v1::CancelQueryRequest& request, const ServiceContext& context,
                      const Caller& caller) {
  if (context.queries->Cancel(request.query_id(), WhoseFor(caller))) return OkStatus();
  return NotFound("There is no running query {}", CutText(request.query_id(), 80));
}

}  // namespace sightline::server
