// Answering a unary call: on the spot, or as admitted work on a lane.
//
// Thread safety: safe from any thread.

#pragma once

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "server/service/audited_call.h"
#include "server/service/call_context.h"
#include "server/service/request_error.h"
#include "server/service/service_context.h"
#include "server/service/status_mapping.h"

namespace sightline::server {

// Lets the caller in, lets `work` (Caller -> Status) answer at once, and finishes the call with
// what comes of it. `code` is that of requests that are wrong, empty where the work says it;
// `detail` says in the audit log what it is about.
template <typename Work>
grpc::ServerUnaryReactor* AnswerNow(const ServiceContext* context,
                                    grpc::CallbackServerContext* call, std::string_view method,
                                    std::string_view code, std::string detail, const Work& work) {
  grpc::ServerUnaryReactor* reactor = call->DefaultReactor();
  AuditedCall audited(context, *call, method);
  const StatusOr<Caller> caller = audited.Admit();
  audited.SetDetail(std::move(detail));
  Status status = caller.status();
  if (status.ok()) status = work(*caller);
  if (caller.ok() && !code.empty()) status = WithCode(code, status);
  audited.SetOutcome(status);
  reactor->Finish(ToGrpcStatus(status));
  return reactor;
}

// A unary call whose work waits for its turn on a lane of Admission: made on gRPC's thread, it
// works on one of Admission's. The client's deadline, its going away and `time_max` all reach the
// work as one CancellationToken. Deletes itself.
class AdmittedAnswer final : public grpc::ServerUnaryReactor {
 public:
  struct Call {
    std::string_view method;  // Must live as long as the program.
    std::string_view text{};  // Of a query, for the audit log.
    std::string detail{};     // What it is about, for the audit log.
    std::string_view code{};  // Of requests that are wrong; empty: the work says it.
    Lane lane = Lane::kRead;
    std::chrono::milliseconds time_max{};
  };
  struct Steps {
    // On the caller's admission, before it waits; may be empty. An error is the call's end.
    std::function<Status(const Caller&)> first{};
    std::function<Status(CallContext*)> work{};
    // What becomes of an error of admission or of the work; empty: the call fails with it.
    std::function<Status(const Status&)> failed{};
  };

  AdmittedAnswer(const ServiceContext* context, grpc::CallbackServerContext* call, Call what,
                 Steps steps)
      : context_(context),
        code_(what.code),
        steps_(std::move(steps)),
        registered_(context->calls->Add([call] { call->TryCancel(); })),
        audited_(context, *call, what.method) {
    StatusOr<Caller> caller = audited_.Admit(what.text);
    audited_.SetDetail(std::move(what.detail));
    Status status = caller.status();
    if (status.ok()) {
      caller_ = std::move(*caller);
      const int64_t time_ms = caller_->limits().time_ms;
      if (time_ms > 0) what.time_max = std::min(what.time_max, std::chrono::milliseconds(time_ms));
    }
    token_.emplace(std::chrono::steady_clock::now() + what.time_max);
    if (status.ok() && steps_.first) status = steps_.first(*caller_);
    if (!status.ok()) {
      End(status);
      return;
    }
    status = context_->admission->Submit(
        what.lane, /*opens_result=*/false, [this] { Run(); }, &*token_);
    if (status.ok()) return;
    if (status.code() == StatusCode::kResourceExhausted) error_.reason = kBusyReason;
    Failed(status);
  }

  void OnCancel() override { token_->Cancel(); }
  void OnDone() override {
    context_->calls->Remove(registered_);
    delete this;
  }
  // As UnaryResult.
  bool InternalInlineable() override { return true; }

 private:
  void Run() {
    CallContext call{*context_, *caller_, *token_, &error_};
    Status status = CheckTurn(*token_);
    if (status.ok()) status = steps_.work(&call);
    if (!status.ok()) {
      Failed(status);
      return;
    }
    audited_.SetRows(call.rows);
    audited_.SetWrites(call.added, call.retracted);
    End(status);
  }
  void Failed(const Status& status) { End(steps_.failed ? steps_.failed(status) : status); }
  void End(const Status& status) {
    audited_.SetOutcome(status);
    Finish(ToGrpcStatus(code_.empty() ? status : WithCode(code_, status), error_));
  }

  const ServiceContext* const context_;
  const std::string_view code_;
  const Steps steps_;
  const std::shared_ptr<RegisteredCall> registered_;
  AuditedCall audited_;
  std::optional<storage::CancellationToken> token_;  // Set before anyone may cancel.
  std::optional<Caller> caller_;
  ErrorContext error_;
};

// A call that Answer(CallContext*, request, response) answers as queries are: on the read lane, in
// the time of a query.
template <typename Request, typename Response>
grpc::ServerUnaryReactor* AnswerAsQuery(const ServiceContext* context,
                                        grpc::CallbackServerContext* call, std::string_view method,
                                        const Request* request, Response* response) {
  const auto work = [request, response](CallContext* answered) -> Status {
    const Status status = Answer(answered, *request, response);
    if (!status.ok()) response->Clear();  // A reply that was begun is no reply.
    return status;
  };
  return new AdmittedAnswer(
      context, call,
      {.method = method, .time_max = std::chrono::milliseconds(context->limits.time_ms_default)},
      {.work = work});
}

}  // namespace sightline::server
