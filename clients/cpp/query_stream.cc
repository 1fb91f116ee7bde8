#include "clients/cpp/query_stream.h"

#include <fmt/format.h>

#include <utility>

namespace sightline::client {
namespace {

Error Malformed(std::string what) {
  return {grpc::StatusCode::INTERNAL,
          "the server broke the protocol: " + std::move(what),
          kReasonMalformed,
          {}};
}

Error Incomplete(std::string what) {
  return {grpc::StatusCode::DATA_LOSS,
          "the result is incomplete: " + std::move(what),
          kReasonIncomplete,
          {}};
}

}  // namespace

Result<std::unique_ptr<QueryStream>> QueryStream::Start(v1::QueryService::Stub* stub,
                                                        const v1::ExecuteQueryRequest& request,
                                                        std::unique_ptr<RunningCall> call) {
  std::unique_ptr<QueryStream> stream(new QueryStream(std::move(call)));
  stream->reader_ = stub->ExecuteQuery(&stream->call_->context(), request);
  v1::ExecuteQueryResponse response;
  if (!stream->reader_->Read(&response)) {
    const grpc::Status status = stream->reader_->Finish();
    stream->is_over_ = true;
    if (!status.ok()) return FromGrpc(status);
    return Incomplete("the stream ended before its header");
  }
  if (response.has_whole()) {
    stream->whole_ = std::move(*response.mutable_whole());
    stream->header_ = std::move(*stream->whole_->mutable_header());
  } else if (response.has_header()) {
    stream->header_ = std::move(*response.mutable_header());
  } else {
    return stream->Fail(Malformed("the first message is no header"));
  }
  for (const v1::ColumnSpec& column : stream->header_.columns()) {
    stream->types_.push_back(column.type());
  }
  return stream;
}

QueryStream::~QueryStream() {
  if (!is_over_ && reader_ != nullptr) {
    call_->context().TryCancel();
    v1::ExecuteQueryResponse unread;
    while (reader_->Read(&unread)) {
    }
    reader_->Finish();
  }
}

Error QueryStream::Fail(Error error) {
  call_->context().TryCancel();
  v1::ExecuteQueryResponse unread;
  while (reader_->Read(&unread)) {
  }
  reader_->Finish();
  is_over_ = true;
  return error;
}

Result<bool> QueryStream::Next(ResultBatch* batch) {
  *batch = ResultBatch();
  if (is_over_) return false;
  v1::ExecuteQueryResponse response;
  if (whole_) {
    if (whole_->has_batch()) {
      const Result<bool> taken = Take(std::move(*whole_->mutable_batch()), batch);
      whole_->clear_batch();
      return taken;
    }
    return End(std::move(*whole_->mutable_trailer()));
  }
  if (!reader_->Read(&response)) {
    const grpc::Status status = reader_->Finish();
    is_over_ = true;
    if (!status.ok()) return FromGrpc(status);
    return Incomplete(fmt::format("the stream ended after {} rows without a trailer", rows_read_));
  }
  if (response.has_batch()) return Take(std::move(*response.mutable_batch()), batch);
  if (!response.has_trailer()) return Fail(Malformed("a message that is no batch and no trailer"));
  return End(std::move(*response.mutable_trailer()));
}

Result<bool> QueryStream::Take(v1::ColumnBatch columns, ResultBatch* batch) {
  for (const v1::NodeCard& card : columns.cards()) cards_.Add(card);
  Result<ResultBatch> decoded = ResultBatch::Decode(std::move(columns), types_);
  if (!decoded.ok()) return Fail(decoded.error());
  rows_read_ += static_cast<int64_t>(decoded->row_count());
  *batch = std::move(*decoded);
  return true;
}

Result<bool> QueryStream::End(v1::ResultTrailer trailer) {
  trailer_ = std::move(trailer);
  v1::ExecuteQueryResponse more;
  if (reader_->Read(&more)) return Fail(Malformed("a message after the trailer"));
  const grpc::Status status = reader_->Finish();
  is_over_ = true;
  if (!status.ok()) return FromGrpc(status);
  if (trailer_.row_count() != rows_read_) {
    return Incomplete(
        fmt::format("{} rows came, the server counts {}", rows_read_, trailer_.row_count()));
  }
  return false;
}

}  // namespace sightline::client
