// ServiceContext: what the services share. Borrowed pointers; everything outlives the services.

#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "query/engine.h"
#include "server/acceptor/connected_clients.h"
#include "server/admission/admission.h"
#include "server/admission/call_registry.h"
#include "server/admission/query_registry.h"
#include "server/audit/audit_log.h"
#include "server/auth/access_registry.h"
#include "server/auth/authenticator.h"
#include "server/auth/login_guard.h"
#include "server/auth/read_only_switch.h"
#include "server/observability/log.h"
#include "server/observability/metrics.h"
#include "server/operations/store_operations.h"
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
  const ConnectedClients* clients = nullptr;  // Null: none comes through the acceptor.
  AccessRegistry* access = nullptr;
  ReadOnlySwitch* read_only = nullptr;
  OperationRegistry* operations = nullptr;
  BackupPlace backups;
  LoadTransfers* transfers = nullptr;
  AuditLog* audit = nullptr;    // Null: nothing is recorded.
  bool audit_required = false;  // Nothing is answered while it cannot be written.
  FingerprintCache* fingerprints = nullptr;
  LoginGuard* logins = nullptr;  // Null: nobody is locked out.
  Log* log = nullptr;            // Null: nothing is logged.
  Metrics* metrics = nullptr;    // Null: nothing is counted.
  // Queries that take so long are logged; 0, or null: none are.
  const std::atomic<int64_t>* slow_query_ms = nullptr;
  const PageTokens* page_tokens = nullptr;
  storage::MemoryBudget* memory_budget = nullptr;  // Of all queries together.
  ServerLimits limits;
  std::string version;
  int64_t start_micros = 0;  // Since 1970.
};

// For what writes, when its turn has come: the server may have become read-only while it waited.
inline Status CheckMayWrite(const ServiceContext& context) { return context.read_only->Check(); }

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
