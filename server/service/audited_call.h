// AuditedCall: a call from its admission to its end. The audit log has a record when it is let in,
// before anything is read or written for it, and one at its end with what it was shown and did; or
// a record that it was turned away. The log has a line at its end, and one of a slow query. All of
// them name the trace that the call belongs to, and so does the call's reply.
//
// What the server does not keep (context.audit, log, metrics are null) is left out.
//
// Thread-compatible: one step of a call at a time.

#pragma once

#include <grpcpp/server_context.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "server/acceptor/connected_clients.h"
#include "server/auth/authenticator.h"
#include "server/observability/trace_context.h"
#include "server/service/service_context.h"
#include "storage/base/status.h"

namespace sightline::server {

class AuditedCall {
 public:
  // Borrows `context` and `call`; `call` until Admit has returned.
  AuditedCall(const ServiceContext* context, grpc::ServerContextBase& call, std::string_view method)
      : context_(context), call_(call), method_(method) {}
  ~AuditedCall();
  AuditedCall(const AuditedCall&) = delete;
  AuditedCall& operator=(const AuditedCall&) = delete;

  // The first line of every RPC. `query` is a query's text, of which the fingerprint is kept.
  // Errors: kUnavailable while the server drains, and when the audit log cannot be written and the
  // server is to answer nothing then; kResourceExhausted when too many wrong tokens have come from
  // where it comes from; else the authenticator's.
  StatusOr<Caller> Admit(std::string_view query = "");

  // Where it comes from, once it is let in: "192.0.2.7:41234", else as gRPC names the connection.
  const std::string& peer() const { return peer_; }

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

  // As the reply and the list of running queries have it, for the log.
  void SetQueryId(std::string id) { query_id_ = std::move(id); }

  // Milliseconds since it came.
  int64_t Millis() const;
  // Whether it has taken so long that the slow-query log is to tell of it: then NoteSlowQuery,
  // once, before the end.
  bool IsSlow() const;
  struct SlowQuery {
    // The query's, of which the log gets the normalised form if it could be read: in one with a
    // quote too many, what is a literal to people is a name to the lexer.
    std::string_view text;
    bool is_readable = false;
    uint64_t plan = 0;  // Its plan's fingerprint; 0: it has none.
    int64_t wait_micros = 0, parse_micros = 0, plan_micros = 0, execute_micros = 0;
    int64_t facts_touched = 0;
  };
  void NoteSlowQuery(const SlowQuery& query);

 private:
  using Clock = std::chrono::steady_clock;

  StatusOr<Caller> Identify(const ConnectedClient* client);
  void ReadTrace();
  void LogEnd() const;
  std::string Fingerprint() const;  // "" where there is no query.

  const ServiceContext* const context_;
  grpc::ServerContextBase& call_;
  const std::string_view method_;
  const Clock::time_point begin_ = Clock::now();
  TraceContext trace_;
  uint64_t number_ = 0;       // Of the call; 0: no end is to be recorded.
  uint64_t fingerprint_ = 0;  // Of the query; 0: there is none, or nobody wants it.
  StatusCode outcome_ = StatusCode::kCancelled;
  std::string peer_, user_, token_, detail_, query_id_;
  int64_t rows_ = 0, added_ = 0, retracted_ = 0;
};

}  // namespace sightline::server
