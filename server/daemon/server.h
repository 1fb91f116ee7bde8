// Server: a store, the services on it, and the socket, put together and taken down in order.
//
// Thread safety: one thread at a time, except where said.

#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "server/daemon/exit_code.h"
#include "server/daemon/options.h"
#include "server/observability/log.h"
#include "storage/base/status.h"

namespace sightline::server {

class Server {
 public:
  struct Failure {
    Status status;
    ExitCode exit_code = ExitCode::kFailed;
  };

  // Opens the store and answers on the address. Null on failure, with the reason in `*failure`.
  // Borrows the log, for ever: gRPC's threads may write to it after the server has gone.
  static std::unique_ptr<Server> Start(const DaemonOptions& options, Log* log, Failure* failure);
  // Stops at once, when Drain has not been called.
  virtual ~Server() = default;

  // Where it listens, with the port it got.
  virtual std::string address() const = 0;

  // "slt_...", when this start made the first administrator and options.admin_token_file names no
  // place for it; else empty. To be shown, and forgotten.
  virtual std::string first_admin_token() const = 0;

  // Takes over what may change while it runs: the log's level, what a slow query is, the files of
  // TLS. From any thread.
  virtual void Reload(const DaemonOptions& options) = 0;

  // Whether the store can be read. Blocks when the server is stuck. From any thread.
  virtual bool IsAlive() = 0;

  // Refuses new calls (health says NOT_SERVING), waits for the running ones up to
  // limits.drain_ms_max, cancels what is left, closes the socket. Whether nothing had to be
  // cancelled.
  virtual bool Drain() = 0;
  // Makes a running Drain wait no longer. From any thread.
  virtual void HurryUp() = 0;
};

}  // namespace sightline::server
