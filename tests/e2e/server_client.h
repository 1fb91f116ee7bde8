// ServerClient: a plain gRPC client for tests, which keeps every message it gets.
//
// Thread safety: one thread at a time.

#pragma once

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "google/rpc/error_details.pb.h"
#include "sightline/v1/admin_service.grpc.pb.h"
#include "sightline/v1/query_service.grpc.pb.h"
#include "sightline/v1/statement_service.grpc.pb.h"

namespace sightline::test {

struct QueryResult {
  grpc::Status status;
  int header_count = 0;
  int trailer_count = 0;
  v1::ResultHeader header;
  v1::ResultTrailer trailer;
  std::vector<v1::ColumnBatch> batches;
  std::map<uint64_t, v1::NodeCard> cards;

  int64_t RowCount() const;
  // The cells of a column as text: a node by its external id, "null" for null.
  std::vector<std::string> Cells(int column) const;
};

struct ErrorDetails {
  google::rpc::ErrorInfo info;
  v1::DiagnosticList diagnostics;
  bool has_retry = false;
};

ErrorDetails DetailsOf(const grpc::Status& status);

// A random UUID.
std::string NewLoadId();
// The messages of a load.
v1::BulkLoadRequest LoadOpen(const std::string& load_id, const std::string& file_name);
v1::BulkLoadRequest LoadChunk(size_t offset, const std::string& data);
v1::BulkLoadRequest LoadFinish(const std::string& file);

class ServerClient {
 public:
  explicit ServerClient(const std::string& address);

  QueryResult Query(const v1::ExecuteQueryRequest& request);
  QueryResult Query(const std::string& text);
  // A script, in one go.
  grpc::Status Load(const std::string& text, v1::BulkLoadResult* result);
  // One call of BulkLoad: sends the messages, each as soon as the one before is answered, until the
  // server has had enough; keeps all answers.
  grpc::Status BulkLoad(const std::vector<v1::BulkLoadRequest>& messages,
                        std::vector<v1::BulkLoadResponse>* responses);
  grpc::Status Write(const v1::WriteStatementsRequest& request,
                     v1::WriteStatementsResponse* response);
  grpc::Status Info(v1::GetServerInfoResponse* response);
  // The health service's answer: 1 is serving, 2 is not; 0 when it did not answer.
  int Health();

  v1::QueryService::Stub& queries() { return *queries_; }
  v1::StatementService::Stub& statements() { return *statements_; }

 private:
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::QueryService::Stub> queries_;
  std::unique_ptr<v1::StatementService::Stub> statements_;
  std::unique_ptr<v1::AdminService::Stub> admin_;
};

}  // namespace sightline::test
