#include "server/service/query_service.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "server/service/batch_encoder.h"
#include "server/service/fetch_rows_call.h"
#include "server/service/query_help.h"
#include "server/service/query_question.h"
#include "server/service/result_call.h"
#include "server/service/revision_token.h"
#include "server/service/running_queries.h"
#include "server/service/status_mapping.h"
#include "server/service/unary_answer.h"

namespace sightline::server {
namespace {

using google::protobuf::util::TimeUtil;

constexpr std::string_view kMethod = "/sightline.v1.QueryService/ExecuteQuery";

class ExecuteQueryCall final : public StreamedResult<v1::ExecuteQueryResponse> {
 public:
  ExecuteQueryCall(const ServiceContext* context, grpc::CallbackServerContext* call,
                   const v1::ExecuteQueryRequest* request)
      : StreamedResult(context, call, kMethod), request_(request) {
    Start({.text = request->query(),
           .tag = request->query_tag(),
           .lane = MayWrite(request->query()) ? Lane::kWrite : Lane::kRead},
          request->limits());
  }

 private:
  Status SendFirst() override {
    SL_RETURN_IF_ERROR(CheckTurn(*token_));
    const bool is_read_only = context_->read_only->is_on();
    query::QueryRequest query = QueryWithin(*caller_, limits_);
    query.cancellation = &*token_;
    query.memory_shown = query_->memory_bytes();
    query.read_only = request_->read_only() || is_read_only || !caller_->may_write();
    SL_RETURN_IF_ERROR(ReadQuestion(*request_, *context_, *caller_, &query, &error_));
    StatusOr<std::unique_ptr<query::ResultCursor>> cursor = context_->engine->Execute(query);
    if (is_read_only && cursor.status().code() == StatusCode::kPermissionDenied) {
      SL_RETURN_IF_ERROR(CheckMayWrite(*context_));  // Says why.
    }
    SL_ASSIGN_OR_RETURN(cursor_, std::move(cursor));
    encoder_.emplace(cursor_.get(), EncoderOptionsOf(context_->limits));

    if (request_->whole_if_small()) {
      SL_ASSIGN_OR_RETURN(const bool is_sent, TrySendWhole());
      if (is_sent) return OkStatus();
    }
    FillHeader(response_.mutable_header());
    Send();
    return OkStatus();
  }

  void FillHeader(v1::ResultHeader* header) const {
    AddColumns(*cursor_, header->mutable_columns());
    *header->mutable_read_at() = server::ToProto(cursor_->read_at(), cursor_->ids());
    *header->mutable_effective_limits() = limits_;
    header->set_query_id(query_->id());
  }

  // Whether the result was one batch or less, and is sent. Where it is not, what was found on the
  // way is sent behind the header.
  StatusOr<bool> TrySendWhole() {
    SL_ASSIGN_OR_RETURN(size_t row_count, cursor_->Next(&rows_));
    if (row_count == static_cast<size_t>(limits_.batch_rows())) return false;
    if (row_count > 0) {
      SL_ASSIGN_OR_RETURN(rows_encoded_, encoder_->Encode(rows_, 0, &batch_ahead_.emplace()));
      SL_ASSIGN_OR_RETURN(row_count, cursor_->Next(&rows_ahead_));
      if (row_count > 0 || rows_encoded_ < rows_.row_count) return false;
    }
    v1::WholeResult* whole = response_.mutable_whole();
    FillHeader(whole->mutable_header());
    if (batch_ahead_) whole->mutable_batch()->Swap(&*batch_ahead_);
    FillTrailer(whole->mutable_trailer());
    SendLast();
    return true;
  }

  Status SendNext() override {
    SL_RETURN_IF_ERROR(CheckStillAdmitted());
    if (batch_ahead_) {
      response_.mutable_batch()->Swap(&*batch_ahead_);
      batch_ahead_.reset();
      SendBatch(rows_encoded_);
      return OkStatus();
    }
    if (rows_encoded_ == rows_.row_count) {
      rows_encoded_ = 0;
      rows_ = std::exchange(rows_ahead_, {});
      if (rows_.row_count == 0) SL_RETURN_IF_ERROR(cursor_->Next(&rows_).status());
      if (rows_.row_count == 0) {
        FillTrailer(response_.mutable_trailer());
        SendLast();
        return OkStatus();
      }
    } else {
      // The cursor checks in Next; between two parts of one batch nobody does.
      SL_RETURN_IF_ERROR(token_->Check());
    }
    SL_ASSIGN_OR_RETURN(const size_t encoded,
                        encoder_->Encode(rows_, rows_encoded_, response_.mutable_batch()));
    rows_encoded_ += encoded;
    SendBatch(encoded);
    return OkStatus();
  }

  void SendBatch(size_t row_count) {
    rows_sent_ += static_cast<int64_t>(row_count);
    CountRows(rows_sent_);
    Send();
  }

  void FillTrailer(v1::ResultTrailer* trailer) {
    const query::QuerySummary& summary = cursor_->summary();
    trailer->set_row_count(static_cast<int64_t>(summary.rows));
    trailer->set_truncation(ToProto(summary.truncation));
    v1::QueryStats* stats = trailer->mutable_stats();
    *stats->mutable_parse() = TimeUtil::MicrosecondsToDuration(summary.parse_micros);
    *stats->mutable_plan() = TimeUtil::MicrosecondsToDuration(summary.plan_micros);
    *stats->mutable_execute() = TimeUtil::MicrosecondsToDuration(summary.execute_micros);
    stats->set_facts_touched(static_cast<int64_t>(summary.facts_touched));
    stats->set_statements_added(static_cast<int64_t>(summary.statements_added));
    stats->set_statements_existing(static_cast<int64_t>(summary.statements_existing));
    stats->set_statements_retracted(static_cast<int64_t>(summary.statements_retracted));
    stats->set_definitions(static_cast<int64_t>(summary.definitions));
    for (const query::Diagnostic& notice : summary.notices) {
      *trailer->add_notices() = server::ToProto(notice);
    }
    if (summary.committed_at) {
      *trailer->mutable_committed_at() = server::ToProto(*summary.committed_at, cursor_->ids());
    }
    trailer->set_next_cursor(summary.next_cursor);
    audited_.SetRows(static_cast<int64_t>(summary.rows));
    audited_.SetWrites(static_cast<int64_t>(summary.statements_added),
                       static_cast<int64_t>(summary.statements_retracted));
  }

  void ReleaseResult() override {
    encoder_.reset();
    cursor_.reset();
  }

  const v1::ExecuteQueryRequest* const request_;  // gRPC keeps it until OnDone.
  std::optional<BatchEncoder> encoder_;
  query::ResultBatch rows_;
  size_t rows_encoded_ = 0;  // Of rows_, so far.
  // Found and not sent, where it was looked whether the result is small.
  std::optional<v1::ColumnBatch> batch_ahead_;  // Of the first rows of rows_.
  query::ResultBatch rows_ahead_;               // Behind rows_.
  int64_t rows_sent_ = 0;
};

}  // namespace

grpc::ServerWriteReactor<v1::ExecuteQueryResponse>* QueryService::ExecuteQuery(
    grpc::CallbackServerContext* call, const v1::ExecuteQueryRequest* request) {
  return new ExecuteQueryCall(context_, call, request);
}

grpc::ServerUnaryReactor* QueryService::FetchRows(grpc::CallbackServerContext* call,
                                                  const v1::FetchRowsRequest* request,
                                                  v1::FetchRowsResponse* response) {
  return NewFetchRowsCall(context_, call, request, response);
}

grpc::ServerUnaryReactor* QueryService::CompleteQuery(grpc::CallbackServerContext* call,
                                                      const v1::CompleteQueryRequest* request,
                                                      v1::CompleteQueryResponse* response) {
  const auto work = [this, request, response](CallContext* answered) {
    return CompleteQueryFor(*request, *context_, answered->caller, answered->cancellation,
                            response);
  };
  // The text is no query yet: what is typed is not recorded, not even as a fingerprint.
  return new AdmittedAnswer(
      context_, call,
      {.method = "/sightline.v1.QueryService/CompleteQuery", .time_max = kCompletionTime},
      {.work = work});
}

grpc::ServerUnaryReactor* QueryService::AnalyzeQuery(grpc::CallbackServerContext* call,
                                                     const v1::AnalyzeQueryRequest* request,
                                                     v1::AnalyzeQueryResponse* response) {
  const auto work = [this, request, response](CallContext* answered) {
    return AnalyzeQueryFor(*request, *context_, answered->caller, answered->cancellation,
                           answered->error, response);
  };
  return new AdmittedAnswer(
      context_, call,
      {.method = "/sightline.v1.QueryService/AnalyzeQuery",
       .text = request->query(),
       .lane = MayWrite(request->query()) ? Lane::kWrite : Lane::kRead,
       .time_max = std::chrono::milliseconds(context_->limits.time_ms_default)},
      {.work = work});
}

grpc::ServerUnaryReactor* QueryService::ListRunningQueries(
    grpc::CallbackServerContext* call, const v1::ListRunningQueriesRequest* request,
    v1::ListRunningQueriesResponse* response) {
  return AnswerNow(context_, call, "/sightline.v1.QueryService/ListRunningQueries", "", "",
                   [&](const Caller& caller) {
                     return ListRunningQueriesFor(*request, *context_, caller, response);
                   });
}

grpc::ServerUnaryReactor* QueryService::CancelQuery(grpc::CallbackServerContext* call,
                                                    const v1::CancelQueryRequest* request,
                                                    v1::CancelQueryResponse*) {
  return AnswerNow(context_, call, "/sightline.v1.QueryService/CancelQuery", "",
                   "query " + CutText(request->query_id(), 80), [&](const Caller& caller) {
                     return CancelQueryFor(*request, *context_, caller);
                   });
}

bool MayWrite(std::string_view script) {
  constexpr std::string_view kWords[] = {"ASSERT", "DENY", "RETRACT", "DEFINE", "DROP"};
  const auto same = [](char a, char b) { return (a & ~0x20) == b; };
  // Of a word. Digits do not count in front: a number may end where a word begins. Nor do bytes
  // beyond ASCII: some are spaces, and a wrong yes costs no more than the place in the other lane.
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  for (const std::string_view word : kWords) {
    for (auto at = script.begin();; ++at) {
      at = std::search(at, script.end(), word.begin(), word.end(), same);
      if (at == script.end()) break;
      const auto end = at + static_cast<std::ptrdiff_t>(word.size());
      const bool begins = at == script.begin() || !letter(*(at - 1));
      const bool ends = end == script.end() || !(letter(*end) || (*end >= '0' && *end <= '9'));
      if (begins && ends) return true;
    }
  }
  return false;
}

}  // namespace sightline::server
