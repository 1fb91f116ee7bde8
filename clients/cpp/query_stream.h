// QueryStream: the result of a running query, read batch by batch as the server sends it.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "clients/cpp/cancel_source.h"
#include "clients/cpp/error.h"
#include "clients/cpp/result_batch.h"
#include "sightline/v1/query_service.grpc.pb.h"

namespace sightline::client {

// Thread safety: one thread at a time. To end a query from another thread, hand a CancelSource to
// Connection::Execute. Destroying a stream that has not been read to its end cancels the query.
class QueryStream {
 public:
  // Reads the header. Errors: whatever the server refuses the query with.
  static Result<std::unique_ptr<QueryStream>> Start(v1::QueryService::Stub* stub,
                                                    const v1::ExecuteQueryRequest& request,
                                                    std::unique_ptr<RunningCall> call);
  ~QueryStream();
  QueryStream(const QueryStream&) = delete;
  QueryStream& operator=(const QueryStream&) = delete;

  // No columns: the script's last statement gives no rows.
  const v1::ResultHeader& header() const { return header_; }
  // Cards of all nodes in the batches read so far.
  const NodeCards& cards() const { return cards_; }

  // Replaces `*batch` with the next rows. False is the end, with the result complete: trailer() may
  // be read then. Errors are final: those of the server; DATA_LOSS (INCOMPLETE_RESULT) when the
  // stream ends without a trailer or with fewer rows than the trailer counts; INTERNAL
  // (MALFORMED_RESULT).
  Result<bool> Next(ResultBatch* batch);

  // REQUIRES: Next() has given false.
  const v1::ResultTrailer& trailer() const { return trailer_; }
  // Rows in the batches read so far.
  int64_t rows_read() const { return rows_read_; }

 private:
  explicit QueryStream(std::unique_ptr<RunningCall> call) : call_(std::move(call)) {}
  // Ends the call and says how it went.
  Error Fail(Error error);
  Result<bool> Take(v1::ColumnBatch columns, ResultBatch* batch);
  Result<bool> End(v1::ResultTrailer trailer);

  // The reader borrows the call's context, so it is destroyed first.
  std::unique_ptr<RunningCall> call_;
  std::unique_ptr<grpc::ClientReader<v1::ExecuteQueryResponse>> reader_;
  std::optional<v1::WholeResult> whole_;  // Of it, what has not been given yet.
  v1::ResultHeader header_;
  v1::ResultTrailer trailer_;
  std::vector<v1::ColumnType> types_;
  NodeCards cards_;
  int64_t rows_read_ = 0;
  bool is_over_ = false;
};

}  // namespace sightline::client
