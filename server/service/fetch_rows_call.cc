#include "server/service/fetch_rows_call.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string_view>
#include <utility>

#include "server/service/batch_encoder.h"
#include "server/service/query_question.h"
#include "server/service/request_error.h"
#include "server/service/result_call.h"
#include "server/service/revision_token.h"

namespace sightline::server {
namespace {

constexpr std::string_view kMethod = "/sightline.v1.QueryService/FetchRows";

// Of what is answered at once. gRPC has a thread or two, and whoever holds one holds up others: the
// time is asked for once in some thousand facts.
constexpr std::chrono::milliseconds kMoment{2};
constexpr size_t kMomentRequestBytes = 2 << 10;  // Names to look up among them.
constexpr uint64_t kMomentSteps = 2'048;
constexpr uint64_t kMomentMemoryBytes = 4 << 20;
constexpr uint32_t kMomentRows = 256;

class FetchRowsCall final : public UnaryResult {
 public:
  FetchRowsCall(const ServiceContext* context, grpc::CallbackServerContext* call,
                const v1::FetchRowsRequest* request, v1::FetchRowsResponse* response)
      : UnaryResult(context, call, kMethod), request_(request), response_(response) {
    Start({.text = request->query(), .tag = request->query_tag(), .may_be_quick = true},
          request->limits());
  }

 private:
  bool AnswerAtOnce() override {
    if (request_->ByteSizeLong() > kMomentRequestBytes) return false;
    // The call's own token cannot be told a second deadline; for so long nobody cancels anything.
    const storage::CancellationToken moment(std::chrono::steady_clock::now() + kMoment);
    const Status status = FindQuickly(&moment);
    // An error too is found anew in its turn, within the limits that hold.
    const bool is_found = status.ok() && cursor_ != nullptr &&
                          cursor_->summary().truncation == query::Truncation::kNone;
    if (is_found) {
      Send();
    } else {
      ReleaseResult();
      response_->Clear();
    }
    return is_found;
  }

  // Leaves cursor_ null where it is not to be tried.
  Status FindQuickly(const storage::CancellationToken* moment) {
    query::QueryRequest query;
    SL_RETURN_IF_ERROR(Ask(moment, &query));
    query::QueryLimits& limits = query.limits;
    limits.steps_max = std::min(limits.steps_max, kMomentSteps);
    limits.memory_bytes_max = std::min(limits.memory_bytes_max, kMomentMemoryBytes);
    limits.batch_rows = std::min(limits.batch_rows, kMomentRows);
    SL_ASSIGN_OR_RETURN(cursor_, context_->engine->ExecuteIfQuick(query));
    return cursor_ == nullptr ? OkStatus() : Encode();
  }

  Status SendFirst() override {
    SL_RETURN_IF_ERROR(CheckTurn(*token_));
    query::QueryRequest query;
    SL_RETURN_IF_ERROR(Ask(&*token_, &query));
    SL_ASSIGN_OR_RETURN(cursor_, context_->engine->Execute(query));
    SL_RETURN_IF_ERROR(Encode());
    Send();
    return OkStatus();
  }

  Status Ask(const storage::CancellationToken* cancellation, query::QueryRequest* query) {
    *query = QueryWithin(*caller_, limits_);
    query->cancellation = cancellation;
    query->memory_shown = query_->memory_bytes();
    query->read_only = true;
    return ReadQuestion(*request_, *context_, *caller_, query, &error_);
  }

  // All rows, or the error that there are too many.
  Status Encode() {
    BatchEncoder encoder(cursor_.get(), EncoderOptionsOf(context_->limits));
    query::ResultBatch rows;
    SL_ASSIGN_OR_RETURN(const size_t row_count, cursor_->Next(&rows));
    if (row_count == 0) return OkStatus();
    SL_ASSIGN_OR_RETURN(const size_t encoded, encoder.Encode(rows, 0, response_->mutable_batch()));
    query::ResultBatch more;
    SL_ASSIGN_OR_RETURN(const size_t more_count, cursor_->Next(&more));
    if (encoded == row_count && more_count == 0) return OkStatus();
    response_->Clear();
    return WithCode(kLargeResult,
                    InvalidArgument("The result is larger than one answer may be, {} rows or {} "
                                    "bytes: ask with ExecuteQuery",
                                    limits_.batch_rows(), context_->limits.batch_bytes_target));
  }

  void Send() {
    const query::QuerySummary& summary = cursor_->summary();
    AddColumns(*cursor_, response_->mutable_columns());
    *response_->mutable_read_at() = ToProto(cursor_->read_at(), cursor_->ids());
    response_->set_truncation(ToProto(summary.truncation));
    for (const query::Diagnostic& notice : summary.notices) {
      *response_->add_notices() = server::ToProto(notice);
    }
    response_->set_next_cursor(summary.next_cursor);
    CountRows(static_cast<int64_t>(summary.rows));
    SendAnswer(response_->ByteSizeLong());
  }

  void ReleaseResult() override { cursor_.reset(); }

  // gRPC keeps both until OnDone.
  const v1::FetchRowsRequest* const request_;
  v1::FetchRowsResponse* const response_;
};

}  // namespace

grpc::ServerUnaryReactor* NewFetchRowsCall(const ServiceContext* context,
                                           grpc::CallbackServerContext* call,
                                           const v1::FetchRowsRequest* request,
                                           v1::FetchRowsResponse* response) {
  return new FetchRowsCall(context, call, request, response);
}

}  // namespace sightline::server
