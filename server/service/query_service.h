// QueryService: runs SLQL and streams the rows; helps those who write it.
//
// Where the request allows it, a result of one batch is one message: each message of a stream costs
// a change of threads, which for a look-up is more than the look-up.
//
// Thread safety: safe from any thread.

#pragma once

#include <grpcpp/grpcpp.h>

#include <string_view>

#include "server/service/service_context.h"
#include "sightline/v1/query_service.grpc.pb.h"

namespace sightline::server {

class QueryService final : public v1::QueryService::CallbackService {
 public:
  // Borrows `context`, which must outlive the service.
  explicit QueryService(const ServiceContext* context) : context_(context) {}

  grpc::ServerWriteReactor<v1::ExecuteQueryResponse>* ExecuteQuery(
      grpc::CallbackServerContext* call, const v1::ExecuteQueryRequest* request) override;
  grpc::ServerUnaryReactor* FetchRows(grpc::CallbackServerContext* call,
                                      const v1::FetchRowsRequest* request,
                                      v1::FetchRowsResponse* response) override;
  grpc::ServerUnaryReactor* CompleteQuery(grpc::CallbackServerContext* call,
                                          const v1::CompleteQueryRequest* request,
                                          v1::CompleteQueryResponse* response) override;
  grpc::ServerUnaryReactor* AnalyzeQuery(grpc::CallbackServerContext* call,
                                         const v1::AnalyzeQueryRequest* request,
                                         v1::AnalyzeQueryResponse* response) override;
  grpc::ServerUnaryReactor* ListRunningQueries(grpc::CallbackServerContext* call,
                                               const v1::ListRunningQueriesRequest* request,
                                               v1::ListRunningQueriesResponse* response) override;
  grpc::ServerUnaryReactor* CancelQuery(grpc::CallbackServerContext* call,
                                        const v1::CancelQueryRequest* request,
                                        v1::CancelQueryResponse* response) override;

 private:
  const ServiceContext* const context_;
};

// Whether a script has a word that writes, anywhere. True for some scripts that do not write (the
// word is in a string), which then wait for the writers' lane. It only chooses the lane: a writer
// on the wrong one is right, and holds a reader's thread while it waits for its turn.
bool MayWrite(std::string_view script);

}  // namespace sightline::server
