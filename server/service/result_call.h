// ResultCall: a call that answers with the result of one query, one message after the other or in
// one.
//
// Its life: on gRPC's thread it is let in, listed among the running queries and handed to
// Admission; on a worker thread the query starts; then messages go out, one in flight. The next is
// made when the last has left, so that a slow reader costs one message of memory and no thread. A
// result that nobody reads is cut when its place is needed. A look-up may be answered on gRPC's
// thread at once, where nobody waits.
//
// ResultCall is what does not depend on the messages; StreamedResult<Response> and UnaryResult are
// it on gRPC's reactors. A call is a final class of one of these that gives the steps and, in the
// last line of its constructor, calls Start.
//
// Thread safety: one step of a call at a time; each starts the write whose end starts the next.

#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "query/result_cursor.h"
#include "server/admission/admission.h"
#include "server/admission/query_registry.h"
#include "server/service/audited_call.h"
#include "server/service/service_context.h"
#include "server/service/status_mapping.h"
#include "sightline/v1/query_service.pb.h"
#include "storage/base/cancellation.h"

namespace sightline::server {

// What the request asks for, held to the server's limits. Errors: kInvalidArgument for negative
// numbers and a malformed duration.
StatusOr<v1::QueryLimits> EffectiveLimits(const v1::QueryLimits& asked, const ServerLimits& limits);

v1::Truncation ToProto(query::Truncation truncation);

class ResultCall {
 public:
  ResultCall(const ResultCall&) = delete;
  ResultCall& operator=(const ResultCall&) = delete;

 protected:
  // What is asked, as others see it while it runs and in the logs.
  struct Question {
    std::string_view text = {};  // SLQL; empty for a question in other words.
    std::string_view tag = {};   // The client's own.
    std::string_view name = {};  // Stands for the text where there is none.
    Lane lane = Lane::kRead;
    bool may_be_quick = false;  // AnswerAtOnce is worth asking.
  };

  ResultCall(const ServiceContext* context, grpc::CallbackServerContext* call,
             std::string_view method);
  virtual ~ResultCall() = default;

  // Lets the call in, or ends it with the reason why not.
  void Start(const Question& question, const v1::QueryLimits& asked);

  // --- The steps. Each but the last ends with Send or SendLast, or gives an error.

  // Instead of all that follow, before the call waits for its turn, on gRPC's thread: answers and
  // sends if that takes but a moment. False: it would not, and nothing of what was tried is left.
  virtual bool AnswerAtOnce() { return false; }
  // Starts the query, sets cursor_, and sends the first message.
  virtual Status SendFirst() = 0;
  virtual Status SendNext() = 0;
  // Gives up whatever holds the result's memory, cursor_ too.
  virtual void ReleaseResult() = 0;

  // --- gRPC's side, which StreamedResult has.

  virtual void FinishWith(const grpc::Status& status) = 0;

  // Before a write is started: behind it the call may be over.
  void WaitForClient();
  // Before the last message: `bytes` is its size.
  void EndResult(size_t bytes);
  void Cancel();
  void ClientHasRead();
  void ClientIsGone();
  void End();

  // REQUIRES: caller_ was set, which it is before the first step.
  Status CheckStillAdmitted() const;
  // For the list of running queries and the audit log.
  void CountRows(int64_t row_count);

  const ServiceContext* const context_;
  AuditedCall audited_;
  std::optional<Caller> caller_;
  v1::QueryLimits limits_;  // Effective.
  std::optional<storage::CancellationToken> token_;
  std::shared_ptr<RegisteredQuery> query_;  // Null for one that was turned away.
  ErrorContext error_;
  std::unique_ptr<query::ResultCursor> cursor_;  // Null until the query has started.

 private:
  Status Admit(const Question& question, const v1::QueryLimits& asked);
  bool TryAtOnce();
  // kResourceExhausted when the caller has `of_user_max` queries already.
  Status Register(const Question& question, size_t of_user_max);
  void Step(Status (ResultCall::*step)());
  void CloseResult();
  // REQUIRES: no write is in flight.
  void Fail(const Status& status);
  // For the metrics and the slow-query log, at the end.
  void CountWork(const Status& status);

  grpc::CallbackServerContext* const call_;
  const std::shared_ptr<RegisteredCall> registered_;
  std::string_view text_;  // The question's; its request lives as long as the call.
  bool result_open_ = false;
  std::chrono::steady_clock::time_point submitted_;
  int64_t wait_micros_ = 0;
};

// Owns itself until gRPC says OnDone.
template <typename Response>
class StreamedResult : public grpc::ServerWriteReactor<Response>, protected ResultCall {
 public:
  void OnCancel() final { Cancel(); }
  void OnWriteDone(bool ok) final { ok ? ClientHasRead() : ClientIsGone(); }
  void OnDone() final {
    End();
    delete this;
  }

 protected:
  using ResultCall::ResultCall;

  // Sends response_.
  void Send() {
    WaitForClient();
    this->StartWrite(&response_);
  }
  void SendLast() {
    EndResult(response_.ByteSizeLong());
    WaitForClient();
    this->StartWriteAndFinish(&response_, grpc::WriteOptions(), grpc::Status::OK);
  }

  Response response_;

 private:
  void FinishWith(const grpc::Status& status) final { this->Finish(status); }
};

// A result that is one answer, which gRPC owns. Owns itself until gRPC says OnDone.
class UnaryResult : public grpc::ServerUnaryReactor, protected ResultCall {
 public:
  void OnCancel() final { Cancel(); }
  void OnDone() final {
    End();
    delete this;
  }
  // Both are over at once, so that gRPC may call them where it is, and not on a thread that it has
  // to wake for it: a sixth of what a look-up costs.
  bool InternalInlineable() final { return true; }

 protected:
  using ResultCall::ResultCall;

  void SendAnswer(size_t bytes) {
    EndResult(bytes);
    WaitForClient();
    Finish(grpc::Status::OK);
  }

 private:
  Status SendNext() final { return Internal("There is nothing behind the one answer"); }
  void FinishWith(const grpc::Status& status) final { Finish(status); }
};

}  // namespace sightline::server
