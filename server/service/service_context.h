// ServiceContext: what the services share. Borrowed pointers; everything outlives the services.

#pragma once

#include <cstdint>
#include <string>

#include "query/engine.h"
#include "server/admission/admission.h"
#include "server/admission/call_registry.h"
#include "server/auth/access_registry.h"
#include "server/auth/authenticator.h"
#include "server/service/call_origin.h"
#include "server/service/limits.h"
#include "storage/base/cancellation.h"
#include "storage/store.h"

namespace sightline::server {

struct ServiceContext {
  storage::Store* store = nullptr;
  query::QueryEngine* engine = nullptr;
  // As `engine`, for texts of up to load_bytes_max.
  query::QueryEngine* load_engine = nullptr;
  Admission* admission = nullptr;
  CallRegistry* calls = nullptr;
  const Authenticator* authenticator = nullptr;
  AccessRegistry* access = nullptr;
  ServerLimits limits;
  std::string version;
  int64_t start_micros = 0;  // Since 1970.
  bool read_only = false;
};

// Lets the caller of `method` in, or says why not: kUnavailable while the server drains, else the
// authenticator's error. The first line of every RPC.
inline StatusOr<Caller> AdmitCaller(const ServiceContext& context,
                                    const grpc::ServerContextBase& call, std::string_view method) {
  if (context.calls->draining()) return Unavailable("The server is shutting down");
  return context.authenticator->Admit(method, OriginOf(call));
}

// Whether work that has waited for its turn is still wanted; says so in words that tell what time
// was spent on. The first line of everything that Admission calls.
inline Status CheckTurn(const storage::CancellationToken& token) {
  const Status status = token.Check();
  if (status.ok()) return status;
  return MakeStatus(status.code(),
                    status.code() == StatusCode::kDeadlineExceeded
                        ? "The time limit passed before the turn came; the server is busy"
                        : "The call was cancelled before its turn came");
}

}  // namespace sightline::server
