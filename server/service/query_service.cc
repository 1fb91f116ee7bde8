#include "server/service/query_service.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "server/service/audited_call.h"
#include "server/service/batch_encoder.h"
#include "server/service/caller_limits.h"
#include "server/service/query_help.h"
#include "server/service/query_parameters.h"
#include "server/service/read_consistency.h"
#include "server/service/request_error.h"
#include "server/service/revision_token.h"
#include "server/service/running_queries.h"
#include "server/service/status_mapping.h"
#include "server/service/unary_answer.h"
#include "storage/base/cancellation.h"
#include "storage/base/clock.h"

namespace sightline::server {
namespace {

constexpr std::string_view kMethod = "/sightline.v1.QueryService/ExecuteQuery";
// Of what ListRunningQueries shows.
constexpr size_t kTagBytesMax = 128;
constexpr size_t kShownTextBytesMax = 4 << 10;
constexpr size_t kSmallBytes = 16 << 10;
// Not read for so long, a result makes room for another when there is no place left.
constexpr std::chrono::milliseconds kIdleResult{1'000};

void SetDuration(int64_t micros, google::protobuf::Duration* out) {
  out->set_seconds(micros / 1'000'000);
  out->set_nanos(static_cast<int32_t>(micros % 1'000'000) * 1'000);
}

int64_t MillisOf(const google::protobuf::Duration& duration) {
  return duration.seconds() * 1'000 + duration.nanos() / 1'000'000;
}

// Which limit a query that ended so ran into.
std::optional<Budget> BudgetOf(const Status& status, query::Truncation truncation) {
  if (status.code() == StatusCode::kDeadlineExceeded) return Budget::kTime;
  for (const query::Diagnostic& diagnostic : query::DiagnosticsOf(status)) {
    if (diagnostic.code == "SL5001") return Budget::kSteps;
    if (diagnostic.code == "SL5005") return Budget::kMemory;
  }
  switch (truncation) {
    case query::Truncation::kNone:
      return std::nullopt;
    case query::Truncation::kRows:
      return Budget::kRows;
    case query::Truncation::kSteps:
      return Budget::kSteps;
    case query::Truncation::kTime:
      return Budget::kTime;
  }
  return std::nullopt;
}

// One call. Only one of its steps runs at a time: each starts the write whose end starts the next.
class ExecuteQueryReactor final : public grpc::ServerWriteReactor<v1::ExecuteQueryResponse> {
 public:
  ExecuteQueryReactor(const ServiceContext* context, grpc::CallbackServerContext* call,
                      const v1::ExecuteQueryRequest* request)
      : context_(context),
        call_(call),
        request_(request),
        registered_(context->calls->Add([call] { call->TryCancel(); })),
        audited_(context, *call, kMethod) {
    const Status admitted = Start();
    if (!admitted.ok()) Fail(admitted);
  }

  void OnCancel() override {
    if (token_) token_->Cancel();
  }

  void OnWriteDone(bool ok) override {
    registered_->ClientMoved();
    query_->SetState(QueryState::kRunning);
    if (!ok) {
      // The client is gone; what the status says reaches nobody.
      Finish(grpc::Status(grpc::StatusCode::CANCELLED, "The client went away"));
      return;
    }
    context_->admission->Continue([this] { SendNextBatch(); });
  }

  void OnDone() override {
    context_->calls->Remove(registered_);
    if (query_) context_->queries->Remove(query_);
    CloseResult();
    delete this;
  }

 private:
  Status Start() {
    StatusOr<Caller> caller = audited_.Admit(request_->query());
    if (!caller.ok()) return caller.status();
    caller_ = std::move(*caller);
    StatusOr<v1::QueryLimits> limits =
        EffectiveLimits(request_->limits(), LimitsFor(caller_->limits(), context_->limits));
    if (!limits.ok()) return limits.status();
    limits_ = std::move(*limits);
    token_.emplace(std::chrono::steady_clock::now() +
                   std::chrono::milliseconds(MillisOf(limits_.max_time())));
    submitted_ = std::chrono::steady_clock::now();
    SL_RETURN_IF_ERROR(Register());
    // Set before: the work may start, and end, before Submit returns.
    result_open_ = true;
    registered_->OpenResult();
    // Results that nobody reads do not keep others out until they are cut for it.
    if (context_->admission->IsFullOfResults() && context_->calls->CutIdlestResult(kIdleResult)) {
      context_->admission->GiveUpResult();
    }
    const Lane lane = MayWrite(request_->query()) ? Lane::kWrite : Lane::kRead;
    const Status submitted = context_->admission->Submit(
        lane, /*opens_result=*/true, [this] { Execute(); }, &*token_);
    if (!submitted.ok()) {
      result_open_ = false;
      if (submitted.code() == StatusCode::kResourceExhausted) error_.reason = kBusyReason;
    }
    return submitted;
  }

  // From here on it is listed, and may be cancelled. kResourceExhausted when the caller has too
  // many.
  Status Register() {
    QueryDescription description;
    description.user = caller_->principal();
    description.tag = CutText(request_->query_tag(), kTagBytesMax);
    description.fingerprint = fmt::format("{:016x}", context_->fingerprints->Of(request_->query()));
    description.text = CutText(request_->query(), kShownTextBytesMax);
    description.peer = audited_.peer();
    if (!description.tag.empty()) audited_.SetDetail("tag " + description.tag);
    const ServerLimits limits = LimitsFor(caller_->limits(), context_->limits);
    query_ = context_->queries->Add(std::move(description), storage::Clock::System()->NowMicros(),
                                    static_cast<size_t>(limits.queries_per_user_max),
                                    [this](QueryState state) {
                                      token_->Cancel();
                                      // A client that does not read would not hear of it.
                                      if (state == QueryState::kStreaming) call_->TryCancel();
                                    });
    if (query_ == nullptr) {
      error_.reason = kBusyReason;
      return ResourceExhausted("You have {} queries at once, which is as many as you may",
                               limits.queries_per_user_max);
    }
    audited_.SetQueryId(query_->id());
    return OkStatus();
  }

  void Execute() {
    wait_micros_ = std::chrono::duration_cast<std::chrono::microseconds>(
                       std::chrono::steady_clock::now() - submitted_)
                       .count();
    query_->SetState(QueryState::kRunning);
    const Status status = TryExecute();
    if (!status.ok()) Fail(status);
  }

  Status TryExecute() {
    SL_RETURN_IF_ERROR(CheckTurn(*token_));
    query::QueryRequest query;
    query.text = request_->query();
    query.clearance = caller_->clearance();
    query.cancellation = &*token_;
    const bool is_read_only = context_->read_only->is_on();
    query.read_only = request_->read_only() || is_read_only || !caller_->may_write();
    query.limits.rows_max = static_cast<uint64_t>(limits_.max_rows());
    query.limits.memory_bytes_max = static_cast<uint64_t>(limits_.max_memory_bytes());
    query.limits.steps_max = static_cast<uint64_t>(limits_.max_steps());
    query.limits.batch_rows = static_cast<uint32_t>(limits_.batch_rows());
    query.memory_shown = query_->memory_bytes();
    SL_ASSIGN_OR_RETURN(query.read_at, RevisionToRead(request_->consistency(), *context_->store));
    SL_ASSIGN_OR_RETURN(query.parameters, DecodeParameters(request_->parameters(), *context_,
                                                           *caller_, query.read_at, &error_));
    StatusOr<std::unique_ptr<query::ResultCursor>> cursor = context_->engine->Execute(query);
    if (is_read_only && cursor.status().code() == StatusCode::kPermissionDenied) {
      SL_RETURN_IF_ERROR(CheckMayWrite(*context_));  // Says why.
    }
    SL_ASSIGN_OR_RETURN(cursor_, std::move(cursor));
    encoder_.emplace(
        cursor_.get(),
        BatchEncoderOptions{
            .batch_bytes_target = static_cast<size_t>(context_->limits.batch_bytes_target),
            .message_bytes_max = static_cast<size_t>(context_->limits.message_bytes_max),
            .value_nesting_max = static_cast<int>(context_->limits.value_nesting_max)});

    if (request_->whole_if_small()) {
      SL_ASSIGN_OR_RETURN(const bool is_sent, TrySendWhole());
      if (is_sent) return OkStatus();
    }
    FillHeader(response_.mutable_header());
    Send();
    return OkStatus();
  }

  void FillHeader(v1::ResultHeader* header) const {
    for (const query::Column& column : cursor_->columns()) {
      v1::ColumnSpec* spec = header->add_columns();
      spec->set_name(column.name);
      spec->set_type(server::ToProto(column.type));
    }
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

  void SendNextBatch() {
    const Status status = TrySendNextBatch();
    if (!status.ok()) Fail(status);
  }

  Status TrySendNextBatch() {
    SL_RETURN_IF_ERROR(context_->authenticator->CheckStillAdmitted(*caller_));
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
    audited_.SetRows(rows_sent_);
    query_->SetRows(rows_sent_);
    Send();
  }

  void FillTrailer(v1::ResultTrailer* trailer) {
    const query::QuerySummary& summary = cursor_->summary();
    trailer->set_row_count(static_cast<int64_t>(summary.rows));
    trailer->set_truncation(ToProto(summary.truncation));
    v1::QueryStats* stats = trailer->mutable_stats();
    SetDuration(summary.parse_micros, stats->mutable_parse());
    SetDuration(summary.plan_micros, stats->mutable_plan());
    SetDuration(summary.execute_micros, stats->mutable_execute());
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

  void SendLast() {
    audited_.SetOutcome(OkStatus());
    CountWork(OkStatus());
    // gRPC may tell of the end long after the client has it: its next call should not find this one
    // in its way. What is larger stands for memory until it is gone.
    if (response_.ByteSizeLong() <= kSmallBytes) CloseResult();
    WaitForClient();
    StartWriteAndFinish(&response_, grpc::WriteOptions(), grpc::Status::OK);
  }

  void Send() {
    WaitForClient();
    StartWrite(&response_);
  }

  // Before a write is started: behind it the call may be over.
  void WaitForClient() {
    registered_->WaitForClient();
    query_->SetState(QueryState::kStreaming);
    // Whoever cancels it either sees this state, or is seen here.
    if (query_->is_cancelled()) call_->TryCancel();
  }

  void CloseResult() {
    // Before the place is given free: the cursor holds the result's memory.
    encoder_.reset();
    cursor_.reset();
    if (std::exchange(result_open_, false)) context_->admission->CloseResult();
  }

  // REQUIRES: no write is in flight.
  void Fail(const Status& status) {
    audited_.SetOutcome(status);
    if (caller_) CountWork(status);
    Finish(ToGrpcStatus(status, error_));
  }

  // For the metrics and the slow-query log, at the end.
  void CountWork(const Status& status) {
    query::QuerySummary nothing;
    const query::QuerySummary& summary = cursor_ != nullptr ? cursor_->summary() : nothing;
    if (context_->metrics != nullptr) {
      context_->metrics->FactsTouched(static_cast<int64_t>(summary.facts_touched));
      if (const std::optional<Budget> budget = BudgetOf(status, summary.truncation)) {
        context_->metrics->BudgetExceeded(*budget);
      }
    }
    if (!audited_.IsSlow()) return;
    audited_.NoteSlowQuery({.text = request_->query(),
                            .is_readable = cursor_ != nullptr,
                            .plan = cursor_ != nullptr ? cursor_->PlanFingerprint() : 0,
                            .wait_micros = wait_micros_,
                            .parse_micros = summary.parse_micros,
                            .plan_micros = summary.plan_micros,
                            .execute_micros = summary.execute_micros,
                            .facts_touched = static_cast<int64_t>(summary.facts_touched)});
  }

  const ServiceContext* const context_;
  grpc::CallbackServerContext* const call_;
  const v1::ExecuteQueryRequest* const request_;  // gRPC keeps it until OnDone.
  const std::shared_ptr<RegisteredCall> registered_;
  AuditedCall audited_;
  std::optional<Caller> caller_;
  v1::QueryLimits limits_;
  std::optional<storage::CancellationToken> token_;
  std::shared_ptr<RegisteredQuery> query_;  // Null for one that was turned away.
  bool result_open_ = false;
  ErrorContext error_;
  std::chrono::steady_clock::time_point submitted_;
  int64_t wait_micros_ = 0;

  std::unique_ptr<query::ResultCursor> cursor_;
  std::optional<BatchEncoder> encoder_;
  query::ResultBatch rows_;
  size_t rows_encoded_ = 0;  // Of rows_, so far.
  // Found and not sent, where it was looked whether the result is small.
  std::optional<v1::ColumnBatch> batch_ahead_;  // Of the first rows of rows_.
  query::ResultBatch rows_ahead_;               // Behind rows_.
  int64_t rows_sent_ = 0;
  v1::ExecuteQueryResponse response_;
};

}  // namespace

grpc::ServerWriteReactor<v1::ExecuteQueryResponse>* QueryService::ExecuteQuery(
    grpc::CallbackServerContext* call, const v1::ExecuteQueryRequest* request) {
  return new ExecuteQueryReactor(context_, call, request);
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

v1::Truncation ToProto(query::Truncation truncation) {
  switch (truncation) {
    case query::Truncation::kNone:
      return v1::TRUNCATION_UNSPECIFIED;
    case query::Truncation::kRows:
      return v1::TRUNCATION_MAX_ROWS;
    case query::Truncation::kSteps:
      return v1::TRUNCATION_MAX_STEPS;
    case query::Truncation::kTime:
      return v1::TRUNCATION_MAX_TIME;
  }
  return v1::TRUNCATION_UNSPECIFIED;
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

StatusOr<v1::QueryLimits> EffectiveLimits(const v1::QueryLimits& asked,
                                          const ServerLimits& limits) {
  if (asked.max_rows() < 0 || asked.max_memory_bytes() < 0 || asked.max_steps() < 0 ||
      asked.batch_rows() < 0 || asked.max_time().seconds() < 0 || asked.max_time().nanos() < 0) {
    return WithCode(kBadLimits,
                    InvalidArgument("A limit is not negative; 0 is the server's default"));
  }
  if (asked.max_time().seconds() > 315'576'000'000 || asked.max_time().nanos() >= 1'000'000'000) {
    return WithCode(kBadLimits, InvalidArgument("max_time is not a duration"));
  }
  const auto held = [](int64_t value, int64_t by_default, int64_t maximum) {
    return value == 0 ? std::min(by_default, maximum) : std::min(value, maximum);
  };
  v1::QueryLimits effective;
  effective.set_max_rows(held(asked.max_rows(), limits.rows_max, limits.rows_max));
  effective.set_max_memory_bytes(
      held(asked.max_memory_bytes(), limits.memory_bytes_max, limits.memory_bytes_max));
  effective.set_max_steps(held(asked.max_steps(), limits.steps_max, limits.steps_max));
  effective.set_batch_rows(static_cast<int32_t>(
      held(asked.batch_rows(), limits.batch_rows_default, limits.batch_rows_max)));
  // Less than a millisecond is asked for, not left out.
  const int64_t time_ms = MillisOf(asked.max_time());
  const bool time_given = asked.max_time().seconds() > 0 || asked.max_time().nanos() > 0;
  const int64_t effective_ms = held(time_given ? std::max<int64_t>(1, time_ms) : 0,
                                    limits.time_ms_default, limits.time_ms_max);
  SetDuration(effective_ms * 1'000, effective.mutable_max_time());
  return effective;
}

}  // namespace sightline::server
