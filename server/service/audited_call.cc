#include "server/service/audited_call.h"

#include <optional>
#include <utility>

#include "server/audit/audit_log.h"
#include "server/auth/method_table.h"
#include "server/service/call_origin.h"
#include "server/service/fingerprint_cache.h"

namespace sightline::server {

StatusOr<Caller> AuditedCall::Admit(std::string_view query) {
  if (context_->calls->draining()) return Unavailable("The server is shutting down");
  StatusOr<Caller> caller = context_->authenticator->Admit(method_, OriginOf(call_));
  if (context_->audit == nullptr || PermissionFor(method_) == Permission::kConnect) return caller;

  const std::string peer = call_.peer();
  AuditRecord record;
  record.peer = peer;
  record.method = method_;
  if (!caller.ok()) {
    const std::string outcome = absl::StatusCodeToString(caller.status().code());
    record.event = "denied";
    record.outcome = outcome;
    // That it could not be noted changes nothing for him who is turned away.
    (void)context_->audit->Append(record);
    return caller;
  }
  user_ = caller->principal();
  token_ = caller->token_id();
  const std::string fingerprint =
      query.empty() ? "" : fmt::format("{:016x}", context_->fingerprints->Of(query));
  const uint64_t number = context_->audit->NextCall();
  record.event = "begin";
  record.call = number;
  record.user = user_;
  record.token = token_;
  record.fingerprint = fingerprint;
  const Status noted = context_->audit->Append(record);
  if (!noted.ok() && context_->audit_required) {
    return Unavailable("The server answers nothing while its audit log cannot be written");
  }
  if (noted.ok()) number_ = number;
  return caller;
}

void AuditedCall::SetOutcome(const Status& status) {
  outcome_ = absl::StatusCodeToString(status.code());
}

AuditedCall::~AuditedCall() {
  if (number_ == 0) return;
  AuditRecord record;
  record.event = "end";
  record.call = number_;
  record.user = user_;
  record.method = method_;
  record.outcome = outcome_;
  record.rows = rows_;
  record.added = added_;
  record.retracted = retracted_;
  record.detail = detail_;
  // The log itself says when it cannot be written; the call is over.
  (void)context_->audit->Append(record);
}

}  // namespace sightline::server
