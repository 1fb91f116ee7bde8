// CallContext: a call that was let in, while it is answered on a worker: who calls, how long
// anybody waits, and where it says what it did.
//
// Thread-compatible plain data. Everything is borrowed.

#pragma once

#include <cstdint>

#include "server/auth/authenticator.h"
#include "server/service/service_context.h"
#include "server/service/status_mapping.h"
#include "storage/base/cancellation.h"

namespace sightline::server {

struct CallContext {
  const ServiceContext& service;
  const Caller& caller;
  const storage::CancellationToken& cancellation;
  ErrorContext* error;  // What to say of an error.
  // For the audit log: rows shown to the caller, statements written.
  int64_t rows = 0, added = 0, retracted = 0;
};

}  // namespace sightline::server
