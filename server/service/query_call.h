// QueryCall: a unary call about the text of a query, answered on a thread of the read lane.
//
// Thread safety: made on gRPC's thread; deletes itself when the call is over.

#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "server/service/audited_call.h"
#include "server/service/service_context.h"
#include "server/service/status_mapping.h"

namespace sightline::server {

class QueryCall final : public grpc::ServerUnaryReactor {
 public:
  // Fills the response. May say what in a request is wrong in `error`.
  using Work = std::function<Status(const Caller& caller, const storage::CancellationToken& token,
                                    ErrorContext* error)>;

  // Borrows `context`, which must outlive the call; `method` is a literal. `text` is the query's,
  // for the audit log.
  QueryCall(const ServiceContext* context, grpc::CallbackServerContext* call,
            std::string_view method, std::string_view text, Lane lane,
            std::chrono::milliseconds time_max, Work work)
      : context_(context),
        work_(std::move(work)),
        registered_(context->calls->Add([call] { call->TryCancel(); })),
        audited_(context, *call, method),
        token_(std::chrono::steady_clock::now() + time_max) {
    StatusOr<Caller> caller = audited_.Admit(text);
    if (!caller.ok()) {
      End(caller.status());
      return;
    }
    caller_ = std::move(*caller);
    const Status submitted = context_->admission->Submit(
        lane, /*opens_result=*/false, [this] { Answer(); }, &token_);
    if (submitted.ok()) return;
    if (submitted.code() == StatusCode::kResourceExhausted) error_.reason = kBusyReason;
    End(submitted);
  }

  void OnCancel() override { token_.Cancel(); }
  void OnDone() override {
    context_->calls->Remove(registered_);
    delete this;
  }

 private:
  void Answer() {
    Status status = CheckTurn(token_);
    if (status.ok()) status = work_(*caller_, token_, &error_);
    End(status);
  }
  void End(const Status& status) {
    audited_.SetOutcome(status);
    Finish(ToGrpcStatus(status, error_));
  }

  const ServiceContext* const context_;
  const Work work_;
  const std::shared_ptr<RegisteredCall> registered_;
  AuditedCall audited_;
  storage::CancellationToken token_;
  std::optional<Caller> caller_;
  ErrorContext error_;
};

}  // namespace sightline::server
