// WorkerCall: a call of one message each way, answered on a worker of the read lane, as queries
// are.
//
// A call's life: on gRPC's thread its caller is let in and it is handed to Admission; on a worker
// Answer(CallContext*, request, response) does the work. The client's deadline, its going away and
// the server's time limit all reach the work as one CancellationToken.

#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "server/service/audited_call.h"
#include "server/service/call_context.h"
#include "server/service/service_context.h"
#include "server/service/status_mapping.h"
#include "storage/base/cancellation.h"

namespace sightline::server {

// Owns itself until gRPC says OnDone.
template <typename Request, typename Response>
class WorkerCall final : public grpc::ServerUnaryReactor {
 public:
  // `method` must live as long as the program.
  WorkerCall(const ServiceContext* context, grpc::CallbackServerContext* call,
             std::string_view method, const Request* request, Response* response)
      : context_(context),
        request_(request),
        response_(response),
        registered_(context->calls->Add([call] { call->TryCancel(); })),
        audited_(context, *call, method),
        token_(std::chrono::steady_clock::now() +
               std::chrono::milliseconds(context->limits.time_ms_default)) {
    StatusOr<Caller> caller = audited_.Admit();
    Status status = caller.status();
    if (status.ok()) {
      caller_ = std::move(*caller);
      status = context_->admission->Submit(
          Lane::kRead, /*opens_result=*/false, [this] { Run(); }, &token_);
      if (status.code() == StatusCode::kResourceExhausted) error_.reason = kBusyReason;
    }
    if (!status.ok()) End(status);
  }

  void OnCancel() override { token_.Cancel(); }

  void OnDone() override {
    context_->calls->Remove(registered_);
    delete this;
  }

 private:
  void Run() {
    CallContext call{*context_, *caller_, token_, &error_};
    Status status = CheckTurn(token_);
    if (status.ok()) status = Answer(&call, *request_, response_);
    if (status.ok()) {
      audited_.SetRows(call.rows);
    } else {
      // A reply that was begun is no reply.
      response_->Clear();
    }
    End(status);
  }

  void End(const Status& status) {
    audited_.SetOutcome(status);
    Finish(ToGrpcStatus(status, error_));
  }

  const ServiceContext* const context_;
  const Request* const request_;  // gRPC keeps both until OnDone.
  Response* const response_;
  const std::shared_ptr<RegisteredCall> registered_;
  AuditedCall audited_;
  storage::CancellationToken token_;
  std::optional<Caller> caller_;
  ErrorContext error_;
};

}  // namespace sightline::server
