// AuditedCall: a call from its admission to its end, as the audit log has it: a record when it is
// let in, before anything is read or written for it, and one at its end with what it was shown and
// did; or a record that it was turned away.
//
// Where the server has no audit log, it only lets callers in.
//
// Thread-compatible: one step of a call at a time.

#pragma once

#include <grpcpp/server_context.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "server/auth/authenticator.h"
#include "server/service/service_context.h"
#include "storage/base/status.h"

namespace sightline::server {

class AuditedCall {
 public:
  // Borrows `context` and `call`; `call` until Admit has returned.
  AuditedCall(const ServiceContext* context, const grpc::ServerContextBase& call,
              std::string_view method)
      : context_(context), call_(call), method_(method) {}
  ~AuditedCall();
  AuditedCall(const AuditedCall&) = delete;
  AuditedCall& operator=(const AuditedCall&) = delete;

  // The first line of every RPC. `query` is a query's text, of which the fingerprint is kept.
  // Errors: kUnavailable while the server drains, and when the audit log cannot be written and the
  // server is to answer nothing then; else the authenticator's.
  StatusOr<Caller> Admit(std::string_view query = "");

  // --- For the record of the end.

  // `status` is how the call ended. Until then it counts as cancelled.
  void SetOutcome(const Status& status);
  void SetRows(int64_t rows) { rows_ = rows; }
  void SetWrites(int64_t added, int64_t retracted) {
    added_ = added;
    retracted_ = retracted;
  }
  // What was changed, for calls that are not about statements: "user mia".
  void SetDetail(std::string detail) { detail_ = std::move(detail); }

 private:
  const ServiceContext* const context_;
  const grpc::ServerContextBase& call_;
  const std::string_view method_;
  uint64_t number_ = 0;  // Of the call; 0: no end is to be recorded.
  std::string user_, token_, outcome_ = "CANCELLED", detail_;
  int64_t rows_ = 0, added_ = 0, retracted_ = 0;
};

}  // namespace sightline::server
