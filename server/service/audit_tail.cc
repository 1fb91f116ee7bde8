#include "server/service/audit_tail.h"

#include <grpcpp/alarm.h>

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "server/audit/audit_reader.h"
#include "server/service/audited_call.h"
#include "server/service/request_error.h"
#include "server/service/status_mapping.h"

namespace sightline::server {
namespace {

constexpr std::string_view kMethod = "/sightline.v1.AdminService/TailAuditLog";
constexpr std::chrono::milliseconds kLookEvery{500};
constexpr size_t kMessageBytes = 256 << 10;
constexpr int64_t kSecondsMax = 253'402'300'799;  // The end of the year 9999.

StatusOr<AuditFilter> FilterOf(const v1::TailAuditLogRequest& request) {
  AuditFilter filter;
  filter.user = request.user();
  if (request.after() < 0) return InvalidArgument("after: a record's number is not negative");
  filter.after = static_cast<uint64_t>(request.after());
  if (request.has_since()) {
    const google::protobuf::Timestamp& since = request.since();
    if (since.seconds() < 0 || since.seconds() > kSecondsMax || since.nanos() < 0 ||
        since.nanos() > 999'999'999) {
      return InvalidArgument("since: not a time from 1970 to 9999");
    }
    filter.since_micros = since.seconds() * 1'000'000 + since.nanos() / 1'000;
  }
  return filter;
}

// Only one of its steps runs at a time: each starts what starts the next.
class AuditTail final : public grpc::ServerWriteReactor<v1::TailAuditLogResponse> {
 public:
  AuditTail(const ServiceContext* context, grpc::CallbackServerContext* call,
            const v1::TailAuditLogRequest* request, std::atomic<int64_t>* tails_open)
      : context_(context),
        request_(request),
        tails_open_(tails_open),
        registered_(context->calls->Add([call] { call->TryCancel(); })),
        audited_(context, *call, kMethod) {
    const Status status = Start();
    if (!status.ok()) End(status);
  }

  void OnCancel() override { token_.Cancel(); }

  void OnWriteDone(bool ok) override {
    registered_->ClientMoved();
    if (!ok) {
      Finish(grpc::Status(grpc::StatusCode::CANCELLED, "The client went away"));
      return;
    }
    context_->admission->Continue([this] { Step(); });
  }

  void OnDone() override {
    context_->calls->Remove(registered_);
    if (has_place_) context_->admission->CloseResult();
    tails_open_->fetch_sub(1);
    delete this;
  }

 private:
  Status Start() {
    // Counted first, so that two calls at once cannot both take the last place.
    const int64_t tails = tails_open_->fetch_add(1) + 1;
    StatusOr<Caller> caller = audited_.Admit();
    if (!caller.ok()) return caller.status();
    caller_ = std::move(*caller);
    if (context_->audit == nullptr) {
      return FailedPrecondition("This server keeps no audit log");
    }
    StatusOr<AuditFilter> filter = FilterOf(*request_);
    if (!filter.ok()) return WithCode(kBadAdminRequest, filter.status());
    if (tails > context_->limits.audit_tails_max) {
      error_.reason = kBusyReason;
      return ResourceExhausted("The audit log is being read by {} others; try again", tails - 1);
    }
    reader_.emplace(context_->audit->directory(), std::move(*filter));
    has_place_ = true;
    const Status submitted = context_->admission->Submit(
        Lane::kRead, /*opens_result=*/true, [this] { Step(); }, &token_);
    if (!submitted.ok()) {
      has_place_ = false;
      if (submitted.code() == StatusCode::kResourceExhausted) error_.reason = kBusyReason;
    }
    return submitted;
  }

  void Step() {
    const Status status = TryStep();
    if (!status.ok()) End(status);
  }

  // Sends a part of what there is, or waits for more, or ends.
  Status TryStep() {
    SL_RETURN_IF_ERROR(token_.Check());
    SL_RETURN_IF_ERROR(context_->authenticator->CheckStillAdmitted(*caller_));
    if (context_->calls->draining()) return Unavailable("The server is shutting down");
    bool is_at_end = false;
    if (lines_.empty()) {
      SL_ASSIGN_OR_RETURN(AuditReader::Part part, reader_->Read());
      is_at_end = part.is_at_end;
      for (AuditLine& line : part.lines) lines_.push_back(std::move(line));
    }
    if (!lines_.empty()) {
      Send();
    } else if (!is_at_end) {
      context_->admission->Continue([this] { Step(); });
    } else if (request_->follow()) {
      alarm_.Set(std::chrono::system_clock::now() + kLookEvery,
                 [this](bool) { context_->admission->Continue([this] { Step(); }); });
    } else {
      End(OkStatus());
    }
    return OkStatus();
  }

  void Send() {
    response_.clear_records();
    size_t bytes = 0;
    while (!lines_.empty() && bytes < kMessageBytes) {
      v1::AuditLogRecord* record = response_.add_records();
      bytes += lines_.front().json.size();
      record->set_number(static_cast<int64_t>(lines_.front().number));
      record->set_json(CutText(lines_.front().json, kMessageBytes));
      lines_.pop_front();
    }
    records_sent_ += response_.records_size();
    audited_.SetRows(records_sent_);
    registered_->WaitForClient();
    StartWrite(&response_);
  }

  // REQUIRES: no write is in flight.
  void End(const Status& status) {
    audited_.SetOutcome(status);
    Finish(ToGrpcStatus(status, error_));
  }

  const ServiceContext* const context_;
  const v1::TailAuditLogRequest* const request_;  // gRPC keeps it until OnDone.
  std::atomic<int64_t>* const tails_open_;
  const std::shared_ptr<RegisteredCall> registered_;
  AuditedCall audited_;
  storage::CancellationToken token_;
  std::optional<Caller> caller_;
  ErrorContext error_;
  bool has_place_ = false;

  std::optional<AuditReader> reader_;
  std::deque<AuditLine> lines_;  // Read and not sent yet.
  int64_t records_sent_ = 0;
  v1::TailAuditLogResponse response_;
  grpc::Alarm alarm_;
};

}  // namespace

grpc::ServerWriteReactor<v1::TailAuditLogResponse>* NewAuditTail(
    const ServiceContext* context, grpc::CallbackServerContext* call,
    const v1::TailAuditLogRequest* request, std::atomic<int64_t>* tails_open) {
  return new AuditTail(context, call, request, tails_open);
}

}  // namespace sightline::server
