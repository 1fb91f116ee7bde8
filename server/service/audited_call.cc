#include "server/service/audited_call.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "query/parser/fingerprint.h"
#include "server/audit/audit_log.h"
#include "server/auth/method_table.h"
#include "server/service/call_origin.h"
#include "server/service/fingerprint_cache.h"

namespace sightline::server {
namespace {

constexpr size_t kSlowTextBytesMax = 1'000;

// What is the server's own trouble, and not an answer to the caller.
bool IsTrouble(StatusCode code) {
  return code == StatusCode::kInternal || code == StatusCode::kUnknown ||
         code == StatusCode::kDataLoss || code == StatusCode::kUnavailable;
}

std::string_view WithoutPackage(std::string_view method) {
  const size_t slash = method.rfind('/');
  const size_t dot = method.rfind('.', slash);
  return dot == std::string_view::npos ? method : method.substr(dot + 1);
}

std::vector<std::string_view> HeadersOf(const grpc::ServerContextBase& call, const char* name) {
  std::vector<std::string_view> values;
  const auto [first, last] = call.client_metadata().equal_range(name);
  for (auto each = first; each != last; ++each) {
    values.emplace_back(each->second.data(), each->second.size());
  }
  return values;
}

}  // namespace

void AuditedCall::ReadTrace() {
  trace_ = StartSpan(HeadersOf(call_, "traceparent"), HeadersOf(call_, "tracestate"));
  call_.AddInitialMetadata("traceparent", trace_.ToHeader());
  if (!trace_.state.empty()) call_.AddInitialMetadata("tracestate", trace_.state);
}

StatusOr<Caller> AuditedCall::Identify(const ConnectedClient* client) {
  const CallOrigin origin = OriginOf(call_, client);
  // Whoever needs to show nothing, and who shares his address with all of this machine, is not
  // locked out.
  const bool is_guarded = context_->logins != nullptr && !origin.token.empty() &&
                          PermissionFor(method_) != Permission::kConnect && client != nullptr &&
                          !client->is_loopback;
  if (!is_guarded) {
    StatusOr<Caller> caller = context_->authenticator->Admit(method_, origin);
    const bool is_wrong = !caller.ok() && !origin.token.empty() &&
                          caller.status().code() == StatusCode::kUnauthenticated;
    if (is_wrong && context_->metrics != nullptr) context_->metrics->LoginFailed();
    return caller;
  }
  const std::string& host = client->host;
  if (const auto locked = context_->logins->LockedFor(host); locked.count() > 0) {
    if (context_->metrics != nullptr) context_->metrics->LoginRefused();
    return ResourceExhausted(
        "Too many wrong tokens have come from this address; try again in {} seconds",
        (locked.count() + 999) / 1'000);
  }
  StatusOr<Caller> caller = context_->authenticator->Admit(method_, origin);
  if (caller.ok() || caller.status().code() != StatusCode::kUnauthenticated) {
    context_->logins->Succeed(host);
    return caller;
  }
  context_->logins->Fail(host);
  if (context_->metrics != nullptr) context_->metrics->LoginFailed();
  if (context_->log != nullptr) {
    context_->log->Write(LogLevel::kWarning, "login_failed",
                         {{"host", host},
                          {"method", WithoutPackage(method_)},
                          {"locked_ms", context_->logins->LockedFor(host).count()},
                          {"trace_id", trace_.trace_id}});
  }
  return caller;
}

StatusOr<Caller> AuditedCall::Admit(std::string_view query) {
  ReadTrace();
  if (context_->calls->draining()) {
    outcome_ = StatusCode::kUnavailable;
    return Unavailable("The server is shutting down");
  }
  peer_ = call_.peer();
  std::shared_ptr<const ConnectedClient> client;
  if (context_->clients != nullptr) client = context_->clients->Find(peer_);
  if (client != nullptr) peer_ = client->address;
  StatusOr<Caller> caller = Identify(client.get());
  if (!caller.ok()) outcome_ = caller.status().code();
  if (caller.ok()) {
    user_ = caller->principal();
    token_ = caller->token_id();
  }
  const bool is_audited =
      context_->audit != nullptr && PermissionFor(method_) != Permission::kConnect;
  const bool is_logged = context_->log != nullptr && context_->log->IsOn(LogLevel::kDebug);
  if (caller.ok() && !query.empty() && (is_audited || is_logged)) {
    fingerprint_ = context_->fingerprints->Of(query);
  }
  if (!is_audited) return caller;

  AuditRecord record;
  record.peer = peer_;
  record.method = method_;
  record.trace = trace_.trace_id;
  if (!caller.ok()) {
    const std::string outcome = absl::StatusCodeToString(caller.status().code());
    record.event = "denied";
    record.outcome = outcome;
    // That it could not be noted changes nothing for him who is turned away.
    (void)context_->audit->Append(record);
    return caller;
  }
  const std::string fingerprint = Fingerprint();
  const uint64_t number = context_->audit->NextCall();
  record.event = "begin";
  record.call = number;
  record.user = user_;
  record.token = token_;
  record.fingerprint = fingerprint;
  const Status noted = context_->audit->Append(record);
  if (!noted.ok() && context_->audit_required) {
    outcome_ = StatusCode::kUnavailable;
    return Unavailable("The server answers nothing while its audit log cannot be written");
  }
  if (noted.ok()) number_ = number;
  return caller;
}

void AuditedCall::SetOutcome(const Status& status) { outcome_ = status.code(); }

std::string AuditedCall::Fingerprint() const {
  return fingerprint_ == 0 ? "" : fmt::format("{:016x}", fingerprint_);
}

int64_t AuditedCall::Millis() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin_).count();
}

bool AuditedCall::IsSlow() const {
  if (context_->log == nullptr || context_->slow_query_ms == nullptr) return false;
  const int64_t limit = context_->slow_query_ms->load(std::memory_order_relaxed);
  return limit > 0 && Millis() >= limit;
}

void AuditedCall::NoteSlowQuery(const SlowQuery& query) {
  if (context_->metrics != nullptr) context_->metrics->SlowQuery();
  if (fingerprint_ == 0) fingerprint_ = context_->fingerprints->Of(query.text);
  std::string text;
  if (query.is_readable) {
    text = query::NormalisedText(query.text, static_cast<size_t>(context_->limits.query_bytes_max),
                                 kSlowTextBytesMax);
  }
  context_->log->Write(LogLevel::kInfo, "slow_query",
                       {{"method", WithoutPackage(method_)},
                        {"user", user_},
                        {"code", absl::StatusCodeToString(outcome_)},
                        {"duration_ms", Millis()},
                        {"wait_us", query.wait_micros},
                        {"parse_us", query.parse_micros},
                        {"plan_us", query.plan_micros},
                        {"execute_us", query.execute_micros},
                        {"rows", rows_},
                        {"facts", query.facts_touched},
                        {"fingerprint", Fingerprint()},
                        {"plan", query.plan == 0 ? "" : fmt::format("{:016x}", query.plan)},
                        {"query", text},
                        {"query_id", query_id_},
                        {"call", static_cast<int64_t>(number_)},
                        {"trace_id", trace_.trace_id},
                        {"span_id", trace_.span_id}});
}

void AuditedCall::LogEnd() const {
  const LogLevel level = IsTrouble(outcome_) ? LogLevel::kWarning : LogLevel::kDebug;
  if (!context_->log->IsOn(level)) return;
  context_->log->Write(level, "call",
                       {{"method", WithoutPackage(method_)},
                        {"user", user_},
                        {"code", absl::StatusCodeToString(outcome_)},
                        {"duration_ms", Millis()},
                        {"rows", rows_},
                        {"added", added_},
                        {"retracted", retracted_},
                        {"fingerprint", Fingerprint()},
                        {"query_id", query_id_},
                        {"call", static_cast<int64_t>(number_)},
                        {"trace_id", trace_.trace_id},
                        {"span_id", trace_.span_id},
                        {"parent_id", trace_.parent_id}});
}

AuditedCall::~AuditedCall() {
  if (context_->metrics != nullptr) {
    if (rows_ > 0) context_->metrics->RowsSent(rows_);
    if (added_ + retracted_ > 0) context_->metrics->StatementsChanged(added_, retracted_);
  }
  if (context_->log != nullptr) LogEnd();
  if (number_ == 0) return;
  const std::string outcome = absl::StatusCodeToString(outcome_);
  AuditRecord record;
  record.event = "end";
  record.call = number_;
  record.user = user_;
  record.method = method_;
  record.outcome = outcome;
  record.rows = rows_;
  record.added = added_;
  record.retracted = retracted_;
  record.detail = detail_;
  record.trace = trace_.trace_id;
  // The log itself says when it cannot be written; the call is over.
  (void)context_->audit->Append(record);
}

}  // namespace sightline::server
