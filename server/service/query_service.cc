#include "server/service/query_service.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "server/service/audited_call.h"
#include "server/service/batch_encoder.h"
#include "server/service/node_lookup.h"
#include "server/service/request_error.h"
#include "server/service/revision_token.h"
#include "server/service/status_mapping.h"
#include "server/service/value_codec.h"
#include "storage/base/cancellation.h"

namespace sightline::server {
namespace {

constexpr std::string_view kMethod = "/sightline.v1.QueryService/ExecuteQuery";

void SetDuration(int64_t micros, google::protobuf::Duration* out) {
  out->set_seconds(micros / 1'000'000);
  out->set_nanos(static_cast<int32_t>(micros % 1'000'000) * 1'000);
}

int64_t MillisOf(const google::protobuf::Duration& duration) {
  return duration.seconds() * 1'000 + duration.nanos() / 1'000'000;
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

// One call. Only one of its steps runs at a time: each starts the write whose end starts the next.
class ExecuteQueryReactor final : public grpc::ServerWriteReactor<v1::ExecuteQueryResponse> {
 public:
  ExecuteQueryReactor(const ServiceContext* context, grpc::CallbackServerContext* call,
                      const v1::ExecuteQueryRequest* request)
      : context_(context),
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
    if (!ok) {
      // The client is gone; what the status says reaches nobody.
      Finish(grpc::Status(grpc::StatusCode::CANCELLED, "The client went away"));
      return;
    }
    context_->admission->Continue([this] { SendNextBatch(); });
  }

  void OnDone() override {
    context_->calls->Remove(registered_);
    // Before the place is given free: the cursor holds the result's memory.
    encoder_.reset();
    cursor_.reset();
    if (result_open_) context_->admission->CloseResult();
    delete this;
  }

 private:
  Status Start() {
    StatusOr<Caller> caller = audited_.Admit(request_->query());
    if (!caller.ok()) return caller.status();
    caller_ = std::move(*caller);
    StatusOr<v1::QueryLimits> limits = EffectiveLimits(request_->limits(), context_->limits);
    if (!limits.ok()) return limits.status();
    limits_ = std::move(*limits);
    if (request_->parameters_size() > context_->limits.parameters_max) {
      return WithCode(kTooManyParameters, InvalidArgument("There are {} parameters, more than {}",
                                                          request_->parameters_size(),
                                                          context_->limits.parameters_max));
    }
    token_.emplace(std::chrono::steady_clock::now() +
                   std::chrono::milliseconds(MillisOf(limits_.max_time())));
    // Set before: the work may start, and end, before Submit returns.
    result_open_ = true;
    const Lane lane = MayWrite(request_->query()) ? Lane::kWrite : Lane::kRead;
    const Status submitted = context_->admission->Submit(
        lane, /*opens_result=*/true, [this] { Execute(); }, &*token_);
    if (!submitted.ok()) {
      result_open_ = false;
      if (submitted.code() == StatusCode::kResourceExhausted) error_.reason = kBusyReason;
    }
    return submitted;
  }

  void Execute() {
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
    SL_ASSIGN_OR_RETURN(query.read_at, ReadAt());
    SL_ASSIGN_OR_RETURN(query.parameters, Parameters(query.read_at));
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

    v1::ResultHeader* header = response_.mutable_header();
    for (const query::Column& column : cursor_->columns()) {
      v1::ColumnSpec* spec = header->add_columns();
      spec->set_name(column.name);
      spec->set_type(server::ToProto(column.type));
    }
    *header->mutable_read_at() = server::ToProto(cursor_->read_at(), cursor_->ids());
    *header->mutable_effective_limits() = limits_;
    Send();
    return OkStatus();
  }

  StatusOr<std::optional<storage::Revision>> ReadAt() const {
    const v1::Consistency& consistency = request_->consistency();
    if (consistency.has_exact()) {
      SL_ASSIGN_OR_RETURN(const storage::Revision revision,
                          RevisionFromProto(consistency.exact(), context_->store->ids()));
      return std::optional<storage::Revision>(revision);
    }
    if (consistency.has_at_least_as_fresh()) {
      SL_ASSIGN_OR_RETURN(
          const storage::Revision revision,
          RevisionFromProto(consistency.at_least_as_fresh(), context_->store->ids()));
      if (context_->store->revision() < revision) {
        return Unavailable("The server has not reached this revision yet");
      }
    }
    return std::optional<storage::Revision>();
  }

  StatusOr<std::map<std::string, query::Datum, std::less<>>> Parameters(
      std::optional<storage::Revision> read_at) {
    std::map<std::string, query::Datum, std::less<>> parameters;
    if (request_->parameters().empty()) return parameters;
    SL_ASSIGN_OR_RETURN(const std::shared_ptr<const storage::ReadView> view,
                        context_->store->OpenReadView(read_at, caller_->clearance()));
    const NodeResolver nodes = ExistingNodes(view.get());
    for (const auto& [name, value] : request_->parameters()) {
      StatusOr<query::Datum> datum =
          DecodeDatum(value, static_cast<int>(context_->limits.value_nesting_max), nodes);
      if (!datum.ok()) {
        error_.metadata["parameter"] = name;
        return WithCode(kBadParameter, WithPrefix(fmt::format("Parameter {}: ", CutText(name, 80)),
                                                  datum.status()));
      }
      parameters.emplace(name, std::move(*datum));
    }
    return parameters;
  }

  void SendNextBatch() {
    const Status status = TrySendNextBatch();
    if (!status.ok()) Fail(status);
  }

  Status TrySendNextBatch() {
    SL_RETURN_IF_ERROR(context_->authenticator->CheckStillAdmitted(*caller_));
    if (rows_encoded_ == rows_.row_count) {
      rows_encoded_ = 0;
      rows_.row_count = 0;
      SL_ASSIGN_OR_RETURN(const size_t row_count, cursor_->Next(&rows_));
      if (row_count == 0) {
        SendTrailer();
        return OkStatus();
      }
    } else {
      // The cursor checks in Next; between two parts of one batch nobody does.
      SL_RETURN_IF_ERROR(token_->Check());
    }
    SL_ASSIGN_OR_RETURN(const size_t encoded,
                        encoder_->Encode(rows_, rows_encoded_, response_.mutable_batch()));
    rows_encoded_ += encoded;
    rows_sent_ += static_cast<int64_t>(encoded);
    audited_.SetRows(rows_sent_);
    Send();
    return OkStatus();
  }

  void SendTrailer() {
    const query::QuerySummary& summary = cursor_->summary();
    v1::ResultTrailer* trailer = response_.mutable_trailer();
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
    audited_.SetOutcome(OkStatus());
    registered_->WaitForClient();
    StartWriteAndFinish(&response_, grpc::WriteOptions(), grpc::Status::OK);
  }

  void Send() {
    registered_->WaitForClient();
    StartWrite(&response_);
  }

  // REQUIRES: no write is in flight.
  void Fail(const Status& status) {
    audited_.SetOutcome(status);
    Finish(ToGrpcStatus(status, error_));
  }

  const ServiceContext* const context_;
  const v1::ExecuteQueryRequest* const request_;  // gRPC keeps it until OnDone.
  const std::shared_ptr<RegisteredCall> registered_;
  AuditedCall audited_;
  std::optional<Caller> caller_;
  v1::QueryLimits limits_;
  std::optional<storage::CancellationToken> token_;
  bool result_open_ = false;
  ErrorContext error_;

  std::unique_ptr<query::ResultCursor> cursor_;
  std::optional<BatchEncoder> encoder_;
  query::ResultBatch rows_;
  size_t rows_encoded_ = 0;  // Of rows_, so far.
  int64_t rows_sent_ = 0;
  v1::ExecuteQueryResponse response_;
};

}  // namespace

grpc::ServerWriteReactor<v1::ExecuteQueryResponse>* QueryService::ExecuteQuery(
    grpc::CallbackServerContext* call, const v1::ExecuteQueryRequest* request) {
  return new ExecuteQueryReactor(context_, call, request);
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
