// ServiceContext: what the services share. Borrowed pointers; everything outlives the services.

#pragma once

#include <cstdint>
#include <string>

#include "query/engine.h"
#include "server/admission/admission.h"
#include "server/admission/call_registry.h"
#include "server/admission/query_registry.h"
#include "server/audit/audit_log.h"
#include "server/auth/access_registry.h"
#include "server/auth/authenticator.h"
#include "server/service/fingerprint_cache.h"
#include "server/service/limits.h"
#include "server/service/load_transfers.h"
#include "server/service/page_token.h"
#include "storage/base/cancellation.h"
#include "storage/base/memory_budget.h"
#include "storage/store.h"

namespace sightline::server {

struct ServiceContext {
  storage::Store* store = nullptr;
  query::QueryEngine* engine = nullptr;
  // As `engine`, for texts of up to load_bytes_max.
  query::QueryEngine* load_engine = nullptr;
  Admission* admission = nullptr;
  CallRegistry* calls = nullptr;
  QueryRegistry* queries = nullptr;
  const Authenticator* authenticator = nullptr;
  AccessRegistry* access = nullptr;
  LoadTransfers* transfers = nullptr;
  AuditLog* audit = nullptr;    // Null: nothing is recorded.
  bool audit_required = false;  // Nothing is answered while it cannot be written.
  FingerprintCache* fingerprints = nullptr;
  const PageTokens* page_tokens = nullptr;
  storage::MemoryBudget* memory_budget = nullptr;  // Of all queries together.
  ServerLimits limits;
  std::string version;
  int64_t start_micros = 0;  // Since 1970.
  bool read_only = false;
};

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
