// What the parts of a server know of themselves, as metrics. docs/monitoring.md says what each is.
//
// Thread safety: safe from any thread, as the parts are.

#pragma once

#include <string>

#include "server/acceptor/connection_acceptor.h"
#include "server/acceptor/tls_context.h"
#include "server/admission/admission.h"
#include "server/admission/call_registry.h"
#include "server/audit/audit_log.h"
#include "server/auth/login_guard.h"
#include "server/observability/log.h"
#include "server/observability/metrics.h"
#include "storage/base/memory_budget.h"
#include "storage/store.h"

namespace sightline::server {

// `directory` is the store's.
void AddStoreMetrics(const storage::Store& store, const std::string& directory, MetricSink* sink);
void AddWorkMetrics(const Admission& admission, const CallRegistry& calls,
                    const storage::MemoryBudget& memory, MetricSink* sink);
void AddConnectionMetrics(const ConnectionAcceptor& acceptor, MetricSink* sink);
// `tls` null: there is none.
void AddTlsMetrics(const TlsContext* tls, MetricSink* sink);
void AddAuditMetrics(const AuditLog& audit, MetricSink* sink);
void AddLogMetrics(const Log& log, const LoginGuard& logins, MetricSink* sink);

}  // namespace sightline::server
