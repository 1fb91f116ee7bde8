// The question of a request that asks SLQL, as the engine takes it: what ExecuteQuery and FetchRows
// have in common.
//
// Thread-safe: pure functions over the store.

#pragma once

#include <google/protobuf/map.h>
#include <google/protobuf/repeated_field.h>

#include <string>

#include "query/engine.h"
#include "server/auth/authenticator.h"
#include "server/service/batch_encoder.h"
#include "server/service/limits.h"
#include "server/service/service_context.h"
#include "server/service/status_mapping.h"
#include "sightline/v1/query_service.pb.h"

namespace sightline::server {

// A query of nothing yet, with the caller's clearance and these limits.
query::QueryRequest QueryWithin(const Caller& caller, const v1::QueryLimits& limits);

// Text, parameters and revision of a request. `query` borrows its text. Errors: the revision's and
// the parameters', which `error` tells more of.
Status ReadQuestion(const std::string& text,
                    const google::protobuf::Map<std::string, v1::Value>& parameters,
                    const v1::Consistency& consistency, const ServiceContext& context,
                    const Caller& caller, query::QueryRequest* query, ErrorContext* error);
template <typename Request>
Status ReadQuestion(const Request& request, const ServiceContext& context, const Caller& caller,
                    query::QueryRequest* query, ErrorContext* error) {
  return ReadQuestion(request.query(), request.parameters(), request.consistency(), context, caller,
                      query, error);
}

BatchEncoderOptions EncoderOptionsOf(const ServerLimits& limits);

void AddColumns(const query::ResultCursor& cursor,
                google::protobuf::RepeatedPtrField<v1::ColumnSpec>* columns);

}  // namespace sightline::server
