#include "server/service/result_call.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <string>
#include <utility>

#include "server/service/caller_limits.h"
#include "server/service/request_error.h"
#include "storage/base/clock.h"

namespace sightline::server {
namespace {

using google::protobuf::util::TimeUtil;

// Of what ListRunningQueries shows.
constexpr size_t kTagBytesMax = 128;
constexpr size_t kShownTextBytesMax = 4 << 10;
constexpr size_t kSmallBytes = 16 << 10;
// Not read for so long, a result makes room for another when there is no place left.
constexpr std::chrono::milliseconds kIdleResult{1'000};

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

}  // namespace

ResultCall::ResultCall(const ServiceContext* context, grpc::CallbackServerContext* call,
                       std::string_view method)
    : context_(context),
      audited_(context, *call, method),
      call_(call),
      registered_(context->calls->Add([call] { call->TryCancel(); })) {}

void ResultCall::Start(const Question& question, const v1::QueryLimits& asked) {
  const Status admitted = Admit(question, asked);
  if (!admitted.ok()) Fail(admitted);
}

Status ResultCall::Admit(const Question& question, const v1::QueryLimits& asked) {
  text_ = question.text;
  SL_ASSIGN_OR_RETURN(caller_, audited_.Admit(text_));
  const ServerLimits limits = LimitsFor(caller_->limits(), context_->limits);
  SL_ASSIGN_OR_RETURN(limits_, EffectiveLimits(asked, limits));
  token_.emplace(std::chrono::steady_clock::now() +
                 std::chrono::milliseconds(TimeUtil::DurationToMilliseconds(limits_.max_time())));
  submitted_ = std::chrono::steady_clock::now();
  SL_RETURN_IF_ERROR(Register(question, static_cast<size_t>(limits.queries_per_user_max)));
  if (question.may_be_quick && TryAtOnce()) return OkStatus();
  // Set before: the work may start, and end, before Submit returns.
  result_open_ = true;
  registered_->OpenResult();
  // Results that nobody reads do not keep others out until they are cut for it.
  if (context_->admission->IsFullOfResults() && context_->calls->CutIdlestResult(kIdleResult)) {
    context_->admission->GiveUpResult();
  }
  const auto work = [this] {
    wait_micros_ = std::chrono::duration_cast<std::chrono::microseconds>(
                       std::chrono::steady_clock::now() - submitted_)
                       .count();
    query_->SetState(QueryState::kRunning);
    Step(&ResultCall::SendFirst);
  };
  const Status submitted =
      context_->admission->Submit(question.lane, /*opens_result=*/true, work, &*token_);
  if (!submitted.ok()) {
    result_open_ = false;
    if (submitted.code() == StatusCode::kResourceExhausted) error_.reason = kBusyReason;
  }
  return submitted;
}

// The reactor is not gRPC's yet, which sends nothing and ends nothing before it is.
bool ResultCall::TryAtOnce() {
  if (!context_->admission->TryBegin()) return false;
  result_open_ = true;
  registered_->OpenResult();
  query_->SetState(QueryState::kRunning);
  const bool is_answered = AnswerAtOnce();
  context_->admission->End();
  if (is_answered) return true;
  CloseResult();
  error_ = {};
  query_->SetState(QueryState::kQueued);
  return false;
}

// From here on it is listed, and may be cancelled.
Status ResultCall::Register(const Question& question, size_t of_user_max) {
  QueryDescription description;
  description.user = caller_->principal();
  description.tag = CutText(question.tag, kTagBytesMax);
  if (question.text.empty()) {
    description.text = question.name;
  } else {
    description.fingerprint = fmt::format("{:016x}", context_->fingerprints->Of(question.text));
    description.text = CutText(question.text, kShownTextBytesMax);
  }
  description.peer = audited_.peer();
  if (!description.tag.empty()) audited_.SetDetail("tag " + description.tag);
  query_ = context_->queries->Add(std::move(description), storage::Clock::System()->NowMicros(),
                                  of_user_max, [this](QueryState state) {
                                    token_->Cancel();
                                    // A client that does not read would not hear of it.
                                    if (state == QueryState::kStreaming) call_->TryCancel();
                                  });
  if (query_ == nullptr) {
    error_.reason = kBusyReason;
    return ResourceExhausted("You have {} queries at once, which is as many as you may",
                             of_user_max);
  }
  audited_.SetQueryId(query_->id());
  return OkStatus();
}

void ResultCall::Step(Status (ResultCall::*step)()) {
  const Status status = (this->*step)();
  if (!status.ok()) Fail(status);
}

void ResultCall::WaitForClient() {
  registered_->WaitForClient();
  query_->SetState(QueryState::kStreaming);
  // Whoever cancels it either sees this state, or is seen here.
  if (query_->is_cancelled()) call_->TryCancel();
}

void ResultCall::EndResult(size_t bytes) {
  audited_.SetOutcome(OkStatus());
  CountWork(OkStatus());
  // The message is all that is left of it.
  ReleaseResult();
  // gRPC may tell of the end long after the client has it: its next call should not find this one
  // in its way. What is larger stands for memory until it is gone.
  if (bytes <= kSmallBytes) CloseResult();
}

void ResultCall::Cancel() {
  if (token_) token_->Cancel();
}

void ResultCall::ClientHasRead() {
  registered_->ClientMoved();
  query_->SetState(QueryState::kRunning);
  context_->admission->Continue([this] { Step(&ResultCall::SendNext); });
}

void ResultCall::ClientIsGone() {
  registered_->ClientMoved();
  query_->SetState(QueryState::kRunning);
  // What the status says reaches nobody.
  FinishWith(grpc::Status(grpc::StatusCode::CANCELLED, "The client went away"));
}

void ResultCall::End() {
  context_->calls->Remove(registered_);
  if (query_) context_->queries->Remove(query_);
  CloseResult();
}

Status ResultCall::CheckStillAdmitted() const {
  return context_->authenticator->CheckStillAdmitted(*caller_);
}

void ResultCall::CountRows(int64_t row_count) {
  audited_.SetRows(row_count);
  query_->SetRows(row_count);
}

void ResultCall::CloseResult() {
  // Before the place is given free.
  ReleaseResult();
  if (std::exchange(result_open_, false)) context_->admission->CloseResult();
}

void ResultCall::Fail(const Status& status) {
  audited_.SetOutcome(status);
  if (caller_) CountWork(status);
  ReleaseResult();
  FinishWith(ToGrpcStatus(status, error_));
}

void ResultCall::CountWork(const Status& status) {
  const query::QuerySummary nothing;
  const query::QuerySummary& summary = cursor_ != nullptr ? cursor_->summary() : nothing;
  if (context_->metrics != nullptr) {
    context_->metrics->FactsTouched(static_cast<int64_t>(summary.facts_touched));
    if (const std::optional<Budget> budget = BudgetOf(status, summary.truncation)) {
      context_->metrics->BudgetExceeded(*budget);
    }
  }
  if (!audited_.IsSlow()) return;
  audited_.NoteSlowQuery({.text = text_,
                          .is_readable = cursor_ != nullptr,
                          .plan = cursor_ != nullptr ? cursor_->PlanFingerprint() : 0,
                          .wait_micros = wait_micros_,
                          .parse_micros = summary.parse_micros,
                          .plan_micros = summary.plan_micros,
                          .execute_micros = summary.execute_micros,
                          .facts_touched = static_cast<int64_t>(summary.facts_touched)});
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
  const int64_t time_ms = TimeUtil::DurationToMilliseconds(asked.max_time());
  const bool time_given = asked.max_time().seconds() > 0 || asked.max_time().nanos() > 0;
  const int64_t effective_ms = held(time_given ? std::max<int64_t>(1, time_ms) : 0,
                                    limits.time_ms_default, limits.time_ms_max);
  *effective.mutable_max_time() = TimeUtil::MillisecondsToDuration(effective_ms);
  return effective;
}

}  // namespace sightline::server
